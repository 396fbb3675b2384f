//! How far a revision has come, and what people do to a rollout in stages.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::{devices, rollouts};
use tessera_domain::Right;
use tessera_domain::rollout::{RolloutState, Who};
use tessera_ids::{OrgId, TeamId};
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{Json, Path};
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    let change = Access::Member(Right::ChangeSettings);
    vec![
        Route::get(
            "/api/v1/orgs/{org}/rollouts/{revision}",
            Access::Member(Right::ManageDevices),
            "Counts how far a revision has come, and shows its stages.",
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
        Route::post(
            "/api/v1/orgs/{org}/rollouts/{revision}/pause",
            change,
            "Holds a rollout: nobody else gets the revision until it goes on.",
            pause,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/rollouts/{revision}/resume",
            change,
            "Lets a paused or halted rollout go on.",
            resume,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/rollouts/{revision}/release",
            change,
            "Releases a rollout to everybody now.",
            release,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/rollouts/{revision}/roll-back",
            change,
            "Undoes a rollout by a new revision that says what was before it.",
            roll_back,
        )
        .takes::<RollBack>()
        .answers::<RolledBack>(),
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
    /// They wait for their stage.
    waiting: u64,
    /// When the last of the receipts was made.
    last_receipt_at: Option<Instant>,
    /// Its stages; null when it went to everybody at once.
    stages: Option<Stages>,
}

/// A rollout in stages.
#[derive(Debug, Serialize, ToSchema)]
struct Stages {
    /// `running`, `paused`, `halted`, `finished` or `rolled_back`.
    state: &'static str,
    /// Since when.
    since: Instant,
    /// Why it halted.
    why: Option<String>,
    /// The revision that undid it.
    rolled_back_by: Option<u64>,
    /// The stage that was released last, counted from 1; null once it has ended.
    released: Option<u32>,
    /// The revision that began it.
    begun_by: u64,
    /// What those have who wait.
    baseline: u64,
    /// The share of failures, in percent, above which it halts.
    failure_limit: u8,
    /// The stages, in their order.
    plan: Vec<StageOut>,
}

/// One stage and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
struct StageOut {
    /// The share of all devices that have it then; null for teams.
    percent: Option<u8>,
    /// The teams whose members have it then; null for a share.
    #[schema(value_type = Option<Vec<String>>)]
    teams: Option<Vec<TeamId>>,
    /// How long it is watched, in minutes.
    bake_minutes: u32,
    /// The devices that it adds; 0 once the rollout has ended.
    devices: u64,
    /// Those that have it.
    applied: u64,
    /// Those that could not apply it.
    failed: u64,
}

/// Why a rollout is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RollBack {
    /// For the history.
    #[serde(default)]
    note: String,
}

/// What undid it.
#[derive(Debug, Serialize, ToSchema)]
struct RolledBack {
    /// The newest revision.
    revision: u64,
}

impl From<rollouts::Staged> for Stages {
    fn from(staged: rollouts::Staged) -> Self {
        let rollout = staged.rollout;
        let (why, rolled_back_by) = match &rollout.state {
            RolloutState::Halted { why, .. } => (Some(why.clone()), None),
            RolloutState::RolledBack { by, .. } => (None, Some(*by)),
            _ => (None, None),
        };
        let stages = rollout.plan.stages().iter().zip(&staged.stages);
        let plan = stages.map(|(stage, counts)| {
            let (percent, teams) = match &stage.who {
                Who::Percent(share) => (Some(*share), None),
                Who::Teams(teams) => (None, Some(teams.iter().copied().collect())),
            };
            StageOut {
                percent,
                teams,
                bake_minutes: stage.bake_minutes,
                devices: counts.devices,
                applied: counts.applied,
                failed: counts.failed,
            }
        });
        Self {
            state: rollout.state.as_str(),
            since: rollout.state.since().into(),
            why,
            rolled_back_by,
            released: rollout.state.released(),
            begun_by: rollout.revision,
            baseline: rollout.baseline,
            failure_limit: rollout.plan.limit(),
            plan: plan.collect(),
        }
    }
}

async fn show(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, revision)): Path<(OrgId, u64)>,
) -> Answer<axum::Json<Rollout>> {
    let view = devices::rollout(&site.app, &actor, org, revision).await?;
    let staged = rollouts::staged(&site.app, &actor, org, revision).await?;
    let numbers = view.numbers;
    Ok(axum::Json(Rollout {
        revision: view.revision,
        audience: numbers.audience,
        applied: numbers.applied,
        failed: numbers.failed,
        pending: numbers.pending,
        behind: numbers.behind,
        waiting: numbers.waiting,
        last_receipt_at: numbers.last_receipt_at.map(Into::into),
        stages: staged.map(Into::into),
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

async fn pause(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, revision)): Path<(OrgId, u64)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { rollouts::pause(&app, &actor, org, revision).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn resume(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, revision)): Path<(OrgId, u64)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { rollouts::resume(&app, &actor, org, revision).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn release(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, revision)): Path<(OrgId, u64)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { rollouts::release(&app, &actor, org, revision).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn roll_back(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, revision)): Path<(OrgId, u64)>,
    Json(wanted): Json<RollBack>,
) -> Answer<axum::Json<RolledBack>> {
    let note = super::note(wanted.note)?;
    let revision = site
        .run(|app| async move { rollouts::roll_back(&app, &actor, org, revision, note).await })
        .await?;
    Ok(axum::Json(RolledBack { revision }))
}
