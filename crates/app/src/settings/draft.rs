//! What one layer will say, rendered and compared before anybody's lock is taken.

use std::collections::{BTreeMap, HashSet};

use tessera_domain::{Error, Result};
use tessera_ids::OrgId;
use tessera_policy::{Change as SettingsChange, Layer, LayerDocument, LayerName, Side, WebsiteList, diff};
use tessera_wire::{Blob, Digest, ManifestLayer, Name, list};

use super::snapshot::{Snapshot, read_blobs};
use crate::App;

/// A layer as it will be, with the blobs that say it and how it differs.
pub(crate) struct Draft {
    pub(crate) layer: Layer,
    pub(crate) entry: ManifestLayer,
    pub(crate) blobs: Vec<Blob>,
    pub(crate) changes: Vec<SettingsChange>,
}

/// A list that the store has already, with the digest of its index.
pub(crate) type StoredList = (WebsiteList, Digest);

impl Draft {
    /// Makes of a layer what `alter` says. `stored` is a list that may come out of it, besides the present one.
    pub(crate) async fn make(
        app: &App,
        org: OrgId,
        base: &Snapshot,
        name: LayerName,
        stored: Option<StoredList>,
        alter: impl FnOnce(&Layer) -> Result<(LayerDocument, WebsiteList)> + Send + 'static,
    ) -> Result<Self> {
        let known = known_chunks(app, org, base.tree.websites(name)).await?;
        let before = base.layer(name);
        let present = base
            .tree
            .websites(name)
            .map(|index| (before.websites.clone(), index));
        let lists: Vec<StoredList> = present.into_iter().chain(stored).collect();
        // Cutting and hashing 100,000 rows takes tens of milliseconds, which no other request should wait for.
        let render = move || {
            let (document, websites) = alter(&before)?;
            Self::render(&before, document, websites, &lists, &known)
        };
        tokio::task::spawn_blocking(render)
            .await
            .map_err(Error::internal)?
    }

    fn render(
        before: &Layer,
        document: LayerDocument,
        websites: WebsiteList,
        stored: &[StoredList],
        known: &HashSet<Digest>,
    ) -> Result<Self> {
        let after = Layer {
            name: before.name,
            document,
            websites,
        };
        let changes = difference(before, &after);
        let mut blobs = Vec::new();
        let mut sections = BTreeMap::new();
        for (name, bytes) in after.document.sections() {
            let blob = Blob::new(bytes);
            sections.insert(name.parse().map_err(Error::internal)?, blob.digest());
            blobs.push(blob);
        }
        let mut lists = BTreeMap::new();
        if let Some((_, index)) = stored.iter().find(|(list, _)| *list == after.websites) {
            lists.insert(Name::websites(), *index);
        } else if !after.websites.is_empty() {
            let cut = list::cut(after.websites.iter())
                .map_err(|error| Error::invalid(format!("The list cannot be kept: {error}.")))?;
            lists.insert(Name::websites(), cut.index.digest());
            let new = cut
                .chunks
                .into_iter()
                .filter(|chunk| !known.contains(&chunk.digest()));
            blobs.extend(new);
            blobs.push(cut.index);
        }
        metrics::counter!("tessera_layers_rendered_total").increment(1);
        let entry = ManifestLayer {
            layer: before.name,
            sections,
            lists,
        };
        Ok(Self {
            layer: after,
            entry,
            blobs,
            changes,
        })
    }
}

/// How a layer differs from what it was.
pub(crate) fn difference(before: &Layer, after: &Layer) -> Vec<SettingsChange> {
    diff(
        Side {
            document: &before.document,
            websites: &before.websites,
        },
        Side {
            document: &after.document,
            websites: &after.websites,
        },
    )
}

/// The chunks that the store has already, so that they are neither compressed nor written again.
async fn known_chunks(app: &App, org: OrgId, index: Option<Digest>) -> Result<HashSet<Digest>> {
    let Some(index) = index else {
        return Ok(HashSet::new());
    };
    let mut tx = app.store.read().await?;
    let bytes = read_blobs(&mut tx, org, &[index])
        .await?
        .remove(&index)
        .unwrap_or_default();
    let index = list::ListIndex::read(&bytes).map_err(Error::internal)?;
    Ok(index.chunks.into_iter().collect())
}
