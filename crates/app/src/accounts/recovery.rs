//! Getting back in with a forgotten password.

use std::time::Duration;

use secrecy::SecretString;
use tessera_domain::{EmailAddress, Error, Kind, Result};
use tessera_store::TokenKind as LinkKind;

use super::{Visitor, choose, signed_in};
use crate::{
    App, AuditEntry, audit,
    limits::{MAIL_FROM, MAIL_TO, SIGN_IN},
    mail,
    sessions::SignedIn,
    token::{self, Token, TokenKind},
};

/// How long the link to a new password works.
const LINK_LIFETIME: Duration = Duration::from_hours(1);

/// Mails a link to a new password, if the address has an account. The answer is the same if not.
///
/// # Errors
/// *Rate limited* for too many mails.
pub async fn ask_for_reset(app: &App, visitor: &Visitor, email: &EmailAddress) -> Result<()> {
    let now = app.clock.now();
    let token = Token::generate(TokenKind::Link, &*app.entropy);
    let mut tx = app.store.begin().await?;
    MAIL_FROM.take(&mut tx, &visitor.address, now).await?;
    MAIL_TO.take(&mut tx, email, now).await?;
    if let Some(account) = tx.account_by_email(email).await? {
        let end = now.plus(LINK_LIFETIME);
        tx.insert_account_token(account.id, LinkKind::Reset, token.hash(), now, end)
            .await?;
        let letter = mail::reset_password(&app.config, &account.email, &token);
        mail::enqueue(app, &mut tx, None, letter, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Whose password a link would replace, for the page that asks for a new one. Changes nothing.
///
/// # Errors
/// *Not found* for a link that was used, replaced, or is too old.
pub async fn reset_account(app: &App, link: &str) -> Result<EmailAddress> {
    let mut tx = app.store.read().await?;
    let found = tx
        .account_of_token(LinkKind::Reset, token::hash(link), app.clock.now())
        .await?;
    let id = found.ok_or_else(dead_link)?;
    Ok(tx.account(id).await?.ok_or_else(dead_link)?.email)
}

/// Replaces a password by a link from a mail, ends every session, and signs in afresh.
///
/// The link also proves the address.
///
/// # Errors
/// *Not found* for a link that does not work any more, *Invalid* for a password that breaks the rules.
pub async fn reset_password(
    app: &App,
    visitor: &Visitor,
    link: &str,
    password: &SecretString,
) -> Result<SignedIn> {
    let email = reset_account(app, link).await?;
    let hash = app.hasher.hash(choose(password, &email)?, &*app.entropy).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let id = tx
        .take_account_token(LinkKind::Reset, token::hash(link), now)
        .await?
        .ok_or_else(dead_link)?;
    let account = tx.account(id).await?.ok_or_else(dead_link)?;
    tx.set_password_hash(id, Some(&hash)).await?;
    if account.verified_at.is_none() {
        tx.set_verified(id, now).await?;
    }
    tx.delete_account_tokens(id, LinkKind::Verify).await?;
    tx.delete_email_change(id).await?;
    tx.delete_sessions_of(id, None).await?;
    SIGN_IN.clear(&mut tx, &account.email).await?;
    let signed_in = signed_in(app, &mut tx, &account, visitor, now).await?;
    let entry = AuditEntry::new("account.password_reset", &id);
    audit::write(app, &mut tx, &signed_in.actor(visitor), None, now, entry).await?;
    let letter = mail::password_changed(&app.config, &account.email);
    mail::enqueue(app, &mut tx, None, letter, now).await?;
    tx.commit().await?;
    Ok(signed_in)
}

fn dead_link() -> Error {
    Error::new(
        Kind::NotFound,
        "This link does not work any more. Ask for a new one.",
    )
}
