//! Looking before one changes: why a setting is as it is, and what a change would do.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tessera_app::policy_file::{self, AppliedFile};
use tessera_app::settings::{self, Explained, Review};
use tessera_domain::{Error, Right};
use tessera_ids::{AccountId, OrgId};
use tessera_policy::{LayerName, Leaf, SettingsPatch, Spoke};
use utoipa::ToSchema;

use super::Instant;
use super::planned::{Counts, Planned, Redundant};
use super::settings::Patch;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route, Say};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/settings/explain",
            Access::Member(Right::SeeSettings),
            "Says why a setting is as it is: its value, and every layer that spoke, in order.",
            explain,
        )
        .says(&[
            Say {
                place: "query",
                name: "leaf",
                text: "The setting, such as `features.telemetry`.",
            },
            Say {
                place: "query",
                name: "member",
                text: "For whom, `acct_…` or an address; without, for a member of no team.",
            },
        ])
        .answers::<Explanation>(),
        Route::post(
            "/api/v1/orgs/{org}/settings/plan",
            Access::Member(Right::ChangeSettings),
            "Says what a change of settings would do: to what, to whom, and what they lose. Changes nothing.",
            plan,
        )
        .up_to(limits::PATCH)
        .takes::<Patch>()
        .answers::<SettingsPlan>(),
    ]
}

/// Why a setting is as it is.
#[derive(Debug, Serialize, ToSchema)]
struct Explanation {
    /// The setting.
    #[schema(value_type = String)]
    leaf: Leaf,
    /// The value in force.
    #[schema(value_type = Value)]
    value: tessera_policy::Value,
    /// The layer whose word it is.
    #[schema(value_type = String)]
    source: LayerName,
    /// What people call that layer, where it is a team; null otherwise.
    source_name: Option<String>,
    /// Whether teams are kept from replacing it.
    locked: bool,
    /// Every layer that spoke: `layer`, of a team also `layer_name`, then `value`, `locked`, and `won`: whether its word
    /// is in force.
    #[schema(value_type = Vec<Object>)]
    layers: Vec<Spoke>,
    /// For whom; null for a member of no team.
    #[schema(value_type = Option<String>)]
    member: Option<AccountId>,
    /// Members' own stricter rules stay on their machines, so this is always `not_known_to_the_server`.
    member_layer: &'static str,
    /// The revision that was read.
    revision: u64,
}

impl From<Explained> for Explanation {
    fn from(explained: Explained) -> Self {
        let found = explained.explanation;
        Self {
            leaf: found.leaf,
            value: found.value,
            source: found.source,
            source_name: found.source_name,
            locked: found.locked,
            layers: found.spoke,
            member: explained.member,
            member_layer: "not_known_to_the_server",
            revision: explained.revision,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    leaf: String,
    member: Option<String>,
}

async fn explain(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(asked): Query<Asked>,
) -> Answer<Json<Explanation>> {
    let leaf = asked
        .leaf
        .parse()
        .map_err(|error: tessera_policy::UnknownName| Error::field("/leaf", error.to_string()))?;
    let member = asked
        .member
        .as_deref()
        .map(str::trim)
        .filter(|member| !member.is_empty());
    let explained = settings::explain(&site.app, &actor, org, leaf, member).await?;
    Ok(Json(explained.into()))
}

/// What a change of settings would do.
#[derive(Debug, Serialize, ToSchema)]
struct SettingsPlan {
    /// The revision that it is against.
    revision: u64,
    /// What would change.
    changes: Vec<Planned>,
    /// What would change in teams with it, by team.
    team_defaults: BTreeMap<String, Vec<Planned>>,
    /// How much comes, changes and goes.
    counts: Counts,
    /// Devices that would receive it.
    devices: u64,
    /// Members whom it reaches.
    members: u64,
    /// What members would lose, a sentence each.
    losses: Vec<String>,
    /// How many rules about websites and applications would be redundant.
    redundant: u64,
    /// The first of them, at most 100.
    redundant_sample: Vec<Redundant>,
    /// The policy file that owns what would change; saving is refused then.
    owned_by_file: Option<Owner>,
}

/// A policy file that owns sections.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Owner {
    /// What its author calls it.
    source: String,
    /// The revision that was the newest once it was applied.
    revision: u64,
    /// When it was applied.
    applied_at: Instant,
    /// By whom.
    applied_by: String,
}

impl From<AppliedFile> for Owner {
    fn from(file: AppliedFile) -> Self {
        Self {
            source: file.source,
            revision: file.revision,
            applied_at: file.at.into(),
            applied_by: file.by.to_string(),
        }
    }
}

impl SettingsPlan {
    fn of(review: Review, owner: Option<AppliedFile>) -> Self {
        Self {
            revision: review.revision,
            counts: Counts::of(
                std::iter::once(&review.plan).chain(review.teams.iter().map(|(_, plan)| plan)),
            ),
            team_defaults: review
                .teams
                .into_iter()
                .map(|(team, plan)| {
                    (
                        team.to_string(),
                        plan.changes.into_iter().map(Into::into).collect(),
                    )
                })
                .collect(),
            losses: review.losses,
            changes: review.plan.changes.into_iter().map(Into::into).collect(),
            devices: review.devices,
            members: review.members,
            redundant: review.redundant.count,
            redundant_sample: review.redundant.sample.into_iter().map(Into::into).collect(),
            owned_by_file: owner.map(Into::into),
        }
    }
}

async fn plan(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(patch): extract::Json<Patch>,
) -> Answer<Json<SettingsPlan>> {
    let edits = SettingsPatch::parse(&patch.settings).map_err(Error::invalid_fields)?;
    let team_defaults = patch.team_defaults()?;
    let review = settings::review(&site.app, &actor, org, patch.layer, &edits, &team_defaults).await?;
    let ownership = policy_file::ownership(&site.app, &actor, org).await?;
    let changes = review.plan.changes.iter();
    let mut sections = changes.filter_map(|planned| planned.change.section());
    let is_owned = sections.any(|section| ownership.owns(patch.layer, section));
    let owner = ownership.file.filter(|_| is_owned);
    Ok(Json(SettingsPlan::of(review, owner)))
}
