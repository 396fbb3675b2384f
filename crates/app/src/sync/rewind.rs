//! A server that was restored from an older backup learns from its devices how far it had come.

use serde_json::json;
use tessera_domain::{Error, Result};
use tessera_wire::{Manifest, Verified, verify};

use super::{DeviceActor, org_signing_key};
use crate::{Actor, App, AuditEntry, Change};

/// Takes the manifest that a device answered with because it was offered an older one.
///
/// When this organization's own key signed it and its serial lies above the counter, the counter is raised
/// beyond it and everything is issued anew, so that devices accept the server again.
///
/// # Errors
/// *Invalid* when the organization never signed it.
pub async fn offer(app: &App, device: &DeviceActor, envelope: &[u8]) -> Result<()> {
    device.require_sync()?;
    let mut tx = app.store.read().await?;
    let org = tx
        .org(device.org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let key = org_signing_key(app, &mut tx, &org).await?.verifying_key();
    drop(tx);
    let manifest: Verified<Manifest> = verify(envelope, &key)
        .map_err(|error| Error::invalid(format!("The manifest was refused: {error}.")))?;
    let manifest = manifest.payload();
    if manifest.org != org.id {
        return Err(Error::invalid("The manifest belongs to another organization."));
    }
    if manifest.serial.get() <= org.last_serial {
        return Ok(());
    }
    raise(app, device, manifest).await
}

async fn raise(app: &App, device: &DeviceActor, manifest: &Manifest) -> Result<()> {
    let actor = Actor::System("restored from a backup");
    let mut change = Change::begin_beyond_deletion(app, &actor, device.org).await?;
    let before = change.org().last_serial;
    if manifest.serial.get() <= before {
        return Ok(());
    }
    change
        .tx()
        .raise_serial(device.org, manifest.serial.get())
        .await?;
    let revision = change.org().revision;
    let serial = change.take_serial(revision).await?;
    tracing::warn!(org = %device.org, device = %device.device, before, after = serial.get(),
        "a device holds newer settings than this database: it was restored from a backup");
    let named = change.org().name.clone();
    let entry = AuditEntry::new("sync.counter_raised", &device.org)
        .named(&named)
        .before(&json!({ "serial": before }))
        .after(&json!({ "serial": serial, "device": device.device, "device_revision": manifest.revision }));
    change.commit(entry).await
}
