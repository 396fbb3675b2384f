//! When a provider ends a key, as people note it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::credentials;
use tessera_domain::{Error, Right};
use tessera_ids::{CredentialId, OrgId, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::api::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path};
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageCredentials);
    vec![
        Route::get(
            "/api/v1/orgs/{org}/credential-expiries",
            may,
            "Lists when keys end, as far as that was noted.",
            list,
        )
        .answers::<Expiries>(),
        Route::put(
            "/api/v1/orgs/{org}/credentials/{credential}/expiry",
            may,
            "Notes when a key ends, or that nobody knows.",
            note,
        )
        .takes::<Expiry>()
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// When keys end.
#[derive(Debug, Serialize, ToSchema)]
struct Expiries {
    /// By the key's id.
    #[schema(value_type = Object)]
    expires_at: BTreeMap<CredentialId, Instant>,
}

/// When a key ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Expiry {
    /// RFC 3339; null when nobody knows.
    expires_at: Option<String>,
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Expiries>> {
    let found = credentials::expiries(&site.app, &actor, org).await?;
    let expires_at = found.into_iter().map(|(id, at)| (id, Instant(at))).collect();
    Ok(Json(Expiries { expires_at }))
}

async fn note(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, CredentialId)>,
    extract::Json(body): extract::Json<Expiry>,
) -> Answer<StatusCode> {
    let read = |text: String| OffsetDateTime::parse(&text, &Rfc3339);
    let at = body.expires_at.map(read).transpose();
    let at = at.map_err(|_| Error::field("/expires_at", "Write an instant as RFC 3339 does."))?;
    let at = at.map(|at| Timestamp::from_seconds(at.unix_timestamp()));
    site.run(|app| async move { credentials::note_expiry(&app, &actor, org, id, at).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
