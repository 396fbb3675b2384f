//! What who invites sees and does afterwards.

use tessera_domain::{
    Error, InvitationState, Result, Right, Role, invitation::MailState, role, seats::Ledger,
};
use tessera_ids::{InvitationId, OrgId, Timestamp, TypedId};
use tessera_store::{InvitationRow, JobKind};

use super::send::post;
use crate::{
    Actor, App, AuditEntry, Change, Topic, access, accounts,
    limits::INVITE,
    token::{Token, TokenKind},
};

/// The most invitations on one page.
pub(super) const PAGE: u64 = 200;

/// A page of pending invitations.
#[derive(Clone, Debug)]
pub struct InvitationPage {
    /// They as they stand now, the newest first: pending, or expired.
    pub invitations: Vec<InvitationRow>,
    /// Whether more follow after the last.
    pub more: bool,
    /// How seats stand.
    pub seats: Ledger,
}

/// A page of pending invitations, after that one; at most 200 of them.
pub async fn list(
    app: &App,
    actor: &Actor,
    org: OrgId,
    after: Option<(Timestamp, InvitationId)>,
    limit: u64,
) -> Result<InvitationPage> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::Invite).await?;
    let limit = limit.clamp(1, PAGE);
    let mut rows = tx.pending_invitations(org, after, limit + 1).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let seats = tx
        .seats(org, now)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let current = |row: InvitationRow| InvitationRow {
        invitation: row.invitation.at(now),
        ..row
    };
    let invitations = rows.into_iter().map(current).collect();
    Ok(InvitationPage {
        invitations,
        more,
        seats: seats.ledger(),
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
/// *Conflict* when it was accepted or revoked, or when it had expired and no seat is left.
pub async fn resend(app: &App, actor: &Actor, org: OrgId, id: InvitationId) -> Result<()> {
    let inviter = accounts::me(app, actor).await?;
    let mut change = Change::begin(app, actor, org, Right::Invite).await?;
    let now = change.now();
    INVITE.take(change.tx(), &org, now).await?;
    let current = load(&mut change, id).await?.invitation.at(now);
    if matches!(current.state, InvitationState::Expired { .. }) {
        let seats = change
            .tx()
            .seats(org, now)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        seats.ledger().hold(1)?;
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
