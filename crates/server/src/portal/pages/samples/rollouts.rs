//! Rollouts in stages, and going back.

use super::data::{ORG, diff, owner};
use super::organization::rollout;
use super::{Sample, draw};
use crate::portal::pages::{
    Compare, LayerDiff, Restore, RestoreChange, RestoreLayer, RestoreReview, RestoreSection, RollBack,
    StageRow, Stages,
};
use crate::portal::view::{Diff, Input, Opt, Place, Reaching, Select, TeamTick, Tone};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (name, stages) in [
        ("rollout-running", running()),
        ("rollout-halted", halted()),
        ("rollout-undone", undone()),
    ] {
        let mut page = rollout(25);
        page.staged = Some(stages);
        samples.push(draw(name, &page));
    }
    samples.push(draw("roll-back", &roll_back()));
    samples.push(draw("compare", &compare()));
    samples.push(draw("restore", &restore()));
    samples.push(draw("restore-review", &restore_review()));
    samples
}

fn stage(number: usize, who: &str, state: &str, counts: [u64; 3]) -> StageRow {
    let [devices, applied, failed] = counts;
    StageRow {
        number,
        who: who.to_owned(),
        state: state.to_owned(),
        released: state.starts_with("released"),
        bake: if number == 3 {
            String::new()
        } else {
            "1 hour".to_owned()
        },
        devices,
        applied,
        failed,
    }
}

fn running() -> Stages {
    Stages {
        word: "Running".to_owned(),
        text: "Stage 1 is released and watched; the next stage comes in 42 minutes unless too many fail."
            .to_owned(),
        limit: "It halts by itself when more than 10 % of the answers are failures.".to_owned(),
        rows: vec![
            stage(1, "5 % of all devices", "released, watched now", [2, 2, 0]),
            stage(2, "25 % of all devices", "waits", [5, 0, 0]),
            stage(3, "Everybody", "waits", [18, 0, 0]),
        ],
        counted: true,
        may_pause: true,
        may_release: true,
        roll_back: Some(format!("{ORG}/rollouts/12/roll-back")),
        ..Stages::default()
    }
}

fn halted() -> Stages {
    Stages {
        word: "Halted".to_owned(),
        tone: Tone::Bad,
        text: "1 of 2 devices that answered could not apply it: 50 %, and the limit is 10 %. Nobody else gets it until \
               somebody decides. Revisions 13 to 14 joined the rollout of revision 12."
            .to_owned(),
        rows: vec![
            stage(1, "Pilots, a deleted team", "released", [2, 1, 1]),
            stage(3, "Everybody", "waits", [23, 0, 0]),
        ],
        may_pause: false,
        may_resume: true,
        ..running()
    }
}

fn undone() -> Stages {
    Stages {
        word: "Rolled back".to_owned(),
        tone: Tone::Warn,
        text: "Revision 15 undid it, for every device at once.".to_owned(),
        limit: String::new(),
        rows: vec![
            stage(1, "Pilots", "undone", [0; 3]),
            stage(3, "Everybody", "undone", [0; 3]),
        ],
        undone_by: Some((15, format!("{ORG}/settings/history/15"))),
        ..Stages::default()
    }
}

fn layers() -> Vec<LayerDiff> {
    let layer = |name: &str| LayerDiff {
        name: name.to_owned(),
        diff: diff(),
    };
    vec![layer("The organization"), layer("The team Conservation")]
}

fn roll_back() -> RollBack {
    RollBack {
        frame: owner(Place::Devices),
        number: 12,
        baseline: 11,
        undone: "revisions 12 to 14".to_owned(),
        layers: layers(),
        gone: vec!["A team that was deleted".to_owned()],
        losses: vec!["Owners and admins no longer see which features are used.".to_owned()],
        touches:
            "25 devices of 18 members get it within a second of being connected, also those that wait for \
                  their stage."
                .to_owned(),
        action: format!("{ORG}/rollouts/12"),
        note: Input::new("Too slow on old laptops"),
        problem: None,
    }
}

fn compare() -> Compare {
    let select = |value: &str| Select {
        options: vec![
            Opt::new("12", "12 · 4 minutes ago · Tomasz Wieczorek"),
            Opt::new("11", "11 · yesterday · Ines Okafor"),
            Opt::new("0", "Before the first"),
        ],
        value: value.to_owned(),
        error: None,
    };
    Compare {
        frame: owner(Place::History),
        from: select("11"),
        to: select("12"),
        layers: layers(),
        restore: Some((11, format!("{ORG}/settings/history/11/restore"))),
    }
}

fn restore() -> Restore {
    let change = |shown| RestoreChange {
        part: Some("org/features.telemetry".to_owned()),
        change: Diff { changes: vec![shown] },
    };
    Restore {
        frame: owner(Place::History),
        number: 9,
        newest: 12,
        layers: vec![RestoreLayer {
            part: "org".to_owned(),
            name: "The organization".to_owned(),
            sections: vec![RestoreSection {
                part: Some("org/features".to_owned()),
                title: "Features".to_owned(),
                changes: diff().changes.into_iter().map(change).collect(),
            }],
        }],
        gone: vec!["A team that was deleted".to_owned()],
        action: format!("{ORG}/settings/history/9/restore"),
        back: format!("{ORG}/settings/history/9"),
        problem: None,
    }
}

fn restore_review() -> RestoreReview {
    RestoreReview {
        frame: owner(Place::History),
        number: 9,
        base_revision: 12,
        parts: vec!["org/features".to_owned()],
        layers: layers(),
        touches: "Up to 25 devices of 18 members get this within a second of being connected.".to_owned(),
        losses: vec!["Owners and admins no longer see which features are used.".to_owned()],
        reaching: reaching("waves"),
        note: Input::new("Back to how it was before the audit"),
        action: format!("{ORG}/settings/history/9/restore"),
        problem: None,
    }
}

/// The choice of stages.
pub(super) fn reaching(way: &str) -> Reaching {
    let team = |name: &str, ticked| TeamTick {
        id: "team_01".to_owned(),
        name: name.to_owned(),
        ticked,
    };
    Reaching {
        joins: None,
        way: way.to_owned(),
        teams: vec![team("Conservation", true), team("Front of house", false)],
        percents: Input::new("5, 25, 100"),
        bake: Select {
            options: Reaching::bakes(),
            value: "60".to_owned(),
            error: None,
        },
        limit: Input::new("10"),
        problem: None,
    }
}
