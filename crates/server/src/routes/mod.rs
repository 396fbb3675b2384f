//! The one table of routes. The router, the OpenAPI document and the rights matrix are made of it,
//! so none of them can know a route that the others do not.

mod describe;
mod gate;
pub mod openapi;
mod route;

use axum::Router;

use crate::http::limits;
use crate::site::Site;

pub use describe::{Body, Described, Reply, Say};
pub(crate) use gate::bearer;
pub use route::{Access, Route};

/// Every route that this server answers.
pub fn table() -> Vec<Route> {
    [
        crate::probes::routes(),
        crate::sync::routes(),
        crate::api::routes(),
        crate::downloads::routes(),
        crate::portal::routes(),
    ]
    .concat()
}

/// The router of all routes, each behind its gate.
pub fn router(site: &Site) -> Router<Site> {
    let fallback = axum::routing::any(|| async { axum::http::StatusCode::NOT_FOUND });
    table()
        .into_iter()
        .fold(Router::new(), |router, route| {
            let body_limit = axum::extract::DefaultBodyLimit::max(route.body_limit);
            let (path, gate) = (route.path, gate::Gate::of(&route, site));
            let guarded = axum::middleware::from_fn(move |request, next| gate.clone().pass(request, next));
            router.route(path, route.handler.route_layer(guarded).route_layer(body_limit))
        })
        .fallback_service(fallback.with_state(()))
}

const _: () = assert!(limits::FORM <= limits::CSV, "the larger limit is the route's own");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_route_stands_twice_and_each_says_what_it_is_for() {
        let mut seen = HashSet::new();
        for route in table() {
            assert!(
                seen.insert((route.method.clone(), route.path)),
                "{} {}",
                route.method,
                route.path
            );
            assert!(
                route.summary.ends_with(['.']),
                "{}: {}",
                route.path,
                route.summary
            );
        }
    }

    #[test]
    fn what_programs_ask_is_described() {
        for route in table().iter().filter(|route| route.path.starts_with("/api/")) {
            assert!(
                route.reply.is_described(),
                "{} {} has no described answer",
                route.method,
                route.path
            );
        }
    }
}
