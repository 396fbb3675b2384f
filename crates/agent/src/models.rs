//! Which models may be used on this machine, as the settings in force say.

use serde::{Deserialize, Serialize};
use tessera_policy::{
    Decision, LayerName, Leaf, ModelName,
    models::{Catalogue, Label, Model, ModelReason, ModelVerdict, judge, known, never_had_settings},
};

use crate::enforcement::{InForce, Settings};

/// The models that this machine knows, each with a verdict, as scripts rely on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelsAnswer {
    /// The revision of the settings that decided; none when there are none, and then nothing may be used.
    pub revision: Option<u64>,
    /// Whether an allow-list is on.
    pub managed: bool,
    /// The models.
    pub models: Vec<ModelAnswer>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelAnswer {
    /// Its provider and the provider's name for it.
    pub model: ModelName,
    /// What people call it.
    pub title: String,
    /// How many tokens it takes in at most, where known.
    pub context_window: Option<u64>,
    /// What it is good for.
    pub label: Option<Label>,
    /// May it be used?
    pub decision: Decision,
    /// The rule that decided.
    pub rule: Option<String>,
    /// Whose word it was.
    pub layer: LayerName,
    /// What people call it, where it is a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_name: Option<String>,
    /// Why.
    pub reason: ModelReason,
}

impl ModelAnswer {
    fn new(model: Model, verdict: ModelVerdict, settings: Option<&Settings>) -> Self {
        let Model {
            name,
            title,
            context_window,
            label,
            ..
        } = model;
        let ModelVerdict {
            decision,
            rule,
            layer,
            reason,
        } = verdict;
        Self {
            model: name,
            title,
            context_window,
            label,
            decision,
            rule,
            layer_name: settings.and_then(|settings| settings.layer_name(layer)),
            layer,
            reason,
        }
    }
}

impl InForce {
    /// Every model that this machine knows, with its verdict. Without settings none may be used.
    pub fn models(&self) -> ModelsAnswer {
        let catalogue = Catalogue::built_in();
        let Some((settings, effective)) = self.effective() else {
            let closed = |model: &Model| ModelAnswer::new(model.clone(), never_had_settings(), None);
            return ModelsAnswer {
                revision: None,
                managed: false,
                models: catalogue.models().iter().map(closed).collect(),
            };
        };
        let known = known(effective, catalogue, &[]).into_iter();
        ModelsAnswer {
            revision: Some(settings.accepted.revision),
            managed: effective.is_on(Leaf::ManagedModels),
            models: known
                .map(|known| ModelAnswer::new(known.model, known.verdict, Some(settings)))
                .collect(),
        }
    }

    /// The same about one model, whether it is known or not.
    pub fn model(&self, name: &ModelName) -> ModelsAnswer {
        let of_all = self.models();
        let known = of_all.models.into_iter().find(|known| known.model == *name);
        let asked = known.unwrap_or_else(|| {
            let verdict = self
                .effective()
                .map_or_else(never_had_settings, |(_, effective)| judge(effective, name));
            ModelAnswer::new(Model::named(name.clone()), verdict, self.settings())
        });
        ModelsAnswer {
            models: vec![asked],
            ..of_all
        }
    }

    fn effective(&self) -> Option<(&Settings, &tessera_policy::Effective)> {
        let settings = self.settings()?;
        Some((settings, settings.effective()?))
    }
}
