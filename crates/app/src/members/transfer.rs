//! Handing an organization over: another member becomes Owner and the owner who does it becomes Admin, at once.

use secrecy::SecretString;
use serde_json::json;
use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::{AccountId, OrgId};

use super::role_of;
use crate::{Actor, App, AuditEntry, Change, Topic, access, mail, sessions};

/// Makes a member an Owner and the actor an Admin, in one transaction. Both are told by mail.
///
/// It needs a recent sign-in, or the password with it: scripts, which have no sign-in, send that.
///
/// # Errors
/// *Unauthenticated* or *Forbidden* without a recent sign-in, *Invalid* for a wrong password, *Forbidden* for who
/// owns nothing, *Conflict* for oneself and for who is an owner already, *Not found* for who is no member.
pub async fn transfer(
    app: &App,
    actor: &Actor,
    org: OrgId,
    to: AccountId,
    password: Option<&SecretString>,
) -> Result<()> {
    may_transfer(app, actor, org).await?;
    match password {
        Some(password) => sessions::check_password(app, actor, password).await?,
        None => actor.require_recent()?,
    }
    let from = actor.account()?;
    let mut change = Change::begin(app, actor, org, Right::TransferOwnership).await?;
    if from == to {
        return Err(Error::conflict(
            "You own this organization. Choose somebody else.",
        ));
    }
    let before = role_of(&mut change, to).await?;
    if before == Role::Owner {
        return Err(Error::conflict(
            "This member is an owner already. To be one no longer, change your own role.",
        ));
    }
    let (now, org_name) = (change.now(), change.org().name.clone());
    let missing = || Error::not_found("member");
    let tx = change.tx();
    tx.set_roles(org, &[(to, Role::Owner), (from, Role::Admin)])
        .await?;
    let old = tx.account(from).await?.ok_or_else(missing)?;
    let new = tx.account(to).await?.ok_or_else(missing)?;
    for letter in [
        mail::ownership_received(&app.config, &new.email, &org_name, org, &old.name),
        mail::ownership_given(&app.config, &old.email, &org_name, &new),
    ] {
        mail::enqueue(app, change.tx(), Some(org), letter, now).await?;
    }
    change.touch(Topic::People);
    let entry = AuditEntry::new("org.ownership_transferred", &to)
        .named(&new.name)
        .before(&json!({ "owner": from, "role": before }))
        .after(&json!({ "owner": to, "former_owner_role": Role::Admin }));
    change.commit(entry).await
}

/// Refuses who may not hand the organization over, before they are asked for a password.
pub async fn may_transfer(app: &App, actor: &Actor, org: OrgId) -> Result<()> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::TransferOwnership)
        .await
        .map(drop)
}
