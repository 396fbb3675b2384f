//! What an organization imposes on one member.

use tessera_domain::{Error, Result, Right};
use tessera_ids::{AccountId, OrgId};
use tessera_policy::{Explanation, Layer, LayerName, Leaf, explain};

use super::Snapshot;
use crate::{Actor, App, access, sync::settings_teams};

/// Everything that binds one member, leaf by leaf. The member's own stricter rules live on their machines and
/// are not part of it.
#[derive(Clone, Debug)]
pub struct Mine {
    /// The revision that was read.
    pub revision: u64,
    /// While that revision reaches machines in stages: the one that a machine obeys until its turn comes.
    pub until_then: Option<u64>,
    /// Each leaf with its value and every layer that spoke.
    pub leaves: Vec<(Leaf, Explanation)>,
    /// The layers that speak to the member, with their website lists.
    pub layers: Vec<Layer>,
}

/// What binds the actor.
pub async fn mine(app: &App, actor: &Actor, org: OrgId) -> Result<Mine> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOwnSettings).await?;
    let account = actor.account()?;
    for_member(app, &mut tx, org, account).await
}

/// What binds a member, for an admin who asks.
pub async fn effective_for(app: &App, actor: &Actor, org: OrgId, account: AccountId) -> Result<Mine> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    if tx.membership(org, account).await?.is_none() {
        return Err(Error::not_found("member"));
    }
    for_member(app, &mut tx, org, account).await
}

/// The layers that bind a member at the newest revision, but for their own on their machines.
pub(crate) async fn layers_of(
    app: &App,
    tx: &mut tessera_store::Reader,
    org: OrgId,
    account: AccountId,
) -> Result<Vec<Layer>> {
    Ok(for_member(app, tx, org, account).await?.layers)
}

pub(super) async fn for_member(
    app: &App,
    tx: &mut tessera_store::Reader,
    org: OrgId,
    account: AccountId,
) -> Result<Mine> {
    let wanted = tx.wanted_revision(org).await?;
    let snapshot = Snapshot::load(tx, &app.lists, org, None).await?;
    let mut layers = vec![snapshot.layer(LayerName::Org)];
    let teams = settings_teams(tx, org, account).await?;
    layers.extend(
        teams
            .iter()
            .map(|team| snapshot.layer(LayerName::Team(team.team))),
    );
    let tightened = LayerName::Tightened(account);
    if snapshot.tree.layer(tightened).is_some() {
        layers.push(snapshot.layer(tightened));
    }
    let called = |id| {
        let team = teams.iter().find(|team| team.team == id);
        team.map(|team| team.name.to_string())
    };
    let leaves = Leaf::ALL
        .iter()
        .map(|leaf| (*leaf, explain(&layers, *leaf).naming(called)))
        .collect();
    Ok(Mine {
        revision: snapshot.revision,
        until_then: wanted
            .map(|wanted| wanted.for_wave(u32::MAX))
            .filter(|last| *last != snapshot.revision),
        leaves,
        layers,
    })
}
