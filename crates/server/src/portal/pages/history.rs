//! Settings → History: every revision, and one of them.

use askama::Template;

use crate::portal::view::{Avatar, Diff, Frame, Input, Moment, Mosaic, Pager, Place, Reaching, Select};

/// Every revision, the newest first. Live topic: `revisions`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/history.html")]
pub struct History {
    /// The frame.
    pub frame: Frame,
    /// This page's revisions.
    pub rows: Vec<RevisionRow>,
    /// Path of the comparison of two revisions.
    pub compare: String,
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
    /// What changed against the one before, layer by layer.
    pub layers: Vec<LayerDiff>,
    /// How far it reached; only where it is known.
    pub mosaic: Option<Mosaic>,
    /// Path of its rollout page.
    pub rollout: String,
    /// Path of the revision before.
    pub previous: Option<String>,
    /// Path of the revision after.
    pub next: Option<String>,
    /// Path of the comparison with the newest revision; none for the newest.
    pub compare: Option<String>,
    /// Path of the page where one chooses what to go back to.
    pub restore: Option<String>,
}

/// What is different in one layer.
#[derive(Clone, Debug)]
pub struct LayerDiff {
    /// What the layer is called.
    pub name: String,
    /// What is different.
    pub diff: Diff,
}

/// Two revisions beside each other. A form by GET with `from` and `to`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/compare.html")]
pub struct Compare {
    /// The frame.
    pub frame: Frame,
    /// The one.
    pub from: Select,
    /// The other.
    pub to: Select,
    /// What is different, layer by layer.
    pub layers: Vec<LayerDiff>,
    /// The revision to go back to, and where that is chosen.
    pub restore: Option<(u64, String)>,
}

/// What of a revision could come back. `POST {action}` with `part` (several) or `what=all`, `intent=review`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/restore.html")]
pub struct Restore {
    /// The frame.
    pub frame: Frame,
    /// The revision to go back to.
    pub number: u64,
    /// The newest, which would change.
    pub newest: u64,
    /// What would change.
    pub layers: Vec<RestoreLayer>,
    /// Layers that cannot come back.
    pub gone: Vec<String>,
    /// Path of the form.
    pub action: String,
    /// Path of the revision.
    pub back: String,
    /// What is wrong.
    pub problem: Option<String>,
}

/// One layer that differs.
#[derive(Clone, Debug)]
pub struct RestoreLayer {
    /// What the form sends for all of it.
    pub part: String,
    /// What it is called.
    pub name: String,
    /// Its sections that differ.
    pub sections: Vec<RestoreSection>,
}

/// One section that differs.
#[derive(Clone, Debug)]
pub struct RestoreSection {
    /// What the form sends for all of it; none for one that this version does not know.
    pub part: Option<String>,
    /// What it is called.
    pub title: String,
    /// What would change in it.
    pub changes: Vec<RestoreChange>,
}

/// One setting that differs.
#[derive(Clone, Debug)]
pub struct RestoreChange {
    /// What the form sends for it alone; none for what this version does not know.
    pub part: Option<String>,
    /// What would change.
    pub change: Diff,
}

/// Going back, before it is done. `POST {action}` with `part` or `what=all`, `base_revision`, `note`, `intent=save`, and the
/// fields of [`Reaching`].
#[derive(Debug, Default, Template)]
#[template(path = "pages/restore_review.html")]
pub struct RestoreReview {
    /// The frame.
    pub frame: Frame,
    /// The revision to go back to.
    pub number: u64,
    /// The newest, which changes.
    pub base_revision: u64,
    /// What was chosen; nothing for all of it.
    pub parts: Vec<String>,
    /// What changes, layer by layer.
    pub layers: Vec<LayerDiff>,
    /// Whom it touches.
    pub touches: String,
    /// What members lose.
    pub losses: Vec<String>,
    /// How it reaches the devices.
    pub reaching: Reaching,
    /// The note for History.
    pub note: Input,
    /// Path of the form, and of the page before.
    pub action: String,
    /// What is wrong.
    pub problem: Option<String>,
}
