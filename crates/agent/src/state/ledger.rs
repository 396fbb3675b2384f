//! The few numbers that must never go back: receipts' counter, the highest serial, the highest time ever seen;
//! and the receipt that the server has not yet acknowledged.

use serde::{Deserialize, Serialize};
use tessera_ids::Timestamp;
use tessera_wire::{Accepted, Digest, Envelope};

/// Kept beside the manifest and replaced whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    /// The counter of the last receipt that was signed.
    pub(crate) counter: u64,
    /// The highest time this device ever saw, on its own clock or in the org's word.
    pub(crate) latest_seen: Timestamp,
    /// The newest manifest ever accepted, known also when the manifest itself was lost.
    pub(crate) accepted: Option<Accepted>,
    /// What the last receipt was about.
    pub(crate) reported: Option<Reported>,
    /// The last receipt's envelope, until the server has it.
    pub(crate) pending: Option<Envelope>,
}

/// What a receipt was about, so that the same is not said twice and nothing is left unsaid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reported {
    /// The payload of the manifest.
    pub(crate) manifest: Digest,
    /// Whether it was applied.
    pub(crate) applied: bool,
}

impl Ledger {
    /// Where a ledger begins that was lost: no device signs a receipt every second for fifty years, so the
    /// counter passes over every number that the lost one can have used.
    pub(crate) fn after_loss(now: Timestamp) -> Self {
        let counter = u64::try_from(now.as_seconds()).unwrap_or(0);
        Self {
            counter,
            latest_seen: now,
            ..Self::default()
        }
    }

    /// Notes a time. Whether it is later than all before.
    pub(crate) fn see(&mut self, time: Timestamp) -> bool {
        let later = time > self.latest_seen;
        self.latest_seen = self.latest_seen.max(time);
        later
    }

    /// Notes a manifest that was accepted; an older one changes nothing.
    pub(crate) fn accept(&mut self, accepted: &Accepted) {
        if self
            .accepted
            .as_ref()
            .is_none_or(|known| known.serial < accepted.serial)
        {
            self.accepted = Some(accepted.clone());
        }
    }
}
