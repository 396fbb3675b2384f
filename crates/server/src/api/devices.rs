//! Devices: every one for who manages them, one's own for everybody.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::devices;
use tessera_domain::{DeviceState, Error, Right};
use tessera_ids::{AccountId, DeviceId, EnrollmentKeyId, OrgId, Timestamp};
use tessera_store::{Device, DeviceQuery, DeviceSort};
use tessera_wire::Removal;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

const PAGE: &[Say] = &[
    Say {
        place: "query",
        name: "state",
        text: "Only devices in this state; or `silent`: those that said nothing for an hour; or `overdue`: those that said nothing for so many days that the organization is alerted.",
    },
    Say {
        place: "query",
        name: "enrolment_key",
        text: "Only devices that this enrolment key enrolled, by its id.",
    },
    Say {
        place: "query",
        name: "member",
        text: "Only this member's devices, by account id.",
    },
    Say {
        place: "query",
        name: "q",
        text: "Only devices whose host or member contains this.",
    },
    Say {
        place: "query",
        name: "after",
        text: "The `next` of the page before.",
    },
    Say {
        place: "query",
        name: "limit",
        text: "How many, at most 200.",
    },
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/devices",
            Access::Member(Right::ManageDevices),
            "Lists devices, by host.",
            list,
        )
        .says(PAGE)
        .answers::<Devices>(),
        Route::get(
            "/api/v1/orgs/{org}/my-devices",
            Access::Member(Right::UseOwnDevices),
            "Lists the caller's own devices.",
            own,
        )
        .answers::<Devices>(),
        Route::get(
            "/api/v1/orgs/{org}/devices/{device}",
            Access::Member(Right::UseOwnDevices),
            "Gives one device.",
            one,
        )
        .answers::<ListedDevice>(),
        Route::post(
            "/api/v1/orgs/{org}/devices/{device}/sign-out",
            Access::Member(Right::UseOwnDevices),
            "Signs a device out; it wipes what it had.",
            sign_out,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/devices/{device}/wipe",
            Access::Member(Right::UseOwnDevices),
            "Wipes a device.",
            wipe,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// A page of devices.
#[derive(Debug, Serialize, ToSchema)]
struct Devices {
    /// The devices.
    devices: Vec<ListedDevice>,
    /// Ask with `after` at this text for the next page.
    next: Option<String>,
}

/// One device.
#[derive(Debug, Serialize, ToSchema)]
struct ListedDevice {
    /// Its id.
    #[schema(value_type = String)]
    id: DeviceId,
    /// Whose it is: the account.
    #[schema(value_type = String)]
    member: AccountId,
    /// What its member is called.
    member_name: String,
    /// What the machine calls itself.
    host: String,
    /// Its system.
    os: String,
    /// Its agent's version.
    agent_version: String,
    /// Where its keys live.
    key_storage: String,
    /// When it was enrolled.
    enrolled_at: Instant,
    /// When it was last heard of.
    last_contact: Instant,
    /// The revision that its last receipt speaks of.
    revision: Option<u64>,
    /// `pending`, `applied`, `behind`, `stale`, `failed`, `cloned`, `signed_out` or `wiped`.
    state: String,
    /// With `failed`: the section that was not applied.
    failed_section: Option<String>,
    /// With `failed`: why.
    failed_reason: Option<String>,
    /// When the device made its last receipt.
    receipt_at: Option<Instant>,
    /// Since when it says nothing: for an hour at least, and only while it still receives settings.
    silent_since: Option<Instant>,
    /// When it was signed out, wiped, removed or found to be two.
    ended_at: Option<Instant>,
    /// Where it was ended: `machine` or `portal`.
    ended_from: Option<String>,
    /// Who ended it in the portal.
    ended_by: Option<String>,
    /// Its agent is too old to read the settings that it is sent: it keeps what it has until it is updated.
    agent_too_old: bool,
    /// The enrolment key that brought it; none where its member typed a code.
    #[schema(value_type = Option<String>)]
    enrolment_key: Option<EnrollmentKeyId>,
}

/// A device, its state, and the time at which it is looked at.
type Seen = (Device, DeviceState, Timestamp);

impl From<Seen> for ListedDevice {
    fn from((device, state, now): Seen) -> Self {
        let silent_since = device.facts().silent_since(now);
        let agent_too_old = devices::is_too_old(&device);
        Self {
            id: device.id,
            member: device.account,
            member_name: device.member_name.to_string(),
            host: device.host.to_string(),
            os: device.os.to_string(),
            agent_version: device.agent_version.to_string(),
            key_storage: device.key_storage,
            enrolled_at: device.created_at.into(),
            last_contact: device.last_contact.into(),
            revision: device.receipt_revision,
            state: state.as_str().to_owned(),
            failed_section: device.receipt_section,
            failed_reason: device.receipt_reason,
            receipt_at: device.receipt_at.map(Into::into),
            agent_too_old,
            silent_since: silent_since.map(Into::into),
            ended_at: device.ended_at.map(Into::into),
            ended_from: device.ended_from.map(|from| from.to_string()),
            ended_by: device.ended_by_name.map(String::from),
            enrolment_key: device.enrollment_key,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Page {
    state: Option<String>,
    member: Option<AccountId>,
    enrolment_key: Option<EnrollmentKeyId>,
    q: Option<String>,
    after: Option<String>,
    limit: Option<u64>,
}

impl Page {
    fn query(self) -> Result<DeviceQuery, Error> {
        let unknown = || Error::invalid("`after` is not the `next` of a page.");
        let after = match self.after {
            Some(after) => {
                let (id, host) = after.split_once(' ').ok_or_else(unknown)?;
                Some((host.to_owned(), id.parse().map_err(|_| unknown())?))
            }
            None => None,
        };
        Ok(DeviceQuery {
            search: self.q.filter(|text| !text.is_empty()),
            account: self.member,
            state: self.state.filter(|text| !text.is_empty()),
            enrollment_key: self.enrolment_key,
            sort: DeviceSort::Host(after),
            limit: self.limit.unwrap_or(100),
            ..DeviceQuery::default()
        })
    }
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(page): Query<Page>,
) -> Answer<Json<Devices>> {
    let found = devices::devices(&site.app, &actor, org, page.query()?).await?;
    let next = match found.next {
        Some(DeviceSort::Host(Some((host, id)))) => Some(format!("{id} {host}")),
        _ => None,
    };
    Ok(Json(Devices {
        devices: seen(&site, found.devices),
        next,
    }))
}

async fn own(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Devices>> {
    let found = devices::own(&site.app, &actor, org).await?;
    Ok(Json(Devices {
        devices: seen(&site, found),
        next: None,
    }))
}

async fn one(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, device)): Path<(OrgId, DeviceId)>,
) -> Answer<Json<ListedDevice>> {
    let (device, state) = devices::device(&site.app, &actor, org, device).await?;
    Ok(Json((device, state, site.app.clock.now()).into()))
}

fn seen(site: &Site, found: Vec<(Device, DeviceState)>) -> Vec<ListedDevice> {
    let now = site.app.clock.now();
    let listed = |(device, state)| (device, state, now).into();
    found.into_iter().map(listed).collect()
}

async fn sign_out(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, device)): Path<(OrgId, DeviceId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { devices::end(&app, &actor, org, device, Removal::SignedOut).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn wipe(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, device)): Path<(OrgId, DeviceId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { devices::end(&app, &actor, org, device, Removal::Wiped).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
