//! The end of a membership: leaving, what became of it, and handing the organization over.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tessera_app::members::{self, RemovalView};
use tessera_domain::{DeviceState, Right, Role};
use tessera_ids::{AccountId, DeviceId, OrgId};
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/removals/{member}",
            Access::Member(Right::RemoveMembers),
            "Shows what ended with a membership, and which devices proved that they wiped.",
            removal,
        )
        .answers::<Removal>(),
        Route::post(
            "/api/v1/orgs/{org}/leave",
            Access::Member(Right::Leave),
            "Leaves the organization; one's devices there wipe.",
            leave,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/transfer",
            Access::Member(Right::TransferOwnership),
            "Makes another member an Owner, and the caller an Admin.",
            transfer,
        )
        .paced(Pace::Guessable)
        .takes::<Transfer>()
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// The end of a membership.
#[derive(Debug, Serialize, ToSchema)]
struct Removal {
    /// The account.
    #[schema(value_type = String)]
    id: AccountId,
    /// What they were called.
    name: String,
    /// Their address then.
    email: String,
    /// What they were.
    #[schema(value_type = String)]
    role: Role,
    /// When.
    at: Instant,
    /// Who removed them; null for who left.
    removed_by: Option<String>,
    /// How many browsers were signed out; null where they were left, for who belongs elsewhere too.
    sessions: Option<u64>,
    /// How many access tokens ended; null where they were left.
    tokens: Option<u64>,
    /// The devices, each refused since then.
    devices: Vec<EndedDevice>,
    /// Whether every device proved that it wiped what it had.
    complete: bool,
}

/// A device that ended with a membership.
#[derive(Debug, Serialize, ToSchema)]
struct EndedDevice {
    /// Its id.
    #[schema(value_type = String)]
    id: DeviceId,
    /// What the machine calls itself.
    host: String,
    /// When its receipt proved that it wiped what it had; null until then.
    wiped_at: Option<Instant>,
}

impl From<RemovalView> for Removal {
    fn from(view: RemovalView) -> Self {
        let removal = view.removal;
        let device = |(device, state): (tessera_store::Device, DeviceState)| EndedDevice {
            id: device.id,
            host: device.host.to_string(),
            wiped_at: match state {
                DeviceState::Wiped { wiped_at, .. } => wiped_at.map(Into::into),
                _ => None,
            },
        };
        let devices: Vec<EndedDevice> = view.devices.into_iter().map(device).collect();
        Self {
            id: removal.account,
            name: removal.name.to_string(),
            email: removal.email.to_string(),
            role: removal.role,
            at: removal.at.into(),
            removed_by: Some(removal.removed_by).filter(|by| !by.is_empty()),
            sessions: removal.sessions,
            tokens: removal.tokens,
            complete: devices.iter().all(|device| device.wiped_at.is_some()),
            devices,
        }
    }
}

async fn removal(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, who)): Path<(OrgId, AccountId)>,
) -> Answer<Json<Removal>> {
    Ok(Json(members::removal(&site.app, &actor, org, who).await?.into()))
}

async fn leave(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<StatusCode> {
    site.run(|app| async move { members::leave(&app, &actor, org).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// To whom the organization is handed over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Transfer {
    /// The member who becomes an Owner.
    #[schema(value_type = String)]
    member: AccountId,
    /// The caller's own password.
    password: String,
}

async fn transfer(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(wanted): extract::Json<Transfer>,
) -> Answer<StatusCode> {
    let (to, password) = (wanted.member, SecretString::from(wanted.password));
    site.run(|app| async move { members::transfer(&app, &actor, org, to, Some(&password)).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
