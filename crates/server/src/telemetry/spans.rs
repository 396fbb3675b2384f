//! The spans that the server makes itself: requests, jobs, calls to others. They say what was done and how it went, by
//! constants, ids and figures: no path as it was asked, no header, no body, no name.
//!
//! Numbers are signed: of others the exporter makes texts. Without the feature `otel` nobody listens, and a span costs a comparison.

use axum::http::{Method, StatusCode};
use tessera_app::trace::TARGET;
use tracing::Span;
use tracing::field::Empty;

/// A request that is answered here. `route` is the pattern, `id` what the log calls it.
pub(crate) fn request(id: &str, method: &Method, route: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "request",
        "otel.kind" = "server",
        "otel.name" = format!("{method} {route}"),
        "otel.status_code" = Empty,
        "http.request.method" = %method,
        "http.route" = route,
        "http.response.status_code" = Empty,
        "tessera.request" = id,
    )
}

/// Goes on with the trace that a request says it is part of.
#[cfg(feature = "otel")]
pub(crate) use super::otel::continue_from;

/// The same, where nobody listens.
#[cfg(not(feature = "otel"))]
pub(crate) fn continue_from(_: &Span, _: &axum::http::HeaderMap) {}

/// How a request or a call was answered. What the caller did wrong is no error of a server's.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        failed(span);
    }
}

/// Something did not go as it should.
pub(crate) fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// A job of the outbox that is attempted.
pub(crate) fn job(kind: &'static str, attempts: u64) -> Span {
    tracing::info_span!(
        target: TARGET,
        "job",
        "otel.kind" = "consumer",
        "otel.status_code" = Empty,
        "tessera.job.kind" = kind,
        "tessera.job.attempts" = attempts.cast_signed(),
        "tessera.job.outcome" = Empty,
    )
}

/// How a job went.
pub(crate) fn job_ended(span: &Span, outcome: &'static str) {
    span.record("tessera.job.outcome", outcome);
    if matches!(outcome, "retry" | "given_up") {
        failed(span);
    }
}

/// A call to somebody else's server. A webhook's address is a secret as a whole; of a provider's the host is told.
pub(crate) fn call(whom: &'static str, method: &Method, host: Option<&str>) -> Span {
    tracing::info_span!(
        target: TARGET,
        "call",
        "otel.kind" = "client",
        "otel.name" = format!("{method} {whom}"),
        "otel.status_code" = Empty,
        "http.request.method" = %method,
        "http.response.status_code" = Empty,
        "server.address" = host,
    )
}
