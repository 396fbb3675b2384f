//! What devices answer, and how they end.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tessera_app::sync;
use tessera_wire::SightingsReport;

use crate::http::Answer;
use crate::http::caller::Device;
use crate::http::extract::{self, Raw};
use crate::site::Site;

pub(super) async fn take(
    State(site): State<Site>,
    Device(device): Device,
    Raw(envelope): Raw,
) -> Answer<StatusCode> {
    sync::submit(&site.app, &device, &envelope).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sight(
    State(site): State<Site>,
    Device(device): Device,
    extract::Json(report): extract::Json<SightingsReport>,
) -> Answer<StatusCode> {
    sync::sight(&site.app, &device, &report).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn tombstone(State(site): State<Site>, Device(device): Device) -> Answer<Response> {
    let envelope = sync::tombstone(&site.app, &device).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], envelope).into_response())
}

pub(super) async fn take_last(
    State(site): State<Site>,
    Device(device): Device,
    Raw(envelope): Raw,
) -> Answer<StatusCode> {
    site.run(|app| async move { sync::last_receipt(&app, &device, &envelope).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
