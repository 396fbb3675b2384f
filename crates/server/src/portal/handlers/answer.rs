//! How page handlers answer: a page, the page again with what was wrong, or another page with a message.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tessera_domain::{Error, Kind};
use tessera_policy::Leaf;

use super::pages::Page;
use super::view::Input;
use crate::http::cookie::Flash;
use crate::http::{Failure, faces};
use crate::site::Site;

/// A page.
pub(super) fn page(page: impl Template) -> Response {
    Page(page).into_response()
}

/// The page again, with the status of what was wrong.
pub(super) fn again(refusal: &Refusal, page: impl Template) -> Response {
    (refusal.status, Page(page)).into_response()
}

/// Goes on to another page of ours. Anything but a local path leads home.
pub(super) fn go(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, local(to).to_owned())]).into_response()
}

/// Goes on, and says there what was done.
pub(super) fn go_saying(site: &Site, to: &str, text: impl Into<String>) -> Response {
    flashed(
        site,
        to,
        &Flash {
            failed: false,
            text: text.into(),
            link: None,
        },
    )
}

/// Goes on, says there what was done, and where more of it is to be seen.
pub(super) fn go_linking(site: &Site, to: &str, text: String, label: &str, href: &str) -> Response {
    let link = Some((label.to_owned(), href.to_owned()));
    flashed(
        site,
        to,
        &Flash {
            failed: false,
            text,
            link,
        },
    )
}

/// Goes on, and says there what was refused. What the person may not do at all, and faults of ours, get their own page.
pub(super) fn go_refused(site: &Site, to: &str, error: Error) -> Result<Response, Failure> {
    if error.kind == Kind::Forbidden {
        return Err(Failure(error));
    }
    let refusal = Refusal::of(error)?;
    Ok(flashed(
        site,
        to,
        &Flash {
            failed: true,
            text: refusal.text,
            link: None,
        },
    ))
}

fn flashed(site: &Site, to: &str, flash: &Flash) -> Response {
    let mut response = go(to);
    response
        .headers_mut()
        .append(header::SET_COOKIE, site.cookies.set_flash(flash));
    response
}

/// Goes on as somebody who is now signed in.
pub(super) fn go_signed_in(site: &Site, to: &str, token: &str) -> Response {
    let mut response = go(to);
    response
        .headers_mut()
        .append(header::SET_COOKIE, site.cookies.set_session(token));
    response
}

/// A path within this portal: one slash, then no other and no backslash, which browsers take for one.
pub(super) fn local(path: &str) -> &str {
    let ours = path.starts_with('/') && !path[1..].starts_with(['/', '\\']);
    if ours && !path.chars().any(char::is_control) {
        path
    } else {
        "/"
    }
}

/// What was wrong with a form, to be shown beside what was typed.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    text: String,
    fields: Vec<(String, String)>,
}

impl Refusal {
    /// What a person can act on. Everything else is no matter of the form.
    pub(super) fn of(error: Error) -> Result<Self, Failure> {
        if matches!(error.kind, Kind::Internal | Kind::Unavailable | Kind::NotFound) {
            return Err(Failure(error));
        }
        let fields = error
            .fields
            .iter()
            .map(|field| (field.pointer.clone(), field.message.clone()))
            .collect();
        Ok(Self {
            status: faces::status(error.kind),
            text: error.public.into_owned(),
            fields,
        })
    }

    /// What is wrong with one field.
    pub(super) fn field(&self, pointer: &str) -> Option<String> {
        self.fields
            .iter()
            .find(|(known, _)| known == pointer)
            .map(|(_, message)| message.clone())
    }

    /// The pointers below this one.
    pub(super) fn pointers_below<'a>(&'a self, pointer: &'a str) -> impl Iterator<Item = &'a str> {
        let known = self.fields.iter().map(|(known, _)| known.as_str());
        known.filter(move |known| known.starts_with(pointer))
    }

    /// What is wrong with one setting, whether the form says so or saving did.
    pub(super) fn leaf(&self, leaf: Leaf) -> Option<String> {
        let [typed, saved] = Self::pointers(leaf);
        self.field(&typed).or_else(|| self.field(&saved))
    }

    /// What is wrong as a whole, where no control of a settings form says it.
    pub(super) fn beside_leaves(&self) -> Option<String> {
        let leaves: Vec<String> = Leaf::ALL.iter().flat_map(|leaf| Self::pointers(*leaf)).collect();
        let mut shown: Vec<&str> = leaves.iter().map(String::as_str).collect();
        shown.push("/note");
        self.problem(&shown)
    }

    fn pointers(leaf: Leaf) -> [String; 2] {
        [
            format!("/{}", leaf.path()),
            format!("/settings/{}/{}", leaf.section(), leaf.name()),
        ]
    }

    /// What is wrong as a whole, unless it is one of these fields alone.
    pub(super) fn problem(&self, shown: &[&str]) -> Option<String> {
        let all_shown = !self.fields.is_empty()
            && self
                .fields
                .iter()
                .all(|(known, _)| shown.contains(&known.as_str()));
        (!all_shown).then(|| self.text.clone())
    }

    /// The field again, with what was typed and what is wrong with it.
    pub(super) fn input(&self, pointer: &str, typed: &str) -> Input {
        Input {
            value: typed.to_owned(),
            error: self.field(pointer),
        }
    }
}

/// Reads several fields and complains of all at once.
#[derive(Debug, Default)]
pub(super) struct Reading {
    refused: Vec<tessera_domain::FieldError>,
}

impl Reading {
    /// Reads one field by its rule.
    pub(super) fn take<T, E: std::fmt::Display>(&mut self, pointer: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| {
            self.refused.push(tessera_domain::FieldError {
                pointer: pointer.to_owned(),
                message: error.to_string(),
            });
        })
        .ok()
    }

    /// What was refused, if anything.
    pub(super) fn error(self) -> Error {
        Error::invalid_fields(self.refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (path, leads) in [
            ("/o/x?y=1", "/o/x?y=1"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("", "/"),
            ("/a\r\nSet-Cookie: b", "/"),
        ] {
            assert_eq!(local(path), leads, "{path:?}");
        }
    }
}
