//! The end of a deleted organization: its devices are told to wipe, then its data goes.
//!
//! Each step is a transaction of its own, under the organization's lock where it decides, and each asks what is
//! left to do. So the work may be cut short anywhere and taken up again, here or by another replica beside this one.

use serde_json::json;
use tessera_domain::Result;
use tessera_ids::OrgId;
use tessera_store::Org;

use super::RESTORABLE;
use crate::{Actor, App, AuditEntry, Change, devices};

/// Devices that one transaction ends; each needs a signature.
const DEVICES_AT_ONCE: u64 = 100;
/// Rows that one transaction deletes of each large table.
const ROWS_AT_ONCE: u64 = 2_000;
const JANITOR: Actor = Actor::System("purge");

/// Purges every organization that was deleted more than seven days ago; how many are gone now. One that fails
/// does not stop the others, and is tried again by the next call.
pub async fn purge_due(app: &App) -> Result<u64> {
    let since = app.clock.now().minus(RESTORABLE);
    let mut gone = 0;
    for org in app.store.read().await?.orgs_to_purge(since).await? {
        match purge(app, org).await {
            Ok(()) => gone += 1,
            Err(error) => {
                tracing::error!(%org, internal = error.internal.as_deref(),
                    "a deleted organization could not be purged yet");
            }
        }
    }
    Ok(gone)
}

async fn purge(app: &App, org: OrgId) -> Result<()> {
    if !begin(app, org).await? {
        return Ok(());
    }
    while end_devices(app, org).await? {}
    while sweep(app, org).await? {}
    finish(app, org).await
}

/// Notes that nothing brings the organization back any more. False when an owner was faster.
async fn begin(app: &App, org: OrgId) -> Result<bool> {
    let mut change = Change::begin_beyond_deletion(app, &JANITOR, org).await?;
    let now = change.now();
    let is_due = change
        .org()
        .deleted_at
        .is_some_and(|at| at.plus(RESTORABLE) <= now);
    if is_going(change.org()) || !is_due {
        return Ok(is_going(change.org()));
    }
    let name = change.org().name.clone();
    change.tx().set_org_purging(org, now).await?;
    change
        .commit(AuditEntry::new("org.purge_begun", &org).named(&name))
        .await?;
    Ok(true)
}

/// Gives some of the devices that are left their tombstones; whether there were any.
async fn end_devices(app: &App, org: OrgId) -> Result<bool> {
    let mut change = Change::begin_beyond_deletion(app, &JANITOR, org).await?;
    if !is_going(change.org()) {
        return Ok(false);
    }
    let ended = devices::end_some_of_all(app, &mut change, DEVICES_AT_ONCE).await?;
    if ended == 0 {
        return Ok(false);
    }
    let name = change.org().name.clone();
    let entry = AuditEntry::new("org.devices_removed", &org).named(&name);
    change.commit(entry.after(&json!({ "devices": ended }))).await?;
    Ok(true)
}

/// Deletes some rows of the large tables; whether there were any. Nobody decides by them any more, so this does
/// not hold the lock.
async fn sweep(app: &App, org: OrgId) -> Result<bool> {
    let mut tx = app.store.begin().await?;
    if !tx.org(org).await?.is_some_and(|org| is_going(&org)) {
        return Ok(false);
    }
    let gone = tx.purge_some(org, ROWS_AT_ONCE).await?;
    tx.commit().await?;
    Ok(gone > 0)
}

/// Deletes what is left, memberships included, and empties the organization's row.
async fn finish(app: &App, org: OrgId) -> Result<()> {
    let mut change = Change::begin_beyond_deletion(app, &JANITOR, org).await?;
    if !is_going(change.org()) {
        return Ok(());
    }
    let (name, now) = (change.org().name.clone(), change.now());
    change.tx().purge_org(org, now).await?;
    change
        .commit(AuditEntry::new("org.purged", &org).named(&name))
        .await
}

const fn is_going(org: &Org) -> bool {
    org.purging_at.is_some() && org.purged_at.is_none()
}
