//! Where a rollout stands, and what comes next.

use tessera_ids::Timestamp;

use super::Plan;
use crate::{Error, Result};

/// Where a rollout stands. While it is under way, `stage` is the last one that was released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolloutState {
    /// The stage is watched, and the next one follows by itself.
    Running {
        /// The released stage.
        stage: u32,
        /// Since when it is watched.
        since: Timestamp,
    },
    /// Somebody holds it.
    Paused {
        /// The released stage.
        stage: u32,
        /// Since when.
        at: Timestamp,
    },
    /// Too many devices failed; somebody must decide.
    Halted {
        /// The released stage.
        stage: u32,
        /// Since when.
        at: Timestamp,
        /// What was counted, in a sentence.
        why: String,
    },
    /// Everybody gets it.
    Finished {
        /// Since when.
        at: Timestamp,
    },
    /// A later revision undid it.
    RolledBack {
        /// Since when.
        at: Timestamp,
        /// That revision.
        by: u64,
    },
}

/// What released devices have answered so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Devices of every released stage that answered.
    pub answered: u64,
    /// Those of them that could not apply it.
    pub failed: u64,
    /// Devices of the newest released stage.
    pub in_stage: u64,
    /// Those of them that answered.
    pub in_stage_answered: u64,
}

/// What a running rollout does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    Wait,
    /// The next stage is released.
    Advance,
    /// It halts, for this reason.
    Halt(String),
}

impl RolloutState {
    /// The stage that was released last, while it is under way.
    pub const fn released(&self) -> Option<u32> {
        match self {
            Self::Running { stage, .. } | Self::Paused { stage, .. } | Self::Halted { stage, .. } => {
                Some(*stage)
            }
            Self::Finished { .. } | Self::RolledBack { .. } => None,
        }
    }

    /// The word in JSON and in the database.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Running { .. } => "running",
            Self::Paused { .. } => "paused",
            Self::Halted { .. } => "halted",
            Self::Finished { .. } => "finished",
            Self::RolledBack { .. } => "rolled_back",
        }
    }

    /// Since when it stands there.
    pub const fn since(&self) -> Timestamp {
        match self {
            Self::Running { since, .. } => *since,
            Self::Paused { at, .. }
            | Self::Halted { at, .. }
            | Self::Finished { at }
            | Self::RolledBack { at, .. } => *at,
        }
    }

    /// What a running rollout does at `now`, by what was answered. Anything else waits for somebody.
    pub fn next(&self, plan: &Plan, answers: Answers, now: Timestamp) -> Step {
        let Self::Running { stage, since } = self else {
            return Step::Wait;
        };
        let Answers { answered, failed, .. } = answers;
        if failed > 0 && failed * 100 > answered * u64::from(plan.limit()) {
            return Step::Halt(why(answers, plan.limit()));
        }
        let heard = answers.in_stage == 0 || answers.in_stage_answered > 0;
        let baked = plan
            .stage(*stage)
            .is_none_or(|stage| now.since(*since) >= stage.bake());
        if heard && baked { Step::Advance } else { Step::Wait }
    }

    /// The next stage is released; the last one ends the rollout.
    pub fn advance(self, plan: &Plan, at: Timestamp) -> Result<Self> {
        match self {
            Self::Running { stage, .. } if stage + 1 >= plan.count() => Ok(Self::Finished { at }),
            Self::Running { stage, .. } => Ok(Self::Running {
                stage: stage + 1,
                since: at,
            }),
            other => Err(other.refuses("go on to the next stage")),
        }
    }

    /// Somebody holds it.
    ///
    /// # Errors
    /// *Conflict* unless it is running.
    pub fn pause(self, at: Timestamp) -> Result<Self> {
        match self {
            Self::Running { stage, .. } => Ok(Self::Paused { stage, at }),
            other => Err(other.refuses("be paused")),
        }
    }

    /// It goes on; the stage is watched from the beginning.
    ///
    /// # Errors
    /// *Conflict* unless it is paused or halted.
    pub fn resume(self, at: Timestamp) -> Result<Self> {
        match self {
            Self::Paused { stage, .. } | Self::Halted { stage, .. } => Ok(Self::Running { stage, since: at }),
            other => Err(other.refuses("go on")),
        }
    }

    /// Too many failed.
    ///
    /// # Errors
    /// *Conflict* unless it is running.
    pub fn halt(self, why: String, at: Timestamp) -> Result<Self> {
        match self {
            Self::Running { stage, .. } => Ok(Self::Halted { stage, at, why }),
            other => Err(other.refuses("halt")),
        }
    }

    /// Everybody gets it now.
    ///
    /// # Errors
    /// *Conflict* when it has ended.
    pub fn finish(self, at: Timestamp) -> Result<Self> {
        match self.released() {
            Some(_) => Ok(Self::Finished { at }),
            None => Err(self.refuses("be released")),
        }
    }

    /// A later revision undoes it.
    ///
    /// # Errors
    /// *Conflict* when that was done before.
    pub fn roll_back(self, by: u64, at: Timestamp) -> Result<Self> {
        match self {
            Self::RolledBack { .. } => Err(self.refuses("be rolled back")),
            _ => Ok(Self::RolledBack { at, by }),
        }
    }

    /// Another revision joins it: what is watched is another thing, so the watch begins anew.
    #[must_use]
    pub fn joined(self, at: Timestamp) -> Self {
        match self {
            Self::Running { stage, .. } => Self::Running { stage, since: at },
            other => other,
        }
    }

    fn refuses(&self, what: &str) -> Error {
        let is = match self {
            Self::Running { .. } => "is running",
            Self::Paused { .. } => "is paused",
            Self::Halted { .. } => "has halted",
            Self::Finished { .. } => "is finished",
            Self::RolledBack { .. } => "was rolled back",
        };
        Error::conflict(format!("This rollout {is}, so it cannot {what}."))
    }
}

fn why(answers: Answers, limit: u8) -> String {
    let Answers { answered, failed, .. } = answers;
    let devices = if answered == 1 { "device" } else { "devices" };
    format!(
        "{failed} of {answered} {devices} that answered could not apply it: {} %, and the limit is {limit} %.",
        (failed * 100).div_ceil(answered.max(1))
    )
}
