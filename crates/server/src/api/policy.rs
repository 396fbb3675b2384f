//! The settings as a file: export, plan, apply.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tessera_app::policy_file::{
    self, Applied, ApplyRequest, Drift, FilePlan, KeysPlan, LayerPlan, SecretValues, Section,
};
use tessera_domain::Right;
use tessera_ids::OrgId;
use tessera_policy::LayerName;
use tessera_policy::file::FileSection;
use utoipa::ToSchema;

use super::credentials::shapes::Secrets;
use super::planned::{Counts, Planned};
use super::policy_keys::{AppliedKeys, OneDriftedKey, PlannedKeys};
use super::settings::{etag, expected};
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{Path, Query, TomlOrJson};
use crate::http::limits;
use crate::routes::{Access, Route, Say};
use crate::site::Site;

const PATH: &str = "/api/v1/orgs/{org}/policy";
const TOML: &str = "application/toml";

pub(super) fn routes() -> Vec<Route> {
    let change = Access::Member(Right::ChangeSettings);
    vec![
        Route::get(
            PATH,
            Access::Member(Right::SeeSettings),
            "Gives the settings as a policy file; where one was applied before, with its comments.",
            export,
        )
        .answers_raw(TOML),
        Route::post(
            "/api/v1/orgs/{org}/policy/plan",
            change,
            "Says what applying a policy file would do. Changes nothing. Takes the file itself as application/toml, too.",
            plan,
        )
        .up_to(limits::POLICY)
        .takes::<PolicyBody>()
        .answers::<PolicyPlan>(),
        Route::post(
            "/api/v1/orgs/{org}/policy/apply",
            change,
            "Applies a policy file as one new revision; its sections are its own from then on. Takes the file itself as application/toml, too.",
            apply,
        )
        .up_to(limits::POLICY)
        .says(&[
            Say {
                place: "header",
                name: "If-Match",
                text: "The revision that was planned against, as `\"7\"`; 409 when it is not the newest.",
            },
            Say {
                place: "query",
                name: "source",
                text: "With application/toml: what the file is called.",
            },
        ])
        .takes::<PolicyBody>()
        .answers::<PolicyApplied>(),
    ]
}

/// A policy file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PolicyBody {
    /// Its text, in TOML.
    policy: String,
    /// What it is called: a path, an address. Pages that it makes read-only name it.
    #[serde(default)]
    source: String,
    /// Why, for the history.
    #[serde(default)]
    note: String,
    /// The secrets that the file names, by their references, such as `env:OPENAI_API_KEY`. A plan compares the keys whose
    /// values are here; applying needs them all. Never kept with the file, and never given back.
    #[serde(default)]
    #[schema(value_type = Object, write_only)]
    secrets: Secrets,
    /// The keys that the author saw: `credentials.state` of the plan. Applying answers 409 when they are others by now.
    #[serde(default)]
    credentials_state: Option<String>,
}

/// What was sent, in either form.
struct Taken {
    text: Bytes,
    source: String,
    note: String,
    values: SecretValues,
    keys_seen: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Called {
    #[serde(default)]
    source: String,
}

/// What applying a file would do.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyPlan {
    /// The revision that it is against.
    revision: u64,
    /// Whether no setting and no key would change.
    nothing_to_do: bool,
    /// How much comes, changes and goes: settings, rows and keys.
    counts: Counts,
    /// Layer by layer.
    layers: Vec<PlannedLayer>,
    /// What becomes of the providers' keys; none where they are none of the file's business.
    credentials: Option<PlannedKeys>,
    /// Devices that would receive the settings.
    devices: u64,
    /// Members whom they reach.
    members: u64,
    /// What members would lose, a sentence each.
    losses: Vec<String>,
    /// Sections that the file would own and does not own yet.
    takes: Vec<OneSection>,
    /// Sections that the last file owned and this one leaves out: what they say goes.
    drops: Vec<OneSection>,
    /// What became of the last file's sections since it was applied.
    drift: Drifted,
}

/// What would change in one layer.
#[derive(Debug, Serialize, ToSchema)]
struct PlannedLayer {
    /// `org`, `team_…` or `acct_…`.
    #[schema(value_type = String)]
    layer: LayerName,
    /// Whose, in words.
    name: String,
    /// What would change.
    changes: Vec<Planned>,
    /// Devices that would receive it.
    devices: u64,
    /// Members whom it reaches.
    members: u64,
}

/// A section of a layer.
#[derive(Debug, Serialize, ToSchema)]
struct OneSection {
    /// `org`, `team_…` or `acct_…`.
    #[schema(value_type = String)]
    layer: LayerName,
    /// Whose, in words.
    name: String,
    /// The section.
    #[schema(value_type = String)]
    section: FileSection,
}

