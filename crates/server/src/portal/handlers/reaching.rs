//! How a change shall reach the devices: what a form offers, and what it says.

use tessera_app::settings::Reach;
use tessera_app::{rollouts, teams};
use tessera_domain::rollout::{DEFAULT_LIMIT, Plan, RolloutState, Stage, Who};
use tessera_domain::{Error, Result};
use tessera_ids::{OrgId, TeamId};

use super::pages::PendingField;
use super::view::{Input, Reaching, Select, TeamTick};
use super::visit::{Visit, path};
use crate::http::extract::Fields;

/// Teams that are offered at most.
const TEAMS: u64 = 200;
/// How long a stage is watched unless somebody says otherwise, in minutes.
const BAKE: &str = "60";
/// The waves that are proposed.
const PERCENTS: &str = "5, 25, 100";
/// What the names of these fields begin with.
const PREFIX: &str = "reach";

/// The choice, with what was typed before.
pub(super) async fn offer(
    visit: &Visit,
    org: OrgId,
    typed: Option<&Fields>,
    problem: Option<String>,
) -> Result<Reaching> {
    let (app, actor) = (visit.app(), visit.actor()?);
    if let Some(rollout) = rollouts::under_way(app, actor, org).await? {
        let state = match rollout.state {
            RolloutState::Paused { .. } => "paused",
            RolloutState::Halted { .. } => "halted",
            _ => "under way",
        };
        let text = format!(
            "The rollout of revision {} is {state}, and this joins it: who has that revision gets this too, the others \
             wait on, and the stage is watched from the beginning.",
            rollout.revision
        );
        let href = format!("{}/rollouts/{}", path(org), rollout.last_revision);
        return Ok(Reaching {
            joins: Some((text, href)),
            ..Reaching::default()
        });
    }
    let or = |name: &str, default: &str| {
        let text = typed.and_then(|fields| fields.find(name)).unwrap_or(default);
        text.to_owned()
    };
    let ticked = |id: &str| typed.is_some_and(|fields| fields.all("reach_team").any(|team| team == id));
    let labels = teams::labels(app, actor, org, TEAMS).await?;
    Ok(Reaching {
        joins: None,
        way: or("reach", "all"),
        teams: labels
            .into_iter()
            .map(|team| TeamTick {
                ticked: ticked(&team.id.to_string()),
                id: team.id.to_string(),
                name: team.name.to_string(),
            })
            .collect(),
        percents: Input::new(or("reach_percents", PERCENTS)),
        bake: Select {
            options: Reaching::bakes(),
            value: or("reach_bake", BAKE),
            error: None,
        },
        limit: Input::new(or("reach_limit", &DEFAULT_LIMIT.to_string())),
        problem,
    })
}

/// What a form says; everybody at once where it says nothing.
///
/// # Errors
/// *Invalid* for stages that make no sense.
pub(super) fn read(fields: &Fields) -> Result<Reach> {
    let bake = number(fields, "reach_bake", "how long each stage is watched");
    let stages = match fields.get("reach") {
        "teams" => {
            let teams = fields
                .all("reach_team")
                .filter_map(|team| team.parse::<TeamId>().ok());
            vec![Stage::new(Who::Teams(teams.collect()), bake?)]
        }
        "waves" => waves(fields.get("reach_percents"), bake?)?,
        _ => return Ok(Reach::AtOnce),
    };
    let limit = number(fields, "reach_limit", "the share of failures")?;
    let limit = u8::try_from(limit).unwrap_or(u8::MAX);
    Plan::new(stages, limit).map(Reach::InStages)
}

fn waves(text: &str, bake: u32) -> Result<Vec<Stage>> {
    let shares = text
        .split([',', ' ', ';', '%', '→'])
        .filter(|part| !part.trim().is_empty());
    let share = |part: &str| {
        let unread = |_| {
            Error::field(
                "/rollout/stages",
                "Type the waves as percentages between commas: 5, 25, 100.",
            )
        };
        part.trim()
            .parse()
            .map(|share| Stage::new(Who::Percent(share), bake))
            .map_err(unread)
    };
    shares.map(share).collect()
}

fn number(fields: &Fields, name: &str, what: &str) -> Result<u32> {
    let unread = |_| Error::field("/rollout", format!("Say {what} as a number."));
    fields
        .get(name)
        .trim()
        .trim_end_matches('%')
        .trim()
        .parse()
        .map_err(unread)
}

/// The fields of the choice, for forms that carry them along; none where a rollout is under way, which leaves none.
pub(super) async fn carried(visit: &Visit, org: OrgId, fields: &Fields) -> Result<Vec<PendingField>> {
    if rollouts::under_way(visit.app(), visit.actor()?, org)
        .await?
        .is_some()
    {
        return Ok(Vec::new());
    }
    let own = fields.iter().filter(|(name, _)| name.starts_with(PREFIX));
    let field = |(name, value): (&str, &str)| PendingField {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    Ok(own.map(field).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(form: &str) -> Result<Reach> {
        read(&Fields::decode(form)?)
    }

    #[test]
    fn a_form_says_stages_or_everybody() {
        assert!(matches!(said("").unwrap(), Reach::AtOnce));
        assert!(matches!(
            said("reach=all&reach_percents=moon").unwrap(),
            Reach::AtOnce
        ));
        let Reach::InStages(plan) =
            said("reach=waves&reach_percents=5%2C+25+%25%2C100&reach_bake=60&reach_limit=10+%25").unwrap()
        else {
            panic!("these are stages")
        };
        let shares: Vec<_> = plan.stages().iter().map(|stage| stage.who.clone()).collect();
        assert_eq!(shares, [Who::Percent(5), Who::Percent(25), Who::Percent(100)]);
        assert_eq!((plan.limit(), plan.stages()[0].bake_minutes), (10, 60));
        for wrong in [
            "reach=waves&reach_percents=five&reach_bake=60&reach_limit=10",
            "reach=waves&reach_percents=25,5&reach_bake=60&reach_limit=10",
            "reach=waves&reach_percents=5&reach_bake=&reach_limit=10",
            "reach=waves&reach_percents=5&reach_bake=60&reach_limit=400",
            "reach=teams&reach_bake=60&reach_limit=10",
        ] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
    }
}
