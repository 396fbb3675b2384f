//! Turning an allow-list on starts from everything that is allowed now, never from nothing.

use super::{in_force, judge};
use crate::{Edit, Layer, Leaf, ModelName, Row, apply, merge};

/// The edits of a layer, with the rows of a list that they bring into force empty.
///
/// `others` are the layers that speak beside it: of a team, the organization's. When the edits leave the layer with a
/// list in force that had no rows, and name none that allows a model, then every known model that is allowed now gets
/// its row first. Whoever names allowed models writes a list of their own, and gets exactly that.
pub fn with_everything_allowed<'a>(
    others: &[Layer],
    layer: &Layer,
    edits: &[Edit],
    known: impl IntoIterator<Item = &'a ModelName>,
) -> Vec<Edit> {
    let mut edits = edits.to_vec();
    let names_allowed = |edit: &Edit| match edit {
        Edit::Rows { leaf, set, .. } => {
            *leaf == Leaf::AllowedModels && set.iter().any(|(_, row)| *row == Row::Model(true))
        }
        _ => false,
    };
    if !layer.document.table(Leaf::AllowedModels).is_empty() || edits.iter().any(names_allowed) {
        return edits;
    }
    let Ok((document, _)) = apply(&layer.document, &layer.websites, &edits) else {
        return edits;
    };
    let after = Layer {
        document,
        ..layer.clone()
    };
    let stack = |layer: &Layer| -> Vec<Layer> { others.iter().chain([layer]).cloned().collect() };
    if !in_force(&stack(&after))
        .iter()
        .any(|list| list.layer == layer.name)
    {
        return edits;
    }
    let now = merge(&stack(layer));
    let rows = known
        .into_iter()
        .filter(|name| judge(&now, name).is_allow())
        .map(|name| (name.to_string(), Row::Model(true)));
    let rows = Edit::Rows {
        leaf: Leaf::AllowedModels,
        set: rows.collect(),
        remove: Vec::new(),
    };
    edits.insert(0, rows);
    edits
}
