//! The one question that a whole fleet asks all day, "is my manifest still the newest?", answered before any layer is
//! gone through, whenever memory alone can tell. Everything else goes the ordinary way, which answers the same; only
//! the request's id is missing here, since no line of the log would bear it. See docs/adr/0027.

use axum::body::HttpBody as _;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use hyper::body::Incoming;
use metrics::{Counter, Histogram};
use tessera_app::sync;
use tessera_wire::paths;
use tokio::time::Instant;

use super::content;
use crate::http::address::{self, Peer};
use crate::http::pace::Pace;
use crate::http::{security, serve};
use crate::routes;
use crate::site::Site;

/// The shortcut of a site.
pub(crate) fn shortcut(site: &Site) -> impl serve::Shortcut {
    let (site, figures) = (site.clone(), Figures::default());
    move |request, peer| {
        let began = Instant::now();
        let response = answer(&site, request, peer)?;
        figures.note(&response, began);
        Some(response)
    }
}

fn answer(site: &Site, request: &hyper::Request<Incoming>, peer: Peer) -> Option<Response> {
    let plain = request.method() == Method::GET && request.uri() == paths::MANIFEST;
    if !plain || !request.body().is_end_stream() {
        return None;
    }
    let token = routes::bearer(request.headers())?;
    let compiled = sync::known_manifest(&site.app, token)?;
    let address = address::resolve(site, peer, paths::MANIFEST, request.headers()).ok()?;
    site.paces.take_address(Pace::Fleet, address).ok()?;
    let mut response = content::render(&compiled, request.headers());
    security::add(response.headers_mut(), site.is_https());
    Some(response)
}

/// The figures that every other request gets from its layer.
#[derive(Clone)]
struct Figures {
    given: Counter,
    unchanged: Counter,
    seconds: Histogram,
}

impl Default for Figures {
    fn default() -> Self {
        let counter = |status: &'static str| {
            metrics::counter!("tessera_http_requests_total",
                "method" => "GET", "route" => paths::MANIFEST, "status" => status)
        };
        Self {
            given: counter("200"),
            unchanged: counter("304"),
            seconds: metrics::histogram!("tessera_http_answer_seconds",
                "method" => "GET", "route" => paths::MANIFEST),
        }
    }
}

impl Figures {
    fn note(&self, response: &Response, began: Instant) {
        let status = response.status();
        let counter = if status == StatusCode::NOT_MODIFIED {
            &self.unchanged
        } else {
            &self.given
        };
        counter.increment(1);
        self.seconds.record(began.elapsed().as_secs_f64());
        tracing::debug!(status = status.as_u16(), "a manifest was answered from memory");
    }
}
