//! How a revision shall reach the devices, as bodies say it.

use serde::Deserialize;
use tessera_app::settings::Reach;
use tessera_domain::rollout::{DEFAULT_LIMIT, Plan, Stage, Who};
use tessera_domain::{Error, Result};
use tessera_ids::TeamId;
use utoipa::ToSchema;

/// A rollout in stages. Everybody who is left is the last one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RolloutPlan {
    /// The stages, in their order.
    stages: Vec<StageIn>,
    /// The share of failures, in percent, above which it halts.
    #[serde(default = "default_limit")]
    failure_limit: u8,
}

/// One stage: a share of all devices, or the devices of some teams.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StageIn {
    /// This share of all devices; those of smaller shares are among them.
    percent: Option<u8>,
    /// The devices of these teams' members.
    #[schema(value_type = Option<Vec<String>>)]
    teams: Option<Vec<TeamId>>,
    /// How long it is watched before the next one.
    #[serde(default)]
    bake_minutes: u32,
}

const fn default_limit() -> u8 {
    DEFAULT_LIMIT
}

/// What a body says; nothing means everybody at once.
pub(super) fn read(plan: Option<RolloutPlan>) -> Result<Reach> {
    let Some(plan) = plan else {
        return Ok(Reach::AtOnce);
    };
    let stage = |(index, stage): (usize, StageIn)| {
        let who = match (stage.percent, stage.teams) {
            (Some(share), None) => Who::Percent(share),
            (None, Some(teams)) => Who::Teams(teams.into_iter().collect()),
            _ => {
                let text = "A stage has either `percent` or `teams`.";
                return Err(Error::field(format!("/rollout/stages/{index}"), text));
            }
        };
        Ok(Stage::new(who, stage.bake_minutes))
    };
    let stages = plan.stages.into_iter().enumerate().map(stage);
    let stages = stages.collect::<Result<Vec<_>>>()?;
    Ok(Reach::InStages(Plan::new(stages, plan.failure_limit)?))
}
