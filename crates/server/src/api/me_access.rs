//! What opens the caller's account: sessions and personal access tokens.
//!
//! A token ends sessions and tokens, so that a leaked one can be answered by a script, but it makes none.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tessera_app::{sessions, tokens};
use tessera_ids::{ApiTokenId, SessionId};
use tessera_store::ApiToken;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    vec![
        Route::get(
            "/api/v1/me/sessions",
            own,
            "Lists the browsers that the caller is signed in with.",
            list_sessions,
        )
        .answers::<Sessions>(),
        Route::delete(
            "/api/v1/me/sessions",
            own,
            "Signs the caller out of every browser but the one that asks.",
            end_others,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::delete(
            "/api/v1/me/sessions/{session}",
            own,
            "Signs the caller out of one browser.",
            end_session,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::get(
            "/api/v1/me/tokens",
            own,
            "Lists the caller's personal access tokens; never their text. They are made on the account page only: a token makes no tokens, changes neither address nor password, and deletes no account.",
            list_tokens,
        )
        .answers::<Tokens>(),
        Route::delete(
            "/api/v1/me/tokens/{api_token}",
            own,
            "Deletes one of the caller's personal access tokens, also the one that asks.",
            delete_token,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// Browsers that are signed in.
#[derive(Debug, Serialize, ToSchema)]
struct Sessions {
    /// The sessions, the most recently used first.
    sessions: Vec<OneSession>,
}

/// One browser that is signed in.
#[derive(Debug, Serialize, ToSchema)]
struct OneSession {
    /// Its id.
    #[schema(value_type = String)]
    id: SessionId,
    /// The browser, in its own words.
    user_agent: String,
    /// Where it was last seen.
    address: String,
    /// When it was signed in.
    created_at: Instant,
    /// When it was last used, roughly.
    seen_at: Instant,
    /// Whether it is the one that asks.
    current: bool,
}

impl From<sessions::ListedSession> for OneSession {
    fn from(listed: sessions::ListedSession) -> Self {
        let session = listed.session;
        Self {
            id: session.id,
            user_agent: session.user_agent,
            address: session.address,
            created_at: session.created_at.into(),
            seen_at: session.seen_at.into(),
            current: listed.is_current,
        }
    }
}

async fn list_sessions(State(site): State<Site>, Signed(actor): Signed) -> Answer<Json<Sessions>> {
    let sessions = sessions::list(&site.app, &actor).await?;
    Ok(Json(Sessions {
        sessions: sessions.into_iter().map(Into::into).collect(),
    }))
}

async fn end_others(State(site): State<Site>, Signed(actor): Signed) -> Answer<StatusCode> {
    site.run(|app| async move { sessions::end_others(&app, &actor).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_session(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(id): Path<SessionId>,
) -> Answer<StatusCode> {
    site.run(|app| async move { sessions::end(&app, &actor, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Personal access tokens.
#[derive(Debug, Serialize, ToSchema)]
struct Tokens {
    /// The tokens, the newest first.
    tokens: Vec<OneToken>,
}

/// One personal access token.
#[derive(Debug, Serialize, ToSchema)]
struct OneToken {
    /// Its id.
    #[schema(value_type = String)]
    id: ApiTokenId,
    /// What its owner calls it.
    name: String,
    /// When it was made.
    created_at: Instant,
    /// When it stops working.
    expires_at: Option<Instant>,
    /// When it was last used, roughly.
    used_at: Option<Instant>,
}

impl From<ApiToken> for OneToken {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name.to_string(),
            created_at: token.created_at.into(),
            expires_at: token.expires_at.map(Into::into),
            used_at: token.used_at.map(Into::into),
        }
    }
}

async fn list_tokens(State(site): State<Site>, Signed(actor): Signed) -> Answer<Json<Tokens>> {
    let tokens = tokens::list(&site.app, &actor).await?;
    Ok(Json(Tokens {
        tokens: tokens.into_iter().map(Into::into).collect(),
    }))
}

async fn delete_token(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(id): Path<ApiTokenId>,
) -> Answer<StatusCode> {
    site.run(|app| async move { tokens::delete(&app, &actor, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
