//! Becoming a member by an invitation.

use secrecy::SecretString;
use tessera_domain::{Error, PersonName, Result};
use tessera_ids::{InvitationId, OrgId};
use tessera_store::{Account, InvitationRow, TokenKind as LinkKind};

use super::open::find;
use crate::{
    Actor, App, AuditEntry, Change, Topic,
    accounts::{self, Visitor, choose, new_account},
    seats,
    sessions::{self, SignedIn},
};

/// Somebody invited who has no account yet. Their address is the invited one.
#[derive(Clone, Debug)]
pub struct InvitedSignUp {
    /// What they are called.
    pub name: PersonName,
    /// The password that they chose.
    pub password: SecretString,
}

/// Accepts the invitation of a link as the account that is signed in.
///
/// # Errors
/// *Forbidden* with the masked address for another account, *Conflict* when it was accepted, revoked,
/// has expired, or the organization has no seat for it any more.
pub async fn accept(app: &App, actor: &Actor, link: &str) -> Result<OrgId> {
    let org = find(&mut app.store.read().await?, link).await?.invitation.org;
    let account = accounts::me(app, actor).await?;
    let mut change = Change::begin_as_anyone(app, actor, org).await?;
    let row = find(change.tx(), link).await?;
    join(change, &account, row).await?;
    Ok(org)
}

/// Accepts an invitation of the actor's own address without its link.
///
/// # Errors
/// As [`accept`]; *Not found* for somebody else's.
pub async fn accept_mine(app: &App, actor: &Actor, org: OrgId, id: InvitationId) -> Result<()> {
    let account = accounts::me(app, actor).await?;
    let mut change = Change::begin_as_anyone(app, actor, org).await?;
    let found = change.tx().invitation(org, id).await?;
    let row = found
        .filter(|row| row.invitation.email == account.email)
        .ok_or_else(|| Error::not_found("invitation"))?;
    join(change, &account, row).await
}

/// Makes an account with the invited address, accepts the invitation, and signs in.
///
/// # Errors
/// *Conflict* when the address has an account (then sign in), and as [`accept`]; *Invalid* for a password
/// that breaks the rules.
pub async fn sign_up(
    app: &App,
    visitor: &Visitor,
    link: &str,
    wanted: InvitedSignUp,
) -> Result<(SignedIn, OrgId)> {
    let invitation = find(&mut app.store.read().await?, link).await?.invitation;
    let (org, email) = (invitation.org, invitation.email);
    let hash = app
        .hasher
        .hash(choose(&wanted.password, &email)?, &*app.entropy)
        .await?;
    let doorman = Actor::System("sign-up");
    let mut change = Change::begin_as_anyone(app, &doorman, org).await?;
    let row = find(change.tx(), link).await?;
    let now = change.now();
    let tx = change.tx();
    let account = match tx.account_by_email(&email).await? {
        Some(known) if known.verified_at.is_some() => {
            return Err(Error::conflict(
                "This address has an account. Sign in to accept the invitation.",
            ));
        }
        // Nobody has proven the address before; the link does, so whoever holds it chooses anew.
        Some(unproven) => {
            tx.rename_account(unproven.id, &wanted.name, &email).await?;
            tx.set_password_hash(unproven.id, Some(&hash)).await?;
            tx.set_verified(unproven.id, now).await?;
            tx.delete_account_tokens(unproven.id, LinkKind::Verify).await?;
            tx.delete_account_tokens(unproven.id, LinkKind::Reset).await?;
            Account {
                name: wanted.name,
                verified_at: Some(now),
                ..unproven
            }
        }
        None => {
            let account = new_account(app, &wanted.name, &email, hash, Some(now), now);
            tx.insert_account(&account).await?;
            account
        }
    };
    let signed_in = sessions::start(app, tx, account.id, visitor, now).await?;
    change
        .record(
            AuditEntry::new("account.created", &account.id)
                .by_account(&account)
                .named(&account.name)
                .after(&account.email),
        )
        .await?;
    join(change, &account, row).await?;
    Ok((signed_in, org))
}

/// Seats the account, puts it into the invitation's teams, and commits.
async fn join(mut change: Change<'_>, account: &Account, row: InvitationRow) -> Result<()> {
    let (org, now) = (change.org().id, change.now());
    let accepted = row.invitation.accept(account.id, &account.email, now)?;
    if change.tx().membership(org, account.id).await?.is_some() {
        return Err(Error::conflict("You are a member of this organization already."));
    }
    seats::join(&mut change, &account.email).await?;
    change
        .tx()
        .insert_membership(org, account, accepted.role, now)
        .await?;
    for team in &accepted.teams {
        // A team that was deleted in the meantime takes nobody. Audiences stay, for there is no device yet.
        change
            .tx()
            .add_team_members(org, *team, &[account.id], now)
            .await?;
    }
    change.tx().save_invitation(&accepted).await?;
    change.touch(Topic::People);
    let entry = AuditEntry::new("invitation.accepted", &accepted.id)
        .by_account(account)
        .named(&accepted.email)
        .after(&accepted);
    change.commit(entry).await
}
