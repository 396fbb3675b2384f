//! What every request passes through, whatever it asks: limits, address, CSRF, paces, faces of errors.
//!
//! Nothing here knows a use case. The order of the layers is written once, in [`layers`].

pub mod address;
pub mod caller;
pub mod cookie;
pub mod csrf;
mod date;
pub mod extract;
pub mod faces;
pub mod form;
mod handover;
pub mod limits;
pub mod observe;
pub mod pace;
pub mod security;
pub mod serve;
pub mod sse;
pub mod tls;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;

use crate::site::Site;

pub use faces::{Answer, Failure};

/// Wraps the routed service; the last line is the first that a request meets.
pub fn layers(router: Router<Site>, site: &Site) -> Router {
    router
        .layer(axum::extract::DefaultBodyLimit::max(limits::FORM))
        .layer(from_fn_with_state(site.clone(), csrf::refuse_foreign))
        .layer(from_fn_with_state(site.clone(), address::find))
        .layer(CatchPanicLayer::custom(faces::panicked))
        .layer(from_fn_with_state(site.clone(), faces::render))
        .layer(from_fn_with_state(site.clone(), crate::portal::forget_flash))
        .layer(from_fn_with_state(site.clone(), security::headers))
        .layer(from_fn_with_state(site.clone(), observe::record))
        .layer(from_fn_with_state(site.clone(), date::stamp))
        .layer(from_fn(limits::refuse_long_targets))
        .with_state(site.clone())
}
