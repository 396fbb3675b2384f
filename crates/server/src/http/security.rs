//! The headers that tell browsers what a page of ours may never do.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::site::Site;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
const NO_STORE: HeaderValue = HeaderValue::from_static("private, no-store");

/// What every answer says.
static ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Form posts need `Origin` from older browsers, and reset links must not leak to other sites.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
];

/// Adds them to every answer. What an answer already says about caching, and a stricter policy of its own, stays.
pub(super) async fn headers(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add(response.headers_mut(), site.is_https());
    response
}

/// Adds them to one answer.
pub fn add(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in &ALWAYS {
        headers.insert(name, value.clone());
    }
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
}
