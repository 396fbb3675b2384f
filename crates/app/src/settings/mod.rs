//! Use cases of settings: read, save, look back, and what one member is bound by.

mod applications;
mod bench;
mod draft;
mod explain;
mod forget;
mod history;
mod mine;
mod purge_order;
mod restore;
mod review;
mod save;
mod sightings;
mod snapshot;
mod standpoint;
mod team_defaults;
mod tree;
mod websites;
mod write;

use tessera_domain::{Error, PersonName, Result, Right};
use tessera_ids::{AccountId, OrgId};
use tessera_policy::{Effective, Layer, LayerName, merge};
use tessera_store::Reader;

pub use self::{
    applications::{ApplicationPage, Fixed, ListedApplication, Shelf, applications, new_key, seen_from},
    bench::{Tried, Whom, try_out},
    explain::{Explained, explain},
    history::{RevisionDetail, RevisionPage, RevisionSummary, compare, history, revision},
    mine::{Mine, effective_for, mine},
    purge_order::purge_order,
    restore::{Part, Restorable, RestoreRequest, restorable, restore},
    review::{Review, review},
    save::{SaveRequest, Saved, save, save_as},
    sightings::{UnknownApplication, unknown_applications},
    snapshot::Snapshot,
    standpoint::{Standpoint, standpoint},
    team_defaults::TeamDefault,
    tree::Tree,
    websites::{WebsitePage, websites},
    write::Reach,
};
pub(crate) use self::{
    draft::Draft,
    forget::{forget_member, forget_team},
    mine::layers_of,
    restore::going_back,
    save::{ATTEMPTS, refuse_stale, too_many_others},
    snapshot::{ListCache, read_blobs},
    team_defaults::pointer as team_default_pointer,
    write::{Next, Reason, write},
};
use crate::{Actor, App, access, sync::settings_teams};

/// The settings of an organization as its admins see them.
#[derive(Clone, Debug)]
pub struct Current {
    /// The newest revision and what each layer says in it.
    pub snapshot: Snapshot,
    /// What holds for a member of no team.
    pub effective: Effective,
}

/// Reads the newest settings.
pub async fn current(app: &App, actor: &Actor, org: OrgId) -> Result<Current> {
    let snapshot = load(app, actor, org, Right::SeeSettings, None).await?;
    let effective = merge(&[snapshot.layer(LayerName::Org)]);
    Ok(Current { snapshot, effective })
}

/// What one layer says at the newest revision, and what holds where it is laid over those below it.
pub async fn layer(app: &App, actor: &Actor, org: OrgId, name: LayerName) -> Result<(Current, Layer)> {
    let snapshot = load(app, actor, org, Right::SeeSettings, None).await?;
    if !snapshot.exists(app, org, name).await? {
        return Err(missing(name));
    }
    let layer = snapshot.layer(name);
    let below = below(app, &snapshot, org, name).await?;
    let effective = merge(&[below, vec![layer.clone()]].concat());
    Ok((Current { snapshot, effective }, layer))
}

async fn load(app: &App, actor: &Actor, org: OrgId, right: Right, revision: Option<u64>) -> Result<Snapshot> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, right).await?;
    Snapshot::load(&mut tx, &app.lists, org, revision).await
}

impl Snapshot {
    /// Whether the organization has such a layer at all, silent or not.
    async fn exists(&self, app: &App, org: OrgId, name: LayerName) -> Result<bool> {
        is_there(&mut app.store.read().await?, org, name).await
    }
}

/// Whether the organization has such a layer at all, silent or not.
async fn is_there(tx: &mut Reader, org: OrgId, name: LayerName) -> Result<bool> {
    match name {
        LayerName::Org => Ok(true),
        LayerName::Team(team) => Ok(tx.team(org, team).await?.is_some()),
        LayerName::Tightened(account) => Ok(tx.membership(org, account).await?.is_some()),
        LayerName::BuiltIn | LayerName::Member => Ok(false),
    }
}

/// The layers over which this one is laid, without itself: the organization's, and for one member those of their
/// teams too.
pub(crate) async fn below(app: &App, snapshot: &Snapshot, org: OrgId, name: LayerName) -> Result<Vec<Layer>> {
    let mut layers = Vec::new();
    if name != LayerName::Org {
        layers.push(snapshot.layer(LayerName::Org));
    }
    if let LayerName::Tightened(account) = name {
        let teams = settings_teams(&mut app.store.read().await?, org, account).await?;
        layers.extend(
            teams
                .into_iter()
                .map(|team| snapshot.layer(LayerName::Team(team.team))),
        );
    }
    Ok(layers)
}

/// That there is no such layer.
fn missing(name: LayerName) -> Error {
    Error::not_found(match name {
        LayerName::Tightened(_) => "member",
        _ => "team",
    })
}

/// Who acts, as a revision names its author.
pub(crate) async fn author(actor: &Actor, tx: &mut Reader) -> Result<(Option<AccountId>, PersonName)> {
    match actor {
        Actor::System(part) => Ok((None, part.parse().map_err(Error::internal)?)),
        Actor::Account(person) => {
            let account = tx
                .account(person.account)
                .await?
                .ok_or_else(|| Error::not_found("account"))?;
            Ok((Some(account.id), account.name))
        }
    }
}
