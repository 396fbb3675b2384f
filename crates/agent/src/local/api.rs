//! The answers of the local API.

use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use tessera_policy::{Explanation, Leaf, ModelName, Subject};
use tessera_wire::Problem;

use super::Local;
use crate::{PurgeOrder, SignedOut, enforcement::Answer, models::ModelsAnswer, report_card::ReportCard};

/// What came of signing out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SignOutAnswer {
    /// Whether somebody was signed in.
    pub(crate) was_signed_in: bool,
    /// Whether the portal knows.
    pub(crate) acknowledged: bool,
    /// Why nothing was done, where the organization lets only administrators sign machines out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ExplainQuery {
    leaf: String,
}

#[derive(Deserialize)]
pub(super) struct ModelsQuery {
    model: Option<String>,
}

/// `POST /v1/decide`
pub(super) async fn decide(
    State(local): State<Local>,
    subject: Result<Json<Subject>, JsonRejection>,
) -> Result<Json<Answer>, Response> {
    let Json(subject) = subject.map_err(|rejection| {
        let why = format!(
            "Treat this as deny: the question cannot be read. {}",
            rejection.body_text()
        );
        problem(rejection.status(), &why).into_response()
    })?;
    Ok(Json(local.agent.decide(&subject)))
}

/// `GET /v1/status`
pub(super) async fn status(State(local): State<Local>) -> Json<ReportCard> {
    Json(ReportCard::new(
        true,
        local.agent.status(),
        &local.agent.in_force(),
        local.agent.purges(),
    ))
}

/// Everything that is to be forgotten.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PurgesAnswer {
    /// The orders, the oldest first.
    pub(crate) purges: Vec<PurgeOrder>,
}

/// `GET /v1/purges`
pub(super) async fn purges(State(local): State<Local>) -> Json<PurgesAnswer> {
    Json(PurgesAnswer {
        purges: local.agent.purges(),
    })
}

/// `POST /v1/purges/{id}/done`: a tool has forgotten what the order names.
pub(super) async fn purged(State(local): State<Local>, Path(id): Path<String>) -> Response {
    match local.agent.purged(id, local.ambient.clock.now()).await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => problem(StatusCode::NOT_FOUND, "Nobody gave such an order.").into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()).into_response(),
    }
}

/// `GET /v1/explain?leaf=features.telemetry`
pub(super) async fn explain(
    State(local): State<Local>,
    query: Result<Query<ExplainQuery>, QueryRejection>,
) -> Result<Json<Explanation>, Response> {
    let Query(query) =
        query.map_err(|rejection| problem(rejection.status(), &rejection.body_text()).into_response())?;
    let leaf: Leaf = query
        .leaf
        .parse()
        .map_err(|error| problem(StatusCode::NOT_FOUND, &format!("{error}.")).into_response())?;
    let explanation = local.agent.explain(leaf);
    explanation.map(Json).ok_or_else(|| {
        problem(
            StatusCode::CONFLICT,
            "There are no settings in force; everything is denied.",
        )
        .into_response()
    })
}

/// `GET /v1/models`, or `?model=openai/gpt-5` for one of them
pub(super) async fn models(
    State(local): State<Local>,
    query: Result<Query<ModelsQuery>, QueryRejection>,
) -> Result<Json<ModelsAnswer>, Response> {
    let Query(query) =
        query.map_err(|rejection| problem(rejection.status(), &rejection.body_text()).into_response())?;
    let in_force = local.agent.in_force();
    let Some(model) = query.model else {
        return Ok(Json(in_force.models()));
    };
    let name: ModelName = model
        .parse()
        .map_err(|error| problem(StatusCode::BAD_REQUEST, &format!("{error}.")).into_response())?;
    Ok(Json(in_force.model(&name)))
}

/// `POST /v1/reload`: look again at the folder and at the server, now.
pub(super) async fn reload(State(local): State<Local>) -> StatusCode {
    local.agent.hurry();
    StatusCode::NO_CONTENT
}

/// `POST /v1/sign-out`
pub(super) async fn sign_out(State(local): State<Local>) -> Json<SignOutAnswer> {
    let signed_out = local.agent.sign_out().await;
    Json(SignOutAnswer {
        was_signed_in: signed_out != SignedOut::NotSignedIn,
        acknowledged: signed_out == SignedOut::Acknowledged,
        refused: match signed_out {
            SignedOut::Refused { why } => Some(why),
            SignedOut::NotSignedIn | SignedOut::Acknowledged | SignedOut::Wiped => None,
        },
    })
}

pub(super) async fn nothing_here() -> Response {
    problem(StatusCode::NOT_FOUND, "The agent has nothing at this address.").into_response()
}

/// A refusal as RFC 9457 writes it.
pub(super) fn problem(status: StatusCode, detail: &str) -> impl IntoResponse + use<> {
    let title = status.canonical_reason().unwrap_or("Refused");
    let body = Problem::new(status.as_u16(), title, Some(detail));
    (status, [(header::CONTENT_TYPE, Problem::MEDIA_TYPE)], Json(body)).into_response()
}
