//! The end of an account. What it wrote stays under its name; everything else of it goes.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde_json::json;
use tessera_domain::{Error, OrgName, Result, Role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::{Account, Tx};

use super::{me, proof};
use crate::{Actor, App, AuditEntry, Change, Topic, audit, devices, mail, settings};

/// How often a deletion begins anew when the account's organizations change under its hands.
const ATTEMPTS: usize = 3;

/// An organization that would be left without an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastOwnerOf {
    /// It.
    pub org: OrgId,
    /// What it is called.
    pub name: OrgName,
    /// It is deleted already, and can still be restored.
    pub is_deleted: bool,
}

/// The organizations that keep the actor from deleting their account, by name.
pub async fn last_owner_of(app: &App, actor: &Actor) -> Result<Vec<LastOwnerOf>> {
    let account = actor.account()?;
    would_be_ownerless(&mut app.store.read().await?, account).await
}

/// Deletes the actor's account: memberships, sessions, tokens and the picture go, devices are told to wipe, and
/// the address is free. Invitations that they sent stay valid, and what they wrote keeps their name.
///
/// # Errors
/// *Forbidden* for tokens, *Invalid* for a wrong password or when the address was not typed exactly, *Conflict*
/// for the last owner of an organization, *Rate limited* after too many tries.
pub async fn delete(app: &App, actor: &Actor, typed: &str, password: &SecretString) -> Result<()> {
    actor.session()?;
    let account = me(app, actor).await?;
    if typed != account.email.as_str() {
        return Err(Error::field(
            "/email",
            format!("Type {} exactly, as it stands here.", account.email),
        ));
    }
    proof::prove(app, &account, password, "/password").await?;
    for _ in 0..ATTEMPTS {
        if attempt(app, actor, &account).await? {
            return Ok(());
        }
    }
    Err(Error::conflict(
        "Your organizations changed meanwhile. Nothing was deleted; try again.",
    ))
}

/// Deletes it unless its organizations changed between looking and locking them.
async fn attempt(app: &App, actor: &Actor, account: &Account) -> Result<bool> {
    let known = orgs_of(&mut app.store.read().await?, account.id).await?;
    let Some(mut change) = Change::begin_in_each(app, actor, &known).await? else {
        return alone(app, actor, account).await;
    };
    let tx = change.tx();
    if orgs_of(tx, account.id).await? != known {
        return Ok(false);
    }
    proof::still(tx.account(account.id).await?.as_ref(), account)?;
    refuse_last_owner(&would_be_ownerless(tx, account.id).await?)?;
    for (place, org) in known.iter().enumerate() {
        if place > 0 {
            change.go_on_in(*org).await?;
        }
        end_membership(app, &mut change, account).await?;
    }
    if !bury(app, actor, change.tx(), account).await? {
        return Ok(false);
    }
    change.commit_recorded().await?;
    Ok(true)
}

async fn alone(app: &App, actor: &Actor, account: &Account) -> Result<bool> {
    let mut tx = app.store.begin().await?;
    proof::still(tx.account(account.id).await?.as_ref(), account)?;
    if !bury(app, actor, &mut tx, account).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

async fn orgs_of(tx: &mut tessera_store::Reader, account: AccountId) -> Result<BTreeSet<OrgId>> {
    let orgs = tx.orgs_of(account).await?;
    Ok(orgs.into_iter().map(|org| org.org).collect())
}

async fn would_be_ownerless(tx: &mut tessera_store::Reader, account: AccountId) -> Result<Vec<LastOwnerOf>> {
    let mut found = Vec::new();
    for org in tx.orgs_of(account).await? {
        if org.role == Role::Owner && tx.count_owners(org.org).await? < 2 {
            found.push(LastOwnerOf {
                org: org.org,
                name: org.name,
                is_deleted: org.deleted_at.is_some(),
            });
        }
    }
    Ok(found)
}

fn refuse_last_owner(held: &[LastOwnerOf]) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = held.iter().map(|org| org.name.as_str()).collect();
    Err(Error::conflict(format!(
        "You are the last owner of {}. Make somebody else an owner, or delete the organization first.",
        names.join(", ")
    )))
}

/// Leaves the organization at hand, by its rules: devices are told to wipe, and its log says what happened.
async fn end_membership(app: &App, change: &mut Change<'_>, account: &Account) -> Result<()> {
    let (org, role) = (change.org().id, change.role());
    let ended = devices::end_all_of(app, change, account.id).await?;
    let revision = settings::forget_member(app, change.actor(), change, account.id, &account.name).await?;
    change.tx().delete_membership(org, account.id).await?;
    if let Some(revision) = revision {
        change.take_serial(revision).await?;
        change.touch(Topic::Settings);
    }
    change.touch(Topic::People);
    let before = json!({ "email": account.email, "role": role, "devices": ended, "account": "deleted" });
    let entry = AuditEntry::new("member.left", &account.id).named(&account.name);
    change.record(entry.before(&before)).await
}

/// Deletes the row, and with it what hangs on it; false when a membership came in between.
async fn bury(app: &App, actor: &Actor, tx: &mut Tx, account: &Account) -> Result<bool> {
    let now = app.clock.now();
    let entry = AuditEntry::new("account.deleted", &account.id).named(&account.email);
    audit::write(app, tx, actor, None, now, entry).await?;
    let letter = mail::account_deleted(&app.config, &account.email);
    mail::enqueue(app, tx, None, letter, now).await?;
    match tx.delete_account(account.id).await {
        Ok(gone) if gone => Ok(true),
        Ok(_) => Err(Error::unauthenticated("This account is gone already.")),
        Err(tessera_store::Error::Reference) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
