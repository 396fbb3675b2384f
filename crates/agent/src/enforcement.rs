//! What is in force on this machine now. Everybody who asks sees either all of the old or all of the new.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tessera_ids::TeamId;
use tessera_policy::{Decision, Explanation, Guard, LayerName, Leaf, Reason, Subject, Verdict, explain};
use tessera_wire::{Accepted, Text};

use crate::{bundle::Compiled, purges::PurgeBook};

/// The one place where what is in force changes.
#[derive(Debug, Default)]
pub(crate) struct Enforcement {
    in_force: RwLock<Arc<InForce>>,
    purges: RwLock<Option<Arc<PurgeBook>>>,
}

/// What is enforced.
#[derive(Debug, Default)]
pub enum InForce {
    /// Nothing is allowed, because there are no settings that could be believed.
    #[default]
    Closed,
    /// What the org decided.
    Settings(Settings),
}

/// The org's settings, as they were accepted and compiled.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which ones.
    pub accepted: Accepted,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) team_names: BTreeMap<TeamId, Text<200>>,
}

/// An answer of the guard, as scripts rely on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// May it be captured?
    pub decision: Decision,
    /// The rule that decided.
    pub rule: Option<String>,
    /// Whose word it was.
    pub layer: LayerName,
    /// What people call it, where it is a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_name: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The revision of the settings that decided; none when there are none.
    pub revision: Option<u64>,
}

impl Enforcement {
    /// What is in force now, to be held no longer than one answer takes.
    pub(crate) fn now(&self) -> Arc<InForce> {
        self.in_force
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The orders of the enrolled device to forget something.
    pub(crate) fn purges(&self) -> Option<Arc<PurgeBook>> {
        self.purges.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another device is enrolled, or none.
    pub(crate) fn set_purges(&self, purges: Option<Arc<PurgeBook>>) {
        *self.purges.write().unwrap_or_else(PoisonError::into_inner) = purges;
    }

    /// Puts something else in force, at once and whole.
    pub(crate) fn set(&self, in_force: InForce) {
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(in_force);
    }
}

impl InForce {
    /// The settings, if there are any.
    pub fn settings(&self) -> Option<&Settings> {
        match self {
            Self::Closed => None,
            Self::Settings(settings) => Some(settings),
        }
    }

    /// Decides whether something may be captured.
    pub fn decide(&self, subject: &Subject) -> Answer {
        let (verdict, revision) = match self {
            Self::Closed => (Guard::closed().decide(subject), None),
            Self::Settings(settings) => (
                settings.compiled.guard.decide(subject),
                Some(settings.accepted.revision),
            ),
        };
        let Verdict {
            decision,
            rule,
            layer,
            reason,
        } = verdict;
        Answer {
            decision,
            rule,
            layer_name: self.settings().and_then(|settings| settings.layer_name(layer)),
            layer,
            reason,
            revision,
        }
    }
}

impl Settings {
    /// Why a leaf has the value it has: every layer that spoke.
    pub fn explain(&self, leaf: Leaf) -> Explanation {
        explain(&self.compiled.layers, leaf).naming(|team| self.team_name(team))
    }

    /// What people call a layer, where it is a team.
    pub fn layer_name(&self, layer: LayerName) -> Option<String> {
        match layer {
            LayerName::Team(team) => self.team_name(team),
            LayerName::BuiltIn | LayerName::Org | LayerName::Tightened(_) | LayerName::Member => None,
        }
    }

    fn team_name(&self, team: TeamId) -> Option<String> {
        self.team_names.get(&team).map(ToString::to_string)
    }

    /// Every leaf with the value in force.
    pub fn effective(&self) -> Option<&tessera_policy::Effective> {
        self.compiled.guard.effective()
    }

    /// What the layers hold that this version does not understand.
    pub fn not_understood(&self) -> Vec<String> {
        let layers = self.compiled.layers.iter();
        layers.flat_map(|layer| layer.document.not_understood()).collect()
    }
}
