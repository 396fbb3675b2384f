//! Who gets a revision in which stage.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use tessera_ids::TeamId;

use crate::{Error, FieldError, Result};

/// The most stages that a rollout has, the one for everybody included.
pub const MOST_STAGES: usize = 10;
/// The longest time that a stage waits before the next one.
pub const LONGEST_BAKE: Duration = Duration::from_hours(14 * 24);
/// The share of failures, in percent, above which a rollout halts unless its author says otherwise.
pub const DEFAULT_LIMIT: u8 = 10;

const MINUTE: u32 = 60;

/// The stages of a rollout and what halts it. Made by [`Plan::new`], which knows the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    stages: Vec<Stage>,
    limit: u8,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Whom it adds to those before.
    pub who: Who,
    /// How long it is watched before the next one, in minutes. The last stage waits for nothing.
    pub bake_minutes: u32,
    /// The last place that a percentage reaches to, once the rollout has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    up_to: Option<u32>,
}

/// Whom a stage takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The devices of these teams' members.
    Teams(BTreeSet<TeamId>),
    /// This share of all devices; those of smaller shares are among them.
    Percent(u8),
}

impl Stage {
    /// A stage before anybody was placed.
    pub const fn new(who: Who, bake_minutes: u32) -> Self {
        Self {
            who,
            bake_minutes,
            up_to: None,
        }
    }

    /// How long it is watched.
    pub fn bake(&self) -> Duration {
        Duration::from_secs(u64::from(self.bake_minutes) * u64::from(MINUTE))
    }

    fn takes(&self, place: u32, teams: &BTreeSet<TeamId>) -> bool {
        match &self.who {
            Who::Teams(first) => !first.is_disjoint(teams),
            Who::Percent(share) => place <= self.up_to.unwrap_or_else(|| proportional(*share)),
        }
    }
}

impl Plan {
    /// Checks stages and limit. Without a last stage for everybody one is added.
    ///
    /// # Errors
    /// *Invalid* with a pointer per field: no stage, too many, shares that do not rise, teams that nobody
    /// named, waits that are too long, a limit above 100.
    pub fn new(mut stages: Vec<Stage>, limit: u8) -> Result<Self> {
        let everybody = |stage: &Stage| stage.who == Who::Percent(100);
        if !stages.last().is_some_and(everybody) {
            stages.push(Stage::new(Who::Percent(100), 0));
        }
        let mut wrong = wrong_in(&stages);
        if limit > 100 {
            wrong.push(field("limit", "A limit is a percentage from 0 to 100."));
        }
        if wrong.is_empty() {
            Ok(Self { stages, limit })
        } else {
            Err(Error::invalid_fields(wrong))
        }
    }

    /// The stages, in their order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// How many stages there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.stages.len()).unwrap_or(u32::MAX)
    }

    /// One stage, counted from 1.
    pub fn stage(&self, number: u32) -> Option<&Stage> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.stages.get(index)
    }

    /// The share of failures, in percent, that it bears.
    pub const fn limit(&self) -> u8 {
        self.limit
    }

    /// The teams that some stage names.
    pub fn teams(&self) -> BTreeSet<TeamId> {
        let named = self.stages.iter().filter_map(|stage| match &stage.who {
            Who::Teams(teams) => Some(teams),
            Who::Percent(_) => None,
        });
        named.flatten().copied().collect()
    }

    /// Fixes how far each percentage reaches, by the places of the devices that there are: of 25 devices 5 %
    /// are the first two, and no share of any devices is nobody. Whoever comes later falls where the places say.
    #[must_use]
    pub fn settled(mut self, mut places: Vec<u32>) -> Self {
        places.sort_unstable();
        for stage in &mut self.stages {
            if let Who::Percent(share) = stage.who {
                let most = (places.len() * usize::from(share)).div_ceil(100);
                let last = most.checked_sub(1).and_then(|index| places.get(index).copied());
                stage.up_to = Some(match (share, last) {
                    (100, _) => u32::MAX,
                    (_, Some(last)) => last,
                    (share, None) => proportional(share),
                });
            }
        }
        self
    }

    /// The stage in which a device gets the revision, counted from 1. `place` is the device's own for this
    /// rollout, `teams` are its member's.
    pub fn wave(&self, place: u32, teams: &BTreeSet<TeamId>) -> u32 {
        let stage = self.stages.iter().position(|stage| stage.takes(place, teams));
        stage
            .and_then(|index| u32::try_from(index + 1).ok())
            .unwrap_or_else(|| self.count())
    }
}

/// How far a share reaches where there is nobody to count.
fn proportional(share: u8) -> u32 {
    let reach = u64::from(u32::MAX) * u64::from(share.min(100)) / 100;
    u32::try_from(reach).unwrap_or(u32::MAX)
}

fn wrong_in(stages: &[Stage]) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if stages.len() < 2 {
        wrong.push(field("stages", "Name at least one stage before everybody."));
    }
    if stages.len() > MOST_STAGES {
        wrong.push(field(
            "stages",
            &format!("A rollout has at most {MOST_STAGES} stages."),
        ));
    }
    let mut before = 0;
    for (index, stage) in stages.iter().enumerate() {
        match &stage.who {
            Who::Teams(teams) if teams.is_empty() => {
                wrong.push(field(
                    &format!("stages/{index}/teams"),
                    "Choose at least one team.",
                ));
            }
            Who::Percent(share) if *share <= before || *share > 100 => {
                let text = "Percentages rise from stage to stage, from 1 to 100.";
                wrong.push(field(&format!("stages/{index}/percent"), text));
            }
            Who::Percent(share) => before = *share,
            Who::Teams(_) => {}
        }
        if stage.bake() > LONGEST_BAKE {
            let text = "A stage is watched for at most 14 days.";
            wrong.push(field(&format!("stages/{index}/bake_minutes"), text));
        }
    }
    wrong
}

fn field(name: &str, message: &str) -> FieldError {
    FieldError {
        pointer: format!("/rollout/{name}"),
        message: message.to_owned(),
    }
}
