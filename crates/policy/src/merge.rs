//! Lays the layers over one another. The order in which they are given does not matter.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::Serialize;

use crate::{
    Kind, Layer, LayerName, Leaf, Setting, Strictness, Table, Value, WebsiteList,
    models::{self, ModelList},
};

/// What holds in the end for one leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveValue {
    /// The value in force.
    pub value: Value,
    /// The layer whose word it is.
    pub source: LayerName,
    /// Whether the organization keeps teams from replacing it.
    pub locked: bool,
}

/// What holds in the end: a value for every leaf, and every layer's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    values: BTreeMap<Leaf, EffectiveValue>,
    websites: Vec<(LayerName, WebsiteList)>,
    tables: BTreeMap<Leaf, Vec<(LayerName, Table)>>,
    model_lists: Vec<ModelList>,
}

impl Effective {
    /// The value of a leaf. For a list it is the number of rows of all layers together.
    pub fn get(&self, leaf: Leaf) -> EffectiveValue {
        self.values.get(&leaf).cloned().unwrap_or_else(|| built_in(leaf))
    }

    /// Whether a switch is on; false for a leaf that is no switch.
    pub fn is_on(&self, leaf: Leaf) -> bool {
        self.get(leaf).value == Value::Switch(true)
    }

    /// Every leaf with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Leaf, EffectiveValue)> + '_ {
        Leaf::ALL.iter().map(|leaf| (*leaf, self.get(*leaf)))
    }

    /// The website lists of the layers that have one, the organization's first.
    pub fn websites(&self) -> &[(LayerName, WebsiteList)] {
        &self.websites
    }

    /// The tables of the layers that have one and a say in it, the organization's first.
    pub fn tables(&self, leaf: Leaf) -> &[(LayerName, Table)] {
        self.tables.get(&leaf).map_or(&[], Vec::as_slice)
    }

    /// The allow-lists of models that are in force; see [`models::judge`].
    pub(crate) fn model_lists(&self) -> &[ModelList] {
        &self.model_lists
    }
}

/// Merges layers: built-in ← org ← teams ← member.
///
/// A team's word replaces the organization's unless that is locked; of several teams the strictest wins;
/// lists are kept layer by layer, since what they come to depends on what they are about; what is said for
/// or by one member counts only where it is stricter.
pub fn merge(layers: &[Layer]) -> Effective {
    let websites = unite(layers);
    let tables: BTreeMap<Leaf, Vec<(LayerName, Table)>> = Leaf::ALL
        .iter()
        .filter(|leaf| matches!(leaf.kind(), Kind::Table(_)))
        .map(|leaf| (*leaf, gather(layers, *leaf)))
        .collect();
    let mut values: BTreeMap<Leaf, EffectiveValue> = Leaf::ALL
        .iter()
        .map(|leaf| (*leaf, resolve(layers, *leaf)))
        .collect();
    values.insert(Leaf::Websites, website_value(&websites));
    for (leaf, tables) in &tables {
        values.insert(*leaf, table_value(*leaf, tables));
    }
    Effective {
        values,
        websites,
        tables,
        model_lists: models::in_force(layers),
    }
}

/// Whether a layer has any say in a list.
pub(crate) fn counts(leaf: Leaf, layer: LayerName) -> bool {
    match layer {
        LayerName::BuiltIn | LayerName::Org => true,
        LayerName::Team(_) => leaf.teams_may_override(),
        LayerName::Tightened(_) | LayerName::Member => leaf.strictness() != Strictness::Neither,
    }
}

fn built_in(leaf: Leaf) -> EffectiveValue {
    EffectiveValue {
        value: leaf.default_value(),
        source: LayerName::BuiltIn,
        locked: false,
    }
}

