//! Lists of people to invite that are looked at first: kept from their preview, then sent by a worker in chunks.
//!
//! Each chunk is one transaction that invites people *and* writes down what became of their rows, so that a
//! process that dies in between loses nothing and invites nobody twice, whoever goes on. See docs/adr/0007.

use std::time::Duration;

use serde_json::json;
use tessera_domain::{
    Error, Kind, Result, Right,
    people_import::{Counts, RowState},
    text,
};
use tessera_ids::{InvitationBatchId, OrgId};
use tessera_store::{
    BatchRow, BatchRowQuery, BatchState, InvitationBatch, NewBatchRow, NewInvitationBatch, Reader, SettledRow,
};

use super::{
    List, preview,
    send::{CHUNK, Desk, Offer, Outcome},
};
use crate::{AccountActor, Actor, App, AuditEntry, Change, Credential, Topic, access, limits::INVITE};

/// How long a list that is not sent is kept.
pub const PREVIEW_KEPT: Duration = Duration::from_mins(30);
/// How long what became of a list can be seen.
const RESULT_KEPT: Duration = Duration::from_hours(7 * 24);
/// How many lists of one person wait to be sent; the oldest go first.
const PREVIEWS: u64 = 5;
/// How many lists a worker looks at before it looks for others.
const AT_ONCE: u64 = 16;
/// The most characters of a list's name.
const NAME: usize = 120;

/// A list as its owner sees it.
#[derive(Clone, Debug)]
pub struct BatchView {
    /// The list.
    pub batch: InvitationBatch,
    /// How many rows there are of each state.
    pub counts: Counts,
    /// How many rows are chosen.
    pub chosen: u64,
    /// How many of them were dealt with.
    pub settled: u64,
}

/// Which rows are to be sent.
#[derive(Clone, Debug)]
pub enum Choice {
    /// Of the rows that a page showed, these and no others.
    Page {
        /// The rows that could be chosen there, by their numbers.
        shown: Vec<u64>,
        /// The ones that are.
        chosen: Vec<u64>,
    },
    /// Every ready row.
    All,
    /// None.
    Nobody,
}

/// Looks at a list and keeps it with what would become of each row, for half an hour.
///
/// # Errors
/// As [`preview`].
pub async fn draft(
    app: &App,
    actor: &Actor,
    org: OrgId,
    name: &str,
    list: List,
) -> Result<InvitationBatchId> {
    let (account, session) = (actor.account()?, actor.session()?);
    let found = preview(app, actor, org, list).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for row in found.rows {
        let candidate = row.candidate.map(serde_json::to_value).transpose();
        rows.push(NewBatchRow {
            line: row.line as u64,
            input: row.input,
            candidate: candidate.map_err(Error::internal)?,
            state: row.state,
            reason: row.reason,
        });
    }
    let now = app.clock.now();
    let batch = NewInvitationBatch {
        id: InvitationBatchId::generate(&*app.clock, &*app.entropy),
        created_at: now,
        created_by: account,
        session,
        address: actor
            .address()
            .map(|address| address.to_string())
            .unwrap_or_default(),
        name: text::clip(name.trim(), NAME),
        expires_at: now.plus(PREVIEW_KEPT),
    };
    // No decision of anybody's yet, so it takes no lock and leaves no audit entry.
    let mut tx = app.store.begin().await?;
    tx.insert_invitation_batch(org, &batch, &rows).await?;
    tx.prune_invitation_batches(org, account, PREVIEWS).await?;
    tx.commit().await?;
    Ok(batch.id)
}

/// A list that the actor made.
///
/// # Errors
/// *Not found* for another's, and for one that is not kept any more.
pub async fn view(app: &App, actor: &Actor, org: OrgId, id: InvitationBatchId) -> Result<BatchView> {
    let mut tx = app.store.read().await?;
    let batch = own(app, &mut tx, actor, org, id).await?;
    let (mut counts, mut chosen, mut settled) = (Counts::default(), 0, 0);
    for count in tx.invitation_batch_counts(org, id).await? {
        counts.add(count.state, count.count);
        chosen += count.chosen;
        settled += count.settled;
    }
    Ok(BatchView {
        batch,
        counts,
        chosen,
        settled,
    })
}

