//! From a manifest and its blobs to something that can be enforced. Pure but for the way to get a blob.

use std::{collections::BTreeSet, fmt, sync::Arc};

use tessera_policy::{Guard, Layer, LayerDocument, Leaf, SectionName, WebsiteList};
use tessera_wire::{Digest, ListIndex, Manifest, ManifestLayer, Name, Outcome, SectionReceipt, Text, list};

use crate::commons::Commons;

/// What a set of layers comes to.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) layers: Vec<Layer>,
    pub(crate) guard: Guard,
}

/// Why a bundle cannot be enforced, and which part of it is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) layer: tessera_policy::LayerName,
    pub(crate) section: Name,
    pub(crate) reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of layer {}: {}", self.section, self.layer, self.reason)
    }
}

/// The blobs that a manifest needs: all that it names, and all that its lists' indexes name as far as they are
/// at hand. Also those of sections and lists that only a newer agent understands, so that it finds them.
pub(crate) fn needed(manifest: &Manifest, blob: impl Fn(&Digest) -> Option<Arc<[u8]>>) -> BTreeSet<Digest> {
    let mut needed = manifest.blobs();
    for index in manifest.layers.iter().flat_map(|layer| layer.lists.values()) {
        if let Some(index) = blob(index).and_then(|bytes| ListIndex::read(&bytes).ok()) {
            needed.extend(index.chunks);
        }
    }
    needed
}

/// Compiles what the manifest names. Every part must be at hand and understood as far as this version claims
/// to understand it.
pub(crate) fn compile(
    manifest: &Manifest,
    commons: &Commons,
    blob: impl Fn(&Digest) -> Option<Arc<[u8]>>,
) -> Result<Arc<Compiled>, Refusal> {
    let layers = serde_json::to_vec(&manifest.layers).expect("layers are texts");
    commons.compiled(&Digest::of(&layers), || {
        let layers = manifest
            .layers
            .iter()
            .map(|layer| read_layer(layer, commons, &blob));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let guard = Guard::from_layers(&layers);
        Ok(Compiled { layers, guard })
    })
}

/// What a receipt says of each part once all of it was reread.
pub(crate) fn applied(manifest: &Manifest) -> Vec<SectionReceipt> {
    receipts(manifest, |name, digest| {
        if understands(name) {
            Outcome::Applied { digest }
        } else {
            Outcome::Unsupported
        }
    })
}

/// What a receipt says when one part could not be enforced and so none was.
pub(crate) fn failed(manifest: &Manifest, refusal: &Refusal) -> Vec<SectionReceipt> {
    let blamed = SectionReceipt {
        layer: refusal.layer,
        section: refusal.section.clone(),
        outcome: Outcome::Failed {
            reason: Text::clip(&refusal.reason),
        },
    };
    let held_back = format!("held back: {refusal}");
    let others = receipts(manifest, |_, _| Outcome::Failed {
        reason: Text::clip(&held_back),
    })
    .into_iter()
    .filter(|other| other.layer != blamed.layer || other.section != blamed.section);
    std::iter::once(blamed.clone()).chain(others).collect()
}

fn receipts(manifest: &Manifest, outcome: impl Fn(&Name, Digest) -> Outcome) -> Vec<SectionReceipt> {
    let parts = manifest.layers.iter().flat_map(|layer| {
        let names = layer.sections.iter().chain(&layer.lists);
        names.map(|(name, digest)| (layer.layer, name.clone(), *digest))
    });
    parts
        .map(|(layer, section, digest)| SectionReceipt {
            layer,
            outcome: outcome(&section, digest),
            section,
        })
        .collect()
}

fn understands(name: &Name) -> bool {
    name.as_str().parse::<SectionName>().is_ok() || name.as_str() == Leaf::Websites.path()
}

fn read_layer(
    layer: &ManifestLayer,
    commons: &Commons,
    blob: impl Fn(&Digest) -> Option<Arc<[u8]>>,
) -> Result<Layer, Refusal> {
    let refuse = |section: &Name, reason: String| Refusal {
        layer: layer.layer,
        section: section.clone(),
        reason,
    };
    let mut sections = Vec::new();
    for (name, digest) in layer.sections.iter().filter(|(name, _)| understands(name)) {
        let bytes = blob(digest).ok_or_else(|| refuse(name, format!("blob {digest} is missing")))?;
        sections.push((name, bytes));
    }
    // One by one first, so that the receipt blames the right one.
    for (name, bytes) in &sections {
        LayerDocument::from_sections([(name.as_str(), &**bytes)]).map_err(|e| refuse(name, e.to_string()))?;
    }
    let document =
        LayerDocument::from_sections(sections.iter().map(|(name, bytes)| (name.as_str(), &**bytes)))
            .map_err(|e| refuse(sections[0].0, e.to_string()))?;
    let mut websites = WebsiteList::default();
    for (name, index) in layer.lists.iter().filter(|(name, _)| understands(name)) {
        let read = || read_websites(index, &blob);
        let shared = commons.list(index, read).map_err(|reason| refuse(name, reason))?;
        websites = (*shared).clone();
    }
    Ok(Layer {
        name: layer.layer,
        document,
        websites,
    })
}

fn read_websites(index: &Digest, blob: impl Fn(&Digest) -> Option<Arc<[u8]>>) -> Result<WebsiteList, String> {
    let bytes = blob(index).ok_or_else(|| format!("blob {index} is missing"))?;
    let rows = list::assemble(&bytes, |digest| blob(digest).map(|bytes| bytes.to_vec().into()));
    rows.map(|rows| WebsiteList::from_rows(rows.iter()))
        .map_err(|e| e.to_string())
}
