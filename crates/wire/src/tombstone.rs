//! The end of a device: the org's word that it is removed, and the device's word that it obeyed.

use serde::{Deserialize, Serialize};
use tessera_ids::{DeviceId, OrgId, Timestamp};

use crate::{
    DeviceSigningKey, DeviceVerifyingKey, Digest, Format, MachineFacts, OrgSigningKey, OrgVerifyingKey,
    Payload, Text, limits,
};

/// An org's signed word that a device is no longer its own and shall wipe what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// How to read this.
    pub format: Format,
    /// Whose device it was.
    pub org: OrgId,
    /// Which device.
    pub device: DeviceId,
    /// Why it ends.
    pub kind: Removal,
    /// When the server decided.
    pub at: Timestamp,
}

/// Why a device ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// Signed out, by the member or an admin.
    SignedOut,
    /// Wiped by an admin.
    Wiped,
    /// Its member left the org, or the org is gone.
    Removed,
}

impl Removal {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Wiped => "wiped",
            Self::Removed => "removed",
        }
    }
}

impl Payload for Tombstone {
    const TYPE: &'static str = "application/vnd.tessera.tombstone+json";
    type Signer = OrgSigningKey;
    type Key = OrgVerifyingKey;
}

/// A device's last signed word: what it wiped. It is sent until it is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReceipt {
    /// How to read this.
    pub format: Format,
    /// Whose device it was.
    pub org: OrgId,
    /// Which device.
    pub device: DeviceId,
    /// The digest of the tombstone's payload; none when the member signed out on the machine itself.
    #[serde(default)]
    pub tombstone: Option<Digest>,
    /// Continues the receipts' counter.
    pub counter: u64,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// What became of what the device held.
    pub wiped: Vec<Wiped>,
    /// The machine.
    pub facts: MachineFacts,
}

/// One thing that a removed device had to remove or restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wiped {
    /// What: `settings`, `keys`, `tokens`, `tool files`.
    pub what: Text<64>,
    /// Why it could not be done; none when it was.
    #[serde(default)]
    pub failed: Option<Text<500>>,
}

impl Payload for LastReceipt {
    const TYPE: &'static str = "application/vnd.tessera.last-receipt+json";
    type Signer = DeviceSigningKey;
    type Key = DeviceVerifyingKey;

    fn check(&self) -> Result<(), &'static str> {
        if limits::is_storable(self.counter) {
            Ok(())
        } else {
            Err("a number in the receipt is too large")
        }
    }
}
