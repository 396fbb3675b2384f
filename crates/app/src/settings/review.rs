//! Review before saving: what would change, whom it touches, and what they lose. Changes nothing.

use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{Edit, Layer, LayerName, Plan, Redundant, Side, apply, losses, permitted, plan};
use tessera_store::Reach;

use super::{
    below, load,
    team_defaults::{TeamDefault, changed_layers},
};
use crate::{Actor, App, models};

/// What saving would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The revision that the changes are against.
    pub revision: u64,
    /// What would change, in sentences, with what one should know before.
    pub plan: Plan,
    /// The same for each team whose defaults change with it.
    pub teams: Vec<(LayerName, Plan)>,
    /// What members can do less of, over what other layers say, one sentence each.
    pub losses: Vec<String>,
    /// Rules that come and say nothing which another does not say already.
    pub redundant: Redundant,
    /// Members that the layer speaks to.
    pub members: u64,
    /// Their devices that receive settings.
    pub devices: u64,
}

/// Says what saving these edits would do.
pub async fn review(
    app: &App,
    actor: &Actor,
    org: OrgId,
    layer: LayerName,
    edits: &[Edit],
    team_defaults: &[TeamDefault],
) -> Result<Review> {
    permitted(layer, edits).map_err(Error::invalid_fields)?;
    let base = load(app, actor, org, Right::ChangeSettings, None).await?;
    if !base.exists(app, org, layer).await? {
        return Err(super::missing(layer));
    }
    let edits = models::complete(app, org, &base, layer, edits).await?;
    let before = base.layer(layer);
    let (document, websites) =
        apply(&before.document, &before.websites, &edits).map_err(Error::invalid_fields)?;
    let after = Layer {
        name: layer,
        document,
        websites,
    };
    let changed = changed_layers(app, org, &base, layer, team_defaults).await?;
    let teams = changed.iter().map(|after| {
        let before = base.layer(after.name);
        (after.name, plan(side(&before), side(after)))
    });
    let teams = teams.collect();
    let all = [vec![after.clone()], changed].concat();
    models::refuse_broken_defaults(app, org, &base, &all).await?;
    let below = below(app, &base, org, layer).await?;
    let reach = reach(app, org, layer).await?;
    // Comparing lists of 100,000 websites takes a moment.
    let said = tokio::task::spawn_blocking(move || say(&below, &before, &after));
    let (plan, losses, redundant) = said.await.map_err(Error::internal)?;
    Ok(Review {
        revision: base.revision,
        plan,
        teams,
        losses,
        redundant,
        members: reach.members,
        devices: reach.devices,
    })
}

fn say(below: &[Layer], before: &Layer, after: &Layer) -> (Plan, Vec<String>, Redundant) {
    (
        plan(side(before), side(after)),
        losses(below, before, after),
        Redundant::of(below, before, after),
    )
}

fn side(layer: &Layer) -> Side<'_> {
    Side {
        document: &layer.document,
        websites: &layer.websites,
    }
}

/// Whom a layer speaks to, and on how many devices.
async fn reach(app: &App, org: OrgId, layer: LayerName) -> Result<Reach> {
    let mut tx = app.store.read().await?;
    Ok(match layer {
        LayerName::Team(team) => tx.reach_of(org, &[team], &[]).await?,
        LayerName::Tightened(account) => tx.reach_of(org, &[], &[account]).await?,
        LayerName::BuiltIn | LayerName::Org | LayerName::Member => tx.reach(org, None).await?,
    })
}
