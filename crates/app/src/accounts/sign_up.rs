//! Making an account, and proving that its address is one's own.

use std::time::Duration;

use secrecy::SecretString;
use tessera_domain::{EmailAddress, Error, Kind, PersonName, Result};
use tessera_ids::{AccountId, Timestamp};
use tessera_store::{Account, TokenKind as LinkKind, Tx};

use super::{Visitor, attempt, choose, signed_in};
use crate::{
    Actor, App, AuditEntry, audit,
    limits::{MAIL_FROM, MAIL_TO, SIGN_IN, SIGN_IN_FROM},
    mail, operator,
    sessions::SignedIn,
    token::{self, Token, TokenKind},
};

/// How long the link that proves an address works.
const LINK_LIFETIME: Duration = Duration::from_hours(24);

/// Somebody who would like an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// What they are called.
    pub name: PersonName,
    /// Their address.
    pub email: EmailAddress,
    /// The password that they chose.
    pub password: SecretString,
}

/// Makes an account where sign-up is open, and mails a link that proves the address.
///
/// The answer is the same when the address has an account; then its owner is told by mail.
///
/// # Errors
/// *Forbidden* where an invitation is needed, *Invalid* for a password that breaks the rules, *Rate
/// limited* for too many mails.
pub async fn sign_up(app: &App, visitor: &Visitor, wanted: SignUp) -> Result<()> {
    if !operator::sign_up_is_open(app).await? {
        return Err(Error::forbidden(
            "Accounts are made by invitation here. Use the link in your invitation mail.",
        ));
    }
    let password = choose(&wanted.password, &wanted.email)?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    MAIL_FROM.take(&mut tx, &visitor.address, now).await?;
    MAIL_TO.take(&mut tx, &wanted.email, now).await?;
    tx.commit().await?;

    let hash = app.hasher.hash(password, &*app.entropy).await?;
    let mut tx = app.store.begin().await?;
    match tx.account_by_email(&wanted.email).await? {
        Some(known) if known.verified_at.is_some() => {
            let letter = mail::already_signed_up(&app.config, &known.email);
            mail::enqueue(app, &mut tx, None, letter, now).await?;
        }
        Some(unproven) => {
            // Nobody has proven this address yet, so the latest to try may choose anew.
            tx.rename_account(unproven.id, &wanted.name, &wanted.email)
                .await?;
            tx.set_password_hash(unproven.id, Some(&hash)).await?;
            send_verification(app, &mut tx, unproven.id, &wanted.email, now).await?;
        }
        None => {
            let account = new_account(app, &wanted.name, &wanted.email, hash, None, now);
            tx.insert_account(&account).await?;
            send_verification(app, &mut tx, account.id, &account.email, now).await?;
            let entry = AuditEntry::new("account.created", &account.id);
            audit::write(app, &mut tx, &Actor::System("sign-up"), None, now, entry).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Whose address a link would prove, for the page that asks for the password. Changes nothing.
///
/// # Errors
/// *Not found* for a link that was used, replaced, or is too old.
pub async fn verifying_account(app: &App, link: &str) -> Result<EmailAddress> {
    let mut tx = app.store.read().await?;
    let found = tx
        .account_of_token(LinkKind::Verify, token::hash(link), app.clock.now())
        .await?;
    let id = found.ok_or_else(dead_link)?;
    Ok(tx.account(id).await?.ok_or_else(dead_link)?.email)
}

/// Proves an address by its link and the account's password, and signs in.
///
/// The password is asked for because somebody else may have made the account with this address: opening
/// the link must not give them an account that looks proven.
///
/// # Errors
/// *Not found* for a link that does not work any more, *Invalid* for a wrong password, *Rate limited*
/// after too many.
pub async fn verify_email(
    app: &App,
    visitor: &Visitor,
    link: &str,
    password: &SecretString,
) -> Result<SignedIn> {
    let (link, now) = (token::hash(link), app.clock.now());
    let mut tx = app.store.begin().await?;
    SIGN_IN_FROM.take(&mut tx, &visitor.address, now).await?;
    let id = tx
        .account_of_token(LinkKind::Verify, link, now)
        .await?
        .ok_or_else(dead_link)?;
    let account = tx.account(id).await?.ok_or_else(dead_link)?;
    SIGN_IN.take(&mut tx, &account.email, now).await?;
    tx.commit().await?;

    if !app
        .hasher
        .check(attempt(password), account.password_hash.clone())
        .await?
    {
        return Err(Error::field(
            "/password",
            "This is not the password that was chosen for this address.",
        ));
    }
    let mut tx = app.store.begin().await?;
    tx.take_account_token(LinkKind::Verify, link, now)
        .await?
        .ok_or_else(dead_link)?;
    tx.set_verified(id, now).await?;
    SIGN_IN.clear(&mut tx, &account.email).await?;
    let signed_in = signed_in(app, &mut tx, &account, visitor, now).await?;
    let entry = AuditEntry::new("account.verified", &id);
    audit::write(app, &mut tx, &signed_in.actor(visitor), None, now, entry).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Mails a fresh link that proves an address; earlier ones stop working.
pub(super) async fn send_verification(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<()> {
    let token = Token::generate(TokenKind::Link, &*app.entropy);
    let end = now.plus(LINK_LIFETIME);
    tx.insert_account_token(account, LinkKind::Verify, token.hash(), now, end)
        .await?;
    let letter = mail::verify_email(&app.config, email, &token);
    mail::enqueue(app, tx, None, letter, now).await?;
    Ok(())
}

/// An account that may do nothing special.
pub(crate) fn new_account(
    app: &App,
    name: &PersonName,
    email: &EmailAddress,
    password_hash: String,
    verified_at: Option<Timestamp>,
    now: Timestamp,
) -> Account {
    Account {
        id: AccountId::generate(&*app.clock, &*app.entropy),
        created_at: now,
        email: email.clone(),
        name: name.clone(),
        password_hash: Some(password_hash),
        verified_at,
        zone: "UTC".to_owned(),
        is_operator: false,
        may_create_orgs: false,
    }
}

fn dead_link() -> Error {
    Error::new(
        Kind::NotFound,
        "This link does not work any more. Sign in to be sent a new one.",
    )
}
