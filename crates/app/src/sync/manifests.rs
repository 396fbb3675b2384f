//! Compiling: each audience's manifest is built and signed once per serial, then served as those bytes.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use tessera_domain::{Error, Result};
use tessera_ids::{OrgId, TeamId, Timestamp};
use tessera_store::{NewManifest, Org, Reader, WantedRevision};
use tessera_wire::{
    Audience, AudienceId, Digest, Format, Manifest, Name, Serial, Text,
    batch::{BlobsAnswer, Filling},
    limits,
    list::ListIndex,
    sign,
};
use tracing::{Instrument as _, field::Empty};

use super::{Compiled, DeviceActor, device::Placement, org_signing_key};
use crate::{
    App, Pulse,
    settings::{Tree, read_blobs},
    token::hash,
    trace,
};

/// Blobs that are looked up for one stream event; a manifest with more new ones lets devices fetch them.
const EVENT_BLOBS: usize = 32;

/// Blobs that are read from the store at once for an answer with several.
const READ_AT_ONCE: usize = 16;

/// Audiences whose manifests are kept in memory, over all organizations.
const KEPT: usize = 1_024;

/// The newest manifest of each audience that somebody asked for. One compiles while the others wait.
#[derive(Debug, Default)]
pub(crate) struct ManifestCache {
    slots: Mutex<HashMap<(OrgId, AudienceId), Arc<Slot>>>,
}

/// One audience's newest manifest. Whoever finds it too old compiles, one at a time; all others read.
#[derive(Debug, Default)]
pub(super) struct Slot {
    newest: RwLock<Option<Arc<Compiled>>>,
    turn: tokio::sync::Mutex<()>,
}

impl Slot {
    /// What was compiled last.
    pub(super) fn newest(&self) -> Option<Arc<Compiled>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, compiled: &Arc<Compiled>) {
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(compiled));
    }
}

impl ManifestCache {
    /// Where an audience's manifest is kept.
    pub(super) fn slot(&self, audience: &Audience) -> Arc<Slot> {
        let key = (audience.org, audience.id());
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= KEPT && !slots.contains_key(&key) {
            // Who is forgotten is read again when asked for; whoever listens or compiles holds on to its slot.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(key).or_default())
    }

    /// The slot of an organization that most devices hold on to, and what is in it.
    fn busiest(&self, org: OrgId) -> Option<(Arc<Slot>, Arc<Compiled>)> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let own = slots.iter().filter(|((of, _), _)| *of == org);
        let (_, slot) = own.max_by_key(|(_, slot)| Arc::strong_count(slot))?;
        Some((Arc::clone(slot), slot.newest()?))
    }
}

/// How long an announcement waits for a manifest.
const PREPARING: Duration = Duration::from_secs(1);

/// Compiles the newest manifest of the organization's largest audience here before its streams are woken, so that each of
/// them is woken once, not to wait and then again. What fails here is tried again by whoever is woken.
pub(crate) async fn prepare(app: &App, org: OrgId, pulse: Pulse) {
    let Some((slot, known)) = app.manifests.busiest(org) else {
        return;
    };
    let placement = Placement {
        audience: known.audience.clone(),
        epoch: known.epoch.max(pulse.audience_epoch),
        slot,
    };
    let ready = tokio::time::timeout(PREPARING, compile(app, &placement, pulse.serial)).await;
    if let Ok(Err(error)) = ready {
        tracing::debug!(
            internal = error.internal.as_deref(),
            "a manifest could not be prepared"
        );
    }
}

/// The newest manifest for a device.
pub async fn manifest(app: &App, device: &DeviceActor) -> Result<Arc<Compiled>> {
    device.require_sync()?;
    loop {
        let (placement, least) = device.placed(app).await?;
        if let Some(compiled) = compile(app, &placement, least).await? {
            return Ok(compiled);
        }
    }
}

