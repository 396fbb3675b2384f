//! What a revision points at: for each layer, the digests of its sections and list indexes.

use serde::{Deserialize, Serialize};
use tessera_domain::{Error, Result};
use tessera_ids::AccountId;
use tessera_policy::LayerName;
use tessera_wire::{Audience, Digest, ManifestLayer, Name};

/// The layers of one revision, in their order. Its JSON is stored as exact bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    layers: Vec<ManifestLayer>,
}

impl Tree {
    /// Reads what [`Tree::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::internal(format!("a revision's tree is unreadable: {error}")))
    }

    /// The bytes to store.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(Error::internal)
    }

    /// The layers that say something.
    pub fn layers(&self) -> &[ManifestLayer] {
        &self.layers
    }

    /// What one layer says; nothing when it is silent.
    pub fn layer(&self, name: LayerName) -> Option<&ManifestLayer> {
        self.layers.iter().find(|layer| layer.layer == name)
    }

    /// Whether the same layers say something here and there: who is in which audience depends on it.
    pub fn has_layers_of(&self, other: &Self) -> bool {
        let names = |tree: &Self| tree.layers.iter().map(|layer| layer.layer).collect::<Vec<_>>();
        names(self) == names(other)
    }

    /// The digest of a layer's website index.
    pub fn websites(&self, name: LayerName) -> Option<Digest> {
        self.layer(name)?.lists.get(Name::WEBSITES).copied()
    }

    /// The same tree with this layer in place of what stood there; a layer that says nothing goes.
    #[must_use]
    pub fn with(mut self, layer: ManifestLayer) -> Self {
        self.layers.retain(|known| known.layer != layer.layer);
        if !layer.sections.is_empty() || !layer.lists.is_empty() {
            self.layers.push(layer);
            self.layers.sort_by_key(|layer| layer.layer);
        }
        self
    }

    /// The members for whom alone something is tightened.
    pub fn tightened(&self) -> Vec<AccountId> {
        let own = |layer: &ManifestLayer| match layer.layer {
            LayerName::Tightened(account) => Some(account),
            _ => None,
        };
        self.layers.iter().filter_map(own).collect()
    }

    /// What the devices of an audience receive of it.
    pub fn for_audience(&self, audience: &Audience) -> Vec<ManifestLayer> {
        let concerns = |layer: &&ManifestLayer| match layer.layer {
            LayerName::BuiltIn | LayerName::Org => true,
            LayerName::Team(team) => audience.teams.contains(&team),
            LayerName::Tightened(account) => audience.member == Some(account),
            // What members say for themselves stays on their machines.
            LayerName::Member => false,
        };
        self.layers.iter().filter(concerns).cloned().collect()
    }
}
