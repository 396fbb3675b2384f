//! Requests that change something must come from our own pages, or from no browser at all.

use axum::extract::{Request, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tessera_domain::Error;

use super::Failure;
use super::cookie::Cookies;
use crate::site::Site;

/// Refuses an unsafe request that another site's page made, or whose maker cannot be told.
pub(super) async fn refuse_foreign(State(site): State<Site>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_own(request.headers(), site.cookies, &site.origin) {
        return next.run(request).await;
    }
    let told = "This request did not come from a page of this portal. Reload the page and try again.";
    Failure(Error::forbidden(told)).into_response()
}

/// Browsers say where a request comes from, by `Sec-Fetch-Site` or `Origin`. What says neither is
/// a program, and a program does not carry the session's cookie.
fn is_own(headers: &HeaderMap, cookies: Cookies, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(from)) => from == origin,
        (None, None) => cookies.session(headers).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_holds_for_every_kind_of_caller() {
        let cookie = ("cookie", "tessera_session=x");
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[], true),
            (&[cookie], false),
            (&[cookie, ("sec-fetch-site", "same-origin")], true),
            (
                &[
                    cookie,
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://t.example"),
                ],
                false,
            ),
            (&[cookie, ("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[cookie, ("origin", "https://t.example")], true),
            (&[cookie, ("origin", "https://evil.example")], false),
            (&[cookie, ("origin", "null")], false),
            (&[("origin", "https://evil.example")], false),
        ];
        for (headers, allowed) in cases {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect::<HeaderMap>();
            let own = is_own(&headers, Cookies::new(false), "https://t.example");
            assert_eq!(own, *allowed, "{headers:?}");
        }
    }
}
