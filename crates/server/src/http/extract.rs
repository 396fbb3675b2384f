//! What handlers take: path, query, JSON and form, each read strictly and refused with our own error.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use tessera_domain::Error;

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
    async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Response> {
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

impl<S: Send + Sync> FromRequest<S> for Csv {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if !is_type(
            request.headers(),
            &["text/csv", "text/plain", "application/vnd.ms-excel"],
        ) {
            return Err(wrong_type("text/csv"));
        }
        Raw::read(request, state).await.map(Self)
    }
}

/// The fields of a form, as they were typed, and its files.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    texts: Vec<(String, String)>,
    files: HashMap<String, (String, Bytes)>,
}

impl Fields {
    /// The field's text; empty when the form has none.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The field's text, if the form has the field.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.texts
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// A password or the like, which is not to be printed.
    pub fn secret(&self, name: &str) -> secrecy::SecretString {
        self.get(name).to_owned().into()
    }

    /// Every text under one name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts
            .iter()
            .filter_map(move |(key, value)| (key == name).then_some(value.as_str()))
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A file that was chosen; an empty one is none.
    pub fn file(&self, name: &str) -> Option<&Bytes> {
        self.files
            .get(name)
            .map(|(_, file)| file)
            .filter(|file| !file.is_empty())
    }

    /// What a chosen file is called where it comes from.
    pub fn file_name(&self, name: &str) -> Option<&str> {
        let (file_name, _) = self.files.get(name)?;
        Some(file_name.as_str()).filter(|name| !name.is_empty())
    }

    /// Reads `a=b&c=d`. Text that is not UTF-8, or holds NUL, is refused.
    pub fn decode(body: &str) -> Result<Self, Error> {
        let read = |text: &str| -> Result<String, Error> {
            let spaced = text.replace('+', " ");
            let text = percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned);
            text.ok().filter(|text| !text.contains('\0')).ok_or_else(not_text)
        };
        let pairs = body.split('&').filter(|pair| !pair.is_empty());
        let texts = pairs.map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((read(key)?, read(value)?))
        });
        Ok(Self {
            texts: texts.collect::<Result<_, Error>>()?,
            files: HashMap::new(),
        })
    }

    async fn parts(mut form: Multipart) -> Result<Self, Response> {
        let broken = |error: axum::extract::multipart::MultipartError| {
            let failure = match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Error::too_large("The file is too large."),
                _ => Error::invalid("The form did not arrive whole. Send it again."),
            };
            Failure(failure.with_internal(error.body_text())).into_response()
        };
        let mut fields = Self::default();
        while let Some(part) = form.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(broken)?;
            if let Some(file_name) = file_name {
                fields.files.insert(name, (file_name, bytes));
            } else {
                let text = String::from_utf8(bytes.into())
                    .ok()
                    .filter(|text| !text.contains('\0'));
                fields
                    .texts
                    .push((name, text.ok_or_else(|| Failure(not_text()).into_response())?));
            }
        }
        Ok(fields)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if is_type(request.headers(), &["multipart/form-data"]) {
            let form = Multipart::from_request(request, state).await;
            return Self::parts(form.map_err(|_| wrong_type("multipart/form-data"))?).await;
        }
        let is_empty = !request.headers().contains_key(header::CONTENT_TYPE);
        if !is_empty && !is_type(request.headers(), &["application/x-www-form-urlencoded"]) {
            return Err(wrong_type("application/x-www-form-urlencoded"));
        }
        let bytes = Raw::read(request, state).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Failure(not_text()).into_response())?;
        Self::decode(text).map_err(|error| Failure(error).into_response())
    }
}

fn not_text() -> Error {
    Error::invalid("Some of what was sent is not text.")
}

fn is_type(headers: &HeaderMap, wanted: &[&str]) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(given))
}

fn wrong_type(wanted: &str) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let fields = Fields::decode("a=1&b=x+y%21&a=2&c&%C5%BE=%C4%8D").unwrap();
        assert_eq!(fields.get("a"), "1");
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("b"), "x y!");
        assert_eq!(fields.find("c"), Some(""));
        assert_eq!(fields.get("ž"), "č");
        assert_eq!(fields.find("d"), None);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for body in ["a=%00", "a=%ff", "%c3%28=a"] {
            assert!(Fields::decode(body).is_err(), "{body}");
        }
    }
}
