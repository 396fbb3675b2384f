//! What handlers take: path, query, JSON and bytes, each read strictly and refused with our own error.

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use tessera_domain::Error;

pub use super::form::Fields;

use super::faces::{Failure, refuse};

/// Parts of the path. One that is no id of its kind names nothing, so the answer is 404.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Error::not_found("page").into()),
        }
    }
}

/// The query, typed.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let fields = Fields::decode(parts.uri.query().unwrap_or_default())?;
        drop(fields);
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Error::invalid("The query of this address is not understood.")
                .with_internal(rejection.body_text())
                .into()),
        }
    }
}

/// A JSON body of a known type.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(wrong_type("application/json")),
            Err(JsonRejection::BytesRejection(rejection)) => Err(unread(&rejection)),
            // The parser's text speaks of our types and the caller's own bytes, so it may be shown.
            Err(rejection) => {
                let text = rejection.body_text();
                let told = text.split_once(": ").map_or(text.as_str(), |(_, told)| told);
                Err(Failure(Error::invalid(format!(
                    "The JSON is not what is wanted here: {told}."
                )))
                .into_response())
            }
        }
    }
}

/// A body of bytes under one media type.
#[derive(Clone, Debug)]
pub struct Raw(pub Bytes);

impl Raw {
    /// Reads the body of a request whose content type begins so.
    pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Response> {
        Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unread(&rejection))
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        Self::read(request, state).await.map(Self)
    }
}

/// A body of `text/csv` or plain text.
#[derive(Clone, Debug)]
pub struct Csv(pub Bytes);

/// What a CSV may be called.
const CSV: [&str; 3] = ["text/csv", "text/plain", "application/vnd.ms-excel"];

impl<S: Send + Sync> FromRequest<S> for Csv {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if !is_type(request.headers(), &CSV) {
            return Err(wrong_type("text/csv"));
        }
        Raw::read(request, state).await.map(Self)
    }
}

/// A body of `text/csv`, or the same as JSON of a known type.
#[derive(Clone, Debug)]
pub enum CsvOrJson<T> {
    /// The file.
    Csv(Bytes),
    /// The value.
    Json(T),
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for CsvOrJson<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if is_type(request.headers(), &CSV) {
            return Raw::read(request, state).await.map(Self::Csv);
        }
        if !is_type(request.headers(), &["application/json"]) {
            return Err(wrong_type("text/csv or application/json"));
        }
        let Json(value) = Json::from_request(request, state).await?;
        Ok(Self::Json(value))
    }
}

/// A body of TOML, or the same as JSON of a known type.
#[derive(Clone, Debug)]
pub enum TomlOrJson<T> {
    /// The file.
    Toml(Bytes),
    /// The value.
    Json(T),
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for TomlOrJson<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if is_type(request.headers(), &["application/toml", "text/plain"]) {
            return Raw::read(request, state).await.map(Self::Toml);
        }
        if !is_type(request.headers(), &["application/json"]) {
            return Err(wrong_type("application/toml or application/json"));
        }
        let Json(value) = Json::from_request(request, state).await?;
        Ok(Self::Json(value))
    }
}

pub(super) fn is_type(headers: &HeaderMap, wanted: &[&str]) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(given))
}

pub(super) fn wrong_type(wanted: &str) -> Response {
    let error = Error::invalid(format!("The body must be sent as {wanted}."));
    refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, error)
}

fn unread(rejection: &BytesRejection) -> Response {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Failure(Error::too_large("The request is too large.")).into_response();
    }
    Failure(Error::invalid("The body did not arrive whole.").with_internal(rejection.body_text()))
        .into_response()
}
