//! How far a revision has come.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tessera_app::devices;
use tessera_domain::Right;
use tessera_ids::OrgId;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/rollouts/{revision}",
            Access::Member(Right::ManageDevices),
            "Counts how far a revision has come.",
            show,
        )
        .answers::<Rollout>(),
        Route::post(
            "/api/v1/orgs/{org}/rollouts/send-again",
            Access::Member(Right::ManageDevices),
            "Issues the newest settings once more, so that devices that failed try again.",
            send_again,
        )
        .answers_empty(StatusCode::ACCEPTED),
    ]
}

/// The numbers of a rollout.
#[derive(Debug, Serialize, ToSchema)]
struct Rollout {
    /// The revision.
    revision: u64,
    /// The devices it is for.
    audience: u64,
    /// A verified receipt whose hashes match says they have it, or a newer one.
    applied: u64,
    /// They could not apply it.
    failed: u64,
    /// They have not acknowledged it.
    pending: u64,
    /// They run an older one and cannot be reached.
    behind: u64,
    /// When the last of the receipts was made.
    last_receipt_at: Option<Instant>,
}

async fn show(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, revision)): Path<(OrgId, u64)>,
) -> Answer<Json<Rollout>> {
    let view = devices::rollout(&site.app, &actor, org, revision).await?;
    let numbers = view.numbers;
    Ok(Json(Rollout {
        revision: view.revision,
        audience: numbers.audience,
        applied: numbers.applied,
        failed: numbers.failed,
        pending: numbers.pending,
        behind: numbers.behind,
        last_receipt_at: numbers.last_receipt_at.map(Into::into),
    }))
}

async fn send_again(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<StatusCode> {
    site.run(|app| async move { devices::send_again(&app, &actor, org).await })
        .await?;
    Ok(StatusCode::ACCEPTED)
}
