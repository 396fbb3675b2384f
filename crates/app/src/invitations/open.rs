//! What the invited see before they decide.

use tessera_domain::{
    EmailAddress, Error, Invitation, InvitationState, Kind, OrgName, PersonName, Result, Right, Role,
};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{InvitationRow, MemberQuery, Reader};

use crate::{
    Actor, App,
    accounts::{self, Visitor},
    limits::{MAIL_FROM, MAIL_TO},
    mail, token,
};

/// How many owners are asked for a new invitation where whoever invited cannot send one any more.
const OWNERS_ASKED: u64 = 3;

/// An invitation as whoever opened its link sees it.
#[derive(Clone, Debug)]
pub struct InvitationView {
    /// The organization.
    pub org: OrgId,
    /// What it is called.
    pub org_name: OrgName,
    /// Who invites.
    pub invited_by: PersonName,
    /// As what.
    pub role: Role,
    /// When its time is over, or what ended it before.
    pub ends_at: Timestamp,
    /// What can be done with it.
    pub state: LinkState,
}

/// What can be done with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It works, for somebody.
    Open(Fit),
    /// Its time is over; a new one can be asked for.
    Expired,
    /// It was taken back; a new one can be asked for.
    Revoked,
    /// It was accepted before.
    Accepted,
    /// Its organization was deleted.
    Gone,
}

/// Whether an invitation that works is for who opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// For the account that is signed in.
    Yours,
    /// For another account than the one that is signed in.
    Another {
        /// The invited address, as much of it as others may see.
        masked: String,
    },
    /// Nobody is signed in, and the address has an account: sign in with it.
    SignIn {
        /// The invited address.
        email: EmailAddress,
    },
    /// Nobody is signed in, and the address has no account: make one.
    SignUp {
        /// The invited address.
        email: EmailAddress,
    },
}

/// What a link offers. Changes nothing.
///
/// # Errors
/// *Not found* for a link that never was, or was replaced by a newer one.
pub async fn open(app: &App, actor: Option<&Actor>, link: &str) -> Result<InvitationView> {
    let mut tx = app.store.read().await?;
    let row = find(&mut tx, link).await?;
    let current = row.invitation.at(app.clock.now());
    let ends_at = match current.state {
        InvitationState::Pending { expires_at: at, .. }
        | InvitationState::Accepted { at, .. }
        | InvitationState::Revoked { at, .. }
        | InvitationState::Expired { at } => at,
    };
    let state = match current.state {
        _ if row.org_deleted_at.is_some() => LinkState::Gone,
        InvitationState::Accepted { .. } => LinkState::Accepted,
        InvitationState::Revoked { .. } => LinkState::Revoked,
        InvitationState::Expired { .. } => LinkState::Expired,
        InvitationState::Pending { .. } => LinkState::Open(fit(&mut tx, actor, current.email).await?),
    };
    let (org, role) = (current.org, current.role);
    Ok(InvitationView {
        org,
        org_name: row.org_name,
        invited_by: row.invited_by_name,
        role,
        ends_at,
        state,
    })
}

async fn fit(tx: &mut Reader, actor: Option<&Actor>, email: EmailAddress) -> Result<Fit> {
    if let Some(actor) = actor {
        let account = tx.account(actor.account()?).await?;
        let is_theirs = account.is_some_and(|account| account.email == email);
        return Ok(if is_theirs {
            Fit::Yours
        } else {
            Fit::Another {
                masked: email.masked(),
            }
        });
    }
    let known = tx.account_by_email(&email).await?;
    let has_account = known.is_some_and(|account| account.verified_at.is_some());
    Ok(if has_account {
        Fit::SignIn { email }
    } else {
        Fit::SignUp { email }
    })
}

/// What the actor's own address is invited to now.
pub async fn mine(app: &App, actor: &Actor) -> Result<Vec<InvitationRow>> {
    let email = accounts::me(app, actor).await?.email;
    Ok(app
        .store
        .read()
        .await?
        .invitations_for(&email, app.clock.now())
        .await?)
}

/// Asks whoever sent an invitation that does not work any more for a new one, by mail; where they cannot send one
/// any more, owners.
///
/// # Errors
/// *Conflict* while it still works or was accepted, *Rate limited* for asking too often.
pub async fn ask_again(app: &App, visitor: &Visitor, link: &str) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let row = find(&mut tx, link).await?;
    if row.org_deleted_at.is_some() {
        return Err(Error::not_found("invitation"));
    }
    let current = row.invitation.at(now);
    if !matches!(
        current.state,
        InvitationState::Expired { .. } | InvitationState::Revoked { .. }
    ) {
        return Err(Error::conflict("This invitation needs no new one."));
    }
    MAIL_FROM.take(&mut tx, &visitor.address, now).await?;
    MAIL_TO.take(&mut tx, &current.email, now).await?;
    for recipient in whom_to_ask(&mut tx, &current, now).await? {
        let letter = mail::invitation_wanted(&app.config, &recipient, &current, &row.org_name);
        mail::enqueue(app, &mut tx, Some(current.org), letter, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Whoever invited, while they may still invite; else a few of the owners.
async fn whom_to_ask(tx: &mut Reader, invitation: &Invitation, now: Timestamp) -> Result<Vec<EmailAddress>> {
    let (org, inviter) = (invitation.org, invitation.invited_by);
    let still_may = tx
        .membership(org, inviter)
        .await?
        .is_some_and(|membership| Right::Invite.granted_to(membership.role));
    if let Some(inviter) = tx.account(inviter).await?.filter(|_| still_may) {
        return Ok(vec![inviter.email]);
    }
    let owners = MemberQuery {
        role: Some(Role::Owner),
        limit: OWNERS_ASKED,
        ..MemberQuery::default()
    };
    let owners = tx.members(org, &owners, now).await?;
    Ok(owners.into_iter().map(|owner| owner.email).collect())
}

/// The invitation behind a link.
pub(super) async fn find(tx: &mut Reader, link: &str) -> Result<InvitationRow> {
    let row = tx.invitation_by_token(token::hash(link)).await?;
    row.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            "This invitation link does not work. If you were sent a newer one, use that.",
        )
    })
}
