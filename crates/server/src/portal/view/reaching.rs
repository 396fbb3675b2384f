//! The choice of how a change reaches the devices, on every page that reviews one.

use askama::Template;

use super::{Input, Opt, Select};

/// How a change reaches the devices. Fields: `reach` (`all`, `teams`, `waves`), `reach_team` (several), `reach_percents`,
/// `reach_bake` (minutes), `reach_limit` (percent).
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/reaching.html")]
pub struct Reaching {
    /// The rollout that is under way, which the change joins: a sentence and where it is to be seen. Then there
    /// is no choice.
    pub joins: Option<(String, String)>,
    /// What is chosen: `all`, `teams` or `waves`.
    pub way: String,
    /// The teams that could come first.
    pub teams: Vec<TeamTick>,
    /// The shares of the waves, `5, 25, 100`.
    pub percents: Input,
    /// How long a stage is watched.
    pub bake: Select,
    /// The share of failures that it bears.
    pub limit: Input,
    /// What is wrong with the choice.
    pub problem: Option<String>,
}

/// A team that may come first.
#[derive(Clone, Debug)]
pub struct TeamTick {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whether it is ticked.
    pub ticked: bool,
}

impl Reaching {
    /// How long a stage may be watched, by the minutes that the form sends.
    pub fn bakes() -> Vec<Opt> {
        [
            ("0", "until a device answers"),
            ("15", "for 15 minutes"),
            ("60", "for 1 hour"),
            ("240", "for 4 hours"),
            ("1440", "for 1 day"),
            ("4320", "for 3 days"),
            ("10080", "for 7 days"),
        ]
        .map(|(value, label)| Opt::new(value, label))
        .to_vec()
    }
}
