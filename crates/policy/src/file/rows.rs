//! Lists and tables in TOML: read, and brought up to date in place so that what people wrote around them stays.

use std::{collections::BTreeMap, ops::Range};

use toml_edit::{Array, Item, TableLike, Value as Toml};

use super::{SILENT, plain};
use crate::{Row, RowKind, Table, WebsiteList, WebsiteRule};

/// Reads an array of websites; `"default"` is an empty one.
pub(super) fn websites(item: &Item, complain: &mut dyn FnMut(Option<Range<usize>>, String)) -> WebsiteList {
    if item.as_str() == Some(SILENT) {
        return WebsiteList::default();
    }
    let Some(array) = item.as_array() else {
        complain(item.span(), "expected an array of websites".to_owned());
        return WebsiteList::default();
    };
    if array.len() > WebsiteList::MAX_ROWS {
        let message = format!("a list holds at most {} websites", WebsiteList::MAX_ROWS);
        complain(item.span(), message);
        return WebsiteList::default();
    }
    let rules = array.iter().filter_map(|value| {
        let Some(text) = value.as_str() else {
            complain(value.span(), "expected a website as text".to_owned());
            return None;
        };
        text.parse::<WebsiteRule>()
            .map_err(|error| complain(value.span(), error.to_string()))
            .ok()
    });
    let rules: Vec<WebsiteRule> = rules.collect();
    WebsiteList::from_rules(&rules)
}

/// Reads the rows of a table; `"default"` is an empty one.
pub(super) fn table(
    kind: RowKind,
    item: &Item,
    complain: &mut dyn FnMut(Option<Range<usize>>, String),
) -> Table {
    if item.as_str() == Some(SILENT) {
        return Table::default();
    }
    let Some(table) = item.as_table_like() else {
        complain(
            item.span(),
            format!("expected a table with a row for each {}", kind.noun()),
        );
        return Table::default();
    };
    if table.len() > Table::MAX_ROWS {
        let message = format!("a table holds at most {} rows", Table::MAX_ROWS);
        complain(item.span(), message);
        return Table::default();
    }
    let rows = table.iter().filter_map(|(key, item)| {
        let read = plain::json(item)
            .ok_or_else(|| format!("expected {}", kind.expected()))
            .and_then(|json| Row::read(kind, key, &json));
        read.map_err(|message| complain(item.span(), format!("`{key}`: {message}")))
            .ok()
            .map(|row| (key, row))
    });
    Table::from_rows(rows.collect::<Vec<_>>())
}

/// The rows of a list that this version can read.
pub(super) fn readable(list: &WebsiteList) -> impl Iterator<Item = &str> + Clone {
    list.iter().filter(|row| is_readable(row))
}

/// Whether this version can read a row.
pub(super) fn is_readable(row: &str) -> bool {
    WebsiteRule::from_row(row).is_ok()
}

/// Brings an array of websites up to date. Elements that stay keep their order and comments.
pub(super) fn update_websites(item: &mut Item, wanted: &WebsiteList) {
    let mut nothing = |_, _| {};
    let present = websites(item, &mut nothing);
    if item.is_array() && present.iter().eq(readable(wanted)) {
        return;
    }
    let Some(array) = item.as_array_mut() else {
        *item = Item::Value(array_of(readable(wanted)).into());
        return;
    };
    let mut elements = elements(array);
    elements.retain(|element| wanted.contains_row(&element.row));
    let was_sorted = elements.is_sorted_by(|one, other| one.row <= other.row);
    let new = readable(wanted).filter(|row| !present.contains_row(row));
    elements.extend(new.map(Element::fresh));
    if was_sorted {
        elements.sort_by(|one, other| one.row.cmp(&other.row));
    }
    put(array, elements);
}

/// One element of an array with what people wrote around it.
struct Element {
    /// The rule as lists hold it.
    row: String,
    value: Toml,
    /// What stands before it, from its own line on.
    above: String,
    /// What stands behind its comma, on the same line.
    beside: String,
}

impl Element {
    fn fresh(row: &str) -> Self {
        Self {
            row: row.to_owned(),
            value: row.into(),
            above: "\n  ".to_owned(),
            beside: String::new(),
        }
    }
}

/// The elements that are rules. A comment behind a comma belongs to what stands before it, although to the
/// parser it begins the next element.
fn elements(array: &Array) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    for value in array {
        let prefix = value.decor().prefix().and_then(|prefix| prefix.as_str());
        let (beside, above) = beside_and_above(prefix.unwrap_or_default());
        if let Some(last) = elements.last_mut() {
            beside.clone_into(&mut last.beside);
        }
        let rule = value.as_str().and_then(|text| text.parse::<WebsiteRule>().ok());
        elements.push(Element {
            row: rule.map(|rule| rule.to_string()).unwrap_or_default(),
            value: value.clone(),
            above: above.to_owned(),
            beside: String::new(),
        });
    }
    let (beside, _) = beside_and_above(array.trailing().as_str().unwrap_or_default());
    if let Some(last) = elements.last_mut() {
        beside.clone_into(&mut last.beside);
    }
    elements
}

/// What ends the line, and what stands on the lines below.
fn beside_and_above(text: &str) -> (&str, &str) {
    text.split_at(text.find('\n').unwrap_or(0))
}

/// Puts the elements into the array, each comment where it was.
fn put(array: &mut Array, elements: Vec<Element>) {
    let trailing = array.trailing().as_str().unwrap_or_default().to_owned();
    let (_, below) = beside_and_above(&trailing);
    let below = if below.is_empty() && !elements.is_empty() {
        "\n"
    } else {
        below
    };
    array.clear();
    let mut before = String::new();
    for mut element in elements {
        if !before.is_empty() && !element.above.contains('\n') {
            // Nothing may follow a comment on its line.
            "\n  ".clone_into(&mut element.above);
        }
        element.value.decor_mut().set_prefix(before + &element.above);
        before = element.beside;
        array.push_formatted(element.value);
    }
    array.set_trailing(before + below);
    array.set_trailing_comma(!array.is_empty());
}

/// A fresh array, one website to a line.
pub(super) fn array_of<'a>(rows: impl Iterator<Item = &'a str>) -> Array {
    let mut array = Array::new();
    for row in rows {
        array.push_formatted(on_its_own_line(row));
    }
    if !array.is_empty() {
        array.set_trailing_comma(true);
        array.set_trailing("\n");
    }
    array
}

fn on_its_own_line(row: &str) -> Toml {
    Toml::from(row).decorated("\n  ", "")
}

/// Brings the rows of a table up to date. Rows that stay are not touched.
pub(super) fn update_table(kind: RowKind, table: &mut dyn TableLike, wanted: &Table) {
    let wanted: BTreeMap<&str, &Row> = wanted
        .iter()
        .filter(|(_, row)| !matches!(row, Row::Unread(_)))
        .collect();
    let present: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in present.iter().filter(|key| !wanted.contains_key(key.as_str())) {
        table.remove(key);
    }
    for (key, row) in wanted {
        let stands = table
            .get(key)
            .and_then(plain::json)
            .and_then(|json| Row::read(kind, key, &json).ok());
        if stands.as_ref() != Some(row) {
            table.insert(key, Item::Value(plain::toml(&row.to_json())));
        }
    }
}
