//! What the OpenAPI document is told of a route: what it takes, what it answers.

use axum::http::StatusCode;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What a request carries besides its path.
#[derive(Clone, Copy)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON of a described type.
    Json(Described),
    /// A body of that media type, described in words only.
    Raw(&'static str),
    /// A form of that portal's page.
    Form,
}

/// What an answer carries.
#[derive(Clone, Copy)]
pub enum Reply {
    /// A page.
    Page,
    /// JSON of a described type.
    Json(StatusCode, Described),
    /// A body of that media type.
    Raw(StatusCode, &'static str),
    /// No body.
    Empty(StatusCode),
}

impl Reply {
    /// Whether programs can read in the document what to expect.
    pub fn is_described(&self) -> bool {
        !matches!(self, Self::Page)
    }
}

/// A type's name and how to write its schema.
#[derive(Clone, Copy)]
pub struct Described {
    /// The name under `components/schemas`.
    pub name: fn() -> String,
    /// The type's own schema and those that it refers to.
    pub schemas: fn() -> Vec<(String, RefOr<Schema>)>,
}

impl Described {
    pub(super) fn of<T: ToSchema + PartialSchema>() -> Self {
        Self {
            name: || T::name().into_owned(),
            schemas: || {
                let mut schemas = vec![(T::name().into_owned(), T::schema())];
                T::schemas(&mut schemas);
                schemas
            },
        }
    }
}

/// A query parameter or header that a route understands: where, name, meaning.
#[derive(Clone, Copy, Debug)]
pub struct Say {
    /// `query` or `header`.
    pub place: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub text: &'static str,
}
