//! Organizations: found one, see which one belongs to, say what it is, end it and bring it back.

mod ending;
mod logo;
mod profile;
mod purge;

use tessera_domain::{Error, OrgName, Result, Right, Role, seats::Ledger};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Account, NewOrg, OrgOfAccount, Tx};
use tessera_wire::Digest;

pub use self::{
    ending::{DeletedOrg, RESTORABLE, check_name, delete, deleted, restore, what_goes},
    logo::{remove_logo, set_logo},
    profile::{ProfileView, change_profile, profile},
    purge::purge_due,
};
use crate::{Actor, App, AuditEntry, access, accounts, audit, mail, operator, sync::new_org_key};

/// An organization, as its members see it on every page.
#[derive(Clone, Debug)]
pub struct OrgView {
    /// Its id.
    pub id: OrgId,
    /// What it is called.
    pub name: OrgName,
    /// What the actor is in it.
    pub role: Role,
    /// The newest revision of its settings; 0 before the first.
    pub revision: u64,
    /// How its seats stand.
    pub seats: Ledger,
    /// Its logo, by the digest that its address holds.
    pub logo: Option<Digest>,
}

/// Founds an organization, with the actor as its owner, and confirms it to them by mail.
///
/// # Errors
/// *Forbidden* for who may not, see [`may_create`].
pub async fn create(app: &App, actor: &Actor, name: &OrgName) -> Result<OrgId> {
    let account = accounts::me(app, actor).await?;
    if !allowed(app, &account) {
        return Err(Error::forbidden(
            "Only operators, and whom they named, create organizations here.",
        ));
    }
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let org = found(app, &mut tx, actor, &account, name, now).await?;
    let letter = mail::org_created(&app.config, &account.email, org, name);
    mail::enqueue(app, &mut tx, Some(org), letter, now).await?;
    tx.commit().await?;
    Ok(org)
}

/// Whether the actor may create organizations: operators and whom they named, or anybody where the
/// operator says so.
pub async fn may_create(app: &App, actor: &Actor) -> Result<bool> {
    Ok(allowed(app, &accounts::me(app, actor).await?))
}

fn allowed(app: &App, account: &Account) -> bool {
    app.config.open_org_creation || operator::is_operator(app, account) || account.may_create_orgs
}

/// Writes a new organization with its keys, its first owner and its first audit entry.
pub(crate) async fn found(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    owner: &Account,
    name: &OrgName,
    now: Timestamp,
) -> Result<OrgId> {
    let id = OrgId::generate(&*app.clock, &*app.entropy);
    let data_key = app.vault.new_data_key(&*app.entropy, id)?;
    let key = new_org_key(app, id, &data_key)?;
    let seats = app.config.default_seats;
    tx.insert_org(&NewOrg {
        id,
        created_at: now,
        name: name.clone(),
        seats,
        data_key,
    })
    .await?;
    tx.insert_org_key(id, &key).await?;
    tx.insert_membership(id, owner, Role::Owner, now).await?;
    let entry = AuditEntry::new("org.created", &id).named(name).after(name);
    audit::write(app, tx, actor, Some(id), now, entry).await?;
    Ok(id)
}

/// The organizations that the actor belongs to, by name, without deleted ones.
pub async fn mine(app: &App, actor: &Actor) -> Result<Vec<OrgOfAccount>> {
    let orgs = app.store.read().await?.orgs_of(actor.account()?).await?;
    Ok(orgs.into_iter().filter(|org| org.deleted_at.is_none()).collect())
}

/// An organization that the actor belongs to.
///
/// # Errors
/// *Not found* for any other.
pub async fn view(app: &App, actor: &Actor, org: OrgId) -> Result<OrgView> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    let missing = || Error::not_found("organization");
    let row = tx.org(org).await?.ok_or_else(missing)?;
    let seats = tx.seats(org, app.clock.now()).await?.ok_or_else(missing)?;
    let logo = tx.logo_of(org).await?;
    Ok(OrgView {
        id: org,
        name: row.name,
        role,
        revision: row.revision,
        seats: seats.ledger(),
        logo: logo.map(Digest::from_bytes),
    })
}

/// The actor's role in an organization, if it has this right. For doors that refuse before anything is
/// read; the use cases behind them ask again.
///
/// # Errors
/// *Not found* for an organization that the actor does not belong to, *Forbidden* when their role lacks
/// the right.
pub async fn require(app: &App, actor: &Actor, org: OrgId, right: Right) -> Result<Role> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, right).await
}
