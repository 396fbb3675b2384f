//! Inviting people, each of whom holds a seat from then on.

use std::collections::{HashMap, HashSet};

use tessera_domain::{
    EmailAddress, Error, Invitation, PersonName, Result, Right, Role,
    people_import::{Candidate, MAX_PEOPLE},
    role::{self, Refusal},
    seats::{Ledger, NoSeat},
};
use tessera_ids::{InvitationId, OrgId, TeamId};
use tessera_store::{Account, InvitationStanding, NewInvitation};

use crate::{
    Actor, App, AuditEntry, Change, Topic, accounts,
    limits::INVITE,
    mail, seats,
    token::{Token, TokenKind},
};

/// How many people one transaction invites, so that nobody else waits long for the lock.
pub(super) const CHUNK: usize = 500;

/// Somebody to invite.
pub type Offer = Candidate;

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

/// Invites several people, some hundred per transaction; what cannot be done for one does not stop the others,
/// and whoever asks again after a failure invites nobody twice.
///
/// # Errors
/// *Forbidden* for who may not invite, *Too large* for more than [`MAX_PEOPLE`], *Rate limited* for too many
/// calls.
pub async fn invite(app: &App, actor: &Actor, org: OrgId, offers: &[Offer]) -> Result<Vec<Outcome>> {
    if offers.len() > MAX_PEOPLE {
        return Err(Error::too_large(format!(
            "At most {MAX_PEOPLE} people are invited at once."
        )));
    }
    let mut desk = Desk::open(app, actor, org).await?;
    let (change, now) = (&mut desk.change, desk.now);
    INVITE.take(change.tx(), &org, now).await?;
    let mut chunks = offers.chunks(CHUNK);
    let mut outcomes = desk.offer(chunks.next().unwrap_or_default()).await?;
    desk.close().await?;
    for chunk in chunks {
        let mut desk = Desk::open(app, actor, org).await?;
        outcomes.extend(desk.offer(chunk).await?);
        desk.close().await?;
    }
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

/// Where people are invited: one change, and what it decides by.
pub(super) struct Desk<'a> {
    app: &'a App,
    pub(super) change: Change<'a>,
    pub(super) now: tessera_ids::Timestamp,
    inviter: Account,
    teams: HashSet<TeamId>,
    ledger: Ledger,
    pub(super) entries: Vec<AuditEntry>,
}

impl<'a> Desk<'a> {
    pub(super) async fn open(app: &'a App, actor: &'a Actor, org: OrgId) -> Result<Self> {
        let inviter = accounts::me(app, actor).await?;
        let mut change = Change::begin(app, actor, org, Right::Invite).await?;
        if change.org().deleted_at.is_some() {
            return Err(Error::not_found("organization"));
        }
        let teams = change.tx().teams(org).await?;
        Ok(Self {
            app,
            now: change.now(),
            inviter,
            teams: teams.into_iter().map(|team| team.id).collect(),
            ledger: seats::ledger(&mut change).await?,
            change,
            entries: Vec::new(),
        })
    }

    /// Decides on every offer, in their order, and writes those that can be made.
    pub(super) async fn offer(&mut self, offers: &[Offer]) -> Result<Vec<Outcome>> {
        let mut known = self.known(offers).await?;
        let (mut outcomes, mut new) = (Vec::with_capacity(offers.len()), Vec::new());
        for offer in offers {
            let outcome = match self.refusal(offer, &known) {
                Some(refusal) => refusal,
                None => match self.ledger.hold(1) {
                    Err(refusal) => Outcome::NoSeat(refusal),
                    Ok(ledger) => {
                        self.ledger = ledger;
                        let (row, token) = self.draw(offer);
                        let id = row.invitation.id;
                        known.insert(offer.email.folded().to_owned(), Known::Invited(id));
                        new.push((row, token));
                        Outcome::Invited(id)
                    }
                },
            };
            outcomes.push(outcome);
        }
        self.write(new).await?;
        Ok(outcomes)
    }

