//! How far a revision has come.

use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;
use tessera_store::{DeviceMark, MarkFilter, Rollout};

use crate::{Actor, App, access};

/// Devices that a picture shows one by one; more are drawn from counts.
pub const TILES: u64 = 2_000;

/// The numbers of a rollout.
#[derive(Clone, Debug)]
pub struct RolloutView {
    /// The revision.
    pub revision: u64,
    /// The newest revision of the organization.
    pub newest: u64,
    /// How many devices it is for, and how far it has come on them.
    pub numbers: Rollout,
}

/// The numbers of a revision's rollout. A device that runs a newer revision counts as having it.
pub async fn rollout(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<RolloutView> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let row = tx
        .org(org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    if revision == 0 || revision > row.revision {
        return Err(Error::not_found("revision"));
    }
    let numbers = tx.rollout(org, revision, app.clock.now()).await?;
    Ok(RolloutView {
        revision,
        newest: row.revision,
        numbers,
    })
}

/// One mark per device that the revision is for, by host; at most [`TILES`]. Whoever draws more draws counts.
pub async fn marks(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<Vec<DeviceMark>> {
    marked(app, actor, org, revision, MarkFilter::All, TILES).await
}

/// The first devices that have the revision, or that do not, in the order in which one wants to know of them.
pub async fn marked(
    app: &App,
    actor: &Actor,
    org: OrgId,
    revision: u64,
    wanted: MarkFilter,
    limit: u64,
) -> Result<Vec<DeviceMark>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let now = app.clock.now();
    Ok(tx
        .rollout_marks(org, revision, now, wanted, limit.min(TILES))
        .await?)
}
