//! Who the caller is: account, organizations, access tokens.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tessera_app::{accounts, orgs, tokens};
use tessera_domain::Role;
use tessera_ids::{AccountId, ApiTokenId, OrgId};
use tessera_store::ApiToken;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/me",
            Access::SignedIn,
            "Says who the caller is and where they belong.",
            show,
        )
        .answers::<Me>(),
        Route::get(
            "/api/v1/me/tokens",
            Access::SignedIn,
            "Lists the caller's personal access tokens; never their text.",
            list_tokens,
        )
        .answers::<Tokens>(),
        Route::delete(
            "/api/v1/me/tokens/{api_token}",
            Access::SignedIn,
            "Deletes one of the caller's personal access tokens.",
            delete_token,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// The account.
    #[schema(value_type = String)]
    id: AccountId,
    /// What they are called.
    name: String,
    /// Their address.
    email: String,
    /// Where they belong.
    organizations: Vec<Belonging>,
}

/// One membership of the caller.
#[derive(Debug, Serialize, ToSchema)]
struct Belonging {
    /// The organization.
    #[schema(value_type = String)]
    id: OrgId,
    /// What it is called.
    name: String,
    /// `owner`, `admin`, `write` or `read`.
    #[schema(value_type = String)]
    role: Role,
}

async fn show(State(site): State<Site>, Signed(actor): Signed) -> Answer<Json<Me>> {
    let account = accounts::me(&site.app, &actor).await?;
    let orgs = orgs::mine(&site.app, &actor).await?;
    let belonging = |org: tessera_store::OrgOfAccount| Belonging {
        id: org.org,
        name: org.name.to_string(),
        role: org.role,
    };
    Ok(Json(Me {
        id: account.id,
        name: account.name.to_string(),
        email: account.email.to_string(),
        organizations: orgs.into_iter().map(belonging).collect(),
    }))
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
