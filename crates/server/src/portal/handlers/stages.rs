//! The stages of a rollout, as its page and Home tell them.

use std::collections::BTreeMap;

use tessera_app::rollouts::{StageView, Staged};
use tessera_domain::TeamName;
use tessera_domain::rollout::{Plan, RolloutState, Stage, Who};
use tessera_ids::{OrgId, TeamId, Timestamp};
use tessera_store::StagedRollout;

use super::pages::{StageRow, Stages};
use super::view::Tone;
use super::visit::path;
use super::words;

/// What the page of a revision shows of its rollout.
pub(super) fn show(org: OrgId, number: u64, staged: &Staged, now: Timestamp) -> Stages {
    let rollout = &staged.rollout;
    let released = rollout.state.released();
    let here = format!("{}/rollouts/{number}", path(org));
    let (word, tone) = word(&rollout.state);
    let running = matches!(rollout.state, RolloutState::Running { .. });
    let numbered = (1..).zip(rollout.plan.stages()).zip(&staged.stages);
    Stages {
        word: word.to_owned(),
        tone,
        text: text(rollout, staged, now),
        limit: match released {
            Some(_) => format!(
                "It halts by itself when more than {} % of the answers are failures.",
                rollout.plan.limit()
            ),
            None => String::new(),
        },
        rows: numbered
            .map(|((number, stage), counts)| row(rollout, number, stage, *counts, &staged.teams))
            .collect(),
        counted: released.is_some(),
        may_pause: running,
        may_resume: released.is_some() && !running,
        may_release: released.is_some(),
        roll_back: staged.undoable.then(|| format!("{here}/roll-back")),
        undone_by: match rollout.state {
            RolloutState::RolledBack { by, .. } => Some((by, format!("{}/settings/history/{by}", path(org)))),
            _ => None,
        },
    }
}

/// A state's word, and how it is meant.
pub(super) fn word(state: &RolloutState) -> (&'static str, Tone) {
    match state {
        RolloutState::Running { .. } => ("Running", Tone::Neutral),
        RolloutState::Paused { .. } => ("Paused", Tone::Warn),
        RolloutState::Halted { .. } => ("Halted", Tone::Bad),
        RolloutState::Finished { .. } => ("Finished", Tone::Good),
        RolloutState::RolledBack { .. } => ("Rolled back", Tone::Warn),
    }
}

fn text(rollout: &StagedRollout, staged: &Staged, now: Timestamp) -> String {
    let joined = if rollout.last_revision > rollout.revision {
        let (first, last) = (rollout.revision, rollout.last_revision);
        format!(
            " Revisions {} to {last} joined the rollout of revision {first}.",
            first + 1
        )
    } else {
        String::new()
    };
    let sentence = match &rollout.state {
        RolloutState::Running { stage, since } => running(&rollout.plan, *stage, *since, staged, now),
        RolloutState::Paused { .. } => "Nobody else gets it until it goes on.".to_owned(),
        RolloutState::Halted { why, .. } => {
            format!("{why} Nobody else gets it until somebody decides.")
        }
        RolloutState::Finished { .. } => "Every stage was released: it is for every device.".to_owned(),
        RolloutState::RolledBack { by, .. } => {
            format!("Revision {by} undid it, for every device at once.")
        }
    };
    sentence + &joined
}

fn running(plan: &Plan, stage: u32, since: Timestamp, staged: &Staged, now: Timestamp) -> String {
    let bake = plan.stage(stage).map(Stage::bake).unwrap_or_default();
    let next = if stage + 1 >= plan.count() {
        "everybody else"
    } else {
        "the next stage"
    };
    let index = usize::try_from(stage).unwrap_or_default().saturating_sub(1);
    let counts = staged.stages.get(index).copied().unwrap_or_default();
    let left = bake.saturating_sub(now.since(since));
    if left.is_zero() && counts.devices > 0 && counts.applied + counts.failed == 0 {
        return format!("Stage {stage} waits for the first of its devices to answer, then comes {next}.");
    }
    if left.is_zero() {
        return format!("Stage {stage} is released; {next} comes in a moment.");
    }
    format!(
        "Stage {stage} is released and watched; {next} comes in {} unless too many fail.",
        words::span(left)
    )
}

fn row(
    rollout: &StagedRollout,
    number: u32,
    stage: &Stage,
    counts: StageView,
    teams: &BTreeMap<TeamId, TeamName>,
) -> StageRow {
    let last = number == rollout.plan.count();
    let released = match &rollout.state {
        RolloutState::Finished { .. } => true,
        state => state.released().is_some_and(|released| number <= released),
    };
    let state = match &rollout.state {
        RolloutState::RolledBack { .. } => "undone",
        RolloutState::Running { stage, .. } if *stage == number => "released, watched now",
        _ if released => "released",
        _ => "waits",
    };
    StageRow {
        number: usize::try_from(number).unwrap_or_default(),
        who: who(&stage.who, teams),
        state: state.to_owned(),
        released,
        bake: match (last, stage.bake_minutes) {
            (true, _) => String::new(),
            (false, 0) => "until a device answers".to_owned(),
            (false, _) => words::span(stage.bake()),
        },
        devices: counts.devices,
        applied: counts.applied,
        failed: counts.failed,
    }
}

fn who(who: &Who, teams: &BTreeMap<TeamId, TeamName>) -> String {
    match who {
        Who::Percent(100) => "Everybody".to_owned(),
        Who::Percent(share) => format!("{share} % of all devices"),
        Who::Teams(named) => {
            let name = |team: &TeamId| {
                teams
                    .get(team)
                    .map_or_else(|| "a deleted team".to_owned(), ToString::to_string)
            };
            named.iter().map(name).collect::<Vec<_>>().join(", ")
        }
    }
}
