//! What somebody who is signed in sees and changes of their own account.

use secrecy::SecretString;
use tessera_domain::{Error, PersonName, Result, Zone};
use tessera_store::{Account, Reader, TokenKind as LinkKind};

use super::{choose, proof};
use crate::{Actor, App, AuditEntry, Topic, audit, mail};

/// The actor's own account.
pub async fn me(app: &App, actor: &Actor) -> Result<Account> {
    let id = actor.account()?;
    let found = app.store.read().await?.account(id).await?;
    found.ok_or_else(|| Error::unauthenticated("This account is gone. Sign in again."))
}

/// The actor's own account, read in a transaction that is open.
pub(crate) async fn me_in(tx: &mut Reader, actor: &Actor) -> Result<Account> {
    let found = tx.account(actor.account()?).await?;
    found.ok_or_else(|| Error::unauthenticated("This account is gone. Sign in again."))
}

/// The time zone that the actor's times are shown in.
pub async fn zone(app: &App, actor: &Actor) -> Result<Zone> {
    Ok(Zone::kept(&me(app, actor).await?.zone))
}

/// What of a profile is to be another; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileEdit {
    /// What the person is called.
    pub name: Option<PersonName>,
    /// The zone that times are shown in.
    pub zone: Option<Zone>,
}

/// Changes what the actor is called.
pub async fn rename(app: &App, actor: &Actor, name: &PersonName) -> Result<()> {
    let edited = ProfileEdit {
        name: Some(name.clone()),
        zone: None,
    };
    edit(app, actor, &edited).await
}

/// Changes the actor's profile. What is as it was is not noted.
pub async fn edit(app: &App, actor: &Actor, wanted: &ProfileEdit) -> Result<()> {
    let before = me(app, actor).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let orgs = tx.orgs_of(before.id).await?;
    let name = wanted.name.as_ref().filter(|name| **name != before.name);
    if let Some(name) = name {
        // Lists of members and devices repeat the name, so their organizations must hold still.
        tx.lock_orgs(orgs.iter().map(|org| org.org)).await?;
        let email = tx
            .account(before.id)
            .await?
            .map_or(before.email, |account| account.email);
        tx.rename_account(before.id, name, &email).await?;
        let entry = AuditEntry::new("account.renamed", &before.id)
            .named(name)
            .before(&before.name)
            .after(name);
        audit::write(app, &mut tx, actor, None, now, entry).await?;
    }
    if let Some(zone) = wanted.zone.as_ref().filter(|zone| zone.as_str() != before.zone) {
        tx.set_zone(before.id, zone.as_str()).await?;
        let entry = AuditEntry::new("account.zone_changed", &before.id)
            .named(&before.name)
            .before(&before.zone)
            .after(&zone.as_str());
        audit::write(app, &mut tx, actor, None, now, entry).await?;
    }
    tx.commit().await?;
    for org in orgs.into_iter().filter(|_| name.is_some()) {
        app.hub.touch(org.org, Topic::People);
    }
    Ok(())
}

/// Replaces the actor's password and ends their other sessions, and with them links to a new password and
/// a change of address that waits.
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
    proof::prove(app, &account, present, "/present_password").await?;
    let hash = app.hasher.hash(password, &*app.entropy).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let current = tx.account(account.id).await?;
    proof::still(current.as_ref(), &account)?;
    tx.set_password_hash(account.id, Some(&hash)).await?;
    tx.delete_account_tokens(account.id, LinkKind::Reset).await?;
    tx.delete_sessions_of(account.id, Some(session)).await?;
    tx.set_recent_auth(session, now).await?;
    tx.delete_email_change(account.id).await?;
    audit::write(
        app,
        &mut tx,
        actor,
        None,
        now,
        AuditEntry::new("account.password_changed", &account.id).named(&account.email),
    )
    .await?;
    let letter = mail::password_changed(&app.config, &account.email);
    mail::enqueue(app, &mut tx, None, letter, now).await?;
    Ok(tx.commit().await?)
}
