//! Another address for an account. Nothing changes before its owner, signed in, uses the link mailed there.
//!
//! That the link is worth nothing to anybody else matters when the new address was mistyped: whoever has
//! that mailbox must not be able to take the account over.

use std::{collections::BTreeSet, time::Duration};

use secrecy::SecretString;
use tessera_domain::{EmailAddress, Error, Kind, Result};
use tessera_ids::{AccountId, OrgId, Timestamp, TypedId};
use tessera_store::{Account, EmailChange, JobKind, TokenKind as LinkKind, Tx};

use super::{me, proof};
use crate::{
    Actor, App, AuditEntry, Topic, audit,
    limits::{MAIL_FROM, MAIL_TO},
    mail,
    token::{self, Token, TokenKind},
};

/// How long the link to a new address works.
const LINK_LIFETIME: Duration = Duration::from_hours(24);
/// How often a confirmation begins anew when the account's organizations change under its hands.
const ATTEMPTS: usize = 3;

/// The address that the actor waits for, if they asked for one.
pub async fn pending_email(app: &App, actor: &Actor) -> Result<Option<EmailChange>> {
    let (account, now) = (actor.account()?, app.clock.now());
    Ok(app.store.read().await?.email_change_of(account, now).await?)
}

/// Asks for another address: mails a link there, and says so to the present one.
///
/// The answer is the same when the address belongs to another account; then its owner is told by mail.
///
/// # Errors
/// *Forbidden* for tokens, *Invalid* for a wrong password or the address that the account has, *Rate
/// limited* for too many mails or tries.
pub async fn ask_for_email(
    app: &App,
    actor: &Actor,
    wanted: &EmailAddress,
    password: &SecretString,
) -> Result<()> {
    actor.session()?;
    let account = me(app, actor).await?;
    if account.email.as_str() == wanted.as_str() {
        return Err(Error::field("/email", "This is your address already."));
    }
    proof::prove(app, &account, password, "/password").await?;
    let now = app.clock.now();
    let token = Token::generate(TokenKind::Link, &*app.entropy);
    let mut tx = app.store.begin().await?;
    MAIL_FROM.take(&mut tx, &actor.address(), now).await?;
    MAIL_TO.take(&mut tx, wanted, now).await?;
    let current = tx.account(account.id).await?;
    proof::still(current.as_ref(), &account)?;
    let change = EmailChange {
        account: account.id,
        email: wanted.clone(),
        created_at: now,
        expires_at: now.plus(LINK_LIFETIME),
    };
    tx.set_email_change(&change, token.hash()).await?;
    let other = tx.account_by_email(wanted).await?;
    let is_taken = other.is_some_and(|other| other.id != account.id && other.verified_at.is_some());
    let to_new = if is_taken {
        mail::address_wanted(&app.config, wanted)
    } else {
        mail::confirm_new_address(&app.config, wanted, &account.email, &token)
    };
    mail::enqueue(app, &mut tx, None, to_new, now).await?;
    let to_old = mail::address_change_asked(&app.config, &account.email, wanted);
    mail::enqueue(app, &mut tx, None, to_old, now).await?;
    let entry = AuditEntry::new("account.email_asked", &account.id)
        .named(&account.email)
        .after(wanted);
    audit::write(app, &mut tx, actor, None, now, entry).await?;
    Ok(tx.commit().await?)
}

/// Gives up on another address; the link to it stops working.
pub async fn drop_email(app: &App, actor: &Actor) -> Result<()> {
    let account = me(app, actor).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if tx.delete_email_change(account.id).await? {
        let entry = AuditEntry::new("account.email_dropped", &account.id).named(&account.email);
        audit::write(app, &mut tx, actor, None, now, entry).await?;
    }
    Ok(tx.commit().await?)
}

/// Which address a link would give the actor, for the page that asks. Changes nothing.
///
/// # Errors
/// *Not found* for a link that was used, replaced, is too old, or is another account's.
pub async fn opened_email(app: &App, actor: &Actor, link: &str) -> Result<EmailAddress> {
    let (account, now) = (actor.account()?, app.clock.now());
    let mut tx = app.store.read().await?;
    let found = tx.email_change_by_token(token::hash(link), now).await?;
    let found = found.filter(|change| change.account == account);
    Ok(found.ok_or_else(dead_link)?.email)
}