/// A page of a list's rows.
///
/// # Errors
/// As [`view`].
pub async fn rows(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: InvitationBatchId,
    wanted: BatchRowQuery,
    limit: u64,
) -> Result<Vec<BatchRow>> {
    let mut tx = app.store.read().await?;
    own(app, &mut tx, actor, org, id).await?;
    Ok(tx.invitation_batch_rows(org, id, wanted, limit).await?)
}

/// Says which rows are to be sent.
///
/// # Errors
/// *Conflict* when the list is being sent already, and as [`view`].
pub async fn choose(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: InvitationBatchId,
    choice: Choice,
) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let batch = own(app, &mut tx, actor, org, id).await?;
    if batch.state != BatchState::Preview {
        return Err(Error::conflict("This list is being sent already."));
    }
    match choice {
        Choice::All => tx.choose_all_invitation_batch_rows(id, true).await?,
        Choice::Nobody => tx.choose_all_invitation_batch_rows(id, false).await?,
        Choice::Page { shown, chosen } => {
            let left_out: Vec<u64> = shown.into_iter().filter(|row| !chosen.contains(row)).collect();
            tx.choose_invitation_batch_rows(id, &left_out, false).await?
                + tx.choose_invitation_batch_rows(id, &chosen, true).await?
        }
    };
    Ok(tx.commit().await?)
}

/// Begins to invite the chosen rows; a worker does it. Sending a list twice sends it once.
///
/// # Errors
/// *Invalid* when nobody is chosen, *Rate limited* for too many lists, and as [`view`].
pub async fn send(app: &App, actor: &Actor, org: OrgId, id: InvitationBatchId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::Invite).await?;
    let batch = own(app, change.tx(), actor, org, id).await?;
    if batch.state != BatchState::Preview {
        return Ok(());
    }
    let counts = change.tx().invitation_batch_counts(org, id).await?;
    let chosen: u64 = counts.iter().map(|count| count.chosen).sum();
    if chosen == 0 {
        return Err(Error::invalid("Choose at least one person."));
    }
    let now = change.now();
    INVITE.take(change.tx(), &org, now).await?;
    let until = now.plus(RESULT_KEPT);
    change
        .tx()
        .move_invitation_batch(org, id, BatchState::Sending, now, until, None)
        .await?;
    change.touch(Topic::People);
    let entry = AuditEntry::new("invitation_list.sent", &id)
        .named(&batch.name)
        .after(&json!({ "people": chosen }));
    change.commit(entry).await
}

/// Drops a list that was not sent.
///
/// # Errors
/// As [`view`].
pub async fn discard(app: &App, actor: &Actor, org: OrgId, id: InvitationBatchId) -> Result<()> {
    let mut tx = app.store.begin().await?;
    own(app, &mut tx, actor, org, id).await?;
    tx.delete_invitation_batch(org, id).await?;
    Ok(tx.commit().await?)
}

async fn own(
    app: &App,
    tx: &mut Reader,
    actor: &Actor,
    org: OrgId,
    id: InvitationBatchId,
) -> Result<InvitationBatch> {
    access::require(tx, actor, org, Right::Invite).await?;
    let (by, now) = (actor.account()?, app.clock.now());
    let found = tx.invitation_batch(org, id).await?;
    let kept = found.filter(|batch| batch.created_by == by);
    kept.filter(|batch| batch.expires_at > now || batch.state == BatchState::Sending)
        .ok_or_else(|| {
            let told = "This list is not kept any more. Nobody was invited by it since you last saw it; choose \
                        the file again to go on.";
            Error::new(Kind::NotFound, told)
        })
}

/// Invites the next people of every list that is being sent; whether there was any. For the worker.
pub async fn work(app: &App) -> Result<bool> {
    let lists = app
        .store
        .read()
        .await?
        .sending_invitation_batches(AT_ONCE)
        .await?;
    for (org, id) in &lists {
        step(app, *org, *id).await?;
    }
    Ok(!lists.is_empty())
}

