//! What changes between two revisions, in words a person checks before saving.

use askama::Template;

/// A list of changes.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/diff.html")]
pub struct Diff {
    /// In the order of the settings pages.
    pub changes: Vec<Change>,
}

/// One changed leaf, or the rows of one changed list.
#[derive(Clone, Debug)]
pub struct Change {
    /// Title of the leaf.
    pub title: String,
    /// Path of the leaf, `features.telemetry`.
    pub path: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// What it means on a machine, or what members lose; empty when there is nothing to add.
    pub effect: String,
}

/// How a leaf changed.
#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// A plain value became another.
    Value {
        /// As it was, `on`.
        before: String,
        /// As it becomes, `off`.
        after: String,
    },
    /// Rows of a list came and went.
    Rows {
        /// Rows added in all.
        added: u64,
        /// The first of them.
        added_sample: Vec<String>,
        /// Rows that say something else in all.
        changed: u64,
        /// The first of them.
        changed_sample: Vec<String>,
        /// Rows removed in all.
        removed: u64,
        /// The first of them.
        removed_sample: Vec<String>,
    },
}
