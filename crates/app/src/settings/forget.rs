//! Dropping the layer of a team or of one member when they go.

use std::collections::BTreeMap;

use tessera_domain::{Error, PersonName, Result};
use tessera_ids::AccountId;
use tessera_policy::{Layer, LayerName};
use tessera_store::{NewRevision, Team};
use tessera_wire::ManifestLayer;

use super::{draft::difference, snapshot::Snapshot};
use crate::{Actor, App, Change, rollouts};

/// Writes a revision in which the team says nothing any more, as part of deleting it; the revision's number.
/// Nothing is written for a team without settings. The caller takes the serial, once it is done.
pub(crate) async fn forget_team(
    app: &App,
    actor: &Actor,
    change: &mut Change<'_>,
    team: &Team,
) -> Result<Option<u64>> {
    if !team.has_settings {
        return Ok(None);
    }
    let note = format!("The team {} was deleted", team.name);
    forget(app, actor, change, LayerName::Team(team.id), &note).await
}

/// The same for what was tightened for one member, as part of ending their membership.
pub(crate) async fn forget_member(
    app: &App,
    actor: &Actor,
    change: &mut Change<'_>,
    account: AccountId,
    name: &PersonName,
) -> Result<Option<u64>> {
    let org = change.org().id;
    if change.tx().tightened_among(org, &[account]).await?.is_empty() {
        return Ok(None);
    }
    let note = format!("{name} left");
    forget(app, actor, change, LayerName::Tightened(account), &note).await
}

async fn forget(
    app: &App,
    actor: &Actor,
    change: &mut Change<'_>,
    name: LayerName,
    note: &str,
) -> Result<Option<u64>> {
    let (org, now) = (change.org().id, change.now());
    let base = Snapshot::load(change.tx(), &app.lists, org, None).await?;
    if base.tree.layer(name).is_none() {
        return Ok(None);
    }
    let changes = difference(&base.layer(name), &Layer::empty(name));
    let tree = base.tree.clone().with(ManifestLayer {
        layer: name,
        sections: BTreeMap::new(),
        lists: BTreeMap::new(),
    });
    let (author, author_name) = super::author(actor, change.tx()).await?;
    let row = NewRevision {
        number: base.revision + 1,
        author,
        author_name,
        at: now,
        note: note.parse().ok(),
        tree: tree.to_bytes()?,
        changes: serde_json::to_value(&changes).map_err(Error::internal)?,
    };
    change.tx().insert_revision(org, &row).await?;
    rollouts::follow(change, row.number, None).await?;
    Ok(Some(row.number))
}
