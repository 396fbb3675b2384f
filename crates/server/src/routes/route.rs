//! One row of the route table.

use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodFilter, MethodRouter, on};
use tessera_domain::Right;
use utoipa::{PartialSchema, ToSchema};

use super::describe::{Body, Described, Reply, Say};
use crate::http::limits;
use crate::http::pace::Pace;
use crate::site::Site;

/// Who may ask. The gate refuses everybody else before anything is read; the use case behind it
/// checks the right once more, under the org's lock where something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone with an account.
    SignedIn,
    /// A member of the org in the path, by a role that has the right.
    Member(Right),
    /// An enrolled device.
    Device,
    /// The operator's tools.
    Operator,
    /// An account that runs the installation. Nobody else is told that there is anything.
    OperatorPerson,
}

/// One row of the table.
#[derive(Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// How fast it may be asked.
    pub pace: Pace,
    /// How many bytes a body may have.
    pub body_limit: usize,
    /// Whether the answer goes on for as long as the client listens.
    pub is_stream: bool,
    /// What a request carries.
    pub body: Body,
    /// What an answer carries.
    pub reply: Reply,
    /// Query parameters and headers that matter.
    pub says: &'static [Say],
    pub(super) handler: MethodRouter<Site>,
}

impl Route {
    /// A route that answers GET (and so HEAD).
    pub fn get<H, T>(path: &'static str, access: Access, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        Self::new(Method::GET, MethodFilter::GET, path, access, summary, handler)
    }

    /// A route that answers POST.
    pub fn post<H, T>(path: &'static str, access: Access, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        Self::new(Method::POST, MethodFilter::POST, path, access, summary, handler)
    }

    /// A route that answers PATCH.
    pub fn patch<H, T>(path: &'static str, access: Access, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        Self::new(Method::PATCH, MethodFilter::PATCH, path, access, summary, handler)
    }

    /// A route that answers PUT.
    pub fn put<H, T>(path: &'static str, access: Access, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        Self::new(Method::PUT, MethodFilter::PUT, path, access, summary, handler)
    }

    /// A route that answers DELETE.
    pub fn delete<H, T>(path: &'static str, access: Access, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        Self::new(
            Method::DELETE,
            MethodFilter::DELETE,
            path,
            access,
            summary,
            handler,
        )
    }

    fn new<H, T>(
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        Self {
            method,
            path,
            access,
            summary,
            pace: Pace::Ordinary,
            body_limit: limits::FORM,
            is_stream: false,
            body: Body::None,
            reply: Reply::Page,
            says: &[],
            handler: on(filter, handler),
        }
    }

    /// Goes at another pace than pages do.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Takes bodies of up to that many bytes.
    #[must_use]
    pub fn up_to(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Answers for as long as the client listens, with server-sent events.
    #[must_use]
    pub fn streams(self) -> Self {
        Self {
            is_stream: true,
            reply: Reply::Raw(StatusCode::OK, "text/event-stream"),
            ..self
        }
    }

    /// Takes JSON of that type.
    #[must_use]
    pub fn takes<T: ToSchema + PartialSchema>(self) -> Self {
        Self {
            body: Body::Json(Described::of::<T>()),
            ..self
        }
    }

    /// Takes a body of that media type.
    #[must_use]
    pub fn takes_raw(self, media_type: &'static str) -> Self {
        Self {
            body: Body::Raw(media_type),
            ..self
        }
    }

    /// Takes a page's form.
    #[must_use]
    pub fn takes_form(self) -> Self {
        Self {
            body: Body::Form,
            ..self
        }
    }

    /// Answers JSON of that type.
    #[must_use]
    pub fn answers<T: ToSchema + PartialSchema>(self) -> Self {
        self.answers_as::<T>(StatusCode::OK)
    }

    /// Answers JSON of that type with another status than 200.
    #[must_use]
    pub fn answers_as<T: ToSchema + PartialSchema>(self, status: StatusCode) -> Self {
        Self {
            reply: Reply::Json(status, Described::of::<T>()),
            ..self
        }
    }

    /// Answers with a body of that media type.
    #[must_use]
    pub fn answers_raw(self, media_type: &'static str) -> Self {
        Self {
            reply: Reply::Raw(StatusCode::OK, media_type),
            ..self
        }
    }

    /// Answers a status without a body.
    #[must_use]
    pub fn answers_empty(self, status: StatusCode) -> Self {
        Self {
            reply: Reply::Empty(status),
            ..self
        }
    }

    /// Understands these query parameters and headers.
    #[must_use]
    pub fn says(self, says: &'static [Say]) -> Self {
        Self { says, ..self }
    }

    /// The names in the path, in order.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
