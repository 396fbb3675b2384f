//! Everything that a person may want to know of the agent, in one answer: for `tessera status`, the local API
//! and the local page alike.

use serde::{Deserialize, Serialize};
use tessera_policy::{LayerName, Leaf, Value};

use crate::{enforcement::InForce, purges::PurgeOrder, status::Status};

/// The agent's state and what it enforces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportCard {
    /// Whether the agent runs. Without it what is on the disk is still enforced, and no longer renewed.
    pub running: bool,
    /// How it is doing.
    #[serde(flatten)]
    pub status: Status,
    /// Every setting with the value in force; empty when everything is denied.
    pub settings: Vec<LeafRow>,
    /// What the settings hold that this version does not understand.
    pub not_understood: Vec<String>,
    /// What is to be forgotten, and waits for the tools that captured it.
    #[serde(default)]
    pub purges: Vec<PurgeOrder>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafRow {
    /// `features.telemetry`.
    pub leaf: Leaf,
    /// The value in force.
    pub value: Value,
    /// Whose word it is.
    pub source: LayerName,
    /// What people call it, where it is a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// Whether teams may not replace it.
    pub locked: bool,
}

impl ReportCard {
    /// Describes a moment.
    pub fn new(running: bool, status: Status, in_force: &InForce, purges: Vec<PurgeOrder>) -> Self {
        let settings = in_force.settings();
        let known = settings.and_then(|settings| Some((settings, settings.effective()?)));
        let rows = known.into_iter().flat_map(|(settings, effective)| {
            effective.iter().map(|(leaf, it)| LeafRow {
                leaf,
                value: it.value,
                source_name: settings.layer_name(it.source),
                source: it.source,
                locked: it.locked,
            })
        });
        Self {
            running,
            status,
            settings: rows.collect(),
            not_understood: settings.map(crate::Settings::not_understood).unwrap_or_default(),
            purges,
        }
    }

    /// How much waits to be forgotten, in a sentence; none when nothing does.
    pub fn to_forget(&self) -> Option<String> {
        let rules: usize = self
            .purges
            .iter()
            .map(|order| order.websites.len() + order.applications.len())
            .sum();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let (orders, count) = (self.purges.len(), plural(self.purges.len()));
        let sentence = || {
            format!(
                "{orders} purge order{count} ({rules} rule{}) until the tools that captured say they are done",
                plural(rules)
            )
        };
        (orders > 0).then(sentence)
    }
}
