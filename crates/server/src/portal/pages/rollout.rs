//! A revision on its way: the mosaic first, then who has it not and why.

use askama::Template;

use crate::portal::view::{Avatar, DeviceState, Frame, Moment, Mosaic, Place};

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
