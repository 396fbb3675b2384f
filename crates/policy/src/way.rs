//! The edits that lead from one state of a layer to another: what restoring and files are made of.

use crate::{Edit, Kind, Layer, Leaf, WebsiteRule};

/// The edits that make `from` say what `to` says. Rows that this version cannot read cannot be added by an
/// edit; they stay where they are and are not brought back.
pub fn edits_between(from: &Layer, to: &Layer) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Leaf::ALL
        .iter()
        .filter_map(|leaf| match leaf.kind() {
            Kind::WebsiteList => websites(from, to),
            Kind::Table(_) => rows(from, to, *leaf),
            Kind::Switch | Kind::Choice(_) | Kind::Model => value(from, to, *leaf),
        })
        .collect();
    // What falls silent goes first, so that nothing that is said anew can be lost.
    edits.sort_by_key(|edit| !matches!(edit, Edit::Clear { .. }));
    edits
}

fn value(from: &Layer, to: &Layer, leaf: Leaf) -> Option<Edit> {
    match (from.document.get(leaf), to.document.get(leaf)) {
        (before, after) if before == after => None,
        (_, Some(setting)) => Some(Edit::Set {
            leaf,
            value: setting.value,
            locked: Some(setting.locked),
        }),
        (_, None) => Some(Edit::Clear { leaf }),
    }
}

fn websites(from: &Layer, to: &Layer) -> Option<Edit> {
    let missing = to.websites.iter().filter(|row| !from.websites.contains_row(row));
    let add: Vec<_> = missing
        .filter_map(|row| WebsiteRule::from_row(row).ok())
        .collect();
    let surplus = from.websites.iter().filter(|row| !to.websites.contains_row(row));
    let remove: Vec<String> = surplus.map(str::to_owned).collect();
    (!add.is_empty() || !remove.is_empty()).then_some(Edit::Websites { add, remove })
}

fn rows(from: &Layer, to: &Layer, leaf: Leaf) -> Option<Edit> {
    let (before, after) = (from.document.table(leaf), to.document.table(leaf));
    let set: Vec<_> = after
        .iter()
        .filter(|(key, row)| before.get(key) != Some(row))
        .map(|(key, row)| (key.to_owned(), row.clone()))
        .collect();
    let gone = before.iter().filter(|(key, _)| after.get(key).is_none());
    let remove: Vec<String> = gone.map(|(key, _)| key.to_owned()).collect();
    (!set.is_empty() || !remove.is_empty()).then_some(Edit::Rows { leaf, set, remove })
}
