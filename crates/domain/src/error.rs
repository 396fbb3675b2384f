//! The one error type: what went wrong, in words for the person and, apart, in words for the log.
//!
//! It knows no transport. The server turns it once into a page or into problem+json.

use std::{borrow::Cow, time::Duration};

pub use tessera_policy::FieldError;

/// What a use case answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kinds of failure that a caller can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It does not exist, or the actor may not know that it does.
    NotFound,
    /// The actor may see it but not do this.
    Forbidden,
    /// Nobody is signed in, or not recently enough.
    Unauthenticated,
    /// The race with the current state was lost.
    Conflict,
    /// The input breaks a rule; `fields` says which.
    Invalid,
    /// The input is longer than its limit.
    TooLarge,
    /// Too many tries; `retry_after` says when to come back.
    RateLimited,
    /// Something that Tessera needs does not answer now.
    Unavailable,
    /// A fault of Tessera's own.
    Internal,
}

/// A failure with a public face and, separately, what only the log may hold.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{public}")]
#[non_exhaustive]
pub struct Error {
    /// What kind of failure this is.
    pub kind: Kind,
    /// What the person is told. Never holds a secret or a driver's message.
    pub public: Cow<'static, str>,
    /// What the log is told.
    pub internal: Option<Box<str>>,
    /// Every field that was refused.
    pub fields: Vec<FieldError>,
    /// The present state, for a caller who lost a race.
    pub current: Option<Box<serde_json::Value>>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// A failure of that kind, told to the person in these words.
    pub fn new(kind: Kind, public: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            public: public.into(),
            internal: None,
            fields: Vec::new(),
            current: None,
            retry_after: None,
        }
    }

    /// `thing` ("invitation") does not exist, or may not be known of.
    pub fn not_found(thing: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {thing}."))
    }

    /// The actor may not do this.
    pub fn forbidden(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Forbidden, public)
    }

    /// Somebody must sign in first.
    pub fn unauthenticated(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Unauthenticated, public)
    }

    /// The state changed under the actor's hands, or does not allow this.
    pub fn conflict(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict, public)
    }

    /// The input as a whole breaks a rule.
    pub fn invalid(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, public)
    }

    /// One field breaks its rule; `pointer` is a JSON pointer such as `/email`.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError {
            pointer: pointer.into(),
            message: message.into(),
        }])
    }

    /// Several fields break their rules.
    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let public = match fields.as_slice() {
            [only] => only.message.clone(),
            several => format!("{} fields need another look.", several.len()),
        };
        Self {
            fields,
            ..Self::new(Kind::Invalid, public)
        }
    }

    /// The input is longer than its limit.
    pub fn too_large(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::TooLarge, public)
    }

    /// Too many tries.
    pub fn rate_limited(public: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(Kind::RateLimited, public)
        }
    }

    /// Something that Tessera needs does not answer now.
    pub fn unavailable(internal: impl std::fmt::Display) -> Self {
        Self::new(
            Kind::Unavailable,
            "Tessera cannot do this right now. Try again in a moment.",
        )
        .with_internal(internal)
    }

    /// The same where the person can be told more.
    pub fn unavailable_because(public: &'static str, internal: impl std::fmt::Display) -> Self {
        Self::new(Kind::Unavailable, public).with_internal(internal)
    }

    /// A fault of Tessera's own; the person learns no detail.
    pub fn internal(internal: impl std::fmt::Display) -> Self {
        Self::new(
            Kind::Internal,
            "Something went wrong in Tessera. Nothing was changed.",
        )
        .with_internal(internal)
    }

    /// Adds what only the log may hold.
    #[must_use]
    pub fn with_internal(mut self, internal: impl std::fmt::Display) -> Self {
        self.internal = Some(internal.to_string().into());
        self
    }

    /// Adds the present state, for a caller who lost a race.
    #[must_use]
    pub fn with_current(mut self, current: serde_json::Value) -> Self {
        self.current = Some(Box::new(current));
        self
    }
}
