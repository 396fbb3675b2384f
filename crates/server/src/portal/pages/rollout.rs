//! A revision on its way: the mosaic first, then who has it not and why.

use askama::Template;

use crate::portal::view::{Avatar, DeviceState, Frame, Input, Moment, Mosaic, Place, Tone};

use super::LayerDiff;

/// The rollout of one revision. `POST {action}/send-again` sends again to all that failed. Live topic: `rollout`.
#[derive(Debug, Template)]
#[template(path = "pages/rollout.html")]
pub struct Rollout {
    /// The frame; `live` set.
    pub frame: Frame,
    /// The revision.
    pub number: u64,
    /// Path of this page.
    pub action: String,
    /// Path of the revision in History.
    pub revision: String,
    /// Who saved it.
    pub author: String,
    /// When.
    pub at: Moment,
    /// Their note; empty when none.
    pub note: String,
    /// The picture.
    pub mosaic: Mosaic,
    /// `All 25 devices have it.`, `23 of 25 devices have it.`
    pub headline: String,
    /// `The last receipt came 214 ms after saving.`; empty before the first.
    pub speed: String,
    /// How many per state, in the order of the legend, without those of none.
    pub counts: Vec<(DeviceState, u64)>,
    /// Devices that do not have it, the failed first.
    pub missing: Vec<RolloutRow>,
    /// Devices that have it, the latest receipt first.
    pub applied: Vec<RolloutRow>,
    /// Rows that are not listed because the page would grow too long; zero when all are.
    pub more: u64,
    /// A device failed, and the reader may send again.
    pub may_send_again: bool,
    /// Its stages; none for a revision that went to everybody at once.
    pub staged: Option<Stages>,
}

/// A rollout in stages and what can be done to it: `POST {action}/pause`, `/resume`, `/release`.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each shows one thing of its own")]
pub struct Stages {
    /// `Running`, `Paused`, `Halted`, `Finished`, `Rolled back`.
    pub word: String,
    /// How that is meant.
    pub tone: Tone,
    /// What happens next, or what happened, in a sentence.
    pub text: String,
    /// What halts it; empty once it has ended.
    pub limit: String,
    /// The stages.
    pub rows: Vec<StageRow>,
    /// Whether devices are counted: only while it is under way.
    pub counted: bool,
    /// *Pause* is offered.
    pub may_pause: bool,
    /// *Go on* is offered.
    pub may_resume: bool,
    /// *Release to everyone now* is offered.
    pub may_release: bool,
    /// Path of the page that asks before rolling back.
    pub roll_back: Option<String>,
    /// The revision that undid it, and its path.
    pub undone_by: Option<(u64, String)>,
}

/// One stage.
#[derive(Clone, Debug, Default)]
pub struct StageRow {
    /// Counted from 1.
    pub number: usize,
    /// `5 % of all devices`, `Pilots and Press`, `Everybody`.
    pub who: String,
    /// `released`, `watched now`, `waits`.
    pub state: String,
    /// Whether it was released.
    pub released: bool,
    /// How long it is watched; empty for the last.
    pub bake: String,
    /// The devices that it adds.
    pub devices: u64,
    /// Those that have it.
    pub applied: u64,
    /// Those that could not apply it.
    pub failed: u64,
}

/// Asks before a rollout is undone. `POST {action}` with `note`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/roll_back.html")]
pub struct RollBack {
    /// The frame.
    pub frame: Frame,
    /// The revision that began it.
    pub number: u64,
    /// The revision whose settings come back.
    pub baseline: u64,
    /// The revisions that are undone: `revision 5`, `revisions 5 to 7`.
    pub undone: String,
    /// What changes, layer by layer.
    pub layers: Vec<LayerDiff>,
    /// Layers that cannot come back.
    pub gone: Vec<String>,
    /// What members lose by it.
    pub losses: Vec<String>,
    /// Whom it touches.
    pub touches: String,
    /// Path of the form.
    pub action: String,
    /// The note for History.
    pub note: Input,
    /// What is wrong.
    pub problem: Option<String>,
}

/// One device in the table that says the same as the picture.
#[derive(Clone, Debug)]
pub struct RolloutRow {
    /// Whose it is.
    pub member: String,
    /// Name of the machine.
    pub host: String,
    /// Path of the device's row.
    pub href: String,
    /// Its state towards this revision.
    pub state: DeviceState,
    /// Why it does not have it: `memory: website list could not be read`, `last heard of 9 days ago`.
    pub why: String,
    /// When its receipt came.
    pub receipt: Option<Moment>,
}
