//! Looking back: which revisions there are, and what is different between two.

use std::collections::BTreeSet;

use tessera_domain::{Error, PersonName, Result, RevisionNote, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_policy::{Change, LayerName};

use super::{Snapshot, draft::difference, load};
use crate::{Actor, App, access};

/// The most revisions that one page holds.
const PAGE: u64 = 100;

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionSummary {
    /// Numbered from 1 without gaps.
    pub number: u64,
    /// Who saved it, by the name they had then.
    pub author: PersonName,
    /// When.
    pub at: Timestamp,
    /// Why, in the author's words.
    pub note: Option<RevisionNote>,
    /// What changed against the revision before.
    pub changes: Vec<Change>,
}

/// A page of the history, newest first.
#[derive(Clone, Debug)]
pub struct RevisionPage {
    /// The revisions.
    pub revisions: Vec<RevisionSummary>,
    /// Where the next page begins: older than this number.
    pub next: Option<u64>,
}

/// One revision and what holds in it.
#[derive(Clone, Debug)]
pub struct RevisionDetail {
    /// Its line in the history.
    pub summary: RevisionSummary,
    /// What each layer said.
    pub snapshot: Snapshot,
}

/// Lists revisions older than `before`, newest first.
pub async fn history(
    app: &App,
    actor: &Actor,
    org: OrgId,
    before: Option<u64>,
    limit: u64,
) -> Result<RevisionPage> {
    let limit = limit.clamp(1, PAGE);
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let rows = tx.revisions(org, before, limit + 1).await?;
    let more = rows.len() as u64 > limit;
    let shown = rows.into_iter().zip(0..limit).map(|(row, _)| row);
    let revisions: Vec<_> = shown.map(summary).collect::<Result<_>>()?;
    let next = revisions.last().filter(|_| more).map(|revision| revision.number);
    Ok(RevisionPage { revisions, next })
}

/// One revision.
pub async fn revision(app: &App, actor: &Actor, org: OrgId, number: u64) -> Result<RevisionDetail> {
    let snapshot = load(app, actor, org, Right::SeeSettings, Some(number)).await?;
    let row = app.store.read().await?.revision(org, number).await?;
    let row = row.ok_or_else(|| Error::not_found("revision"))?;
    let row = tessera_store::RevisionSummary {
        number: row.number,
        author: row.author,
        author_name: row.author_name,
        at: row.at,
        note: row.note,
        changes: row.changes,
    };
    Ok(RevisionDetail {
        summary: summary(row)?,
        snapshot,
    })
}

/// What is different from revision `from` to revision `to`, layer by layer; 0 stands for before the first.
pub async fn compare(
    app: &App,
    actor: &Actor,
    org: OrgId,
    from: u64,
    to: u64,
) -> Result<Vec<(LayerName, Vec<Change>)>> {
    let before = load(app, actor, org, Right::SeeSettings, Some(from)).await?;
    let after = load(app, actor, org, Right::SeeSettings, Some(to)).await?;
    Ok(differences(&before, &after))
}

/// What is different between two states of the settings, for each layer that differs.
pub(crate) fn differences(before: &Snapshot, after: &Snapshot) -> Vec<(LayerName, Vec<Change>)> {
    let names: BTreeSet<LayerName> = before
        .layers()
        .chain(after.layers())
        .map(|layer| layer.name)
        .collect();
    let changed = names.into_iter().filter_map(|name| {
        let changes = difference(&before.layer(name), &after.layer(name));
        (!changes.is_empty()).then_some((name, changes))
    });
    changed.collect()
}

fn summary(row: tessera_store::RevisionSummary) -> Result<RevisionSummary> {
    Ok(RevisionSummary {
        number: row.number,
        author: row.author_name,
        at: row.at,
        note: row.note,
        changes: serde_json::from_value(row.changes)
            .map_err(|error| Error::internal(format!("a revision's changes are unreadable: {error}")))?,
    })
}
