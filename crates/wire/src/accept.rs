//! Whether a device takes a manifest that it is offered. Nothing here loosens: only what is newer replaces.

use serde::{Deserialize, Serialize};
use tessera_ids::OrgId;

use crate::{AudienceId, Digest, Manifest, Serial, Verified};

/// What a device remembers of the manifest that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Whose it is.
    pub org: OrgId,
    /// For whom it is.
    pub audience: AudienceId,
    /// Its place in the org's sequence.
    pub serial: Serial,
    /// The settings' revision.
    pub revision: u64,
    /// The digest of its payload.
    pub payload: Digest,
}

impl From<&Verified<Manifest>> for Accepted {
    fn from(manifest: &Verified<Manifest>) -> Self {
        let Manifest {
            org,
            audience,
            serial,
            revision,
            ..
        } = *manifest.payload();
        Self {
            org,
            audience,
            serial,
            revision,
            payload: manifest.payload_digest(),
        }
    }
}

/// What to do with an offered manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acceptance {
    /// Take it.
    Newer,
    /// The device has it already.
    Same,
    /// The server is behind: answer with the device's own stored manifest.
    Older,
    /// The same serial says something else. Keep what is in force and raise an alarm.
    Conflict,
    /// Not for this device's org. Keep what is in force.
    Foreign,
}

/// Judges an offered manifest by the org that the device is enrolled in and what it has. The audience may
/// change with a higher serial (the member moved between teams), and with nothing else.
pub fn accept(org: OrgId, current: Option<&Accepted>, offered: &Verified<Manifest>) -> Acceptance {
    let offered = Accepted::from(offered);
    if offered.org != org {
        return Acceptance::Foreign;
    }
    let Some(current) = current else {
        return Acceptance::Newer;
    };
    if current.org != org {
        return Acceptance::Foreign;
    }
    match offered.serial.cmp(&current.serial) {
        std::cmp::Ordering::Greater => Acceptance::Newer,
        std::cmp::Ordering::Less => Acceptance::Older,
        std::cmp::Ordering::Equal if offered.payload == current.payload => Acceptance::Same,
        std::cmp::Ordering::Equal => Acceptance::Conflict,
    }
}
