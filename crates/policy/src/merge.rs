//! Lays the layers over one another. The order in which they are given does not matter.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Kind, Layer, LayerName, Leaf, Setting, Value, WebsiteList};

/// What holds in the end for one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveValue {
    /// The value in force.
    pub value: Value,
    /// The layer whose word it is.
    pub source: LayerName,
    /// Whether the organization keeps teams from replacing it.
    pub locked: bool,
}

/// What holds in the end: a value for every leaf, and every layer's website list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    values: BTreeMap<Leaf, EffectiveValue>,
    websites: Vec<(LayerName, WebsiteList)>,
}

impl Effective {
    /// The value of a leaf. For the website list it is the number of rules of all layers together.
    pub fn get(&self, leaf: Leaf) -> EffectiveValue {
        self.values.get(&leaf).copied().unwrap_or_else(|| built_in(leaf))
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
}

/// Merges layers: built-in ← org ← teams ← member.
///
/// A team's word replaces the organization's unless that is locked; of several teams the strictest wins;
/// lists of denied websites unite; the member's word counts only where it is stricter.
pub fn merge(layers: &[Layer]) -> Effective {
    let websites = unite(layers);
    let mut values: BTreeMap<Leaf, EffectiveValue> = Leaf::ALL
        .iter()
        .map(|leaf| (*leaf, resolve(layers, *leaf)))
        .collect();
    values.insert(Leaf::Websites, website_value(&websites));
    Effective { values, websites }
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
    {
        result = EffectiveValue {
            value: setting.value,
            source,
            locked: false,
        };
    }
    if let Some((source, setting)) = word_of(|name| name == LayerName::Member)
        && leaf.severity(setting.value) > leaf.severity(result.value)
    {
        result = EffectiveValue {
            value: setting.value,
            source,
            ..result
        };
    }
    result
}

/// Of several layers of one rank, the strictest; of equally strict ones, the first by name. Locked if any is.
fn strictest(leaf: Leaf, spoken: impl Iterator<Item = (LayerName, Setting)>) -> Option<(LayerName, Setting)> {
    spoken.reduce(|best, next| {
        let order =
            |(name, setting): &(LayerName, Setting)| (std::cmp::Reverse(leaf.severity(setting.value)), *name);
        let locked = best.1.locked || next.1.locked;
        let (name, setting) = if order(&next) < order(&best) { next } else { best };
        (name, Setting { locked, ..setting })
    })
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
        value: Value::Websites(together.len() as u64),
        source: *source,
        locked: false,
    }
}
