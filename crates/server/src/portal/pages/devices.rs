//! Devices: every enrolled machine, what it runs and when it was last heard of.

use askama::Template;

use crate::portal::view::{Avatar, DeviceState, Frame, Input, Moment, Mosaic, Opt, Pager, Place, Sort, Stat};

/// All devices of an organization, or one's own (`own`). `GET` with `q`, `state`, `sort`, `after`/`before`.
/// Per row: `POST {path}/sign-out`, `GET {path}/wipe` ([`ConfirmWipe`]), `POST {path}/send-again`. Live topic: `devices`.
#[derive(Debug, Template)]
#[template(path = "pages/devices.html")]
pub struct Devices {
    /// The frame.
    pub frame: Frame,
    /// The reader's own devices only: no member column, no filters, no export.
    pub own: bool,
    /// Counts by state, each a link to its filter.
    pub stats: Vec<Stat>,
    /// The mosaic of the newest revision; `None` on the own-devices variant.
    pub mosaic: Option<Mosaic>,
    /// What was searched for.
    pub query: String,
    /// Options of the filter by state.
    pub states: Vec<Opt>,
    /// The chosen state; empty for all.
    pub state: String,
    /// Sorting by member.
    pub by_member: Sort,
    /// Sorting by last contact.
    pub by_seen: Sort,
    /// This page's devices.
    pub rows: Vec<DeviceRow>,
    /// Ways to the others.
    pub pager: Pager,
    /// Path of the CSV; `None` where there is none.
    pub export: Option<String>,
    /// Path of the rollout page of the newest revision.
    pub rollout: Option<String>,
    /// Members who may be told to enrol: `6 members have no device yet.`; empty when none.
    pub missing: String,
    /// Why the reader may not sign their own devices out, and whom to ask; `None` where they may.
    pub kept: Option<String>,
    /// Path of the enrolment keys; `None` for who may not see them.
    pub keys: Option<String>,
    /// Only the devices that this key enrolled: its id and its name.
    pub only_key: Option<(String, String)>,
}

/// One device.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub member: String,
    /// Path of their page, or of what became of their membership; `None` in a list of one's own.
    pub member_href: Option<String>,
    /// Their address.
    pub email: String,
    /// Name of the machine.
    pub host: String,
    /// System and its version.
    pub system: String,
    /// Version of the agent.
    pub agent: String,
    /// Where its keys live: `OS keyring`, `0600 file`.
    pub keys: String,
    /// Last contact; `None` before the first.
    pub seen: Option<Moment>,
    /// Revision it runs; `None` before the first receipt.
    pub revision: Option<u64>,
    /// Its state.
    pub state: DeviceState,
    /// Section and reason of a failure, who signed it out; empty otherwise.
    pub why: String,
    /// Since when it says nothing; `None` while it talks, and once it has ended.
    pub silent: Option<Moment>,
    /// Its agent cannot read the settings that it is sent.
    pub too_old: bool,
    /// The enrolment key that brought it; `None` where its member typed a code.
    pub enrolled_by: Option<String>,
    /// Its path, `/o/…/devices/device_…`; actions post below it. `None` when the reader may not touch it.
    pub path: Option<String>,
}

impl DeviceRow {
    /// The device still receives settings.
    pub fn active(&self) -> bool {
        !matches!(self.state, DeviceState::SignedOut | DeviceState::Wiped)
    }

    /// Sending again may help.
    pub fn may_send_again(&self) -> bool {
        matches!(
            self.state,
            DeviceState::Failed | DeviceState::Behind | DeviceState::Pending
        )
    }
}

/// Asks before a device is wiped. `POST {action}` with `confirm`, which must be the host's name.
#[derive(Debug, Default, Template)]
#[template(path = "pages/confirm_wipe.html")]
pub struct ConfirmWipe {
    /// The frame.
    pub frame: Frame,
    /// Name of the machine.
    pub host: String,
    /// Whose it is.
    pub member: String,
    /// `It was last heard of 9 days ago: the wipe waits until it is back.`; empty when it is connected.
    pub silent: String,
    /// What was typed.
    pub confirm: Input,
    /// Path that the form posts to.
    pub action: String,
    /// Way back.
    pub back: String,
}
