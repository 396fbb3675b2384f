//! Forms, as browsers send them.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use tessera_domain::Error;

use super::extract::{Raw, is_type, wrong_type};
use super::faces::Failure;

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

    /// The same without any text under this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.texts.retain(|(key, _)| key != name);
        self
    }

    /// The same with one more text in place of any under this name.
    #[must_use]
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.texts.retain(|(key, _)| key != name);
        self.texts.push((name.to_owned(), value));
        self
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
