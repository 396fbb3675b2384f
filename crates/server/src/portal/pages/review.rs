//! Looking at a change before it is saved, and what to do when somebody else was faster.

use askama::Template;

use super::LayerDiff;
use crate::portal::view::{Avatar, Diff, Frame, Input, Moment, Place, Reaching};

/// `POST /o/{org}/review` with the `pending` fields carried along, `base_revision`, `note`, `back` and `intent=save|back`
/// (`back` shows the settings page again with what was typed).
#[derive(Debug, Default, Template)]
#[template(path = "pages/review.html")]
pub struct Review {
    /// The frame.
    pub frame: Frame,
    /// The revision that the change is made on.
    pub base_revision: u64,
    /// The edits as form fields, unchanged.
    pub pending: Vec<PendingField>,
    /// What changes.
    pub diff: Diff,
    /// What changes in teams with it.
    pub teams: Vec<LayerDiff>,
    /// `25 devices of 18 members receive this.`
    pub touches: String,
    /// What members lose, a sentence each; empty when nothing.
    pub losses: Vec<String>,
    /// Rules that say nothing new: (the rule, what says it already).
    pub redundant: Vec<(String, String)>,
    /// How many there are beside these.
    pub redundant_more: u64,
    /// Devices that cannot have it soon: `2 devices have been silent for 7 days.`; empty when none.
    pub unreachable: String,
    /// How it reaches the devices.
    pub reaching: Reaching,
    /// The note, kept in History.
    pub note: Input,
    /// Path of the page the edits come from.
    pub back: String,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

impl Review {
    /// Some redundant rules are counted and not named.
    pub fn names_not_all(&self) -> bool {
        self.redundant_more > 0
    }
}

/// A form field that is carried along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingField {
    /// Its name: a leaf path, `add`, `remove`, `import`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Answered with 409 when the settings moved on meanwhile. `POST /o/{org}/review` with `pending`, `base_revision` (the newer one), `note`,
/// `intent=save` (mine on top of theirs) or `intent=review`; discarding is a link.
#[derive(Debug, Default, Template)]
#[template(path = "pages/conflict.html")]
pub struct Conflict {
    /// The frame.
    pub frame: Frame,
    /// Who was faster.
    pub other: String,
    /// When.
    pub at: Moment,
    /// The revision that they made, which is the new base.
    pub current_revision: u64,
    /// Their note; empty when none.
    pub their_note: String,
    /// What they changed.
    pub theirs: Diff,
    /// What the reader was about to change, against the settings as they are now.
    pub mine: Diff,
    /// The same in teams that change with it.
    pub mine_in_teams: Vec<LayerDiff>,
    /// Titles of leaves that both changed; empty when the changes do not touch.
    pub both: Vec<String>,
    /// The edits as form fields.
    pub pending: Vec<PendingField>,
    /// The note typed so far.
    pub note: Input,
    /// Path of the page the edits come from.
    pub back: String,
}
