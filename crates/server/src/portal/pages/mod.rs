//! One struct per page: the checked contract between a handler and its template. A page holds everything it shows and nothing else.
//! The doc comment of a page with a form names the form's action, fields and buttons.

mod entrance;
mod error;

pub use entrance::{ForgotPassword, ResetPassword, SetUp, SignIn, SignOut, SignUp, VerifyEmail, VerifyState};
pub use error::ErrorPage;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A page as an answer: `(StatusCode, Page(SignIn { … }))` or just `Page(…)`.
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page could not be drawn");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
