//! Access tokens against assertions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tessera_app::sync::{self, Refused};
use tessera_wire::Text;
use tessera_wire::token::{TokenError, TokenRefusal, TokenRequest};

use crate::http::Failure;
use crate::http::extract::Fields;
use crate::site::Site;

pub(super) async fn give(State(site): State<Site>, fields: Fields) -> Response {
    let text = |name: &str| fields.get(name).to_owned();
    let request = TokenRequest {
        grant_type: text("grant_type"),
        assertion: text("assertion"),
    };
    match sync::token(&site.app, &request).await {
        Ok(token) => Json(token).into_response(),
        Err(Refused::Grant(error, why)) => {
            let status = if error == TokenError::InvalidClient {
                StatusCode::UNAUTHORIZED
            } else {
                StatusCode::BAD_REQUEST
            };
            let refusal = TokenRefusal {
                error,
                error_description: Some(Text::clip(&why)),
            };
            (status, Json(refusal)).into_response()
        }
        Err(Refused::Failed(error)) => Failure(error).into_response(),
    }
}
