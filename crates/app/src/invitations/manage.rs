//! What who invites sees and does afterwards.

use std::collections::HashMap;

use serde_json::json;
use tessera_domain::{
    Error, InvitationState, Result, Right, Role, TeamName, invitation::MailState, role, seats::Ledger,
};
use tessera_ids::{InvitationId, OrgId, TeamId, TypedId};
use tessera_store::{InvitationQuery, InvitationRow, JobKind, Reader};

use super::send::post;
use crate::{
    Actor, App, AuditEntry, Change, Topic, access, accounts,
    limits::INVITE,
    seats as ledger,
    token::{Token, TokenKind},
};

/// The most invitations on one page.
pub(super) const PAGE: u64 = 200;

/// A page of pending invitations.
#[derive(Clone, Debug)]
pub struct InvitationPage {
    /// They as they stand now, the newest first: pending, or expired.
    pub invitations: Vec<InvitationRow>,
    /// What the organization's teams are called.
    pub teams: HashMap<TeamId, TeamName>,
    /// Whether more follow after the last.
    pub more: bool,
    /// How many match on all pages.
    pub total: u64,
    /// How seats stand.
    pub seats: Ledger,
    /// What the actor is, which says what they may do to whom.
    pub role: Role,
}

/// What is to be different about a pending invitation; nothing leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Alteration {
    /// Another role.
    pub role: Option<Role>,
    /// Other teams, all of them.
    pub teams: Option<Vec<TeamId>>,
}

/// A page of pending invitations; at most 200 of them.
pub async fn list(
    app: &App,
    actor: &Actor,
    org: OrgId,
    wanted: &InvitationQuery,
    limit: u64,
) -> Result<InvitationPage> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::Invite).await?;
    let limit = limit.clamp(1, PAGE);
    let mut rows = tx.pending_invitations(org, wanted, limit + 1).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let current = |row: InvitationRow| InvitationRow {
        invitation: row.invitation.at(now),
        ..row
    };
    let teams = tx.teams(org).await?;
    Ok(InvitationPage {
        invitations: rows.into_iter().map(current).collect(),
        teams: teams.into_iter().map(|team| (team.id, team.name)).collect(),
        more,
        total: tx.count_pending_invitations(org, wanted).await?,
        seats: count(&mut tx, org, now).await?,
        role,
    })
}

/// One invitation as it stands now, whatever became of it.
///
/// # Errors
/// *Not found* for another organization's.
pub async fn one(app: &App, actor: &Actor, org: OrgId, id: InvitationId) -> Result<InvitationRow> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::Invite).await?;
    let row = tx.invitation(org, id).await?;
    let row = row.ok_or_else(|| Error::not_found("invitation"))?;
    Ok(InvitationRow {
        invitation: row.invitation.at(app.clock.now()),
        ..row
    })
}

/// How seats stand, for who invites.
pub async fn seats(app: &App, actor: &Actor, org: OrgId) -> Result<Ledger> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::Invite).await?;
    count(&mut tx, org, app.clock.now()).await
}

async fn count(tx: &mut Reader, org: OrgId, now: tessera_ids::Timestamp) -> Result<Ledger> {
    let seats = tx.seats(org, now).await?;
    Ok(seats.ok_or_else(|| Error::not_found("organization"))?.ledger())
}

