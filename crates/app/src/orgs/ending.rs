//! Deleting an organization, and bringing it back while that is possible.
//!
//! From its deletion on, nobody reaches an organization any more: `access::require` and `Change::begin` see to
//! that for every use case. Its devices keep their settings, and the server goes on speaking with them.

use std::time::Duration;

use tessera_domain::{Error, OrgName, Result, Right, Role};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Org, OrgContents};

use crate::{Actor, App, AuditEntry, Change, Topic, access, accounts, credentials, mail};

/// How long a deleted organization can be restored.
pub const RESTORABLE: Duration = Duration::from_hours(7 * 24);

/// A deleted organization that its owner can still restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedOrg {
    /// It.
    pub org: OrgId,
    /// What it is called.
    pub name: OrgName,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// When its data goes for good.
    pub until: Timestamp,
}

/// What would go with an organization, counted, and what it is called.
pub async fn what_goes(app: &App, actor: &Actor, org: OrgId) -> Result<(OrgName, OrgContents)> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::DeleteOrg).await?;
    let row = tx.org(org).await?;
    let name = row.ok_or_else(|| Error::not_found("organization"))?.name;
    Ok((name, tx.org_contents(org, app.clock.now()).await?))
}

/// Deletes an organization whose name was typed; every owner is told by mail. When its data goes.
///
/// # Errors
/// *Unauthenticated* when the password was not typed recently, *Forbidden* for tokens and for who is no owner,
/// *Invalid* when the name is another.
pub async fn delete(app: &App, actor: &Actor, org: OrgId, typed: &str) -> Result<Timestamp> {
    let mut change = Change::begin(app, actor, org, Right::DeleteOrg).await?;
    actor.require_recent()?;
    let name = change.org().name.clone();
    check_name(&name, typed)?;
    let (now, by) = (change.now(), accounts::me_in(change.tx(), actor).await?.name);
    let until = now.plus(RESTORABLE);
    change.tx().set_org_deleted(org, Some(now)).await?;
    credentials::suspend_all(&mut change, Some(now)).await?;
    for to in mail::addresses_of(change.tx(), org, &[Role::Owner], now).await? {
        let letter = mail::org_deleted(&app.config, &to, &name, &by, until);
        mail::enqueue(app, change.tx(), None, letter, now).await?;
    }
    change.touch(Topic::People);
    change
        .commit(AuditEntry::new("org.deleted", &org).named(&name))
        .await?;
    app.hub.end_pages(org);
    Ok(until)
}

/// Whether a text is the organization's name, letter by letter; only space that nobody sees may differ.
///
/// # Errors
/// *Invalid* when it is not.
pub fn check_name(name: &OrgName, typed: &str) -> Result<()> {
    if typed.parse::<OrgName>().is_ok_and(|typed| typed == *name) {
        return Ok(());
    }
    Err(Error::field(
        "/name",
        format!("This is not its name. Type {name}, with the same capitals."),
    ))
}

/// The deleted organizations that the actor owns and can still restore, by name.
pub async fn deleted(app: &App, actor: &Actor) -> Result<Vec<DeletedOrg>> {
    let now = app.clock.now();
    let orgs = app.store.read().await?.orgs_of(actor.account()?).await?;
    let restorable = |org: tessera_store::OrgOfAccount| {
        let deleted_at = org.deleted_at?;
        let until = deleted_at.plus(RESTORABLE);
        (org.role == Role::Owner && now < until).then_some(DeletedOrg {
            org: org.org,
            name: org.name,
            deleted_at,
            until,
        })
    };
    Ok(orgs.into_iter().filter_map(restorable).collect())
}

/// Brings a deleted organization back with all that it had; every owner is told by mail.
///
/// # Errors
/// *Not found* for who is no owner of it, *Conflict* when it is not deleted or its data has begun to go.
pub async fn restore(app: &App, actor: &Actor, org: OrgId) -> Result<OrgName> {
    let mut change = Change::begin_beyond_deletion(app, actor, org).await?;
    if change.role() != Some(Role::Owner) {
        return Err(Error::not_found("organization"));
    }
    let now = change.now();
    check_restorable(change.org(), now)?;
    let (name, by) = (
        change.org().name.clone(),
        accounts::me_in(change.tx(), actor).await?.name,
    );
    change.tx().set_org_deleted(org, None).await?;
    credentials::suspend_all(&mut change, None).await?;
    for to in mail::addresses_of(change.tx(), org, &[Role::Owner], now).await? {
        let letter = mail::org_restored(&app.config, &to, org, &name, &by);
        mail::enqueue(app, change.tx(), None, letter, now).await?;
    }
    change.touch(Topic::People);
    change
        .commit(AuditEntry::new("org.restored", &org).named(&name))
        .await?;
    Ok(name)
}

fn check_restorable(org: &Org, now: Timestamp) -> Result<()> {
    match org.deleted_at {
        None => Err(Error::conflict("This organization is not deleted.")),
        Some(at) if org.purging_at.is_some() || at.plus(RESTORABLE) <= now => Err(Error::conflict(
            "Its 7 days are over: its data has begun to go and cannot be brought back.",
        )),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_itself_deletes() {
        let name: OrgName = "Café  Åbo Ltd".parse().expect("a name");
        for fits in ["Café Åbo Ltd", " Cafe\u{301} A\u{30a}bo\u{a0} Ltd\n"] {
            assert!(check_name(&name, fits).is_ok(), "{fits:?}");
        }
        for other in [
            "",
            "café åbo ltd",
            "Cafe Abo Ltd",
            "Caf\u{435}\u{301} Åbo Ltd",
            "Café Åbo",
            "Café Åbo Ltd.",
            "CaféÅboLtd",
            "Café\u{200b} Åbo Ltd",
            "Ｃafé Åbo Ltd",
            "Café Åbo Ltd\0",
        ] {
            assert!(check_name(&name, other).is_err(), "{other:?}");
        }
    }
}
