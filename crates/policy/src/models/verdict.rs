//! May this model be used? The same answer on server and device, since only the settings decide.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ModelList;
use crate::{Decision, Effective, LayerName, Leaf, ModelName, Row, Value};

/// Beginnings by which Amazon Bedrock says where a model runs: an inference profile is its model.
const BEDROCK_REGIONS: &[&str] = &[
    "apac.", "au.", "ca.", "eu.", "global.", "in.", "jp.", "sa.", "us-gov.", "us.",
];

/// Why a model may or may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelReason {
    /// The device never had settings.
    NeverHadSettings,
    /// No allow-list is on.
    NotManaged,
    /// A list allows it by name.
    Allowed,
    /// It is a model of the organization's own.
    Custom,
    /// It is in no list, and new models are allowed.
    NewAllowed,
    /// Its provider is off.
    ProviderOff,
    /// It is off.
    Off,
    /// It is in no list, and new models are blocked.
    NewBlocked,
    /// A list holds a row that this version cannot read.
    UnreadableRule,
}

impl ModelReason {
    /// One sentence for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NeverHadSettings => "This device has not received its organization's settings yet.",
            Self::NotManaged => "No allow-list is on, so every model is allowed.",
            Self::Allowed => "The model is on the allow-list.",
            Self::Custom => "It is a model of the organization's own.",
            Self::NewAllowed => "The model is new, and new models are allowed.",
            Self::ProviderOff => "The provider is switched off.",
            Self::Off => "The model is switched off.",
            Self::NewBlocked => "The model is new, and new models are off until somebody allows them.",
            Self::UnreadableRule => {
                "The allow-list holds a rule that this version cannot read, so no model is allowed."
            }
        }
    }

    const fn decision(self) -> Decision {
        match self {
            Self::NotManaged | Self::Allowed | Self::Custom | Self::NewAllowed => Decision::Allow,
            Self::NeverHadSettings
            | Self::ProviderOff
            | Self::Off
            | Self::NewBlocked
            | Self::UnreadableRule => Decision::Deny,
        }
    }
}

impl fmt::Display for ModelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The answer about one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelVerdict {
    /// May it be used?
    pub decision: Decision,
    /// The rule that decided: a row (`models.allowed/openai/gpt-5`) or a setting (`models.new_models`).
    pub rule: Option<String>,
    /// Whose word it was.
    pub layer: LayerName,
    /// Why.
    pub reason: ModelReason,
}

impl ModelVerdict {
    /// Whether the model may be used.
    pub fn is_allow(&self) -> bool {
        self.decision == Decision::Allow
    }

    fn new(reason: ModelReason, layer: LayerName, rule: Option<String>) -> Self {
        Self {
            decision: reason.decision(),
            rule,
            layer,
            reason,
        }
    }
}

/// The answer of a device that never had settings.
pub fn never_had_settings() -> ModelVerdict {
    ModelVerdict::new(ModelReason::NeverHadSettings, LayerName::BuiltIn, None)
}

/// Whether a model may be used. Every list that is on must allow it; the first that does not has the word.
pub fn judge(effective: &Effective, model: &ModelName) -> ModelVerdict {
    let mut words = effective
        .model_lists()
        .iter()
        .map(|list| ask(list, effective, model));
    let Some(first) = words.next() else {
        return ModelVerdict::new(
            ModelReason::NotManaged,
            effective.get(Leaf::ManagedModels).source,
            Some(Leaf::ManagedModels.path().to_owned()),
        );
    };
    std::iter::once(first.clone())
        .chain(words)
        .find(|word| !word.is_allow())
        .unwrap_or(first)
}

/// Whether one layer has a list of its own in force.
pub fn has_list(effective: &Effective, layer: LayerName) -> bool {
    effective.model_lists().iter().any(|list| list.layer == layer)
}

/// Whether one layer has a model ticked, whatever its provider's switch and other layers say. Where the layer has no
/// list in force, whether the model may be used.
pub fn is_ticked(effective: &Effective, layer: LayerName, model: &ModelName) -> bool {
    match effective.model_lists().iter().find(|list| list.layer == layer) {
        Some(list) => word(list, effective, model).is_allow(),
        None => judge(effective, model).is_allow(),
    }
}

/// Whether one layer has a provider on. Where the layer has no list in force, whether any list has it off.
pub fn is_provider_on(effective: &Effective, layer: LayerName, provider: &str) -> bool {
    let lists = effective.model_lists();
    let own = lists.iter().any(|list| list.layer == layer);
    let mut asked = lists.iter().filter(|list| !own || list.layer == layer);
    !asked.any(|list| matches!(list.rows.get(provider), Some(Row::Model(false) | Row::Unread(_))))
}

fn ask(list: &ModelList, effective: &Effective, model: &ModelName) -> ModelVerdict {
    let say = |reason, key: &str| {
        let rule = format!("{}/{key}", Leaf::AllowedModels.path());
        ModelVerdict::new(reason, list.layer, Some(rule))
    };
    if let Some(key) = list.rows.unreadable() {
        return say(ModelReason::UnreadableRule, key);
    }
    if let Some(Row::Model(false)) = list.rows.get(model.provider()) {
        return say(ModelReason::ProviderOff, model.provider());
    }
    word(list, effective, model)
}

/// What a list says of a model by its name.
fn word(list: &ModelList, effective: &Effective, model: &ModelName) -> ModelVerdict {
    let say = |reason, key: &str| {
        let rule = format!("{}/{key}", Leaf::AllowedModels.path());
        ModelVerdict::new(reason, list.layer, Some(rule))
    };
    for name in names(model) {
        match list.rows.get(&name) {
            Some(Row::Model(true)) => return say(ModelReason::Allowed, &name),
            Some(_) => return say(ModelReason::Off, &name),
            None => {}
        }
        if let Some(Row::CustomModel(_)) = list.custom.get(&name) {
            let rule = format!("{}/{name}", Leaf::CustomModels.path());
            return ModelVerdict::new(ModelReason::Custom, list.layer, Some(rule));
        }
    }
    let new = effective.get(Leaf::NewModels);
    let reason = if new.value == Value::Choice("allowed") {
        ModelReason::NewAllowed
    } else {
        ModelReason::NewBlocked
    };
    ModelVerdict::new(reason, new.source, Some(Leaf::NewModels.path().to_owned()))
}

/// The names under which a list may speak of a model: its own, and the one without its region.
fn names(model: &ModelName) -> Vec<String> {
    let mut names = vec![model.to_string()];
    if model.provider() == "bedrock" {
        let bare = BEDROCK_REGIONS
            .iter()
            .find_map(|region| model.model().strip_prefix(region));
        names.extend(bare.map(|bare| format!("bedrock/{bare}")));
    }
    names
}
