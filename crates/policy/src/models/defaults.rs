//! A model that is in use as a default cannot go without a replacement.

use super::{ModelVerdict, judge};
use crate::{Effective, Kind, LayerName, Leaf, ModelName};

/// A default that would point at a model that may not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenDefault {
    /// Which default.
    pub leaf: Leaf,
    /// The model that it names.
    pub model: ModelName,
    /// Who chose it.
    pub source: LayerName,
    /// Why the model may not be used.
    pub verdict: ModelVerdict,
}

/// The defaults that a change breaks: those of which the model may not be used afterwards, unless it was the same
/// before.
pub fn broken_defaults(before: &Effective, after: &Effective) -> Vec<BrokenDefault> {
    let leaves = Leaf::ALL
        .iter()
        .copied()
        .filter(|leaf| leaf.kind() == Kind::Model);
    leaves
        .filter_map(|leaf| {
            let chosen = after.get(leaf);
            let model = chosen.value.as_model()?;
            let verdict = judge(after, model);
            let was_broken = before.get(leaf).value == chosen.value && !judge(before, model).is_allow();
            (!verdict.is_allow() && !was_broken).then(|| BrokenDefault {
                leaf,
                model: model.clone(),
                source: chosen.source,
                verdict,
            })
        })
        .collect()
}
