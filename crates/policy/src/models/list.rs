//! The allow-lists that are in force: each layer's own, while its switch is on.

use std::collections::BTreeMap;

use crate::{Layer, LayerName, Leaf, Setting, Table, Value};

/// One layer's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelList {
    /// Whose list it is.
    pub(crate) layer: LayerName,
    /// Its rows.
    pub(crate) rows: Table,
    /// Models of the organization's own, which are allowed in its own list unless a row says otherwise.
    pub(crate) custom: Table,
}

/// What one layer says about lists.
#[derive(Default)]
struct Words {
    switch: Option<Setting>,
    rows: Table,
    custom: Table,
}

/// The lists that are in force, the organization's first. Whatever order the layers are given in.
///
/// A list is in force while its layer's own switch is on. A layer that is silent about the switch follows the
/// organization's as soon as it has rows, so that taking one model from a team needs no second decision. A team that
/// the organization keeps out by locking its switch has no list.
pub(crate) fn in_force(layers: &[Layer]) -> Vec<ModelList> {
    let words = gather(layers);
    let org = |word: fn(&Setting) -> bool| {
        words
            .iter()
            .filter(|(name, _)| matches!(name, LayerName::BuiltIn | LayerName::Org))
            .any(|(_, words)| words.switch.as_ref().is_some_and(word))
    };
    let (org_on, locked) = (org(is_on), org(|setting| setting.locked));
    let mut lists = Vec::new();
    for (layer, words) in words {
        let own = words.switch.as_ref().map(is_on);
        let follows = || org_on && !words.rows.is_empty();
        let on = match layer {
            LayerName::BuiltIn | LayerName::Org => own == Some(true),
            LayerName::Team(_) => !locked && own.unwrap_or_else(follows),
            LayerName::Tightened(_) | LayerName::Member => own.unwrap_or_else(follows),
        };
        if on {
            lists.push(ModelList {
                layer,
                rows: words.rows,
                custom: words.custom,
            });
        }
    }
    lists
}

fn is_on(setting: &Setting) -> bool {
    setting.value == Value::Switch(true)
}

/// Every layer's words, by name. A layer that is given twice says the stricter of both.
fn gather(layers: &[Layer]) -> BTreeMap<LayerName, Words> {
    let mut all: BTreeMap<LayerName, Words> = BTreeMap::new();
    for layer in layers {
        let words = all.entry(layer.name).or_default();
        let said = layer.document.get(Leaf::ManagedModels);
        let on = said.iter().chain(&words.switch).any(is_on);
        let locked = said.iter().chain(&words.switch).any(|setting| setting.locked);
        words.switch = said.or(words.switch.take()).map(|_| Setting {
            value: Value::Switch(on),
            locked,
        });
        words.rows = words.rows.union(&layer.document.table(Leaf::AllowedModels));
        if matches!(layer.name, LayerName::BuiltIn | LayerName::Org) {
            words.custom = words.custom.union(&layer.document.table(Leaf::CustomModels));
        }
    }
    all
}
