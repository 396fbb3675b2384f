//! A device's signed word on what it did with a manifest.

use serde::{Deserialize, Serialize};
use tessera_ids::{DeviceId, OrgId, Timestamp};
use tessera_policy::LayerName;

use crate::{
    DeviceSigningKey, DeviceVerifyingKey, Digest, Format, Name, Payload, Serial, Text, limits, skill,
};

/// What a device did, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How to read this.
    pub format: Format,
    /// Whose settings.
    pub org: OrgId,
    /// Who says so.
    pub device: DeviceId,
    /// The manifest's serial.
    pub serial: Serial,
    /// The manifest's revision.
    pub revision: u64,
    /// The digest of the manifest's payload bytes.
    pub manifest: Digest,
    /// Grows by one with every receipt. The same counter with other content means that two machines use one key.
    pub counter: u64,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// What became of each section and list of each layer.
    pub sections: Vec<SectionReceipt>,
    /// The machine.
    pub facts: MachineFacts,
}

/// What became of one section or list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionReceipt {
    /// The layer that it belongs to.
    pub layer: LayerName,
    /// The section's or list's name.
    pub section: Name,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// In force.
    Applied {
        /// The digest of what was reread from the device's own store.
        digest: Digest,
    },
    /// Not in force; what was in force before still is.
    Failed {
        /// Why, for an admin.
        reason: Text<500>,
    },
    /// This agent does not know the section. It was kept.
    Unsupported,
    /// Something that a newer agent says.
    #[serde(other)]
    Unknown,
}

/// What a device says about its machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineFacts {
    /// The agent's version.
    pub agent_version: Text<64>,
    /// The operating system and its version.
    pub os: Text<128>,
    /// The machine's name.
    pub host: Text<253>,
    /// Where the device keeps its keys.
    pub key_storage: KeyStorage,
    /// What the agent can read: see [`crate::skill`]. The first release did not say.
    #[serde(default = "skill::first", skip_serializing_if = "skill::is_first")]
    pub wire: u32,
}

/// Where a device keeps its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyStorage {
    /// The operating system's keyring.
    Keyring,
    /// A file that only its owner may read.
    File,
    /// Somewhere that only a newer agent knows.
    #[serde(other)]
    Unknown,
}

impl KeyStorage {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Unknown => "unknown",
        }
    }
}

impl Payload for Receipt {
    const TYPE: &'static str = "application/vnd.tessera.receipt+json";
    const MAX_BYTES: usize = limits::RECEIPT_BYTES;
    type Signer = DeviceSigningKey;
    type Key = DeviceVerifyingKey;

    fn check(&self) -> Result<(), &'static str> {
        if ![self.serial.get(), self.revision, self.counter]
            .into_iter()
            .all(limits::is_storable)
        {
            return Err("a number in the receipt is too large");
        }
        if self.sections.len() > limits::RECEIPT_SECTIONS {
            return Err("a receipt has too many lines");
        }
        Ok(())
    }
}
