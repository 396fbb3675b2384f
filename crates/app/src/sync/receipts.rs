//! Receipts: verified one by one, written many at a time.
//!
//! Thousands of devices answer within the same second. Each receipt is checked by the task that received it;
//! one writer then stores whatever has gathered in a single transaction, without the organization's lock.

use std::{collections::BTreeSet, sync::Arc};

use tessera_domain::{Error, Result};
use tessera_ids::{DeviceId, OrgId};
use tessera_store::{NewReceipt, Recorded};
use tessera_wire::{
    Digest, LastReceipt, Manifest, Name, Outcome, Receipt, SectionReceipt, Serial, Verified, verify,
};

use super::{DeviceActor, manifests::compile};
use crate::{Actor, App, AuditEntry, Change, Topic, gathering, limits::LAST_WORD, rollouts};

/// Where verified receipts wait to be stored.
pub(crate) type Gathering = gathering::Gathering<NewReceipt, Recorded>;
/// The writer's end.
pub(crate) type Gathered = gathering::Gathered<NewReceipt, Recorded>;

/// Stores receipts in one transaction, and begins what follows from them.
pub(super) async fn write(app: &Arc<App>, receipts: &[NewReceipt]) -> Result<Vec<Recorded>> {
    let recorded = store(app, receipts).await?;
    for (receipt, _) in of(receipts, &recorded, Recorded::Cloned) {
        let (app, org, device) = (Arc::clone(app), receipt.org, receipt.device);
        // This takes the organization's lock, for which receipts do not wait.
        tokio::spawn(async move { cut_off(&app, org, device).await });
    }
    let failing = of(receipts, &recorded, Recorded::New)
        .filter(|(receipt, _)| receipt.failure.is_some() || !receipt.matches);
    let orgs: BTreeSet<OrgId> = failing.map(|(receipt, _)| receipt.org).collect();
    for org in orgs {
        // A rollout may have to halt, which takes the lock as well.
        rollouts::spawn_look_after(app, org);
    }
    Ok(recorded)
}

fn of<'a>(
    receipts: &'a [NewReceipt],
    recorded: &'a [Recorded],
    wanted: Recorded,
) -> impl Iterator<Item = (&'a NewReceipt, &'a Recorded)> {
    receipts
        .iter()
        .zip(recorded)
        .filter(move |(_, recorded)| **recorded == wanted)
}

/// Ends the streams of a device that was found to be two.
async fn cut_off(app: &App, org: OrgId, device: DeviceId) {
    let actor = Actor::System("receipts");
    let announced = async {
        let mut change = Change::begin_beyond_deletion(app, &actor, org).await?;
        change.raise_audience_epoch().await?;
        change.touch(Topic::Devices);
        let host = change.tx().device(org, device).await?;
        let host = host.map(|device| device.host.to_string()).unwrap_or_default();
        change
            .commit(AuditEntry::new("device.cloned", &device).named(&host))
            .await
    };
    if let Err(error) = announced.await {
        tracing::error!(%org, %device, internal = error.internal.as_deref(),
            "the streams of a cloned device could not be ended; they last as long as its token");
    }
}

async fn store(app: &App, receipts: &[NewReceipt]) -> Result<Vec<Recorded>> {
    let recorded = app
        .store
        .transact(|mut tx| async move { tx.record_receipts(receipts).await })
        .await?;
    for outcome in &recorded {
        metrics::counter!("tessera_receipts_total", "outcome" => name(*outcome)).increment(1);
    }
    let mut orgs: Vec<OrgId> = receipts.iter().map(|receipt| receipt.org).collect();
    orgs.sort_unstable();
    orgs.dedup();
    for org in orgs {
        app.hub.touch(org, Topic::Devices);
    }
    Ok(recorded)
}

const fn name(recorded: Recorded) -> &'static str {
    match recorded {
        Recorded::New => "new",
        Recorded::Known => "known",
        Recorded::Cloned => "cloned",
        Recorded::NoDevice => "no_device",
    }
}

