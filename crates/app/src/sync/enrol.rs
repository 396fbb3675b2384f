//! Enrolment from the device's side: begin, then poll until a member has decided (RFC 8628).

use std::net::IpAddr;

use tessera_domain::{Error, Result};
use tessera_ids::{AccountId, DeviceId, EnrollmentId, OrgId, Timestamp};
use tessera_store::{Enrollment, EnrollmentState, NewEnrollment};
use tessera_wire::{
    Format, Text, UserCode,
    enrol::{self, BeginRequest, BeginResponse, DeviceCode, Enrolled, PollError},
    limits, paths,
};

use super::{device::signing_key, org_key::public_key};
use crate::App;

/// Polls closer together than this are told to slow down.
const LEAST_GAP: std::time::Duration = std::time::Duration::from_secs(1);
/// How often a fresh user code is drawn when one is taken; with 32^8 codes the second is all but certain.
const CODE_DRAWS: usize = 4;

/// How a poll that did not enrol is answered.
#[derive(Debug)]
pub enum Unfinished {
    /// A code of RFC 8628.
    Poll(PollError),
    /// It could not be decided.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Unfinished {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes a machine's signed request and gives it its codes.
pub async fn begin(app: &App, envelope: &[u8], address: Option<IpAddr>) -> Result<BeginResponse> {
    let now = app.clock.now();
    let request = enrol::verify_begin(envelope, &app.config.public_url, now)
        .map_err(|error| Error::invalid(format!("The request was refused: {error}.")))?
        .into_payload();
    let device_code = DeviceCode::generate(&*app.entropy);
    let user_code = open(app, &request, &device_code, address, now).await?;
    Ok(BeginResponse {
        device_code,
        user_code,
        verification_uri: Text::clip(&paths::absolute(&app.config.public_url, "/activate")),
        expires_in: limits::ENROL_LIFETIME.as_secs(),
        interval: limits::POLL_INTERVAL.as_secs(),
    })
}

async fn open(
    app: &App,
    request: &BeginRequest,
    device_code: &DeviceCode,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<UserCode> {
    let facts = &request.facts;
    let invalid = |what: &str| Error::invalid(format!("The machine's {what} cannot be used."));
    let mut row = Enrollment {
        id: EnrollmentId::generate(&*app.clock, &*app.entropy),
        user_code: String::new(),
        created_at: now,
        expires_at: now.plus(limits::ENROL_LIFETIME),
        state: EnrollmentState::Pending,
        tries: 0,
        polled_at: None,
        signing_key: request.signing_key.to_bytes().to_vec(),
        sealing_key: request.sealing_key.to_bytes().to_vec(),
        host: facts.host.as_str().parse().map_err(|_| invalid("name"))?,
        os: facts.os.as_str().parse().map_err(|_| invalid("system"))?,
        agent_version: facts
            .agent_version
            .as_str()
            .parse()
            .map_err(|_| invalid("agent version"))?,
        key_storage: facts.key_storage.as_str().to_owned(),
        wire: facts.wire.into(),
        address: address.map(|address| address.to_string()).unwrap_or_default(),
        org: None,
        account: None,
        device: None,
    };
    for _ in 0..CODE_DRAWS {
        let code = UserCode::generate(&*app.entropy);
        row.user_code = code.compact();
        let new = NewEnrollment {
            enrollment: row.clone(),
            device_code_hash: *device_code.digest().as_bytes(),
        };
        let mut tx = app.store.begin().await?;
        match tx.insert_enrollment(&new).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(code);
            }
            Err(tessera_store::Error::NotUnique(tessera_store::Unique::UserCode)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::unavailable("every drawn user code was taken"))
}

/// Answers a machine that asks whether a member has approved.
pub async fn poll(app: &App, envelope: &[u8]) -> Result<Enrolled, Unfinished> {
    let refused = |_| Unfinished::Poll(PollError::InvalidGrant);
    let now = app.clock.now();
    let code = enrol::claimed_device_code(envelope).map_err(refused)?;
    let row = app
        .store
        .read()
        .await?
        .enrollment_by_device_code(*code.digest().as_bytes())
        .await?;
    let row = row.ok_or(Unfinished::Poll(PollError::InvalidGrant))?;
    let key = signing_key(&row.signing_key)?;
    enrol::verify_poll(envelope, &key, &app.config.public_url, now).map_err(refused)?;
    if let Some(last) = row.polled_at
        && now.apart(last) < LEAST_GAP
    {
        return Err(Unfinished::Poll(PollError::SlowDown));
    }
    let mut tx = app.store.begin().await?;
    tx.touch_enrollment(row.id, now).await?;
    tx.commit().await?;
    match row.state {
        EnrollmentState::Approved | EnrollmentState::Used => enrolled(app, &row).await,
        EnrollmentState::Denied => Err(Unfinished::Poll(PollError::AccessDenied)),
        EnrollmentState::Pending if row.expires_at <= now => Err(Unfinished::Poll(PollError::ExpiredToken)),
        EnrollmentState::Pending => Err(Unfinished::Poll(PollError::AuthorizationPending)),
    }
}

async fn enrolled(app: &App, row: &Enrollment) -> Result<Enrolled, Unfinished> {
    let (Some(org), Some(account), Some(device)) = (row.org, row.account, row.device) else {
        return Err(Error::internal("an approved enrolment names no device").into());
    };
    Ok(told(app, org, account, device).await?)
}

/// What a new device is told of where it belongs.
pub(super) async fn told(app: &App, org: OrgId, account: AccountId, device: DeviceId) -> Result<Enrolled> {
    let mut tx = app.store.read().await?;
    let org = tx
        .org(org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let account = tx
        .account(account)
        .await?
        .ok_or_else(|| Error::not_found("account"))?;
    let key = tx
        .org_key(org.id)
        .await?
        .ok_or_else(|| Error::internal("the organization has no key"))?;
    Ok(Enrolled {
        format: Format,
        org: org.id,
        device,
        org_key: public_key(&key)?,
        portal_name: Text::clip("Tessera"),
        org_name: Text::clip(org.name.as_str()),
        member_email: Text::clip(&account.email.to_string()),
    })
}
