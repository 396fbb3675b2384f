//! The organization's settings: read, change, and what binds the caller.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tessera_app::settings::{self, Mine, SaveRequest, TeamDefault};
use tessera_domain::{Error, Right};
use tessera_ids::{OrgId, TeamId};
use tessera_policy::{EffectiveValue, LayerName, Leaf, SettingsPatch};
use utoipa::ToSchema;

use super::reach::RolloutPlan;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{Json, Path};
use crate::http::limits;
use crate::routes::{Access, Route, Say};
use crate::site::Site;

const PATH: &str = "/api/v1/orgs/{org}/settings";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            PATH,
            Access::Member(Right::SeeSettings),
            "Gives every setting with its value and source.",
            show,
        )
        .answers::<Settings>(),
        Route::patch(
            PATH,
            Access::Member(Right::ChangeSettings),
            "Changes settings, as one new revision.",
            change,
        )
        .up_to(limits::PATCH)
        .says(&[Say {
            place: "header",
            name: "If-Match",
            text: "The revision that the change is made against, as `\"7\"`; 409 when it is not the newest.",
        }])
        .takes::<Patch>()
        .answers::<Saved>(),
        Route::get(
            "/api/v1/orgs/{org}/my-settings",
            Access::Member(Right::SeeOwnSettings),
            "Explains every setting that binds the caller.",
            mine,
        )
        .answers::<MySettings>(),
    ]
}

/// Every setting, section by section.
#[derive(Debug, Serialize, ToSchema)]
struct Settings {
    /// The newest revision; 0 before the first change.
    revision: u64,
    /// By section and leaf.
    settings: BTreeMap<&'static str, BTreeMap<&'static str, Setting>>,
}

/// One setting.
#[derive(Debug, Serialize, ToSchema)]
struct Setting {
    /// On or off, a word, or how many websites are denied.
    #[schema(value_type = Value)]
    value: tessera_policy::Value,
    /// `built-in`, `org`, `team_…` or `member`.
    #[schema(value_type = String)]
    source: LayerName,
    /// Whether teams are kept from replacing it.
    locked: bool,
}

impl From<EffectiveValue> for Setting {
    fn from(value: EffectiveValue) -> Self {
        Self {
            value: value.value,
            source: value.source,
            locked: value.locked,
        }
    }
}

/// A change of settings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Patch {
    /// By section and leaf: a value, or `{"value": …, "locked": …}`, or null to say nothing any more.
    /// `memory.websites` takes `{"add": […], "remove": […]}`.
    #[schema(value_type = Object)]
    pub(super) settings: serde_json::Value,
    /// Other default models for teams, where the organization no longer allows what they name: by team, section and leaf,
    /// as in `settings`. Saved in the same revision; only with a change of the organization's layer.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Object>)]
    team_defaults: BTreeMap<TeamId, serde_json::Value>,
    /// Why, for the history.
    #[serde(default)]
    note: String,
    /// Whose layer changes: `org`, `team_…`, or `acct_…` to tighten for one member.
    #[serde(default = "org_layer")]
    #[schema(value_type = String, default = "org")]
    pub(super) layer: LayerName,
    /// In which stages it reaches the devices; all at once without it. While a rollout is under way a change
    /// joins it, so this must be left out.
    #[serde(default)]
    rollout: Option<RolloutPlan>,
}

impl Patch {
    /// The replacements of teams' defaults.
    pub(super) fn team_defaults(&self) -> Result<Vec<TeamDefault>, Error> {
        let mut found = Vec::new();
        let mut wrong = Vec::new();
        for (team, settings) in &self.team_defaults {
            match SettingsPatch::parse(settings) {
                Ok(edits) => found.extend(edits.into_iter().map(|edit| TeamDefault { team: *team, edit })),
                Err(errors) => wrong.extend(errors.into_iter().map(|mut error| {
                    error.pointer = error
                        .pointer
                        .replacen("/settings", &format!("/team_defaults/{team}"), 1);
                    error
                })),
            }
        }
        if wrong.is_empty() {
            Ok(found)
        } else {
            Err(Error::invalid_fields(wrong))
        }
    }
}

pub(super) fn org_layer() -> LayerName {
    LayerName::Org
}

/// What became of a change.
#[derive(Debug, Serialize, ToSchema)]
struct Saved {
    /// The newest revision: a new one, or the present one when nothing changed.
    revision: u64,
    /// What changed.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<tessera_policy::Change>,
}

/// Every setting that binds the caller, with every layer that spoke.
#[derive(Debug, Serialize, ToSchema)]
struct MySettings {
    /// The newest revision; 0 before the first change.
    revision: u64,
    /// The settings, in the order of the pages.
    #[schema(value_type = Vec<Object>)]
    settings: Vec<tessera_policy::Explanation>,
}

impl From<Mine> for MySettings {
    fn from(mine: Mine) -> Self {
        Self {
            revision: mine.revision,
            settings: mine.leaves.into_iter().map(|(_, explained)| explained).collect(),
        }
    }
}

async fn show(State(site): State<Site>, Signed(actor): Signed, Path(org): Path<OrgId>) -> Answer<Response> {
    let current = settings::current(&site.app, &actor, org).await?;
    let mut sections: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (leaf, value) in current.effective.iter() {
        sections
            .entry(leaf.section().as_str())
            .or_default()
            .insert(Leaf::name(leaf), value.into());
    }
    let revision = current.snapshot.revision;
    Ok((
        etag(revision),
        axum::Json(Settings {
            revision,
            settings: sections,
        }),
    )
        .into_response())
}

async fn change(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    headers: HeaderMap,
    Json(patch): Json<Patch>,
) -> Answer<Response> {
    let edits = SettingsPatch::parse(&patch.settings).map_err(Error::invalid_fields)?;
    let team_defaults = patch.team_defaults()?;
    let (note, reach) = (super::note(patch.note)?, super::reach::read(patch.rollout)?);
    let request = SaveRequest {
        layer: patch.layer,
        edits,
        team_defaults,
        note,
        expected: expected(&headers)?,
    };
    let saved = site
        .run(|app| async move { settings::save_as(&app, &actor, org, request, &reach).await })
        .await?;
    let answer = Saved {
        revision: saved.revision,
        changes: saved.changes,
    };
    Ok((etag(saved.revision), axum::Json(answer)).into_response())
}

async fn mine(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<axum::Json<MySettings>> {
    Ok(axum::Json(settings::mine(&site.app, &actor, org).await?.into()))
}

pub(super) fn etag(revision: u64) -> [(header::HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{revision}\"")).expect("digits in quotes are header text");
    [(header::ETAG, value)]
}

/// The revision in `If-Match`; none for `*` and without the header.
pub(super) fn expected(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_start_matches("W/").trim_matches('"').parse().map(Some);
    number.map_err(|_| Error::invalid("If-Match must hold a revision such as \"7\"."))
}