/// Takes a device's signed receipt: verified, compared with the manifest that it names, and stored durably
/// before this returns.
///
/// # Errors
/// *Invalid* when it is not this device's, not for this organization, or names a manifest that was never
/// issued; *Conflict* when its counter was used for other content, whereupon the device is marked cloned.
pub async fn submit(app: &App, device: &DeviceActor, envelope: &[u8]) -> Result<()> {
    device.require_sync()?;
    let receipt: Verified<Receipt> = verify(envelope, &device.key)
        .map_err(|error| Error::invalid(format!("The receipt was refused: {error}.")))?;
    let said = receipt.payload();
    if (said.org, said.device) != (device.org, device.device) {
        return Err(Error::invalid("The receipt speaks of another device."));
    }
    let manifest = issued(app, device, said).await?;
    let row = NewReceipt {
        org: device.org,
        device: device.device,
        counter: said.counter,
        serial: said.serial.get(),
        // Its own word only for what was never issued, which counts as failed.
        revision: manifest
            .as_ref()
            .map_or(said.revision, |manifest| manifest.revision),
        matches: manifest.is_some(),
        failure: judge(said, manifest.as_ref()),
        digest: *receipt.payload_digest().as_bytes(),
        envelope: envelope.to_vec(),
        os: said.facts.os.as_str().parse().ok(),
        agent_version: said.facts.agent_version.as_str().parse().ok(),
        key_storage: said.facts.key_storage.as_str(),
        wire: said.facts.wire.into(),
        received_at: app.clock.now(),
    };
    match app.receipts.write(row).await? {
        Recorded::New | Recorded::Known => Ok(()),
        Recorded::NoDevice => Err(Error::not_found("device")),
        Recorded::Cloned => Err(Error::conflict(
            "Another machine answers with this device's key. Enrol this machine again.",
        )),
    }
}

/// The manifest that a receipt speaks of, if it is one that was issued with exactly those bytes.
async fn issued(app: &App, device: &DeviceActor, said: &Receipt) -> Result<Option<Manifest>> {
    let (placement, _) = device.placed(app).await?;
    if let Some(newest) = compile(app, &placement, Serial::ZERO).await?
        && (newest.serial, newest.payload) == (said.serial, said.manifest)
    {
        return Ok(Some(newest.manifest.clone()));
    }
    let mut tx = app.store.read().await?;
    let row = tx
        .manifest_by_digest(device.org, said.serial.get(), *said.manifest.as_bytes())
        .await?;
    row.map(|row| super::compiled::manifest_in(&row.envelope))
        .transpose()
}

/// The first section that is not in force, and why. None only if the device reread, for everything that the
/// manifest names, exactly what it names.
fn judge(said: &Receipt, manifest: Option<&Manifest>) -> Option<(String, String)> {
    let failed = |section: &str, reason: &str| Some((section.to_owned(), reason.to_owned()));
    let Some(manifest) = manifest else {
        return failed(
            "manifest",
            "The device speaks of a manifest that this server never issued.",
        );
    };
    for layer in &manifest.layers {
        for (name, wanted) in layer.sections.iter().chain(&layer.lists) {
            let of_this = |line: &&SectionReceipt| (line.layer, &line.section) == (layer.layer, name);
            let outcome = said.sections.iter().find(of_this).map(|line| &line.outcome);
            if let Some(reason) = fault(outcome, wanted) {
                return failed(name.as_str(), reason);
            }
        }
    }
    if let Some(wanted) = manifest.credentials_digest() {
        let of_keys = |line: &&SectionReceipt| line.section.as_str() == Name::CREDENTIALS;
        let outcome = said.sections.iter().find(of_keys).map(|line| &line.outcome);
        if let Some(reason) = fault(outcome, &wanted) {
            return failed(Name::CREDENTIALS, reason);
        }
    }
    said.sections.iter().find_map(|line| match &line.outcome {
        Outcome::Failed { reason } => failed(line.section.as_str(), reason.as_str()),
        Outcome::Applied { .. } | Outcome::Unsupported | Outcome::Unknown => None,
    })
}

/// Why a section that the manifest names does not count as applied.
fn fault<'a>(outcome: Option<&'a Outcome>, wanted: &Digest) -> Option<&'a str> {
    match outcome {
        Some(Outcome::Applied { digest }) if digest == wanted => None,
        Some(Outcome::Applied { .. }) => Some("The device reread something other than what was sent."),
        Some(Outcome::Failed { reason }) => Some(reason.as_str()),
        Some(Outcome::Unsupported | Outcome::Unknown) => {
            Some("This agent does not know the section; update the agent.")
        }
        None => Some("The device says nothing of this section."),
    }
}

/// Takes a removed device's last word: what it wiped.
///
/// # Errors
/// *Invalid* when it is not this device's, *Rate limited* for saying it over and over.
pub async fn last_receipt(app: &App, device: &DeviceActor, envelope: &[u8]) -> Result<()> {
    let receipt: Verified<LastReceipt> = verify(envelope, &device.key)
        .map_err(|error| Error::invalid(format!("The last receipt was refused: {error}.")))?;
    let said = receipt.payload();
    if (said.org, said.device) != (device.org, device.device) {
        return Err(Error::invalid("The last receipt speaks of another device."));
    }
    let mut tx = app.store.begin().await?;
    LAST_WORD.take(&mut tx, &device.device, app.clock.now()).await?;
    tx.commit().await?;
    let failure = said.wiped.iter().find_map(|thing| {
        let reason = thing.failed.as_ref()?;
        Some(format!("{}: {}", thing.what.as_str(), reason.as_str()))
    });
    crate::devices::record_wipe(app, device, receipt.payload_digest(), said, failure).await
}