fn resolve(layers: &[Layer], leaf: Leaf) -> EffectiveValue {
    let word_of = |wanted: fn(LayerName) -> bool| {
        let spoken = layers.iter().filter(|layer| wanted(layer.name));
        strictest(
            leaf,
            spoken.filter_map(|layer| Some((layer.name, layer.document.get(leaf)?))),
        )
    };
    let mut result = built_in(leaf);
    if let Some((source, setting)) = word_of(|name| name == LayerName::BuiltIn) {
        result = EffectiveValue {
            value: setting.value,
            source,
            locked: setting.locked,
        };
    }
    if let Some((source, setting)) = word_of(|name| name == LayerName::Org) {
        result = EffectiveValue {
            value: setting.value,
            source,
            locked: setting.locked,
        };
    }
    if let Some((source, setting)) = word_of(|name| matches!(name, LayerName::Team(_)))
        && !result.locked
        && leaf.teams_may_override()
        && (!leaf.teams_only_tighten() || leaf.severity(&setting.value) > leaf.severity(&result.value))
    {
        result = EffectiveValue {
            value: setting.value,
            source,
            locked: false,
        };
    }
    let ranks: [fn(LayerName) -> bool; 2] = [
        |name| matches!(name, LayerName::Tightened(_)),
        |name| name == LayerName::Member,
    ];
    for rank in ranks {
        if let Some((source, setting)) = word_of(rank)
            && leaf.severity(&setting.value) > leaf.severity(&result.value)
        {
            result = EffectiveValue {
                value: setting.value,
                source,
                ..result
            };
        }
    }
    result
}

/// Of several layers of one rank, the strictest; of equally strict ones, the first by name. Locked if any is.
fn strictest(leaf: Leaf, spoken: impl Iterator<Item = (LayerName, Setting)>) -> Option<(LayerName, Setting)> {
    spoken.reduce(|best, next| {
        let severity = |setting: &Setting| leaf.severity(&setting.value);
        let locked = best.1.locked || next.1.locked;
        let stricter = severity(&next.1).cmp(&severity(&best.1));
        // The same layer may be given twice; then its words decide, so that the order does not.
        let earlier = || (next.0, next.1.value.to_string()) < (best.0, best.1.value.to_string());
        let (name, setting) = match stricter {
            Ordering::Greater => next,
            Ordering::Equal if earlier() => next,
            Ordering::Less | Ordering::Equal => best,
        };
        (name, Setting { locked, ..setting })
    })
}

fn gather(layers: &[Layer], leaf: Leaf) -> Vec<(LayerName, Table)> {
    let mut tables: BTreeMap<LayerName, Table> = BTreeMap::new();
    for layer in layers.iter().filter(|layer| counts(leaf, layer.name)) {
        let table = layer.document.table(leaf);
        if !table.is_empty() {
            let known = tables.entry(layer.name).or_default();
            *known = known.union(&table);
        }
    }
    tables.into_iter().collect()
}

/// How many keys the layers speak of together, and the first layer that speaks.
fn table_value(leaf: Leaf, tables: &[(LayerName, Table)]) -> EffectiveValue {
    let Some((source, _)) = tables.first() else {
        return built_in(leaf);
    };
    let keys: BTreeSet<&str> = tables
        .iter()
        .flat_map(|(_, table)| table.iter().map(|(key, _)| key))
        .collect();
    EffectiveValue {
        value: Value::Rows(keys.len() as u64),
        source: *source,
        locked: false,
    }
}

fn unite(layers: &[Layer]) -> Vec<(LayerName, WebsiteList)> {
    let mut lists: BTreeMap<LayerName, WebsiteList> = BTreeMap::new();
    for layer in layers.iter().filter(|layer| !layer.websites.is_empty()) {
        let list = lists.entry(layer.name).or_default();
        *list = list.union(&layer.websites);
    }
    lists.into_iter().collect()
}

fn website_value(lists: &[(LayerName, WebsiteList)]) -> EffectiveValue {
    debug_assert_eq!(Leaf::Websites.kind(), Kind::WebsiteList);
    let Some((source, first)) = lists.first() else {
        return built_in(Leaf::Websites);
    };
    let together = lists[1..]
        .iter()
        .fold(first.clone(), |all, (_, list)| all.union(list));
    EffectiveValue {
        value: Value::Rows(together.len() as u64),
        source: *source,
        locked: false,
    }
}
