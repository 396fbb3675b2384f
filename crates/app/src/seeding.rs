//! Filling an organization with people who never signed up and machines that never were: for demos and benches. No
//! request leads here.

use std::collections::BTreeSet;

use tessera_domain::{EmailAddress, Error, HostName, PersonName, Result, Right, Role};
use tessera_ids::{AccountId, DeviceId, OrgId, ambient::random_bytes};
use tessera_store::{NewAccount, NewDevice};
use tessera_wire::{Audience, DeviceVerifyingKey};

use crate::{
    Actor, App, AuditEntry, Change, seats,
    sync::{note_audience, reassign},
};

const SEEDING: Actor = Actor::System("seeding");

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
    let mut change = Change::begin(app, &SEEDING, org, Right::Invite).await?;
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

/// A machine to be made a device without being asked.
#[derive(Clone, Debug)]
pub struct NewMachine {
    /// Whose it is.
    pub account: AccountId,
    /// What it is called.
    pub host: HostName,
    /// What it signs with; noise where nobody has it, so that it can never speak.
    pub signing_key: Option<DeviceVerifyingKey>,
}

/// Enrols machines; in the order given.
///
/// # Errors
/// *Not found* when one of the accounts does not exist.
pub async fn devices(app: &App, org: OrgId, machines: &[NewMachine]) -> Result<Vec<DeviceId>> {
    let mut change = Change::begin(app, &SEEDING, org, Right::ManageDevices).await?;
    let now = change.now();
    let nobody = Audience {
        org,
        teams: BTreeSet::new(),
        member: None,
        wave: 0,
    };
    let audience = note_audience(change.tx(), &nobody, now).await?;
    let mut ids = Vec::with_capacity(machines.len());
    for machine in machines {
        let row = change.tx().account(machine.account).await?;
        let row = row.ok_or_else(|| Error::not_found("account"))?;
        let signing_key = match &machine.signing_key {
            Some(key) => key.to_bytes(),
            None => random_bytes::<32>(&*app.entropy),
        };
        let device = NewDevice {
            id: DeviceId::generate(&*app.clock, &*app.entropy),
            created_at: now,
            host: machine.host.clone(),
            os: "Made-up 1".parse().map_err(Error::internal)?,
            agent_version: env!("CARGO_PKG_VERSION").parse().map_err(Error::internal)?,
            key_storage: "file".to_owned(),
            address: "127.0.0.1".to_owned(),
            signing_key: signing_key.to_vec(),
            sealing_key: random_bytes::<32>(&*app.entropy).to_vec(),
            audience: audience.clone(),
            enrollment_key: None,
            wire: tessera_wire::skill::PRESENT.into(),
        };
        change.tx().insert_device(org, &row, &device).await?;
        ids.push(device.id);
    }
    reassign(&mut change).await?;
    let named = change.org().name.clone();
    let entry = AuditEntry::new("org.seeded", &org)
        .named(&named)
        .after(&serde_json::json!({ "devices": machines.len() }));
    change.commit(entry).await?;
    Ok(ids)
}
