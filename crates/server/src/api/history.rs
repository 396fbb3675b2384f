//! The revisions of the settings.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use tessera_app::settings::{self, RestoreRequest, RevisionSummary};
use tessera_domain::Right;
use tessera_ids::OrgId;
use tessera_policy::LayerName;
use utoipa::ToSchema;

use super::Instant;
use super::reach::RolloutPlan;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
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
        Route::get(
            "/api/v1/orgs/{org}/revisions/compare",
            Access::Member(Right::SeeSettings),
            "Says what is different between two revisions, layer by layer.",
            compare,
        )
        .says(&[
            Say {
                place: "query",
                name: "from",
                text: "The earlier revision; 0 stands for before the first.",
            },
            Say {
                place: "query",
                name: "to",
                text: "The later one.",
            },
        ])
        .answers::<Comparison>(),
        Route::post(
            "/api/v1/orgs/{org}/revisions/{revision}/restore",
            Access::Member(Right::ChangeSettings),
            "Goes back to a revision, or to parts of it, as one new revision.",
            restore,
        )
        .says(&[Say {
            place: "header",
            name: "If-Match",
            text: "The revision that is the newest, as `\"7\"`; 409 when another is by now.",
        }])
        .takes::<Restore>()
        .answers::<Restored>(),
    ]
}

/// What is different between two revisions.
#[derive(Debug, Serialize, ToSchema)]
struct Comparison {
    /// The earlier one.
    from: u64,
    /// The later one.
    to: u64,
    /// The layers that differ.
    layers: Vec<LayerChanges>,
}

/// What is different in one layer.
#[derive(Debug, Serialize, ToSchema)]
struct LayerChanges {
    /// `org`, `team_…` or `acct_…`.
    #[schema(value_type = String)]
    layer: LayerName,
    /// What changed. Of long lists the first 100 rows, and their number.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<tessera_policy::Change>,
}

/// What to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Restore {
    /// What of the revision: `org`, `team_…/memory`, `org/memory.audio_capture`. All of it without any.
    #[serde(default)]
    parts: Vec<String>,
    /// Why, for the history.
    #[serde(default)]
    note: String,
    /// In which stages it reaches the devices; all at once without it.
    #[serde(default)]
    rollout: Option<RolloutPlan>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
struct Restored {
    /// The newest revision: a new one, or the present one when nothing is different.
    revision: u64,
    /// What changed.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<tessera_policy::Change>,
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
struct Between {
    from: u64,
    to: u64,
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

async fn compare(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(Between { from, to }): Query<Between>,
) -> Answer<Json<Comparison>> {
    let layers = settings::compare(&site.app, &actor, org, from, to).await?;
    let layers = layers
        .into_iter()
        .map(|(layer, changes)| LayerChanges { layer, changes })
        .collect();
    Ok(Json(Comparison { from, to, layers }))
}

async fn restore(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, revision)): Path<(OrgId, u64)>,
    headers: HeaderMap,
    extract::Json(wanted): extract::Json<Restore>,
) -> Answer<Json<Restored>> {
    let reach = super::reach::read(wanted.rollout)?;
    let request = RestoreRequest {
        revision,
        parts: wanted
            .parts
            .iter()
            .map(|part| part.parse())
            .collect::<Result<_, _>>()?,
        note: super::note(wanted.note)?,
        expected: super::settings::expected(&headers)?,
    };
    let done = site
        .run(|app| async move { settings::restore(&app, &actor, org, request, &reach).await })
        .await?;
    Ok(Json(Restored {
        revision: done.revision,
        changes: done.changes,
    }))
}