/// How what holds differs from what the last file said.
#[derive(Debug, Serialize, ToSchema)]
struct Drifted {
    /// What changed since, layer by layer.
    layers: Vec<PlannedLayer>,
    /// Whose name is another now.
    renamed: Vec<Renamed>,
    /// Whom the file names and who is gone.
    gone: Vec<String>,
    /// What became of its keys.
    credentials: Vec<OneDriftedKey>,
}

/// Another name.
#[derive(Debug, Serialize, ToSchema)]
struct Renamed {
    /// As the file says.
    from: String,
    /// As it is now.
    to: String,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyApplied {
    /// The newest revision: a new one, or the present one where no setting changed.
    revision: u64,
    /// Whether this made the revision.
    changed: bool,
    /// The sections that the file owns now.
    sections: Vec<OneSection>,
    /// What became of the providers' keys.
    credentials: AppliedKeys,
}

impl From<LayerPlan> for PlannedLayer {
    fn from(plan: LayerPlan) -> Self {
        Self {
            layer: plan.layer,
            name: plan.bearer.to_string(),
            changes: plan.plan.changes.into_iter().map(Into::into).collect(),
            devices: plan.devices,
            members: plan.members,
        }
    }
}

impl From<Section> for OneSection {
    fn from(section: Section) -> Self {
        Self {
            layer: section.layer,
            name: section.bearer.to_string(),
            section: section.section,
        }
    }
}

impl From<Drift> for Drifted {
    fn from(drift: Drift) -> Self {
        let renamed = drift.renamed.iter().map(|(from, to)| Renamed {
            from: from.to_string(),
            to: to.to_string(),
        });
        Self {
            renamed: renamed.collect(),
            gone: drift.gone.iter().map(ToString::to_string).collect(),
            layers: drift.layers.into_iter().map(Into::into).collect(),
            credentials: drift.keys.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FilePlan> for PolicyPlan {
    fn from(plan: FilePlan) -> Self {
        Self {
            revision: plan.revision,
            nothing_to_do: plan.is_empty(),
            counts: Counts::of(plan.layers.iter().map(|layer| &layer.plan))
                .and_keys(plan.keys.as_ref().map(KeysPlan::tally).unwrap_or_default()),
            losses: plan.losses().map(str::to_owned).collect(),
            layers: plan.layers.into_iter().map(Into::into).collect(),
            credentials: plan.keys.map(Into::into),
            devices: plan.devices,
            members: plan.members,
            takes: plan.takes.into_iter().map(Into::into).collect(),
            drops: plan.drops.into_iter().map(Into::into).collect(),
            drift: plan.drift.into(),
        }
    }
}

impl From<Applied> for PolicyApplied {
    fn from(applied: Applied) -> Self {
        Self {
            revision: applied.revision,
            changed: applied.changed,
            sections: applied.sections.into_iter().map(Into::into).collect(),
            credentials: applied.keys.into(),
        }
    }
}

async fn export(State(site): State<Site>, Signed(actor): Signed, Path(org): Path<OrgId>) -> Answer<Response> {
    let text = policy_file::export(&site.app, &actor, org).await?;
    let headers = [(header::CONTENT_TYPE, TOML)];
    Ok((StatusCode::OK, headers, text).into_response())
}

async fn plan(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    body: TomlOrJson<PolicyBody>,
) -> Answer<Json<PolicyPlan>> {
    let taken = taken(body, Called::default());
    let plan = policy_file::plan(&site.app, &actor, org, taken.text, &taken.values).await?;
    Ok(Json(plan.into()))
}

async fn apply(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(called): Query<Called>,
    headers: HeaderMap,
    body: TomlOrJson<PolicyBody>,
) -> Answer<Response> {
    let taken = taken(body, called);
    let request = ApplyRequest {
        text: taken.text,
        source: taken.source,
        note: super::note(taken.note)?,
        expected: expected(&headers)?,
        values: taken.values,
        keys_seen: taken.keys_seen,
    };
    let applied = site
        .run(|app| async move { policy_file::apply(&app, &actor, org, request).await })
        .await?;
    let revision = applied.revision;
    Ok((etag(revision), Json(PolicyApplied::from(applied))).into_response())
}

/// The file, what it is called, why, and what it needs.
fn taken(body: TomlOrJson<PolicyBody>, called: Called) -> Taken {
    match body {
        TomlOrJson::Toml(text) => Taken {
            text,
            source: called.source,
            note: String::new(),
            values: SecretValues::default(),
            keys_seen: None,
        },
        TomlOrJson::Json(body) => Taken {
            text: Bytes::from(body.policy),
            source: body.source,
            note: body.note,
            values: body.secrets.0.into_iter().collect(),
            keys_seen: body.credentials_state,
        },
    }
}
