//! The settings of one revision, read back from its blobs.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use tessera_domain::{Error, Result};
use tessera_ids::OrgId;
use tessera_policy::{Layer, LayerDocument, LayerName, WebsiteList};
use tessera_store::Reader;
use tessera_wire::{Blob, Digest, ManifestLayer, Name, limits, list};

use super::tree::Tree;

/// Rows of assembled lists that are kept in memory, over all organizations: about 25 MB of text.
const CACHED_ROWS: usize = 1_000_000;
/// Lists that are kept however short they are, since each is looked for among all.
const CACHED_LISTS: usize = 1_024;

/// The settings as they stand at one revision.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The revision; 0 before the first change.
    pub revision: u64,
    /// What it points at.
    pub tree: Tree,
    layers: BTreeMap<LayerName, Layer>,
}

impl Snapshot {
    /// What one layer says; an empty layer when it is silent.
    pub fn layer(&self, name: LayerName) -> Layer {
        self.layers
            .get(&name)
            .cloned()
            .unwrap_or_else(|| Layer::empty(name))
    }

    /// Every layer that says something.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.layers.values()
    }

    /// Reads the newest revision, or the one asked for.
    pub(crate) async fn load(
        tx: &mut Reader,
        lists: &ListCache,
        org: OrgId,
        revision: Option<u64>,
    ) -> Result<Self> {
        let row = match revision {
            Some(0) => None,
            Some(number) => Some(
                tx.revision(org, number)
                    .await?
                    .ok_or_else(|| Error::not_found("revision"))?,
            ),
            None => tx.latest_revision(org).await?,
        };
        let Some(row) = row else {
            return Ok(Self {
                revision: 0,
                tree: Tree::default(),
                layers: BTreeMap::new(),
            });
        };
        let tree = Tree::from_bytes(&row.tree)?;
        let sections = read_sections(tx, org, &tree).await?;
        let mut layers = BTreeMap::new();
        for entry in tree.layers() {
            let document = document(entry, &sections)?;
            let websites = match entry.lists.get(Name::WEBSITES) {
                Some(index) => lists.read(tx, org, *index).await?,
                None => WebsiteList::default(),
            };
            layers.insert(
                entry.layer,
                Layer {
                    name: entry.layer,
                    document,
                    websites,
                },
            );
        }
        Ok(Self {
            revision: row.number,
            tree,
            layers,
        })
    }
}

async fn read_sections(tx: &mut Reader, org: OrgId, tree: &Tree) -> Result<HashMap<Digest, Vec<u8>>> {
    let wanted: Vec<Digest> = tree
        .layers()
        .iter()
        .flat_map(|layer| layer.sections.values().copied())
        .collect();
    read_blobs(tx, org, &wanted).await
}

fn document(entry: &ManifestLayer, sections: &HashMap<Digest, Vec<u8>>) -> Result<LayerDocument> {
    let parts = entry.sections.iter().filter_map(|(name, digest)| {
        sections
            .get(digest)
            .map(|bytes| (name.as_str(), bytes.as_slice()))
    });
    LayerDocument::from_sections(parts)
        .map_err(|error| Error::internal(format!("a stored section is unreadable: {error}")))
}

/// Reads blobs by their digests; every one asked for is there and is what its name says.
pub(crate) async fn read_blobs(
    tx: &mut Reader,
    org: OrgId,
    wanted: &[Digest],
) -> Result<HashMap<Digest, Vec<u8>>> {
    let names: Vec<[u8; 32]> = wanted.iter().map(|digest| *digest.as_bytes()).collect();
    let mut found = HashMap::with_capacity(wanted.len());
    for row in tx.blobs(org, &names).await? {
        let digest = Digest::from_bytes(row.digest);
        let blob = Blob::from_gzip(digest, &row.bytes, limits::BLOB_BYTES)
            .map_err(|error| Error::internal(format!("a stored blob is damaged: {error}")))?;
        found.insert(digest, blob.into_bytes());
    }
    match wanted.iter().find(|digest| !found.contains_key(*digest)) {
        Some(missing) => Err(Error::internal(format!(
            "blob {missing} is missing from the store"
        ))),
        None => Ok(found),
    }
}

/// Assembled website lists by their index digest; the least recently read go first.
#[derive(Debug, Default)]
pub(crate) struct ListCache {
    kept: Mutex<VecDeque<(OrgId, Digest, WebsiteList)>>,
}

impl ListCache {
    /// The list, from memory or from its chunks.
    pub(crate) async fn read(&self, tx: &mut Reader, org: OrgId, index: Digest) -> Result<WebsiteList> {
        if let Some(list) = self.get(org, index) {
            return Ok(list);
        }
        let damaged = |error| Error::internal(format!("a stored list is damaged: {error}"));
        let index_bytes = read_blobs(tx, org, &[index])
            .await?
            .remove(&index)
            .unwrap_or_default();
        let names = list::ListIndex::read(&index_bytes).map_err(damaged)?.chunks;
        let mut chunks = read_blobs(tx, org, &names).await?;
        let rows =
            list::assemble(&index_bytes, |digest| chunks.remove(digest).map(Into::into)).map_err(damaged)?;
        let list = WebsiteList::from_rows(rows.iter());
        self.keep(org, index, list.clone());
        Ok(list)
    }

    /// Remembers a list that was just read or saved.
    pub(crate) fn keep(&self, org: OrgId, index: Digest, list: WebsiteList) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known_org, known, _)| (*known_org, *known) != (org, index));
        kept.push_back((org, index, list));
        let mut rows: usize = kept.iter().map(|(_, _, list)| list.len()).sum();
        while kept.len() > 1 && (rows > CACHED_ROWS || kept.len() > CACHED_LISTS) {
            rows -= kept.pop_front().map_or(0, |(_, _, list)| list.len());
        }
    }

    fn get(&self, org: OrgId, index: Digest) -> Option<WebsiteList> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept
            .iter()
            .position(|(known_org, known, _)| (*known_org, *known) == (org, index))?;
        let entry = kept.remove(at)?;
        kept.push_back(entry.clone());
        Some(entry.2)
    }
}
