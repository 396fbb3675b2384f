//! One error, two faces: a page for people, RFC 9457 problem+json for programs.
//!
//! Handlers answer [`Failure`]; it carries the error beside the response, and [`render`] gives it
//! its face once the asker is known. Internal texts go to the log and nowhere else.

use std::any::Any;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use tessera_domain::{Error, Kind};

use super::observe::RequestId;
use crate::site::Site;

/// What a handler answers: the wanted thing, or a failure.
pub type Answer<T> = Result<T, Failure>;

/// An error on its way out.
#[derive(Debug)]
pub struct Failure(pub Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        refuse(status(self.0.kind), self.0)
    }
}

/// A refusal with a status that only HTTP knows, such as 405 or 415.
pub fn refuse(status: StatusCode, error: Error) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(Arc::new(error));
    response
}

/// The status that goes with a kind of error.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A panic is an internal error like any other; its text is for the log.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Failure(Error::internal(format!("a handler panicked: {text}"))).into_response()
}

/// Who asked, and so which face an error gets.
struct Asker {
    method: Method,
    uri: Uri,
    is_program: bool,
    id: String,
}

impl Asker {
    fn of(request: &Request) -> Self {
        let uri = request
            .extensions()
            .get::<OriginalUri>()
            .map_or_else(|| request.uri(), |uri| &uri.0);
        let id = request
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.clone())
            .unwrap_or_default();
        Self {
            method: request.method().clone(),
            is_program: is_program(uri.path(), request.headers()),
            uri: uri.clone(),
            id,
        }
    }
}

fn is_program(path: &str, headers: &HeaderMap) -> bool {
    const PREFIXES: &[&str] = &[
        "/api/",
        "/sync/",
        "/downloads/",
        "/install.",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ];
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or("*/*");
    let wants_page = accept.contains("text/html") || accept.contains("*/*");
    PREFIXES.iter().any(|prefix| path.starts_with(prefix)) || !wants_page
}

/// Gives every error its face, also those that the libraries below made as plain text.
pub(super) async fn render(State(site): State<Site>, request: Request, next: Next) -> Response {
    let asker = Asker::of(&request);
    let headers = request.headers().clone();
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<Arc<Error>>() {
        Some(error) => error,
        None if response.status().as_u16() >= 400 && !is_finished(&response) => {
            Arc::new(from_status(response.status()))
        }
        None => return response,
    };
    log(&asker, &error);
    let mut faced = if asker.is_program {
        problem(response.status(), &error, &asker)
    } else {
        page(&site, response.status(), &error, &asker, &headers)
    };
    for name in [
        header::ALLOW,
        header::CONTENT_RANGE,
        header::SET_COOKIE,
        header::WWW_AUTHENTICATE,
    ] {
        for value in response.headers().get_all(&name) {
            faced.headers_mut().append(name.clone(), value.clone());
        }
    }
    if let Some(wait) = error.retry_after {
        faced
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    faced
}

/// Pages that keep what was typed after an error, and protocol answers, come with their own body.
fn is_finished(response: &Response) -> bool {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html") || kind.contains("json"))
}

/// The error behind a status that a library below chose.
fn from_status(status: StatusCode) -> Error {
    let text = match status {
        StatusCode::NOT_FOUND => return Error::not_found("page"),
        StatusCode::PAYLOAD_TOO_LARGE => return Error::too_large("The request is too large."),
        StatusCode::METHOD_NOT_ALLOWED => "This address does not take that method.",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The body has a content type that is not taken here.",
        StatusCode::URI_TOO_LONG => "The address is too long.",
        StatusCode::REQUEST_TIMEOUT => "The request took too long to arrive.",
        status if status.is_server_error() => {
            return Error::internal(format!("a layer below answered {status}"));
        }
        _ => "The request cannot be understood.",
    };
    Error::invalid(text)
}

fn log(asker: &Asker, error: &Error) {
    let internal = error.internal.as_deref().unwrap_or("");
    match error.kind {
        Kind::Internal => tracing::error!(id = asker.id, internal, "a request failed"),
        Kind::Unavailable => tracing::warn!(id = asker.id, internal, "a request found something unavailable"),
        kind => tracing::debug!(id = asker.id, ?kind, internal, "a request was refused"),
    }
}

fn problem(status: StatusCode, error: &Error, asker: &Asker) -> Response {
    let mut body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": error.public,
        "request_id": asker.id,
    });
    if !error.fields.is_empty() {
        body["errors"] = error
            .fields
            .iter()
            .map(|field| json!({"pointer": field.pointer, "detail": field.message}))
            .collect::<Value>();
    }
    if let Some(current) = &error.current {
        // Extension members (RFC 9457, section 3.2): scripts read `revision` at the top.
        for (name, value) in current.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body["current"] = Value::clone(current);
    }
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response();
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// People who must sign in are sent there and back; others get a page that says what to do.
fn page(site: &Site, status: StatusCode, error: &Error, asker: &Asker, headers: &HeaderMap) -> Response {
    if status == StatusCode::UNAUTHORIZED {
        // A form that was sent too late leads back to its page, whose script still knows what was typed.
        let back = if asker.method == Method::GET {
            asker.uri.path_and_query().map(ToString::to_string)
        } else {
            crate::portal::referrer(site, headers).map(str::to_owned)
        };
        return Redirect::to(&crate::portal::sign_in_address(back.as_deref())).into_response();
    }
    let html = crate::portal::error_page(site, status, error, &asker.id, headers);
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        Body::from(html),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_people_are_told_apart() {
        let accept = |value: &str| HeaderMap::from_iter([(header::ACCEPT, value.parse().unwrap())]);
        assert!(!is_program(
            "/o/x",
            &accept("text/html,application/xhtml+xml,*/*;q=0.8")
        ));
        assert!(!is_program("/o/x", &HeaderMap::new()));
        assert!(is_program("/o/x", &accept("application/json")));
        assert!(is_program("/api/v1/me", &accept("text/html")));
        assert!(is_program("/sync/v1/stream", &HeaderMap::new()));
    }
}
