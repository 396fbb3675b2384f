//! The models of an organization as its admins see them.

use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{
    Effective, Layer, LayerName, ModelName, merge,
    models::{Known, known},
};
use tessera_store::ProviderList;

use crate::{
    Actor, App, access,
    settings::{Mine, Snapshot},
};

/// All known models at one revision, with what one layer says of them.
#[derive(Clone, Debug)]
pub struct ModelsView {
    /// The revision that was read.
    pub revision: u64,
    /// The layer that was asked about.
    pub layer: Layer,
    /// What holds for who is bound by it.
    pub effective: Effective,
    /// What would hold without it.
    pub below: Effective,
    /// Every known model with its verdict there.
    pub known: Vec<Known>,
    /// The models that providers' own lists showed.
    pub found: Vec<ModelName>,
    /// When providers' own lists were last asked for.
    pub lists: Vec<ProviderList>,
}

/// Reads the models at a revision, or at the newest, as one layer over the organization's sees them.
pub async fn view(
    app: &App,
    actor: &Actor,
    org: OrgId,
    name: LayerName,
    revision: Option<u64>,
) -> Result<ModelsView> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    if let LayerName::Team(team) = name
        && tx.team(org, team).await?.is_none()
    {
        return Err(Error::not_found("team"));
    }
    let snapshot = Snapshot::load(&mut tx, &app.lists, org, revision).await?;
    let found = super::found(&mut tx, org).await?;
    let lists = tx.provider_lists(org).await?;
    let layer = snapshot.layer(name);
    let below: Vec<Layer> = match name {
        LayerName::Org => Vec::new(),
        _ => vec![snapshot.layer(LayerName::Org)],
    };
    let layers: Vec<Layer> = below.iter().chain([&layer]).cloned().collect();
    let effective = merge(&layers);
    Ok(ModelsView {
        revision: snapshot.revision,
        known: known(&effective, &app.config.catalogue, &found),
        layer,
        effective,
        below: merge(&below),
        found,
        lists,
    })
}

/// The models as they stand for one member.
#[derive(Clone, Debug)]
pub struct MyModels {
    /// The revision that was read.
    pub revision: u64,
    /// What holds for the member.
    pub effective: Effective,
    /// Every known model with its verdict.
    pub known: Vec<Known>,
}

/// Which models the actor may use. Their own stricter rules live on their machines and are not part of it.
pub async fn mine(app: &App, actor: &Actor, org: OrgId) -> Result<MyModels> {
    let mine = crate::settings::mine(app, actor, org).await?;
    of_member(app, org, &mine).await
}

/// Which models a member may use, of whom it was read what binds them.
pub async fn of_member(app: &App, org: OrgId, bound: &Mine) -> Result<MyModels> {
    let found = super::found(&mut app.store.read().await?, org).await?;
    let effective = merge(&bound.layers);
    Ok(MyModels {
        revision: bound.revision,
        known: known(&effective, &app.config.catalogue, &found),
        effective,
    })
}
