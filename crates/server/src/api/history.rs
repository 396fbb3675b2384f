//! The revisions of the settings.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tessera_app::settings::{self, RevisionSummary};
use tessera_domain::Right;
use tessera_ids::OrgId;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/revisions",
            Access::Member(Right::SeeSettings),
            "Lists revisions, the newest first.",
            list,
        )
        .says(&[
            Say {
                place: "query",
                name: "before",
                text: "Only revisions older than this one.",
            },
            Say {
                place: "query",
                name: "limit",
                text: "How many, at most 100.",
            },
        ])
        .answers::<Revisions>(),
        Route::get(
            "/api/v1/orgs/{org}/revisions/{revision}",
            Access::Member(Right::SeeSettings),
            "Gives one revision with its changes.",
            one,
        )
        .answers::<Revision>(),
    ]
}

/// A page of revisions.
#[derive(Debug, Serialize, ToSchema)]
struct Revisions {
    /// The revisions, the newest first.
    revisions: Vec<Revision>,
    /// Ask with `before` at this number for the next page.
    next: Option<u64>,
}

/// One saved change of the settings.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the contract with scripts"
)]
struct Revision {
    /// Numbered from 1 without gaps.
    revision: u64,
    /// Who saved it, by the name they had then.
    author: String,
    /// When.
    at: Instant,
    /// Why, in the author's words.
    note: String,
    /// What changed against the revision before.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<tessera_policy::Change>,
}

impl From<RevisionSummary> for Revision {
    fn from(row: RevisionSummary) -> Self {
        Self {
            revision: row.number,
            author: row.author.to_string(),
            at: row.at.into(),
            note: row.note.map(|note| note.to_string()).unwrap_or_default(),
            changes: row.changes,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Page {
    before: Option<u64>,
    limit: Option<u64>,
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(page): Query<Page>,
) -> Answer<Json<Revisions>> {
    let found = settings::history(&site.app, &actor, org, page.before, page.limit.unwrap_or(50)).await?;
    let revisions = found.revisions.into_iter().map(Into::into).collect();
    Ok(Json(Revisions {
        revisions,
        next: found.next,
    }))
}

async fn one(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, number)): Path<(OrgId, u64)>,
) -> Answer<Json<Revision>> {
    let detail = settings::revision(&site.app, &actor, org, number).await?;
    Ok(Json(detail.summary.into()))
}
