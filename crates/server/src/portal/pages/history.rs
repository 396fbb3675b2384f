//! Settings → History: every revision, and one of them.

use askama::Template;

use crate::portal::view::{Avatar, Diff, Frame, Moment, Mosaic, Pager, Place};

/// Every revision, the newest first. Live topic: `revisions`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/history.html")]
pub struct History {
    /// The frame.
    pub frame: Frame,
    /// This page's revisions.
    pub rows: Vec<RevisionRow>,
    /// Ways to the others.
    pub pager: Pager,
}

/// One line of the history.
#[derive(Clone, Debug)]
pub struct RevisionRow {
    /// Its number.
    pub number: u64,
    /// Path of the revision.
    pub href: String,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: Moment,
    /// Their note; empty when none.
    pub note: String,
    /// What changed, in one line: `Telemetry off · 12 websites added`.
    pub summary: String,
    /// How far it reached; only where it is known.
    pub mosaic: Option<Mosaic>,
}

/// One revision.
#[derive(Debug, Template)]
#[template(path = "pages/revision.html")]
pub struct Revision {
    /// The frame.
    pub frame: Frame,
    /// Its number.
    pub number: u64,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: Moment,
    /// Their note; empty when none.
    pub note: String,
    /// What changed against the one before.
    pub diff: Diff,
    /// How far it reached; only where it is known.
    pub mosaic: Option<Mosaic>,
    /// Path of its rollout page.
    pub rollout: String,
    /// Path of the revision before.
    pub previous: Option<String>,
    /// Path of the revision after.
    pub next: Option<String>,
    /// The newest revision, which going back is a change of.
    pub newest: u64,
    /// Offers to go back to this revision: `POST /o/{org}/review` with `restore`, `base_revision`, `back`, `intent=review`.
    pub may_restore: bool,
}