/// The same for the bearer of a token, when memory alone can tell it. Nothing means: ask in the ordinary way.
pub fn known_manifest(app: &App, token: &str) -> Option<Arc<Compiled>> {
    super::token::known(app, &hash(token), app.clock.now())?
        .badge
        .manifest()
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

/// As many of the named blobs as fit one answer, in the order in which they were asked for.
///
/// # Errors
/// *Too large* for more names than a device may send at once.
pub async fn blobs(app: &App, device: &DeviceActor, digests: &[Digest]) -> Result<BlobsAnswer> {
    device.require_sync()?;
    if digests.len() > limits::BATCH_BLOBS {
        return Err(Error::too_large(format!(
            "At most {} blobs are sent at once.",
            limits::BATCH_BLOBS
        )));
    }
    let mut tx = app.store.read().await?;
    let mut filling = Filling::default();
    // A few at a time, so that what does not fit is hardly ever read.
    for some in digests.chunks(READ_AT_ONCE) {
        let names: Vec<_> = some.iter().map(|digest| *digest.as_bytes()).collect();
        let mut found: HashMap<Digest, Vec<u8>> = (tx.blobs(device.org, &names).await?.into_iter())
            .map(|row| (Digest::from_bytes(row.digest), row.bytes))
            .collect();
        let found = some
            .iter()
            .filter_map(|digest| found.remove(digest).map(|gzip| (*digest, gzip)));
        for (digest, gzip) in found {
            if !filling.take(digest, gzip) {
                return Ok(filling.done());
            }
        }
    }
    Ok(filling.done())
}

/// The manifest of an audience at `least` or later. `None` when somebody was moved since the device was
/// placed: were it told this audience's manifest, it could meet its own under the same serial, and rightly
/// refuse it. The caller places the device again.
pub(super) async fn compile(
    app: &App,
    placement: &Placement,
    least: Serial,
) -> Result<Option<Arc<Compiled>>> {
    let known = || placement.slot.newest().filter(|known| known.serial >= least);
    let fitting = |known: Arc<Compiled>| (known.epoch <= placement.epoch).then_some(known);
    if let Some(known) = known() {
        return Ok(fitting(known));
    }
    let _turn = placement.slot.turn.lock().await;
    if let Some(known) = known() {
        return Ok(fitting(known));
    }
    let before = placement.slot.newest();
    let span = tracing::info_span!(
        target: trace::TARGET, "compile manifest", "tessera.org" = %placement.audience.org, "tessera.serial" = Empty
    );
    let built = build(app, placement, before.as_deref())
        .instrument(span.clone())
        .await?;
    let Some(fresh) = built else {
        return Ok(None);
    };
    span.record("tessera.serial", fresh.serial.get().cast_signed());
    let fresh = Arc::new(fresh);
    placement.slot.set(&fresh);
    Ok(Some(fresh))
}

async fn build(app: &App, placement: &Placement, before: Option<&Compiled>) -> Result<Option<Compiled>> {
    let (audience, epoch) = (placement.audience.clone(), placement.epoch);
    let mut tx = app.store.read().await?;
    let missing = || Error::not_found("organization");
    let org = tx.org(audience.org).await?.ok_or_else(missing)?;
    // One statement says what is wanted, since a rollout may end between two.
    let wanted = tx.wanted_revision(org.id).await?.ok_or_else(missing)?;
    if wanted.audience_epoch != epoch {
        return Ok(None);
    }
    let stored = tx
        .manifest(org.id, &audience.id().to_string(), wanted.serial)
        .await?;
    let envelope = if let Some(row) = stored {
        row.envelope
    } else {
        let span = tracing::info_span!(target: trace::TARGET, "sign manifest");
        let signed = issue(app, &mut tx, &org, &wanted, &audience)
            .instrument(span)
            .await?;
        // A reader holds a snapshot; on SQLite the writer must not wait for it.
        drop(tx);
        let envelope = keep(app, org.id, signed).await?;
        tx = app.store.read().await?;
        envelope
    };
    let mut compiled = Compiled::render(audience, epoch, envelope, HashSet::new(), Vec::new())?;
    compiled.blobs = named_blobs(&mut tx, org.id, &compiled.manifest, before).await?;
    let fresh = fresh_blobs(&mut tx, org.id, &compiled, before).await?;
    let Compiled {
        audience,
        envelope,
        blobs,
        ..
    } = compiled;
    Compiled::render(audience, epoch, envelope.into(), blobs, fresh).map(Some)
}

/// Signs what the audience shall have: its own revision, which is an older one while it waits for its wave.
async fn issue(
    app: &App,
    tx: &mut Reader,
    org: &Org,
    wanted: &WantedRevision,
    audience: &Audience,
) -> Result<NewManifest> {
    let now = app.clock.now();
    let revision = wanted.for_wave(audience.wave);
    let manifest = Manifest {
        format: Format,
        org: org.id,
        audience: audience.id(),
        serial: Serial::new(wanted.serial),
        revision,
        issued_at: now,
        wave: audience.wave,
        layers: tree_at(tx, org.id, revision).await?.for_audience(audience),
        credentials: named_credentials(tx, audience, now).await?,
        team_names: team_names(tx, audience).await?,
    };
    let key = org_signing_key(app, tx, org).await?;
    let signed = sign(&manifest, &key).map_err(Error::internal)?;
    metrics::counter!("tessera_manifests_signed_total").increment(1);
    Ok(NewManifest {
        audience: audience.id().to_string(),
        serial: wanted.serial,
        revision,
        digest: *signed.payload_digest.as_bytes(),
        envelope: signed.json,
        issued_at: now,
    })
}

/// The keys that the audience gets onto its devices, and their versions.
async fn named_credentials(
    tx: &mut Reader,
    audience: &Audience,
    now: Timestamp,
) -> Result<BTreeMap<Name, u64>> {
    let teams = audience.teams.iter().copied();
    let rows = tx.delivered_credentials(audience.org, teams, now).await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.version)).collect())
}

/// What the audience's teams are called, for who reads on a device whose word a setting is.
async fn team_names(tx: &mut Reader, audience: &Audience) -> Result<BTreeMap<TeamId, Text<200>>> {
    let teams: Vec<TeamId> = audience.teams.iter().copied().collect();
    let rows = tx.team_names(audience.org, &teams).await?;
    let named = rows
        .into_iter()
        .map(|team| (team.id, Text::clip(team.name.as_str())));
    Ok(named.collect())
}

/// What a revision points at; nothing before the first.
async fn tree_at(tx: &mut Reader, org: OrgId, revision: u64) -> Result<Tree> {
    if revision == 0 {
        return Ok(Tree::default());
    }
    let row = tx.revision(org, revision).await?;
    let row = row.ok_or_else(|| Error::internal(format!("revision {revision} is missing")))?;
    Tree::from_bytes(&row.tree)
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
