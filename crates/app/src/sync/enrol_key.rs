//! Enrolment by a key: nobody types a code, and whose the machine becomes is decided by the key's rule. What
//! that proves, and what not, is in docs/adr/0021.
//!
//! To the outside every refusal is the same; the log and, for a key that is known, the audit log say why.

use std::{fmt, net::IpAddr};

use serde_json::json;
use tessera_domain::{EmailAddress, EnrollmentKeyState, Error, Kind, Result, Right};
use tessera_ids::{AccountId, DeviceId, OrgId};
use tessera_store::{Account, DeviceLife, EnrollmentKey, EnrollmentRule};
use tessera_wire::{
    enrol::Enrolled,
    enrol_key::{self, KeyRequest},
};

use super::{
    become_device::{Newcomer, become_device},
    enrol::told,
};
use crate::{
    Actor, App, AuditEntry, Change,
    limits::{REFUSED_KEY, REFUSED_KEY_FROM},
    token,
};

/// Why a key did not enrol a machine, for those who administer the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// There is no such key.
    Unknown,
    /// It has ended.
    Ended(EnrollmentKeyState),
    /// The organization was deleted.
    OrgGone,
    /// Its member is none any more.
    MemberGone,
    /// The machine did not say what the rule needs.
    Untold(&'static str),
    /// The machine named somebody who is no member.
    Nobody(String),
    /// The machine's own key belongs to a device that has ended, or came in another way.
    KnownMachine,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such key"),
            Self::Ended(state) => write!(f, "the key is {state}"),
            Self::OrgGone => f.write_str("the organization was deleted"),
            Self::MemberGone => f.write_str("the key's member has left"),
            Self::Untold(what) => write!(f, "the machine named no {what}"),
            Self::Nobody(who) => write!(f, "{who} is no member"),
            Self::KnownMachine => f.write_str("the machine's own key was used before"),
        }
    }
}

/// Whose device came of it.
struct Admitted {
    account: AccountId,
    device: DeviceId,
}

/// Makes a machine a device by an enrolment key. Asked again by the same machine, it answers the same.
///
/// # Errors
/// *Invalid* for a request that cannot be believed, *Forbidden*, always in the same words, for a key that does
/// not enrol this machine, *Rate limited* for many of those from one place.
pub async fn enrol_by_key(app: &App, envelope: &[u8], address: Option<IpAddr>) -> Result<Enrolled> {
    let request = enrol_key::verify_key_request(envelope, &app.config.public_url, app.clock.now())
        .map_err(|error| Error::invalid(format!("The request was refused: {error}.")))?
        .into_payload();
    let hash = token::hash(request.key.reveal());
    let found = app.store.read().await?.enrollment_key_by_hash(hash).await?;
    let Some(key) = found else {
        return Err(refuse(app, None, &request, address, &Why::Unknown).await?);
    };
    match admit(app, &key, &request, address).await? {
        Ok(admitted) => told(app, key.org, admitted.account, admitted.device).await,
        Err(why) => Err(refuse(app, Some(&key), &request, address, &why).await?),
    }
}

async fn admit(
    app: &App,
    key: &EnrollmentKey,
    request: &KeyRequest,
    address: Option<IpAddr>,
) -> Result<Result<Admitted, Why>> {
    let actor = Actor::System("enrolment key");
    let mut change = match Change::begin(app, &actor, key.org, Right::UseOwnDevices).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(Err(Why::OrgGone)),
        begun => begun?,
    };
    let signing_key = request.signing_key.to_bytes();
    if let Some(known) = change.tx().device_by_signing_key(key.org, &signing_key).await? {
        let again = known.enrollment_key == Some(key.id) && known.life == DeviceLife::Active;
        let admitted = Admitted {
            account: known.account,
            device: known.id,
        };
        // The answer was lost on the way: nothing is used up twice.
        return Ok(again.then_some(admitted).ok_or(Why::KnownMachine));
    }
    let account = match whose(&mut change, key, request).await? {
        Ok(account) => account,
        Err(why) => return Ok(Err(why)),
    };
    let now = change.now();
    if !change.tx().use_enrollment_key(key.org, key.id, now).await? {
        // Under the lock it is read once more: another machine may have taken the last use just now.
        let present = change.tx().enrollment_key(key.org, key.id).await?;
        return Ok(Err(
            present.map_or(Why::Unknown, |present| Why::Ended(present.state(now)))
        ));
    }
    let address = address.map(|address| address.to_string()).unwrap_or_default();
    let machine = Newcomer::of_request(request, key, address)?;
    let device = become_device(app, &mut change, &account, &machine).await?;
    let after = json!({
        "host": machine.host, "os": machine.os, "address": machine.address,
        "key": key.name, "key_id": key.id, "member": account.name, "account": account.id,
    });
    let entry = AuditEntry::new("device.enrolled_by_key", &device)
        .by_device(device, &machine.host)
        .named(&machine.host)
        .after(&after);
    change.commit(entry).await?;
    Ok(Ok(Admitted {
        account: account.id,
        device,
    }))
}