/// Changes what a pending invitation offers; its link and its time stay.
///
/// # Errors
/// *Forbidden* above the actor's own role, *Conflict* when it is not pending any more, *Invalid* for a team that
/// does not exist.
pub async fn change(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: InvitationId,
    wanted: Alteration,
) -> Result<InvitationRow> {
    let mut change = Change::begin(app, actor, org, Right::Invite).await?;
    let row = load(&mut change, id).await?;
    let before = row.invitation.clone();
    let role = wanted.role.unwrap_or(before.role);
    role::may_invite_as(change.role().unwrap_or(Role::Owner), role)?;
    let teams = wanted.teams.unwrap_or_else(|| before.teams.clone());
    let known = change.tx().teams(org).await?;
    let is_new = |team: &&TeamId| !before.teams.contains(team);
    if let Some(unknown) = teams
        .iter()
        .filter(is_new)
        .find(|team| known.iter().all(|known| known.id != **team))
    {
        return Err(Error::field("/teams", format!("There is no team {unknown}.")));
    }
    let now = change.now();
    let altered = row.invitation.alter(role, teams, now)?;
    if (altered.role, &altered.teams) != (before.role, &before.teams) {
        change.tx().save_invitation(&altered).await?;
        change.touch(Topic::People);
        let entry = AuditEntry::new("invitation.changed", &id)
            .named(&before.email)
            .before(&json!({ "role": before.role, "teams": before.teams }))
            .after(&json!({ "role": altered.role, "teams": altered.teams }));
        change.commit(entry).await?;
    }
    Ok(InvitationRow {
        invitation: altered,
        ..row
    })
}

/// Takes an invitation back; its link says so from then on.
pub async fn revoke(app: &App, actor: &Actor, org: OrgId, id: InvitationId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::Invite).await?;
    let row = load(&mut change, id).await?;
    let by = actor.account()?;
    let before = row.invitation.clone();
    let revoked = row.invitation.at(change.now()).revoke(by, change.now())?;
    change.tx().save_invitation(&revoked).await?;
    change.tx().cancel_jobs(JobKind::Mail, id.uuid()).await?;
    change.touch(Topic::People);
    change
        .commit(
            AuditEntry::new("invitation.revoked", &id)
                .named(&before.email)
                .before(&before)
                .after(&revoked),
        )
        .await
}

/// Sends an invitation again, for the full time, with a new link; the old one is dead.
///
/// # Errors
/// *Conflict* when it was accepted or revoked, when its address is a member's by now, or when it had expired and
/// no seat is left.
pub async fn resend(app: &App, actor: &Actor, org: OrgId, id: InvitationId) -> Result<()> {
    let inviter = accounts::me(app, actor).await?;
    let mut change = Change::begin(app, actor, org, Right::Invite).await?;
    let now = change.now();
    INVITE.take(change.tx(), &org, now).await?;
    let current = load(&mut change, id).await?.invitation.at(now);
    let known = change.tx().invitation_standings(org, &[&current.email]).await?;
    if known.iter().any(|standing| standing.is_member) {
        return Err(Error::conflict("This person is a member already."));
    }
    if matches!(current.state, InvitationState::Expired { .. }) {
        ledger::hold(&mut change).await?;
    }
    let fresh = current.resend(inviter.id, now)?;
    let token = Token::generate(TokenKind::Link, &*app.entropy);
    change.tx().save_invitation(&fresh).await?;
    change
        .tx()
        .set_invitation_token(org, id, token.hash(), &inviter.name)
        .await?;
    change.tx().cancel_jobs(JobKind::Mail, id.uuid()).await?;
    post(app, &mut change, &fresh, &inviter.name, &token).await?;
    change.touch(Topic::People);
    change
        .commit(
            AuditEntry::new("invitation.resent", &id)
                .named(&fresh.email)
                .after(&fresh),
        )
        .await
}

/// Notes what became of an invitation's mail. For the worker that sends it; no decision of anybody's, so
/// it takes no lock and leaves no audit entry.
pub async fn mail_settled(app: &App, org: OrgId, id: InvitationId, mail: MailState) -> Result<()> {
    let mut tx = app.store.begin().await?;
    tx.set_invitation_mail(org, id, mail).await?;
    tx.commit().await?;
    app.hub.touch(org, Topic::People);
    Ok(())
}

/// An invitation that the actor may touch.
async fn load(change: &mut Change<'_>, id: InvitationId) -> Result<InvitationRow> {
    let org = change.org().id;
    let row = change
        .tx()
        .invitation(org, id)
        .await?
        .ok_or_else(|| Error::not_found("invitation"))?;
    role::may_touch(change.role().unwrap_or(Role::Owner), row.invitation.role)?;
    Ok(row)
}
