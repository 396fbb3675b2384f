//! Filling an organization with people who never signed up: for demos and benches. No request leads here.

use tessera_domain::{EmailAddress, Error, PersonName, Result, Right, Role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::NewAccount;

use crate::{Actor, App, AuditEntry, Change, seats};

/// People per statement.
const AT_ONCE: usize = 2_000;

/// Somebody to be made a member.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// What they are called.
    pub name: PersonName,
    /// Their address, taken as proven.
    pub email: EmailAddress,
    /// What they may do.
    pub role: Role,
}

/// Makes accounts without passwords, and makes them members; in the order given.
///
/// # Errors
/// *Conflict* when an address has an account or the organization has not that many seats; nobody is added then.
pub async fn members(app: &App, org: OrgId, people: &[NewMember]) -> Result<Vec<AccountId>> {
    const ACTOR: Actor = Actor::System("seeding");
    let mut change = Change::begin(app, &ACTOR, org, Right::Invite).await?;
    let now = change.now();
    let mut ledger = seats::ledger(&mut change).await?;
    for _ in people {
        ledger = ledger
            .join()
            .map_err(|_| Error::conflict("The organization has not that many seats."))?;
    }
    let account = |person: &NewMember| NewAccount {
        id: AccountId::generate(&*app.clock, &*app.entropy),
        created_at: now,
        email: person.email.clone(),
        name: person.name.clone(),
        password_hash: None,
        verified_at: Some(now),
        zone: "UTC".to_owned(),
        is_operator: false,
        may_create_orgs: false,
    };
    let accounts: Vec<NewAccount> = people.iter().map(account).collect();
    for (accounts, people) in accounts.chunks(AT_ONCE).zip(people.chunks(AT_ONCE)) {
        change.tx().insert_accounts(accounts).await?;
        let joining: Vec<_> = accounts
            .iter()
            .zip(people)
            .map(|(account, person)| (account, person.role))
            .collect();
        change.tx().insert_memberships(org, &joining, now).await?;
    }
    let named = change.org().name.clone();
    let entry = AuditEntry::new("org.seeded", &org)
        .named(&named)
        .after(&serde_json::json!({ "members": people.len() }));
    change.commit(entry).await?;
    Ok(accounts.into_iter().map(|account| account.id).collect())
}
