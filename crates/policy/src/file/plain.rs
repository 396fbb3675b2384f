//! Plain leaves in TOML: `"default"`, a value, or `{ value = …, locked = true }`; and TOML beside JSON.

use serde_json::{Map, Value as Json};
use toml_edit::{Array, InlineTable, Item, Value as Toml};

use super::SILENT;
use crate::{Leaf, Setting};

/// What an item says of a plain leaf; nothing for `"default"`.
///
/// # Errors
/// With the end of the sentence "expected …".
pub(super) fn said(leaf: Leaf, item: &Item) -> Result<Option<Setting>, String> {
    if item.as_str() == Some(SILENT) {
        return Ok(None);
    }
    let expected = || format!("{}, or \"{SILENT}\" to say nothing", leaf.expected());
    let Some(table) = item.as_table_like() else {
        let value = json(item)
            .and_then(|json| leaf.read(&json))
            .ok_or_else(expected)?;
        return Ok(Some(Setting::open(value)));
    };
    if let Some((stranger, _)) = table.iter().find(|(key, _)| !["value", "locked"].contains(key)) {
        return Err(format!("`value` and `locked`, found `{stranger}`"));
    }
    let value = table
        .get("value")
        .and_then(json)
        .and_then(|json| leaf.read(&json));
    let value = value.ok_or_else(|| format!("{} as `value`", leaf.expected()))?;
    let locked = match table.get("locked") {
        None => false,
        Some(locked) => locked.as_bool().ok_or("true or false as `locked`")?,
    };
    Ok(Some(Setting { value, locked }))
}

/// What a layer says of a plain leaf, as TOML.
pub(super) fn words(setting: Option<&Setting>) -> Toml {
    let Some(setting) = setting else {
        return SILENT.into();
    };
    let value = serde_json::to_value(&setting.value).unwrap_or_default();
    if !setting.locked {
        return toml(&value);
    }
    let mut table = InlineTable::new();
    table.insert("value", toml(&value));
    table.insert("locked", true.into());
    table.into()
}

/// The same as JSON; nothing for dates and for arrays of tables, which no setting has.
pub(super) fn json(item: &Item) -> Option<Json> {
    match item {
        Item::Value(value) => json_of_value(value),
        Item::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, item)| Some((key.to_owned(), json(item)?)));
            Some(Json::Object(entries.collect::<Option<Map<_, _>>>()?))
        }
        Item::None | Item::ArrayOfTables(_) => None,
    }
}

fn json_of_value(value: &Toml) -> Option<Json> {
    Some(match value {
        Toml::String(text) => Json::from(text.value().as_str()),
        Toml::Integer(number) => Json::from(*number.value()),
        Toml::Float(number) => Json::from(*number.value()),
        Toml::Boolean(on) => Json::from(*on.value()),
        Toml::Datetime(_) => return None,
        Toml::Array(items) => Json::Array(items.iter().map(json_of_value).collect::<Option<_>>()?),
        Toml::InlineTable(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| Some((key.to_owned(), json_of_value(value)?)));
            Json::Object(entries.collect::<Option<Map<_, _>>>()?)
        }
    })
}

/// JSON as TOML: what people look for first stands first.
pub(super) fn toml(json: &Json) -> Toml {
    match json {
        Json::Null => "".into(),
        Json::Bool(on) => (*on).into(),
        Json::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => Toml::Array(items.iter().map(toml).collect::<Array>()),
        Json::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, value)| {
                let is_name = ["name", "title", "kind"].contains(&key.as_str());
                (!is_name, value.is_array() || value.is_object(), *key)
            });
            let table: InlineTable = entries
                .into_iter()
                .map(|(key, value)| (key, toml(value)))
                .collect();
            Toml::InlineTable(table)
        }
    }
}
