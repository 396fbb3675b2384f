//! What a list of people would come to, and sending one as it is.

use std::collections::HashMap;

use bytes::Bytes;
use tessera_domain::{
    EmailAddress, Error, Result, Right,
    people_import::{
        self, Checked, Counts, Inviter, ListError, MAX_PEOPLE, Preview, Row, RowState, Standing, Written,
    },
};
use tessera_ids::{InvitationId, OrgId, TeamId, Timestamp};
use tessera_store::{InvitationStanding, Reader};

use super::{Offer, Outcome, batch::told, invite};
use crate::{Actor, App, access};

/// A list of people to invite, as it came.
#[derive(Clone, Debug)]
pub enum List {
    /// A CSV file: `email,role[,teams]`.
    Csv(Bytes),
    /// Rows that were typed, or pasted and read.
    Rows(Vec<Written>),
}

impl List {
    fn read(self) -> Result<Vec<Written>, ListError> {
        match self {
            Self::Csv(bytes) => people_import::read_csv(&bytes),
            Self::Rows(rows) if rows.is_empty() => Err(ListError::Empty),
            Self::Rows(rows) if rows.len() > MAX_PEOPLE => Err(ListError::TooMany { limit: MAX_PEOPLE }),
            Self::Rows(rows) => Ok(rows),
        }
    }
}

/// Sorts the rows of a list by what would become of each, if it were sent now by this actor. Changes nothing.
///
/// # Errors
/// *Forbidden* for who may not invite; *Invalid* or *Too large* for what cannot be read at all.
pub async fn preview(app: &App, actor: &Actor, org: OrgId, list: List) -> Result<Preview> {
    let inviter = inviter(&mut app.store.read().await?, actor, org).await?;
    // A long file takes a while to read, and other requests wait for this thread.
    let reading = tokio::task::spawn_blocking(move || {
        let rows = list.read()?;
        Ok::<_, ListError>(people_import::check(&rows, &inviter))
    });
    let checked = reading.await.map_err(Error::internal)??;
    let (now, mut tx) = (app.clock.now(), app.store.read().await?);
    let standings = standings(&mut tx, org, &checked, now).await?;
    let seats = tx.seats(org, now).await?;
    let free = seats
        .ok_or_else(|| Error::not_found("organization"))?
        .ledger()
        .free();
    Ok(people_import::sort(
        checked,
        |key| standings.get(key).copied(),
        free,
    ))
}

/// What became of a list that was sent without a preview.
#[derive(Clone, Debug)]
pub struct SentList {
    /// Every row, with the invitation that it made.
    pub rows: Vec<(Row, Option<InvitationId>)>,
    /// How many there are of each state.
    pub counts: Counts,
}

/// Invites everybody in a list whom nothing stands against, and says of every row what became of it.
///
/// # Errors
/// As [`preview`], and *Rate limited* for too many calls.
pub async fn invite_list(app: &App, actor: &Actor, org: OrgId, list: List) -> Result<SentList> {
    let found = preview(app, actor, org, list).await?;
    let may_be_offered = |row: &&Row| !matches!(row.state, RowState::Malformed | RowState::Duplicate);
    let offered = found.rows.iter().filter(may_be_offered);
    let offers: Vec<Offer> = offered.filter_map(|row| row.candidate.clone()).collect();
    let mut outcomes = invite(app, actor, org, &offers).await?.into_iter();
    let mut sent = SentList {
        rows: Vec::with_capacity(found.rows.len()),
        counts: Counts::default(),
    };
    for mut row in found.rows {
        let mut id = None;
        if let Some(outcome) = may_be_offered(&&row).then(|| outcomes.next()).flatten() {
            (row.state, row.reason) = told(&outcome);
            id = match outcome {
                Outcome::Invited(id) => Some(id),
                _ => None,
            };
        }
        sent.counts.add(row.state, 1);
        sent.rows.push((row, id));
    }
    Ok(sent)
}

/// The teams of these names or ids.
///
/// # Errors
/// *Invalid* at `/teams` for one that does not exist.
pub async fn team_ids(app: &App, actor: &Actor, org: OrgId, written: &[String]) -> Result<Vec<TeamId>> {
    let inviter = inviter(&mut app.store.read().await?, actor, org).await?;
    inviter.teams(written).map_err(|why| Error::field("/teams", why))
}

async fn inviter(tx: &mut Reader, actor: &Actor, org: OrgId) -> Result<Inviter> {
    let role = access::require(tx, actor, org, Right::Invite).await?;
    let teams = tx.teams(org).await?;
    Ok(Inviter::new(role, teams.iter().map(|team| (team.id, &team.name))))
}

async fn standings(
    tx: &mut Reader,
    org: OrgId,
    checked: &[Checked],
    now: Timestamp,
) -> Result<HashMap<String, Standing>> {
    let candidates = checked.iter().filter_map(|row| row.candidate.as_ref().ok());
    let addresses: Vec<&EmailAddress> = candidates.map(|candidate| &candidate.email).collect();
    let standing = |row: InvitationStanding| {
        let live = row.expires_at.is_some_and(|at| at > now);
        let is = if row.is_member {
            Standing::Member
        } else if live {
            Standing::Invited
        } else {
            return None;
        };
        Some((row.email_key, is))
    };
    let rows = tx.invitation_standings(org, &addresses).await?;
    Ok(rows.into_iter().filter_map(standing).collect())
}
