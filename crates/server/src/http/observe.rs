//! One id, one log line and three figures per request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tessera_ids::ambient::random_bytes;
use tracing::Instrument;

use super::address::{self, Peer};
use crate::site::Site;
use crate::telemetry::spans;

/// Names one request in its answer, in the log and on its error page.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// A request that waits for its answer. It may be dropped any time, when its client hangs up.
struct Open;

impl Open {
    fn begin() -> Self {
        metrics::gauge!("tessera_http_requests_open").increment(1.0);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("tessera_http_requests_open").decrement(1.0);
    }
}

/// Whether whoever hands the request over may say which trace it is part of: this machine and the operator's proxies, as
/// with addresses. A stranger's word would put their requests into others' traces, or keep them out of all.
fn comes_from_ours(site: &Site, request: &Request) -> bool {
    let peer = request.extensions().get::<Peer>();
    peer.is_some_and(|Peer(peer)| address::is_ours(peer.ip(), &site.config.trusted_proxies))
}

/// Names the request, and writes down how it went. Paths are logged as the route's pattern, never as asked.
pub(super) async fn record(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let id = format!(
        "{:020x}",
        u128::from_be_bytes(random_bytes(&*site.app.entropy)) >> 48
    );
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", id, %method, route);
    let traced = span.in_scope(|| spans::request(&id, &method, &route));
    if comes_from_ours(&site, &request) {
        spans::continue_from(&traced, request.headers());
    }
    request.extensions_mut().insert(RequestId(id.clone()));
    let began = Instant::now();
    let open = Open::begin();
    let mut response = next
        .run(request)
        .instrument(traced.clone())
        .instrument(span.clone())
        .await;
    drop(open);
    let seconds = began.elapsed().as_secs_f64();
    spans::answered(&traced, response.status());
    let status = response.status().as_u16();
    span.in_scope(|| tracing::debug!(status, seconds, "answered"));
    let labels = [
        ("method", method.to_string()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::counter!("tessera_http_requests_total", &labels).increment(1);
    metrics::histogram!("tessera_http_answer_seconds", &labels[..2]).record(seconds);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}
