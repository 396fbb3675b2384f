//! The state of a device, derived from facts and the time; nothing stores it.

use std::{fmt, time::Duration};

use serde::Serialize;
use tessera_ids::Timestamp;

/// After how long without contact a device that lags counts as unreachable.
pub const UNREACHABLE_AFTER: Duration = Duration::from_mins(2);
/// After how long without contact a device is silent: six times what passes between two words of one that runs.
pub const SILENT_AFTER: Duration = Duration::from_hours(1);
/// The word by which silent devices are asked for. Beside their state: a silent one may run the newest settings.
pub const SILENT: &str = "silent";
/// The word by which devices are asked for that are silent for so long that the organization is alerted.
pub const OVERDUE: &str = "overdue";
/// After how many days without contact a device is stale, whatever it said last.
pub const STALE_DAYS: u64 = 7;
/// The same as a time.
pub const STALE_AFTER: Duration = Duration::from_hours(STALE_DAYS * 24);

/// What the server knows of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFacts {
    /// How far its life has gone.
    pub lifecycle: Lifecycle,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was last heard of, by any request of its own.
    pub last_contact: Option<Timestamp>,
    /// The newest manifest of its audience; `None` before there is one.
    pub wanted: Option<Wanted>,
    /// The last receipt that verified.
    pub receipt: Option<ReceiptFacts>,
}

/// How far a device's life has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It receives settings.
    Active,
    /// Two machines answer with its key; it receives nothing until it enrols again.
    Cloned {
        /// When that was noticed.
        at: Timestamp,
    },
    /// Signed out, by its member or from the portal.
    SignedOut {
        /// When.
        at: Timestamp,
        /// When its last receipt proved that it wiped what it had.
        wiped_at: Option<Timestamp>,
    },
    /// Told to wipe, or removed with its member.
    Wiped {
        /// When it was told.
        at: Timestamp,
        /// When its last receipt proved it.
        wiped_at: Option<Timestamp>,
    },
}

/// The newest manifest of a device's audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its serial.
    pub serial: u64,
    /// The revision that it carries.
    pub revision: u64,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// What the last verified receipt said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptFacts {
    /// The serial that it speaks of.
    pub serial: u64,
    /// The revision of that manifest.
    pub revision: u64,
    /// When the device made it.
    pub at: Timestamp,
    /// Whether the digests in it are those of the manifest that the server holds.
    pub matches: bool,
    /// The first section that was not applied, and why.
    pub failure: Option<Failure>,
}

/// A section that a device could not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The section.
    pub section: String,
    /// Why, in the agent's words.
    pub reason: String,
}

/// Where a device stands, with what is worth saying of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeviceState {
    /// The newest settings are under way; it has not acknowledged them.
    Pending {
        /// Since when it could have.
        since: Timestamp,
    },
    /// A signed receipt matches the newest manifest and the reread hashes.
    Applied {
        /// The revision in force.
        revision: u64,
        /// When it was applied.
        at: Timestamp,
    },
    /// It runs older settings and cannot be reached.
    Behind {
        /// The revision in force.
        revision: u64,
        /// When it was last heard of.
        last_contact: Option<Timestamp>,
    },
    /// Not heard of for seven days.
    Stale {
        /// When it was last heard of; its enrolment at least.
        last_contact: Timestamp,
    },
    /// It could not apply the newest settings and keeps the last good ones.
    Failed {
        /// Which section.
        section: String,
        /// Why.
        reason: String,
        /// When it said so.
        at: Timestamp,
    },
    /// Two machines answer with its key.
    Cloned {
        /// When that was noticed.
        at: Timestamp,
    },
    /// Signed out.
    SignedOut {
        /// When.
        at: Timestamp,
        /// When it proved that it wiped what it had.
        wiped_at: Option<Timestamp>,
    },
    /// Told to wipe.
    Wiped {
        /// When it was told.
        at: Timestamp,
        /// When it proved it.
        wiped_at: Option<Timestamp>,
    },
}

impl DeviceFacts {
    /// Since when a device that still receives settings says nothing; none while it talks, or once it has ended.
    pub fn silent_since(&self, now: Timestamp) -> Option<Timestamp> {
        let last_contact = self.last_contact.unwrap_or(self.enrolled_at);
        let is_silent = self.lifecycle == Lifecycle::Active && now.since(last_contact) >= SILENT_AFTER;
        is_silent.then_some(last_contact)
    }
}

impl DeviceState {
    /// Where a device with these facts stands at `now`.
    pub fn of(facts: &DeviceFacts, now: Timestamp) -> Self {
        match facts.lifecycle {
            Lifecycle::Cloned { at } => Self::Cloned { at },
            Lifecycle::SignedOut { at, wiped_at } => Self::SignedOut { at, wiped_at },
            Lifecycle::Wiped { at, wiped_at } => Self::Wiped { at, wiped_at },
            Lifecycle::Active => Self::of_active(facts, now),
        }
    }

    fn of_active(facts: &DeviceFacts, now: Timestamp) -> Self {
        let last_contact = facts.last_contact.unwrap_or(facts.enrolled_at);
        if now.since(last_contact) >= STALE_AFTER {
            return Self::Stale { last_contact };
        }
        let Some(wanted) = facts.wanted else {
            return Self::Pending {
                since: facts.enrolled_at,
            };
        };
        match &facts.receipt {
            Some(receipt) if receipt.serial >= wanted.serial => Self::acknowledged(receipt),
            Some(receipt) if now.since(last_contact) >= UNREACHABLE_AFTER => Self::Behind {
                revision: receipt.revision,
                last_contact: facts.last_contact,
            },
            _ => Self::Pending {
                since: wanted.issued_at.max(facts.enrolled_at),
            },
        }
    }

    fn acknowledged(receipt: &ReceiptFacts) -> Self {
        let at = receipt.at;
        match &receipt.failure {
            Some(Failure { section, reason }) => Self::Failed {
                section: section.clone(),
                reason: reason.clone(),
                at,
            },
            None if receipt.matches => Self::Applied {
                revision: receipt.revision,
                at,
            },
            None => Self::Failed {
                section: "manifest".to_owned(),
                reason: "The receipt's digests are not those of the manifest.".to_owned(),
                at,
            },
        }
    }

    /// The word in JSON, filters and CSV.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Applied { .. } => "applied",
            Self::Behind { .. } => "behind",
            Self::Stale { .. } => "stale",
            Self::Failed { .. } => "failed",
            Self::Cloned { .. } => "cloned",
            Self::SignedOut { .. } => "signed_out",
            Self::Wiped { .. } => "wiped",
        }
    }

    /// The word on screens.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "Pending",
            Self::Applied { .. } => "Applied",
            Self::Behind { .. } => "Behind",
            Self::Stale { .. } => "Stale",
            Self::Failed { .. } => "Failed",
            Self::Cloned { .. } => "Cloned",
            Self::SignedOut { .. } => "Signed out",
            Self::Wiped { .. } => "Wiped",
        }
    }

    /// Does it still receive settings? Rollouts count only those that do.
    pub const fn is_enrolled(&self) -> bool {
        !matches!(
            self,
            Self::Cloned { .. } | Self::SignedOut { .. } | Self::Wiped { .. }
        )
    }
}

impl fmt::Display for DeviceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
