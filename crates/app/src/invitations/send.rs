//! Inviting people, each of whom holds a seat from then on.

use tessera_domain::{
    EmailAddress, Error, Invitation, InvitationState, PersonName, Result, Right, Role,
    role::{self, Refusal},
    seats::{Ledger, NoSeat},
};
use tessera_ids::{InvitationId, OrgId, TeamId};
use tessera_store::NewInvitation;

use crate::{
    Actor, App, AuditEntry, Change, Topic, accounts,
    limits::INVITE,
    mail,
    token::{Token, TokenKind},
};

/// The most people who are invited at once.
pub(super) const AT_ONCE: usize = 1_000;

/// Somebody to invite.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Their address.
    pub email: EmailAddress,
    /// What they would be.
    pub role: Role,
    /// Which teams they would be in.
    pub teams: Vec<TeamId>,
}

/// What became of one offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The invitation stands, and its mail is queued.
    Invited(InvitationId),
    /// The address belongs to a member.
    AlreadyMember,
    /// The address has an invitation that still works.
    AlreadyInvited(InvitationId),
    /// No seat is left.
    NoSeat(NoSeat),
    /// The actor may not give this role.
    RoleRefused(Refusal),
    /// There is no such team.
    UnknownTeam(TeamId),
}

/// Invites several people; what cannot be done for one does not stop the others.
///
/// # Errors
/// *Forbidden* for who may not invite, *Too large* for more than 1,000, *Rate limited* for too many
/// calls.
pub async fn invite(app: &App, actor: &Actor, org: OrgId, offers: &[Offer]) -> Result<Vec<Outcome>> {
    if offers.len() > AT_ONCE {
        return Err(Error::too_large(format!(
            "At most {AT_ONCE} people are invited at once."
        )));
    }
    let mut sending = Sending::begin(app, actor, org).await?;
    let mut outcomes = Vec::with_capacity(offers.len());
    for offer in offers {
        outcomes.push(sending.offer(offer).await?);
    }
    sending.finish().await?;
    Ok(outcomes)
}

/// Invites one person.
///
/// # Errors
/// As [`invite`], and *Invalid*, *Conflict* or *Forbidden* for what stands against this one.
pub async fn invite_one(app: &App, actor: &Actor, org: OrgId, offer: Offer) -> Result<InvitationId> {
    let outcome = invite(app, actor, org, std::slice::from_ref(&offer)).await?.pop();
    match outcome.ok_or_else(|| Error::internal("an offer had no outcome"))? {
        Outcome::Invited(id) => Ok(id),
        Outcome::AlreadyMember => Err(Error::field("/email", "This person is a member already.")),
        Outcome::AlreadyInvited(_) => Err(Error::field(
            "/email",
            "This address has an invitation already. Resend that one instead.",
        )),
        Outcome::NoSeat(refusal) => Err(refusal.into()),
        Outcome::RoleRefused(refusal) => Err(refusal.into()),
        Outcome::UnknownTeam(_) => Err(Error::field("/teams", "There is no such team.")),
    }
}

/// The invitations of one change, and what they were decided by.
struct Sending<'a> {
    app: &'a App,
    actor: &'a Actor,
    change: Change<'a>,
    inviter: PersonName,
    teams: Vec<TeamId>,
    ledger: Ledger,
    entries: Vec<AuditEntry>,
}

impl<'a> Sending<'a> {
    async fn begin(app: &'a App, actor: &'a Actor, org: OrgId) -> Result<Self> {
        let inviter = accounts::me(app, actor).await?.name;
        let mut change = Change::begin(app, actor, org, Right::Invite).await?;
        let now = change.now();
        INVITE.take(change.tx(), &org, now).await?;
        let teams = change
            .tx()
            .teams(org)
            .await?
            .into_iter()
            .map(|team| team.id)
            .collect();
        let seats = change
            .tx()
            .seats(org, now)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        Ok(Self {
            app,
            actor,
            change,
            inviter,
            teams,
            ledger: seats.ledger(),
            entries: Vec::new(),
        })
    }

    async fn offer(&mut self, offer: &Offer) -> Result<Outcome> {
        let org = self.change.org().id;
        if let Err(refusal) = role::may_invite_as(self.change.role().unwrap_or(Role::Owner), offer.role) {
            return Ok(Outcome::RoleRefused(refusal));
        }
        if let Some(unknown) = offer.teams.iter().find(|team| !self.teams.contains(team)) {
            return Ok(Outcome::UnknownTeam(*unknown));
        }
        if let Some(account) = self.change.tx().account_by_email(&offer.email).await?
            && self.change.tx().membership(org, account.id).await?.is_some()
        {
            return Ok(Outcome::AlreadyMember);
        }
        if let Some(live) = self.clear_expired(&offer.email).await? {
            return Ok(Outcome::AlreadyInvited(live));
        }
        match self.ledger.hold(1) {
            Err(refusal) => Ok(Outcome::NoSeat(refusal)),
            Ok(ledger) => {
                self.ledger = ledger;
                self.write(offer).await.map(Outcome::Invited)
            }
        }
    }

    /// An address has one pending invitation at most: one whose time is over makes room, a live one stays.
    async fn clear_expired(&mut self, email: &EmailAddress) -> Result<Option<InvitationId>> {
        let (org, now) = (self.change.org().id, self.change.now());
        let Some(known) = self.change.tx().pending_invitation(org, email).await? else {
            return Ok(None);
        };
        let current = known.invitation.at(now);
        if matches!(current.state, InvitationState::Expired { .. }) {
            self.change.tx().save_invitation(&current).await?;
            return Ok(None);
        }
        Ok(Some(current.id))
    }

    async fn write(&mut self, offer: &Offer) -> Result<InvitationId> {
        let (app, now) = (self.app, self.change.now());
        let token = Token::generate(TokenKind::Link, &*app.entropy);
        let invitation = Invitation {
            id: InvitationId::generate(&*app.clock, &*app.entropy),
            org: self.change.org().id,
            email: offer.email.clone(),
            role: offer.role,
            teams: offer.teams.clone(),
            invited_by: self.actor.account()?,
            invited_at: now,
            state: Invitation::fresh_state(now),
        };
        let row = NewInvitation {
            invitation: invitation.clone(),
            invited_by_name: self.inviter.clone(),
            token_hash: token.hash(),
        };
        self.change.tx().insert_invitation(&row).await?;
        post(app, &mut self.change, &invitation, &self.inviter, &token).await?;
        let entry = AuditEntry::new("invitation.sent", &invitation.id)
            .named(&invitation.email)
            .after(&invitation);
        self.entries.push(entry);
        Ok(invitation.id)
    }

    async fn finish(mut self) -> Result<()> {
        let Some(last) = self.entries.pop() else {
            return Ok(());
        };
        self.change.record_many(self.entries).await?;
        self.change.touch(Topic::People);
        self.change.commit(last).await
    }
}

/// Queues an invitation's mail.
pub(super) async fn post(
    app: &App,
    change: &mut Change<'_>,
    invitation: &Invitation,
    inviter: &PersonName,
    token: &Token,
) -> Result<()> {
    let (now, name) = (change.now(), change.org().name.clone());
    let letter = mail::invitation(&app.config, invitation, &name, inviter, token);
    mail::enqueue_about(app, change.tx(), invitation, letter, now).await
}
