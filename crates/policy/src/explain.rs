//! Why a leaf has the value it has: every layer that spoke, in order.

use serde::{Deserialize, Serialize};

use crate::{Kind, Layer, LayerName, Leaf, Setting, Value, merge, merge::counts};

/// One layer's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoke {
    /// Who spoke.
    pub layer: LayerName,
    /// What it said.
    pub value: Value,
    /// Whether it kept later layers from replacing it.
    pub locked: bool,
    /// Whether its word is in force. Of a list of denied websites, every layer's is.
    pub won: bool,
}

/// A leaf's value and how it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The leaf.
    pub leaf: Leaf,
    /// The value in force.
    pub value: Value,
    /// Whose word it is.
    pub source: LayerName,
    /// Whether the organization keeps teams from replacing it.
    pub locked: bool,
    /// Everybody who spoke, the built-in default first.
    pub spoke: Vec<Spoke>,
}

/// Explains one leaf.
pub fn explain(layers: &[Layer], leaf: Leaf) -> Explanation {
    let effective = merge(layers).get(leaf);
    let default = (LayerName::BuiltIn, Setting::open(leaf.default_value()));
    let mut words: Vec<(LayerName, Setting)> = layers
        .iter()
        .filter_map(|layer| Some((layer.name, word(layer, leaf)?)))
        .collect();
    if !words.iter().any(|(name, _)| *name == LayerName::BuiltIn) {
        words.push(default);
    }
    words.sort_by_key(|(name, _)| *name);
    let spoke = words.into_iter().map(|(layer, Setting { value, locked })| Spoke {
        layer,
        locked,
        won: if leaf.kind().is_list() {
            (value != Value::Rows(0) && counts(leaf, layer)) || layer == effective.source
        } else {
            layer == effective.source && value == effective.value
        },
        value,
    });
    let spoke = spoke.collect();
    Explanation {
        leaf,
        value: effective.value,
        source: effective.source,
        locked: effective.locked,
        spoke,
    }
}

/// What one layer says of a leaf; of a list, how many rows it has.
fn word(layer: &Layer, leaf: Leaf) -> Option<Setting> {
    let rows = match leaf.kind() {
        Kind::WebsiteList => layer.websites.len(),
        Kind::Table(_) => layer.document.table(leaf).len(),
        Kind::Switch | Kind::Choice(_) | Kind::Model => return layer.document.get(leaf),
    };
    (rows > 0).then(|| Setting::open(Value::Rows(rows as u64)))
}
