//! Enrolment from the machine's side.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tessera_app::sync::{self, Unfinished};
use tessera_wire::enrol::{BeginResponse, Enrolled, PollRefusal};

use crate::http::address::ClientAddress;
use crate::http::extract::Raw;
use crate::http::{Answer, Failure};
use crate::site::Site;

pub(super) async fn begin(
    State(site): State<Site>,
    address: ClientAddress,
    Raw(envelope): Raw,
) -> Answer<Json<BeginResponse>> {
    let begun = site
        .run(|app| async move { sync::begin(&app, &envelope, Some(address.ip)).await })
        .await?;
    Ok(Json(begun))
}

pub(super) async fn by_key(
    State(site): State<Site>,
    address: ClientAddress,
    Raw(envelope): Raw,
) -> Answer<Json<Enrolled>> {
    let enrolled = site
        .run(|app| async move { sync::enrol_by_key(&app, &envelope, Some(address.ip)).await })
        .await?;
    Ok(Json(enrolled))
}

pub(super) async fn poll(State(site): State<Site>, Raw(envelope): Raw) -> Response {
    match sync::poll(&site.app, &envelope).await {
        Ok(enrolled) => Json(enrolled).into_response(),
        Err(Unfinished::Poll(error)) => {
            let refusal = PollRefusal {
                error,
                error_description: None,
            };
            (StatusCode::BAD_REQUEST, Json(refusal)).into_response()
        }
        Err(Unfinished::Failed(error)) => Failure(error).into_response(),
    }
}
