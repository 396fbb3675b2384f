//! The password, asked for once more before what cannot be taken back.

use secrecy::SecretString;
use tessera_domain::{Error, Result};
use tessera_store::Account;

use super::attempt;
use crate::{App, limits::SIGN_IN};

/// Checks the account's password, counted as signing in is. Comes before the transaction that acts.
///
/// # Errors
/// *Invalid* at that field for a wrong password, *Rate limited* after too many.
pub(super) async fn prove(
    app: &App,
    account: &Account,
    password: &SecretString,
    pointer: &'static str,
) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    SIGN_IN.take(&mut tx, &account.email, now).await?;
    tx.commit().await?;
    let hash = account.password_hash.clone();
    if !app.hasher.check(attempt(password), hash).await? {
        return Err(Error::field(pointer, "This is not your password."));
    }
    let mut tx = app.store.begin().await?;
    SIGN_IN.clear(&mut tx, &account.email).await?;
    Ok(tx.commit().await?)
}

/// Refuses when the password was changed since it was proven.
pub(super) fn still(current: Option<&Account>, proven: &Account) -> Result<()> {
    if current.is_some_and(|current| current.password_hash == proven.password_hash) {
        return Ok(());
    }
    Err(Error::conflict(
        "Your password was changed elsewhere just now. Nothing was changed here.",
    ))
}
