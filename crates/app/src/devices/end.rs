//! The end of a device: refused at once, told by a signed tombstone, proven by its last receipt.

use serde_json::json;
use tessera_domain::{Error, PersonName, Result, Right};
use tessera_ids::{AccountId, DeviceId, OrgId};
use tessera_store::{Device, DeviceEnd, DeviceLife, EndedFrom};
use tessera_wire::{Digest, Format, LastReceipt, Removal, Tombstone, sign};

use super::{leaving, list::is_owner_of};
use crate::{
    Actor, App, AuditEntry, Change, Topic,
    sync::{DeviceActor, org_signing_key},
};

/// Signs out or wipes a device: one's own, or anybody's for who manages devices.
///
/// From the commit on the server refuses it everything but its tombstone, and its stream ends.
pub async fn end(app: &App, actor: &Actor, org: OrgId, id: DeviceId, kind: Removal) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::UseOwnDevices).await?;
    let device = change
        .tx()
        .device(org, id)
        .await?
        .ok_or_else(|| Error::not_found("device"))?;
    let manages = change
        .role()
        .is_none_or(|role| Right::ManageDevices.granted_to(role));
    if !manages && !is_owner_of(actor, device.account) {
        return Err(Error::not_found("device"));
    }
    if let Some(role) = change.role() {
        leaving::require(app, &mut change, device.account, role).await?;
    }
    let by = who(&mut change).await?;
    if !bury(app, &mut change, &device, kind, &by).await? {
        return Err(Error::conflict("This device has ended already."));
    }
    change.raise_audience_epoch().await?;
    change.touch(Topic::Devices);
    let action = match kind {
        Removal::SignedOut => "device.signed_out",
        Removal::Wiped => "device.wiped",
        Removal::Removed => "device.removed",
    };
    change
        .commit(
            AuditEntry::new(action, &id)
                .named(&device.host)
                .before(&json!({ "host": device.host, "member": device.account })),
        )
        .await
}

/// Ends every device of a member who leaves; part of the change that removes them.
pub(crate) async fn end_all_of(app: &App, change: &mut Change<'_>, account: AccountId) -> Result<usize> {
    let org = change.org().id;
    let (mut ended, by) = (0, who(change).await?);
    for device in change.tx().living_devices_of(org, account).await? {
        ended += usize::from(bury(app, change, &device, Removal::Removed, &by).await?);
    }
    if ended > 0 {
        change.raise_audience_epoch().await?;
        change.touch(Topic::Devices);
    }
    Ok(ended)
}

/// Ends some devices of an organization whose data goes; whether there were any.
pub(crate) async fn end_some_of_all(app: &App, change: &mut Change<'_>, limit: u64) -> Result<usize> {
    let org = change.org().id;
    let (mut ended, by) = (0, who(change).await?);
    for device in change.tx().living_devices(org, limit).await? {
        ended += usize::from(bury(app, change, &device, Removal::Removed, &by).await?);
    }
    if ended > 0 {
        change.raise_audience_epoch().await?;
    }
    Ok(ended)
}

/// Where a device is ended, and by whom.
type By = (EndedFrom, Option<PersonName>);

/// Whoever acts in the portal; nobody's name where Tessera itself does.
async fn who(change: &mut Change<'_>) -> Result<By> {
    let name = match change.actor() {
        Actor::System(_) => None,
        Actor::Account(person) => {
            let account = change.tx().account(person.account).await?;
            account.map(|account| account.name)
        }
    };
    Ok((EndedFrom::Portal, name))
}

async fn bury(app: &App, change: &mut Change<'_>, device: &Device, kind: Removal, by: &By) -> Result<bool> {
    if !matches!(device.life, DeviceLife::Active | DeviceLife::Cloned) {
        // It has its tombstone, and the key that signed it may be gone with its organization.
        return Ok(false);
    }
    let (at, org) = (change.now(), change.org().clone());
    let key = org_signing_key(app, change.tx(), &org).await?;
    let tombstone = Tombstone {
        format: Format,
        org: org.id,
        device: device.id,
        kind,
        at,
    };
    let signed = sign(&tombstone, &key).map_err(Error::internal)?;
    let life = match kind {
        Removal::SignedOut => DeviceLife::SignedOut,
        Removal::Wiped => DeviceLife::Wiped,
        Removal::Removed => DeviceLife::Removed,
    };
    let end = DeviceEnd {
        life,
        at,
        tombstone: &signed.json,
        from: by.0,
        by: by.1.clone(),
    };
    Ok(change.tx().end_device(org.id, device.id, &end).await?)
}

/// Takes the last word of a device: what it wiped. One that was still active has signed itself out.
pub(crate) async fn record_wipe(
    app: &App,
    from: &DeviceActor,
    payload: Digest,
    said: &LastReceipt,
    failure: Option<String>,
) -> Result<()> {
    let actor = Actor::System("device");
    let mut change = Change::begin_beyond_deletion(app, &actor, from.org).await?;
    let found = change.tx().device(from.org, from.device).await?;
    let device = found.ok_or_else(|| Error::not_found("device"))?;
    let against = matches!(device.life, DeviceLife::Active)
        && leaving::is_kept(app, change.tx(), from.org, device.account).await?;
    let against = against.then_some("although only administrators sign machines out here");
    let on_it = (EndedFrom::Machine, None);
    let was_active = bury(app, &mut change, &device, Removal::SignedOut, &on_it).await?;
    let at = change.now();
    let news = match &failure {
        None => change.tx().set_device_wiped(from.org, from.device, at).await?,
        Some(_) => true,
    };
    if !was_active && !news {
        // The same last receipt again: its acknowledgement was lost on the way.
        return Ok(());
    }
    if was_active {
        change.raise_audience_epoch().await?;
    }
    change.touch(Topic::Devices);
    let entry = AuditEntry::new("device.wiped_itself", &from.device)
        .by_device(from.device, &device.host)
        .named(&device.host)
        .after(&json!({ "wiped": said.wiped, "failure": failure, "receipt": payload, "against": against }));
    change.commit(entry).await
}

/// Issues the newest settings once more, so that devices that failed try again.
pub async fn send_again(app: &App, actor: &Actor, org: OrgId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageDevices).await?;
    let revision = change.org().revision;
    change.take_serial(revision).await?;
    change.touch(Topic::Devices);
    change
        .commit(
            AuditEntry::new("rollout.sent_again", &org)
                .named(&format!("Revision {revision}"))
                .after(&json!({ "revision": revision })),
        )
        .await
}
