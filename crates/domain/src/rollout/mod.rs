//! How a revision reaches the devices in stages: who comes when, what halts it, and where it stands.
//!
//! A stage is counted from 1. The last one takes everybody who is left, and releasing it ends the rollout.

mod plan;
mod state;

pub use plan::{DEFAULT_LIMIT, LONGEST_BAKE, MOST_STAGES, Plan, Stage, Who};
pub use state::{Answers, RolloutState, Step};
