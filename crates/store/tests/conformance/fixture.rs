//! Made-up people, organizations and devices.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tessera_domain::{EmailAddress, OrgProfile, PersonName, Role};
use tessera_ids::{AccountId, DeviceId, OrgId, Timestamp, TypedId};
use tessera_store::{
    Account, DeviceEnd, DeviceLife, EndedFrom, Hash, NewDevice, NewManifest, NewOrg, NewReceipt, Result, Tx,
};

pub(crate) const AUDIENCE: &str = "everybody";

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + second)
}

/// The next id of any kind, in rising order.
pub(crate) fn id<T: TypedId>() -> T {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    T::from_uuid(uuid::Uuid::from_u128(
        COUNT.fetch_add(1, Ordering::Relaxed).into(),
    ))
}

/// A hash of its own for every number.
pub(crate) fn hash(number: u64) -> Hash {
    let mut bytes = [0xa5; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub(crate) fn email(text: &str) -> EmailAddress {
    text.parse().expect("a test's address is an address")
}

pub(crate) fn person(text: &str) -> PersonName {
    text.parse().expect("a test's name is a name")
}

/// An account called so, at example.com.
pub(crate) async fn account(tx: &mut Tx, name: &str) -> Result<Account> {
    let account = Account {
        id: id(),
        created_at: at(0),
        email: email(&format!("{}@Example.com", name.replace(' ', "."))),
        name: person(name),
        password_hash: None,
        verified_at: Some(at(0)),
        zone: "UTC".to_owned(),
        is_operator: false,
        may_create_orgs: false,
    };
    tx.insert_account(&account).await?;
    Ok(account)
}

/// An organization with that many seats and one audience.
pub(crate) async fn org(tx: &mut Tx, seats: Option<u64>) -> Result<OrgId> {
    let org = NewOrg {
        id: id(),
        created_at: at(0),
        name: "Legion".parse().expect("a name"),
        seats,
        data_key: vec![1, 2, 3],
    };
    tx.insert_org(&org).await?;
    tx.insert_audience(org.id, AUDIENCE, &json!({"teams": []}), at(0))
        .await?;
    Ok(org.id)
}

/// Calls an organization otherwise.
pub(crate) async fn rename(tx: &mut Tx, org: OrgId, name: &str) -> Result<bool> {
    let profile = OrgProfile::named(name.parse().expect("a name"));
    tx.set_org_profile(org, &profile, at(0), None).await
}

/// An account that is a member.
pub(crate) async fn member(tx: &mut Tx, org: OrgId, name: &str, role: Role) -> Result<Account> {
    let account = account(tx, name).await?;
    tx.insert_membership(org, &account, role, at(0)).await?;
    Ok(account)
}

/// An active device of a member, enrolled at `at(0)`.
pub(crate) async fn device(tx: &mut Tx, org: OrgId, account: &Account, host: &str) -> Result<DeviceId> {
    let device = NewDevice {
        id: id(),
        created_at: at(0),
        host: host.parse().expect("a host"),
        os: "Linux 6.1".parse().expect("a system"),
        agent_version: "0.1.0".parse().expect("a version"),
        key_storage: "file".to_owned(),
        address: "127.0.0.1".to_owned(),
        signing_key: vec![1; 32],
        sealing_key: vec![2; 32],
        audience: AUDIENCE.to_owned(),
        enrollment_key: None,
        wire: 1,
    };
    tx.insert_device(org, account, &device).await?;
    Ok(device.id)
}

/// An end in the portal, by Ada.
pub(crate) fn end(life: DeviceLife, second: i64, tombstone: &[u8]) -> DeviceEnd<'_> {
    DeviceEnd {
        life,
        at: at(second),
        tombstone,
        from: EndedFrom::Portal,
        by: Some(person("Ada")),
    }
}

pub(crate) fn manifest(serial: u64, revision: u64, issued_at: Timestamp) -> NewManifest {
    NewManifest {
        audience: AUDIENCE.to_owned(),
        serial,
        revision,
        digest: hash(serial),
        envelope: format!("{{\"serial\": {serial}}}").into_bytes(),
        issued_at,
    }
}

/// A receipt that says all was applied.
pub(crate) fn receipt(org: OrgId, device: DeviceId, counter: u64, serial: u64) -> NewReceipt {
    NewReceipt {
        org,
        device,
        counter,
        serial,
        revision: 1,
        digest: hash(counter),
        envelope: b"{}".to_vec(),
        matches: true,
        failure: None,
        os: None,
        agent_version: "0.2.0".parse().ok(),
        key_storage: "keyring",
        wire: 2,
        received_at: at(6),
    }
}

/// Ids alone, for comparing pages.
pub(crate) fn accounts(members: &[tessera_store::Member]) -> Vec<AccountId> {
    members.iter().map(|member| member.account).collect()
}