/// Gives the actor the address of the link; which that is.
///
/// Whatever the former address was good for ends: links to a new password, and invitations to organizations
/// that the account belongs to, which would otherwise hold a seat for nobody.
///
/// # Errors
/// *Not found* for a dead link or another account's, *Conflict* when the address belongs to another account
/// by now, *Forbidden* for tokens.
pub async fn confirm_email(app: &App, actor: &Actor, link: &str) -> Result<EmailAddress> {
    actor.session()?;
    let account = actor.account()?;
    for _ in 0..ATTEMPTS {
        let known = orgs_of(&mut app.store.read().await?, account).await?;
        let mut tx = app.store.begin().await?;
        tx.lock_orgs(known.iter().copied()).await?;
        if orgs_of(&mut tx, account).await? != known {
            continue;
        }
        let done = change(app, actor, &mut tx, &known, link).await;
        let Ok(email) = done else { return done };
        tx.commit().await?;
        for org in known {
            app.hub.touch(org, Topic::People);
            app.hub.touch(org, Topic::Audit);
        }
        return Ok(email);
    }
    Err(Error::conflict(
        "Your organizations changed meanwhile. Your address is unchanged; use the link again.",
    ))
}

async fn orgs_of(tx: &mut tessera_store::Reader, account: AccountId) -> Result<BTreeSet<OrgId>> {
    let orgs = tx.orgs_of(account).await?;
    Ok(orgs.into_iter().map(|org| org.org).collect())
}

async fn change(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    orgs: &BTreeSet<OrgId>,
    link: &str,
) -> Result<EmailAddress> {
    let now = app.clock.now();
    let found = tx.email_change_by_token(token::hash(link), now).await?;
    let account = tx.account(actor.account()?).await?.ok_or_else(dead_link)?;
    let wanted = found
        .filter(|change| change.account == account.id)
        .ok_or_else(dead_link)?
        .email;
    clear_the_way(tx, &account, &wanted).await?;
    tx.rename_account(account.id, &account.name, &wanted).await?;
    tx.set_verified(account.id, now).await?;
    tx.delete_email_change(account.id).await?;
    tx.delete_account_tokens(account.id, LinkKind::Reset).await?;
    tx.delete_account_tokens(account.id, LinkKind::Verify).await?;
    let entry = || {
        AuditEntry::new("account.email_changed", &account.id)
            .named(&account.name)
            .before(&account.email)
            .after(&wanted)
    };
    for org in orgs {
        let mut entries = moot_invitations(tx, *org, &account, &wanted, now).await?;
        entries.push(entry());
        audit::write_many(app, tx, actor, *org, now, entries).await?;
    }
    audit::write(app, tx, actor, None, now, entry()).await?;
    let letter = mail::address_changed(&app.config, &account.email, &wanted);
    mail::enqueue(app, tx, None, letter, now).await?;
    Ok(wanted)
}

/// Who made an account with this address and never proved it gives way to who has.
async fn clear_the_way(tx: &mut Tx, account: &Account, wanted: &EmailAddress) -> Result<()> {
    let other = tx.account_by_email(wanted).await?;
    let Some(other) = other.filter(|other| other.id != account.id) else {
        return Ok(());
    };
    if other.verified_at.is_some() || !tx.orgs_of(other.id).await?.is_empty() {
        return Err(Error::conflict(
            "Another account has this address by now. Yours is unchanged.",
        ));
    }
    tx.delete_account(other.id).await?;
    Ok(())
}

/// Takes back what the organization offered to either address: its owner is a member already.
async fn moot_invitations(
    tx: &mut Tx,
    org: OrgId,
    account: &Account,
    wanted: &EmailAddress,
    now: Timestamp,
) -> Result<Vec<AuditEntry>> {
    let mut entries = Vec::new();
    for address in [&account.email, wanted] {
        let Some(row) = tx.pending_invitation(org, address).await? else {
            continue;
        };
        let before = row.invitation.clone();
        let revoked = row.invitation.at(now).revoke(account.id, now)?;
        tx.save_invitation(&revoked).await?;
        tx.cancel_jobs(JobKind::Mail, revoked.id.uuid()).await?;
        let entry = AuditEntry::new("invitation.revoked", &revoked.id).named(&before.email);
        entries.push(entry.before(&before).after(&revoked));
    }
    Ok(entries)
}

fn dead_link() -> Error {
    Error::new(
        Kind::NotFound,
        "This link does not work any more, or was made for another account. Ask for a new one on your account page.",
    )
}
