//! What a change would do, as JSON.

use serde::Serialize;
use tessera_app::policy_file::KeysTally;
use tessera_policy::{Change, Plan, PlannedChange, Shadowed, Tally};
use utoipa::ToSchema;

/// One change, how to say it, and what members lose by it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Planned {
    /// The change: `kind`, `leaf`, and what it was and becomes.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    change: Change,
    /// One line, such as "Telemetry: on → off".
    sentence: String,
    /// What one should know before.
    warning: Option<String>,
    /// What members can do less of.
    loss: Option<String>,
    /// How many settings or rows come.
    adds: u64,
    /// How many become something else.
    changes: u64,
    /// How many go.
    deletes: u64,
}

impl From<PlannedChange> for Planned {
    fn from(planned: PlannedChange) -> Self {
        let tally = planned.change.tally();
        Self {
            change: planned.change,
            sentence: planned.sentence,
            warning: planned.warning,
            loss: planned.loss,
            adds: tally.added,
            changes: tally.changed,
            deletes: tally.removed,
        }
    }
}

/// How much comes, changes and goes.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(super) struct Counts {
    adds: u64,
    changes: u64,
    deletes: u64,
}

impl Counts {
    /// With what becomes of providers' keys.
    pub(super) fn and_keys(self, keys: KeysTally) -> Self {
        Self {
            adds: self.adds + keys.added,
            changes: self.changes + keys.changed + keys.replaced,
            deletes: self.deletes + keys.deleted,
        }
    }

    /// Over all these plans.
    pub(super) fn of<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Self {
        let changes = plans.into_iter().flat_map(|plan| &plan.changes);
        let tally = changes.fold(Tally::default(), |tally, planned| tally + planned.change.tally());
        Self {
            adds: tally.added,
            changes: tally.changed,
            deletes: tally.removed,
        }
    }
}

/// A website rule that another covers already.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Redundant {
    /// The rule that could go.
    rule: String,
    /// The wider rule.
    by: String,
}

impl From<Shadowed> for Redundant {
    fn from(shadowed: Shadowed) -> Self {
        Self {
            rule: shadowed.rule,
            by: shadowed.by,
        }
    }
}