/// Whom the key's rule finds; only ever a member.
async fn whose(
    change: &mut Change<'_>,
    key: &EnrollmentKey,
    request: &KeyRequest,
) -> Result<Result<Account, Why>> {
    let found = match (key.rule, key.account, &key.domain) {
        (EnrollmentRule::Member, Some(account), _) => change.tx().account(account).await?,
        (EnrollmentRule::Member, None, _) => None,
        (EnrollmentRule::Login, _, domain) => {
            let Some(login) = &request.login else {
                return Ok(Err(Why::Untold("login")));
            };
            let address = domain.as_ref().map(|domain| domain.address_of(login.as_str()));
            let Some(Ok(address)) = address else {
                return Ok(Err(Why::Nobody(format!("the login “{}”", login.as_str()))));
            };
            return member_at(change, key.org, &address).await;
        }
        (EnrollmentRule::Told, ..) => {
            let Some(named) = &request.member else {
                return Ok(Err(Why::Untold("member")));
            };
            let Ok(address) = named.as_str().parse() else {
                return Ok(Err(Why::Nobody(named.as_str().to_owned())));
            };
            return member_at(change, key.org, &address).await;
        }
    };
    let Some(account) = found else {
        return Ok(Err(Why::MemberGone));
    };
    let is_member = change.tx().membership(key.org, account.id).await?.is_some();
    Ok(is_member.then_some(account).ok_or(Why::MemberGone))
}

async fn member_at(
    change: &mut Change<'_>,
    org: OrgId,
    address: &EmailAddress,
) -> Result<Result<Account, Why>> {
    let nobody = || Why::Nobody(address.to_string());
    let Some(account) = change.tx().account_by_email(address).await? else {
        return Ok(Err(nobody()));
    };
    let is_member = change.tx().membership(org, account.id).await?.is_some();
    Ok(is_member.then_some(account).ok_or_else(nobody))
}

/// The one refusal, told in the logs before it is given.
async fn refuse(
    app: &App,
    key: Option<&EnrollmentKey>,
    request: &KeyRequest,
    address: Option<IpAddr>,
    why: &Why,
) -> Result<Error> {
    tracing::info!(key = key.map(|key| key.id.to_string()), %why, "an enrolment key did not enrol a machine");
    if let Some(key) = key {
        audit_refusal(app, key, request, address, why).await?;
    }
    let mut tx = app.store.begin().await?;
    let taken = REFUSED_KEY_FROM.take(&mut tx, &address, app.clock.now()).await;
    tx.commit().await?;
    Ok(taken.err().unwrap_or_else(|| {
        Error::forbidden(
            "This enrolment key does not enrol this machine. Ask who administers the organization: its audit log says why.",
        )
    }))
}

/// Puts a refusal down where the organization sees it; a fleet that keeps trying fills no log.
async fn audit_refusal(
    app: &App,
    key: &EnrollmentKey,
    request: &KeyRequest,
    address: Option<IpAddr>,
    why: &Why,
) -> Result<()> {
    if *why == Why::OrgGone {
        return Ok(());
    }
    let actor = Actor::System("enrolment key");
    let mut change = match Change::begin(app, &actor, key.org, Right::UseOwnDevices).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        begun => begun?,
    };
    let now = change.now();
    match REFUSED_KEY.take(change.tx(), &key.id, now).await {
        Err(error) if error.kind == Kind::RateLimited => return Ok(()),
        taken => taken?,
    }
    let address = address.map(|address| address.to_string());
    let after = json!({ "key": key.name, "why": why.to_string(), "address": address });
    let entry = AuditEntry::new("enrollment_key.refused", &key.id)
        .named(&request.facts.host.as_str())
        .after(&after);
    change.commit(entry).await
}
