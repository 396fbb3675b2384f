//! Compiling: each audience's manifest is built and signed once per serial, then served as those bytes.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use tessera_domain::{Error, Result};
use tessera_ids::OrgId;
use tessera_store::{NewManifest, Org, Reader};
use tessera_wire::{Audience, AudienceId, Digest, Format, Manifest, Serial, list::ListIndex, sign};

use super::{Compiled, DeviceActor, org_signing_key};
use crate::{
    App,
    settings::{Tree, read_blobs},
};

/// Blobs that are looked up for one stream event; a manifest with more new ones lets devices fetch them.
const EVENT_BLOBS: usize = 32;

/// The newest manifest of each audience that somebody asked for. One compiles while the others wait.
#[derive(Debug, Default)]
pub(crate) struct ManifestCache {
    slots: Mutex<HashMap<(OrgId, AudienceId), Slot>>,
}

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Compiled>>>>;

impl ManifestCache {
    fn slot(&self, org: OrgId, audience: AudienceId) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry((org, audience)).or_default())
    }
}

/// The newest manifest for a device.
pub async fn manifest(app: &App, device: &DeviceActor) -> Result<Arc<Compiled>> {
    device.require_sync()?;
    let mut tx = app.store.read().await?;
    let org = tx
        .org(device.org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let audience = device.audience(&mut tx).await?;
    drop(tx);
    compile(app, audience, Serial::new(org.last_serial)).await
}

/// A compressed blob of the device's organization.
pub async fn blob(app: &App, device: &DeviceActor, digest: Digest) -> Result<Vec<u8>> {
    device.require_sync()?;
    let row = app
        .store
        .read()
        .await?
        .blob(device.org, *digest.as_bytes())
        .await?;
    row.map(|row| row.bytes).ok_or_else(|| Error::not_found("blob"))
}

/// The manifest of an audience at `least` or later.
pub(super) async fn compile(app: &App, audience: Audience, least: Serial) -> Result<Arc<Compiled>> {
    let slot = app.manifests.slot(audience.org, audience.id());
    let mut kept = slot.lock().await;
    if let Some(known) = kept.as_ref().filter(|known| known.serial >= least) {
        return Ok(Arc::clone(known));
    }
    let fresh = Arc::new(build(app, audience, kept.as_deref()).await?);
    *kept = Some(Arc::clone(&fresh));
    Ok(fresh)
}

async fn build(app: &App, audience: Audience, before: Option<&Compiled>) -> Result<Compiled> {
    let mut tx = app.store.read().await?;
    let org = tx
        .org(audience.org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let tree = match org.revision {
        0 => Tree::default(),
        number => {
            let row = tx.revision(org.id, number).await?;
            let row = row.ok_or_else(|| Error::internal(format!("revision {number} is missing")))?;
            Tree::from_bytes(&row.tree)?
        }
    };
    let stored = tx
        .manifest(org.id, &audience.id().to_string(), org.last_serial)
        .await?;
    let envelope = if let Some(row) = stored {
        row.envelope
    } else {
        let signed = issue(app, &mut tx, &org, &tree, &audience).await?;
        // A reader holds a snapshot; on SQLite the writer must not wait for it.
        drop(tx);
        let envelope = keep(app, org.id, signed).await?;
        tx = app.store.read().await?;
        envelope
    };
    let mut compiled = Compiled::render(audience, envelope, HashSet::new(), Vec::new())?;
    compiled.blobs = named_blobs(&mut tx, org.id, &compiled.manifest, before).await?;
    let fresh = fresh_blobs(&mut tx, org.id, &compiled, before).await?;
    Compiled::render(compiled.audience, compiled.envelope.into(), compiled.blobs, fresh)
}

/// Signs what the audience shall have.
async fn issue(
    app: &App,
    tx: &mut Reader,
    org: &Org,
    tree: &Tree,
    audience: &Audience,
) -> Result<NewManifest> {
    let now = app.clock.now();
    let manifest = Manifest {
        format: Format,
        org: org.id,
        audience: audience.id(),
        serial: Serial::new(org.last_serial),
        revision: org.revision,
        issued_at: now,
        wave: audience.wave,
        layers: tree.for_audience(audience),
        credentials: BTreeMap::new(),
    };
    let key = org_signing_key(app, tx, org).await?;
    let signed = sign(&manifest, &key).map_err(Error::internal)?;
    metrics::counter!("tessera_manifests_signed_total").increment(1);
    Ok(NewManifest {
        audience: audience.id().to_string(),
        serial: org.last_serial,
        revision: org.revision,
        digest: *signed.payload_digest.as_bytes(),
        envelope: signed.json,
        issued_at: now,
    })
}

/// Stores a manifest unless another replica was faster; what is stored is what everybody serves.
async fn keep(app: &App, org: OrgId, manifest: NewManifest) -> Result<Vec<u8>> {
    let mut tx = app.store.begin().await?;
    let envelope = tx.insert_manifest(org, &manifest).await?.envelope;
    tx.commit().await?;
    Ok(envelope)
}

/// Everything that the manifest names, chunks of lists included.
async fn named_blobs(
    tx: &mut Reader,
    org: OrgId,
    manifest: &Manifest,
    before: Option<&Compiled>,
) -> Result<HashSet<Digest>> {
    let direct: HashSet<Digest> = manifest.blobs().into_iter().collect();
    if let Some(before) = before.filter(|before| before.manifest.blobs() == manifest.blobs()) {
        return Ok(before.blobs.clone());
    }
    let indexes: Vec<Digest> = manifest
        .layers
        .iter()
        .flat_map(|layer| layer.lists.values().copied())
        .collect();
    let mut named = direct;
    for bytes in read_blobs(tx, org, &indexes).await?.into_values() {
        named.extend(ListIndex::read(&bytes).map_err(Error::internal)?.chunks);
    }
    Ok(named)
}

/// Compressed blobs that are new to the audience, if few: the event carries them along.
async fn fresh_blobs(
    tx: &mut Reader,
    org: OrgId,
    compiled: &Compiled,
    before: Option<&Compiled>,
) -> Result<Vec<(Digest, Vec<u8>)>> {
    let known = |digest: &&Digest| before.is_some_and(|before| before.blobs.contains(*digest));
    let wanted: Vec<[u8; 32]> = compiled
        .blobs
        .iter()
        .filter(|digest| !known(digest))
        .map(|digest| *digest.as_bytes())
        .collect();
    if wanted.len() > EVENT_BLOBS {
        return Ok(Vec::new());
    }
    let mut rows = tx.blobs(org, &wanted).await?;
    rows.sort_by_key(|row| row.bytes.len());
    Ok(rows
        .into_iter()
        .map(|row| (Digest::from_bytes(row.digest), row.bytes))
        .collect())
}