    async fn known(&mut self, offers: &[Offer]) -> Result<HashMap<String, Known>> {
        let (org, now) = (self.change.org().id, self.now);
        let addresses: Vec<&EmailAddress> = offers.iter().map(|offer| &offer.email).collect();
        let standings = self.change.tx().invitation_standings(org, &addresses).await?;
        let known = |row: InvitationStanding| {
            let live = row.expires_at.is_some_and(|at| at > now);
            let is = match row.invitation.filter(|_| live) {
                _ if row.is_member => Known::Member,
                Some(id) => Known::Invited(id),
                None => return None,
            };
            Some((row.email_key, is))
        };
        Ok(standings.into_iter().filter_map(known).collect())
    }

    fn refusal(&self, offer: &Offer, known: &HashMap<String, Known>) -> Option<Outcome> {
        let inviter = self.change.role().unwrap_or(Role::Owner);
        if let Err(refusal) = role::may_invite_as(inviter, offer.role) {
            return Some(Outcome::RoleRefused(refusal));
        }
        if let Some(unknown) = offer.teams.iter().find(|team| !self.teams.contains(team)) {
            return Some(Outcome::UnknownTeam(*unknown));
        }
        Some(match known.get(offer.email.folded())? {
            Known::Member => Outcome::AlreadyMember,
            Known::Invited(id) => Outcome::AlreadyInvited(*id),
        })
    }

    fn draw(&self, offer: &Offer) -> (NewInvitation, Token) {
        let token = Token::generate(TokenKind::Link, &*self.app.entropy);
        let invitation = Invitation {
            id: InvitationId::generate(&*self.app.clock, &*self.app.entropy),
            org: self.change.org().id,
            email: offer.email.clone(),
            role: offer.role,
            teams: offer.teams.clone(),
            invited_by: self.inviter.id,
            invited_at: self.now,
            state: Invitation::fresh_state(self.now),
        };
        let row = NewInvitation {
            invitation,
            invited_by_name: self.inviter.name.clone(),
            token_hash: token.hash(),
        };
        (row, token)
    }

    /// Writes invitations, their mails, and keeps their audit entries, whatever their number by a few statements.
    async fn write(&mut self, new: Vec<(NewInvitation, Token)>) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let (org, now, name) = (self.change.org().id, self.now, self.change.org().name.clone());
        let mut jobs = Vec::with_capacity(new.len());
        for (row, token) in &new {
            let letter = mail::invitation(
                &self.app.config,
                &row.invitation,
                &name,
                &self.inviter.name,
                token,
            );
            jobs.push(mail::job_about(self.app, &row.invitation, &letter, now)?);
        }
        let rows: Vec<NewInvitation> = new.into_iter().map(|(row, _)| row).collect();
        // An address has one pending invitation at most: one whose time is over makes room.
        let addresses: Vec<&EmailAddress> = rows.iter().map(|row| &row.invitation.email).collect();
        let tx = self.change.tx();
        tx.expire_invitations(org, &addresses, now).await?;
        tx.insert_invitations(org, &rows).await?;
        tx.enqueue(&jobs).await?;
        self.entries.extend(rows.iter().map(|row| {
            let invitation = &row.invitation;
            AuditEntry::new("invitation.sent", &invitation.id)
                .named(&invitation.email)
                .after(invitation)
        }));
        Ok(())
    }

    /// Commits, if anything was written.
    pub(super) async fn close(mut self) -> Result<()> {
        let Some(last) = self.entries.pop() else {
            return Ok(());
        };
        self.change.record_many(self.entries).await?;
        self.change.touch(Topic::People);
        self.change.commit(last).await
    }
}

/// What stands against inviting an address.
enum Known {
    Member,
    Invited(InvitationId),
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
    let job = mail::job_about(app, invitation, &letter, now)?;
    Ok(change.tx().enqueue(&[job]).await?)
}
