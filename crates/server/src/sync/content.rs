//! Manifests and blobs, for devices that ask instead of listening, and for what did not fit an event.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tessera_app::sync::{self, Compiled};
use tessera_domain::Error;
use tessera_wire::Digest;
use tessera_wire::batch::{BlobsAnswer, BlobsRequest};

use crate::http::Answer;
use crate::http::caller::Device;
use crate::http::extract::{self, Path, Raw};
use crate::site::Site;

pub(super) async fn manifest(
    State(site): State<Site>,
    Device(device): Device,
    asked: HeaderMap,
) -> Answer<Response> {
    let compiled = sync::manifest(&site.app, &device).await?;
    Ok(render(&compiled, &asked))
}

/// The manifest, or word that the device has it.
pub(super) fn render(compiled: &Compiled, asked: &HeaderMap) -> Response {
    let has_it = knows(asked, &compiled.etag);
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        ([json], compiled.event.clone()).into_response()
    };
    let headers = response.headers_mut();
    // A digest in quotes is a header's value always.
    if let Ok(etag) = HeaderValue::from_maybe_shared(compiled.etag.clone()) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    response
}

pub(super) async fn offer(
    State(site): State<Site>,
    Device(device): Device,
    Raw(envelope): Raw,
) -> Answer<StatusCode> {
    site.run(|app| async move { sync::offer(&app, &device, &envelope).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn blob(
    State(site): State<Site>,
    Device(device): Device,
    Path(digest): Path<String>,
) -> Answer<Response> {
    let digest: Digest = digest.parse().map_err(|_| Error::not_found("blob"))?;
    let gzip = sync::blob(&site.app, &device, digest).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    Ok((headers, gzip).into_response())
}

pub(super) async fn blobs(
    State(site): State<Site>,
    Device(device): Device,
    extract::Json(wanted): extract::Json<BlobsRequest>,
) -> Answer<Json<BlobsAnswer>> {
    Ok(Json(sync::blobs(&site.app, &device, &wanted.digests).await?))
}

pub(super) async fn credentials(State(site): State<Site>, Device(device): Device) -> Answer<Response> {
    let answer = sync::credentials(&site.app, &device).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

pub(super) async fn leave(State(site): State<Site>, Device(device): Device) -> Answer<Response> {
    let answer = sync::may_leave(&site.app, &device).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Whether `If-None-Match` names this entity tag.
fn knows(headers: &HeaderMap, etag: &[u8]) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|tag| tag.trim_ascii() == etag)
}
