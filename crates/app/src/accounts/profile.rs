//! What somebody who is signed in sees and changes of their own account.

use secrecy::SecretString;
use tessera_domain::{Error, PersonName, Result};
use tessera_store::{Account, TokenKind as LinkKind};

use super::{attempt, choose};
use crate::{Actor, App, AuditEntry, audit, limits::SIGN_IN, mail};

/// The actor's own account.
pub async fn me(app: &App, actor: &Actor) -> Result<Account> {
    let id = actor.account()?;
    let found = app.store.read().await?.account(id).await?;
    found.ok_or_else(|| Error::unauthenticated("This account is gone. Sign in again."))
}

/// Changes what the actor is called.
pub async fn rename(app: &App, actor: &Actor, name: &PersonName) -> Result<()> {
    let before = me(app, actor).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    // Lists of members and devices repeat the name, so their organizations must hold still.
    let orgs = tx.orgs_of(before.id).await?;
    tx.lock_orgs(orgs.iter().map(|org| org.org)).await?;
    tx.rename_account(before.id, name, &before.email).await?;
    let entry = AuditEntry::new("account.renamed", &before.id)
        .before(&before.name)
        .after(name);
    audit::write(app, &mut tx, actor, None, now, entry).await?;
    Ok(tx.commit().await?)
}

/// Replaces the actor's password and ends their other sessions, and links to a new password with them.
///
/// # Errors
/// *Invalid* for a wrong present password or a new one that breaks the rules, *Rate limited* after too
/// many tries.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    present: &SecretString,
    new: &SecretString,
) -> Result<()> {
    let session = actor.session()?;
    let account = me(app, actor).await?;
    let password = choose(new, &account.email)?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    SIGN_IN.take(&mut tx, &account.email, now).await?;
    tx.commit().await?;
    if !app
        .hasher
        .check(attempt(present), account.password_hash.clone())
        .await?
    {
        return Err(Error::field("/present_password", "This is not your password."));
    }
    let hash = app.hasher.hash(password, &*app.entropy).await?;
    let mut tx = app.store.begin().await?;
    let current = tx.account(account.id).await?;
    if current.is_none_or(|current| current.password_hash != account.password_hash) {
        return Err(Error::conflict(
            "Your password was changed elsewhere just now. Nothing was changed here.",
        ));
    }
    tx.set_password_hash(account.id, Some(&hash)).await?;
    tx.delete_account_tokens(account.id, LinkKind::Reset).await?;
    tx.delete_sessions_of(account.id, Some(session)).await?;
    tx.set_recent_auth(session, now).await?;
    SIGN_IN.clear(&mut tx, &account.email).await?;
    audit::write(
        app,
        &mut tx,
        actor,
        None,
        now,
        AuditEntry::new("account.password_changed", &account.id),
    )
    .await?;
    let letter = mail::password_changed(&app.config, &account.email);
    mail::enqueue(app, &mut tx, None, letter, now).await?;
    Ok(tx.commit().await?)
}
