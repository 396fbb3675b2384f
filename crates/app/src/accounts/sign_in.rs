//! Signing in with address and password.

use secrecy::SecretString;
use tessera_domain::{EmailAddress, Error, Result};
use tessera_ids::Timestamp;
use tessera_store::{Account, Tx};

use super::{Visitor, attempt, sign_up::send_verification};
use crate::{
    App, AuditEntry, audit,
    limits::{MAIL_TO, SIGN_IN, SIGN_IN_FROM},
    sessions::{self, SignedIn},
};

/// Signs a browser in.
///
/// # Errors
/// *Unauthenticated* for a wrong address or password alike, *Rate limited* after too many tries,
/// *Forbidden* when the address is not proven yet; then a new link is on its way.
pub async fn sign_in(
    app: &App,
    visitor: &Visitor,
    email: &EmailAddress,
    password: &SecretString,
) -> Result<SignedIn> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    SIGN_IN_FROM.take(&mut tx, &visitor.address, now).await?;
    SIGN_IN.take(&mut tx, email, now).await?;
    let found = tx.account_by_email(email).await?;
    tx.commit().await?;

    let hash = found.as_ref().and_then(|account| account.password_hash.clone());
    let matches = app.hasher.check(attempt(password), hash).await?;
    let account = found.filter(|_| matches).ok_or_else(wrong)?;

    let mut tx = app.store.begin().await?;
    // The password may have been changed while this one was being checked.
    let current = tx.account(account.id).await?.ok_or_else(wrong)?;
    if current.password_hash != account.password_hash {
        return Err(wrong());
    }
    SIGN_IN.clear(&mut tx, email).await?;
    if current.verified_at.is_none() {
        if MAIL_TO.take(&mut tx, email, now).await.is_ok() {
            send_verification(app, &mut tx, current.id, &current.email, now).await?;
        }
        tx.commit().await?;
        return Err(Error::forbidden(
            "Confirm your email address first. A new link is on its way to you.",
        ));
    }
    let signed_in = signed_in(app, &mut tx, &current, visitor, now).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Starts a session and says so in the audit log.
pub(crate) async fn signed_in(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<SignedIn> {
    let signed_in = sessions::start(app, tx, account.id, visitor, now).await?;
    let entry = AuditEntry::new("account.signed_in", &account.id);
    audit::write(app, tx, &signed_in.actor(visitor), None, now, entry).await?;
    Ok(signed_in)
}

fn wrong() -> Error {
    Error::unauthenticated("The email address or the password is wrong.")
}
