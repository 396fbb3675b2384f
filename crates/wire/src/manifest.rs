//! What one audience shall have: the names of blobs, in one signed page.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tessera_ids::{OrgId, TeamId, Timestamp};
use tessera_policy::LayerName;

use crate::{
    AudienceId, Digest, Format, Name, OrgSigningKey, OrgVerifyingKey, Payload, Serial, Text, limits,
};

/// The page that an org signs for one audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// How to read this.
    pub format: Format,
    /// Whose settings these are.
    pub org: OrgId,
    /// For whom they are.
    pub audience: AudienceId,
    /// Where this stands in the org's one sequence; only a higher one replaces what a device has.
    pub serial: Serial,
    /// The settings' revision, for people.
    pub revision: u64,
    /// When the server made this.
    pub issued_at: Timestamp,
    /// The wave of a staged rollout; 0 when there are no waves.
    #[serde(default)]
    pub wave: u32,
    /// What each layer says.
    pub layers: Vec<ManifestLayer>,
    /// The version of each credential that the audience may use.
    #[serde(default)]
    pub credentials: BTreeMap<Name, u64>,
    /// What the teams among the layers are called, for people; nothing is decided by it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub team_names: BTreeMap<TeamId, Text<200>>,
}

/// What one layer says, by the digests of its blobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestLayer {
    /// Which layer.
    pub layer: LayerName,
    /// The blob of each section that the layer speaks in.
    #[serde(default)]
    pub sections: BTreeMap<Name, Digest>,
    /// The index blob of each list that the layer carries.
    #[serde(default)]
    pub lists: BTreeMap<Name, Digest>,
}

impl Payload for Manifest {
    const TYPE: &'static str = "application/vnd.tessera.manifest+json";
    const MAX_BYTES: usize = limits::MANIFEST_BYTES;
    type Signer = OrgSigningKey;
    type Key = OrgVerifyingKey;

    fn check(&self) -> Result<(), &'static str> {
        if !limits::is_storable(self.serial.get()) || !limits::is_storable(self.revision) {
            return Err("a number in the manifest is too large");
        }
        if self.layers.len() > limits::MANIFEST_LAYERS {
            return Err("a manifest has too many layers");
        }
        let crowded = |count: usize| count > limits::MANIFEST_NAMES;
        if self
            .layers
            .iter()
            .any(|l| crowded(l.sections.len()) || crowded(l.lists.len()))
            || crowded(self.credentials.len())
            || crowded(self.team_names.len())
        {
            return Err("a manifest names too many things");
        }
        let distinct: BTreeSet<_> = self.layers.iter().map(|layer| layer.layer.to_string()).collect();
        if distinct.len() < self.layers.len() {
            return Err("a manifest names a layer twice");
        }
        Ok(())
    }
}

impl Manifest {
    /// Every blob named directly: sections and list indexes. An index names its chunks.
    pub fn blobs(&self) -> BTreeSet<Digest> {
        self.layers
            .iter()
            .flat_map(|layer| layer.sections.values().chain(layer.lists.values()))
            .copied()
            .collect()
    }

    /// The digest of the keys that are named, by which a receipt says that the device holds them and no others.
    /// None where none is named.
    #[expect(clippy::missing_panics_doc, reason = "names and numbers are JSON")]
    pub fn credentials_digest(&self) -> Option<Digest> {
        if self.credentials.is_empty() {
            return None;
        }
        let named = serde_json::to_vec(&self.credentials).expect("names and numbers are JSON");
        Some(Digest::of(&named))
    }
}
