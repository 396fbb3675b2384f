//! Why a leaf has the value it has: every layer that spoke, in order.

use serde::{Deserialize, Serialize};
use tessera_ids::TeamId;

use crate::{Kind, Layer, LayerName, Leaf, Setting, Value, merge, merge::counts};

/// One layer's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoke {
    /// Who spoke.
    pub layer: LayerName,
    /// What people call it, where it is a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_name: Option<String>,
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
    /// What people call it, where it is a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// Whether the organization keeps teams from replacing it.
    pub locked: bool,
    /// Everybody who spoke, the built-in default first.
    pub spoke: Vec<Spoke>,
}

impl Explanation {
    /// The same with the names of teams, which are not in the settings. A team without one is known by its id alone.
    #[must_use]
    pub fn naming(mut self, team: impl Fn(TeamId) -> Option<String>) -> Self {
        let name = |layer| match layer {
            LayerName::Team(id) => team(id),
            LayerName::BuiltIn | LayerName::Org | LayerName::Tightened(_) | LayerName::Member => None,
        };
        self.source_name = name(self.source);
        for spoke in &mut self.spoke {
            spoke.layer_name = name(spoke.layer);
        }
        self
    }
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
        layer_name: None,
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
        source_name: None,
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
