//! What machines ask about this server: alive, ready, its figures, its document.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tessera_domain::Error;

use crate::http::Answer;
use crate::routes::{Access, Route, openapi};
use crate::site::Site;

/// The rows of this family.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz", Access::Public, "Says that the process runs.", alive)
            .answers_raw("text/plain"),
        Route::get(
            "/readyz",
            Access::Public,
            "Says that requests can be served.",
            ready,
        )
        .answers_raw("text/plain"),
        Route::get(
            "/metrics",
            Access::Operator,
            "Gives the figures of this process in Prometheus' text form.",
            figures,
        )
        .answers_raw("text/plain"),
        Route::get("/openapi.json", Access::Public, "Gives this document.", document)
            .answers_raw("application/json"),
    ]
}

async fn alive() -> &'static str {
    "alive\n"
}

async fn ready(State(site): State<Site>) -> Answer<&'static str> {
    if site.lifecycle.soft().is_cancelled() {
        return Err(Error::unavailable("the server is shutting down").into());
    }
    site.app.store.ping().await?;
    Ok("ready\n")
}

async fn figures(State(site): State<Site>) -> Response {
    crate::figures::refresh(&site).await;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    ([(header::CONTENT_TYPE, kind)], site.metrics.render()).into_response()
}

async fn document(State(site): State<Site>) -> Response {
    let cache = HeaderValue::from_static("public, max-age=300");
    (
        [(header::CACHE_CONTROL, cache)],
        axum::Json(openapi::document(&site.origin)),
    )
        .into_response()
}