async fn step(app: &App, org: OrgId, id: InvitationBatchId) -> Result<()> {
    let found = app.store.read().await?.invitation_batch(org, id).await?;
    let Some(batch) = found.filter(|batch| batch.state == BatchState::Sending) else {
        return Ok(());
    };
    let actor = sender(&batch);
    match Desk::open(app, &actor, org).await {
        Ok(desk) => chunk(desk, &batch).await,
        // Whoever sent it may not invite any more, or the organization is gone.
        Err(error)
            if matches!(
                error.kind,
                Kind::Forbidden | Kind::NotFound | Kind::Unauthenticated
            ) =>
        {
            stop(app, &batch, &error.public).await
        }
        Err(error) => Err(error),
    }
}

/// Whoever pressed the button, as the audit log is to name them.
fn sender(batch: &InvitationBatch) -> Actor {
    Actor::Account(AccountActor {
        account: batch.created_by,
        credential: Credential::Session {
            id: batch.session,
            recent: false,
        },
        address: batch.address.parse().ok(),
    })
}

async fn chunk(mut desk: Desk<'_>, batch: &InvitationBatch) -> Result<()> {
    let (org, id, now) = (batch.org, batch.id, desk.now);
    let tx = desk.change.tx();
    // Read again under the lock: another replica may have gone on meanwhile.
    let state = tx.invitation_batch(org, id).await?.map(|batch| batch.state);
    if state != Some(BatchState::Sending) {
        return Ok(());
    }
    let open = tx.open_invitation_batch_rows(org, id, CHUNK as u64).await?;
    let offers = open.iter().map(offer).collect::<Result<Vec<_>>>()?;
    let outcomes = desk.offer(&offers).await?;
    let settled: Vec<SettledRow> = open
        .iter()
        .zip(&outcomes)
        .map(|(row, outcome)| settled(row.number, outcome))
        .collect();
    let invited = settled.iter().filter(|row| row.state == RowState::Sent).count();
    let tx = desk.change.tx();
    tx.settle_invitation_batch_rows(id, &settled).await?;
    let is_last = open.len() < CHUNK;
    if is_last {
        let until = now.plus(RESULT_KEPT);
        tx.move_invitation_batch(org, id, BatchState::Done, now, until, None)
            .await?;
    }
    let action = if is_last {
        "invitation_list.ended"
    } else {
        "invitation_list.went_on"
    };
    let refused = settled.len() - invited;
    let entry = AuditEntry::new(action, &id)
        .named(&batch.name)
        .after(&json!({ "invited": invited, "refused": refused }));
    desk.entries.push(entry);
    desk.close().await
}

fn offer(row: &BatchRow) -> Result<Offer> {
    let candidate = row.candidate.clone().unwrap_or_default();
    serde_json::from_value(candidate).map_err(Error::internal)
}

fn settled(number: u64, outcome: &Outcome) -> SettledRow {
    let (state, reason) = told(outcome);
    SettledRow {
        number,
        state,
        reason,
    }
}

/// An outcome as the state of a row, with the reason.
pub(super) fn told(outcome: &Outcome) -> (RowState, Option<String>) {
    let because = |text: &str| Some(text.to_owned());
    match outcome {
        Outcome::Invited(_) => (RowState::Sent, None),
        Outcome::AlreadyMember => (RowState::Member, because("This person is a member already.")),
        Outcome::AlreadyInvited(_) => (
            RowState::Invited,
            because("This address has an invitation already. Resend that one instead."),
        ),
        Outcome::NoSeat(refusal) => (RowState::NoSeat, Some(refusal.to_string())),
        Outcome::RoleRefused(refusal) => (RowState::Malformed, Some(format!("role: {refusal}"))),
        Outcome::UnknownTeam(_) => (
            RowState::Malformed,
            because("teams: There is no such team any more."),
        ),
    }
}

/// Ends a list whose sender may not go on.
async fn stop(app: &App, batch: &InvitationBatch, why: &str) -> Result<()> {
    const ACTOR: Actor = Actor::System("invitations");
    let mut change = match Change::begin(app, &ACTOR, batch.org, Right::Invite).await {
        Ok(change) => change,
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let (org, id, now) = (batch.org, batch.id, change.now());
    let until = now.plus(RESULT_KEPT);
    change
        .tx()
        .move_invitation_batch(org, id, BatchState::Stopped, now, until, Some(why))
        .await?;
    change.touch(Topic::People);
    let entry = AuditEntry::new("invitation_list.stopped", &id)
        .named(&batch.name)
        .after(&json!({ "reason": why }));
    change.commit(entry).await
}
