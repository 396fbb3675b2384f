//! Who this device is: what enrolment gave it, kept until it is removed.

use serde::{Deserialize, Serialize};
use tessera_ids::{DeviceId, OrgId, Timestamp};
use tessera_wire::{
    DeviceSealingKey, DeviceSigningKey, Digest, Format, KeyStorage, MachineFacts, OrgVerifyingKey, Text,
};
use zeroize::Zeroizing;

use super::keyring::SecretBytes;
use crate::http::{PortalCa, http_client_trusting};

/// What enrolment gave this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// How to read this.
    pub(crate) format: Format,
    /// The server's address, as the member typed it.
    pub(crate) server: String,
    /// The org that decides here.
    pub(crate) org: OrgId,
    /// Its name when the device enrolled.
    pub(crate) org_name: String,
    /// The member's address when the device enrolled.
    pub(crate) account: String,
    /// Which device this is.
    pub(crate) device: DeviceId,
    /// The key that the org's word must be signed with.
    pub(crate) org_key: OrgVerifyingKey,
    /// The machine's name, as the portal shows it.
    pub(crate) host: String,
    /// Where this device's own keys are.
    pub(crate) key_storage: KeyStorage,
    /// Of those keys' bytes, so that damaged ones are not taken for others. Unknown for devices of the first release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keys_digest: Option<Digest>,
    /// When it enrolled.
    pub(crate) enrolled_at: Timestamp,
    /// Who vouches for the portal's certificate beside the system's authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) portal_ca: Option<PortalCa>,
}

impl Profile {
    /// The client for this device's portal: the usual one, unless it needs its own authority.
    pub(crate) fn http(&self, usual: reqwest::Client) -> reqwest::Client {
        self.portal_ca.as_ref().map_or(usual, http_client_trusting)
    }
}

/// The two secret keys of a device.
#[derive(Debug)]
pub(crate) struct DeviceKeys {
    /// Signs enrolment, assertions and receipts.
    pub(crate) signing: DeviceSigningKey,
    /// Opens what is sealed to the device.
    pub(crate) sealing: DeviceSealingKey,
}

impl DeviceKeys {
    /// Fresh ones.
    pub(crate) fn generate(entropy: &dyn tessera_ids::Entropy) -> Self {
        Self {
            signing: DeviceSigningKey::generate(entropy),
            sealing: DeviceSealingKey::generate(entropy),
        }
    }

    /// Both, in the order signing, sealing.
    pub(crate) fn to_bytes(&self) -> SecretBytes {
        let mut bytes = Zeroizing::new(Vec::with_capacity(64));
        bytes.extend_from_slice(&*self.signing.to_bytes());
        bytes.extend_from_slice(&*self.sealing.to_bytes());
        bytes
    }

    /// What tells these keys from damaged ones, and nothing of them.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (signing, sealing) = bytes.split_first_chunk::<32>()?;
        Some(Self {
            signing: DeviceSigningKey::from_bytes(signing),
            sealing: DeviceSealingKey::from_bytes(sealing.try_into().ok()?),
        })
    }
}

/// What a device says about the machine that it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The machine's name.
    pub host: String,
    /// The operating system and its version.
    pub os: String,
}

impl Machine {
    /// This machine.
    pub fn detect() -> Self {
        let host = hostname::get().ok().and_then(|name| name.into_string().ok());
        Self {
            host: host.unwrap_or_else(|| "unknown".to_owned()),
            os: operating_system(),
        }
    }

    /// As receipts and enrolment say it.
    pub(crate) fn facts(&self, key_storage: KeyStorage) -> MachineFacts {
        MachineFacts {
            agent_version: Text::clip(env!("CARGO_PKG_VERSION")),
            os: Text::clip(&self.os),
            host: Text::clip(&self.host),
            key_storage,
            wire: tessera_wire::skill::PRESENT,
        }
    }
}

/// `Debian GNU/Linux 12 (bookworm)`, or at least `linux`.
fn operating_system() -> String {
    let described = std::fs::read_to_string("/etc/os-release").ok().and_then(|text| {
        let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(name.trim_matches('"').to_owned())
    });
    match (std::env::consts::OS, described) {
        ("linux", Some(name)) => name,
        ("macos", _) => "macOS".to_owned(),
        ("windows", _) => "Windows".to_owned(),
        (other, _) => other.to_owned(),
    }
}
