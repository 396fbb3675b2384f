//! All models that one can speak of: the catalogue's, the organization's own, and those that a provider's list showed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Catalogue, Model, ModelVerdict, judge};
use crate::{Effective, Leaf, ModelName, Row};

/// How a model came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The catalogue.
    Catalogue,
    /// The organization added it.
    Custom,
    /// The provider's own list showed it.
    Found,
    /// Only a row of an allow-list speaks of it.
    Listed,
}

/// A known model and whether it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The model.
    pub model: Model,
    /// How it came to be known.
    pub origin: Origin,
    /// Whether it may be used, and why.
    pub verdict: ModelVerdict,
}

/// Every known model with its verdict: provider by provider in the catalogue's order, providers that it does not know
/// last; of one provider first the organization's own, then the catalogue's, then the others by name.
pub fn known(effective: &Effective, catalogue: &Catalogue, found: &[ModelName]) -> Vec<Known> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<(Model, Origin)> = Vec::new();
    let mut add = |model: Model, origin: Origin| {
        if seen.insert(model.name.clone()) {
            all.push((model, origin));
        }
    };
    for (_, table) in effective.tables(Leaf::CustomModels) {
        for (key, row) in table.iter() {
            if let (Ok(name), Some(model)) = (key.parse::<ModelName>(), custom(key, row)) {
                add(Model { name, ..model }, Origin::Custom);
            }
        }
    }
    for model in catalogue.models() {
        add(model.clone(), Origin::Catalogue);
    }
    let mut found: Vec<&ModelName> = found.iter().collect();
    found.sort();
    for name in found {
        add(Model::named(name.clone()), Origin::Found);
    }
    for (_, table) in effective.tables(Leaf::AllowedModels) {
        for name in table.iter().filter_map(|(key, _)| key.parse().ok()) {
            add(Model::named(name), Origin::Listed);
        }
    }
    let place = |provider: &str| {
        let known = catalogue
            .providers()
            .iter()
            .position(|known| known.id == provider);
        (known.unwrap_or(usize::MAX), provider.to_owned())
    };
    all.sort_by_cached_key(|(model, _)| place(model.name.provider()));
    all.into_iter()
        .map(|(model, origin)| Known {
            verdict: judge(effective, &model.name),
            model,
            origin,
        })
        .collect()
}

/// The known models that may be used.
pub fn allowed(effective: &Effective, catalogue: &Catalogue, found: &[ModelName]) -> Vec<Model> {
    let known = known(effective, catalogue, found).into_iter();
    known
        .filter(|known| known.verdict.is_allow())
        .map(|known| known.model)
        .collect()
}

fn custom(key: &str, row: &Row) -> Option<Model> {
    let Row::CustomModel(row) = row else {
        return None;
    };
    Some(Model {
        title: row.title.clone(),
        context_window: row.context_window,
        label: row.label.as_ref().and_then(|label| label.parse().ok()),
        ..Model::named(key.parse().ok()?)
    })
}
