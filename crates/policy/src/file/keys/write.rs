//! Writing the section `credentials`: metadata as it is, and references as they stand or as they are suggested.

use std::collections::BTreeSet;

use toml_edit::{Array, Item, Table as TomlTable, TableLike, Value as Toml};

use super::SecretRef;
use crate::credential::{Delivery, Field, ProviderKind, Shape};
use crate::file::{
    CREDENTIALS,
    write::{comment, set, table_at},
};

/// A key as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// What it is called.
    pub name: String,
    /// Whose key it is.
    pub kind: ProviderKind,
    /// How members use it.
    pub delivery: Delivery,
    /// The names of the teams whose members may use it; nothing for everybody.
    pub teams: Option<Vec<String>>,
    /// The fields that are not secret, as they are typed in a form.
    pub plain: Vec<(&'static str, String)>,
}

/// Brings the section up to date. It is written where there are keys, and stays where it stands.
pub(in crate::file) fn write(root: &mut TomlTable, keys: &[KeyState]) {
    if keys.is_empty() && !root.contains_key(CREDENTIALS) {
        return;
    }
    let is_new = !root.contains_key(CREDENTIALS);
    let mut taken = variables(root);
    forget(root, keys);
    for key in keys {
        let Some(table) = table_at(root, &[CREDENTIALS, &key.name], true) else {
            continue;
        };
        write_key(table, key, &mut taken);
    }
    let Some(section) = root.get_mut(CREDENTIALS).and_then(Item::as_table_mut) else {
        return;
    };
    if keys.is_empty() {
        // Without a head of its own an empty section would vanish, and with it the word that there are no keys.
        section.set_implicit(false);
    }
    let first = keys.first().and_then(|key| section.get_mut(&key.name));
    if let (true, Some(table)) = (is_new, first.and_then(Item::as_table_mut)) {
        let text = "Providers' keys. What is secret never stands here, only where it is found when the file is applied: { env = \
                    \"A_VARIABLE\" } or { file = \"a/path\" }. A key that is left out is deleted.";
        table.decor_mut().set_prefix(format!("\n{}", comment(text)));
    }
}

/// Takes away the keys that are gone, and gives a key that is only spelled otherwise its new name.
fn forget(root: &mut TomlTable, keys: &[KeyState]) {
    let Some(table) = root.get_mut(CREDENTIALS).and_then(Item::as_table_like_mut) else {
        return;
    };
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        let known = keys
            .iter()
            .find(|key| key.name.to_lowercase() == name.trim().to_lowercase());
        let stands = known.is_some_and(|key| key.name == name);
        if stands {
            continue;
        }
        let item = table.remove(&name);
        if let (Some(key), Some(item)) = (known, item)
            && !table.contains_key(&key.name)
        {
            table.insert(&key.name, item);
        }
    }
}

fn write_key(table: &mut dyn TableLike, key: &KeyState, taken: &mut BTreeSet<String>) {
    let provider = table.get("provider").and_then(Item::as_str);
    if provider != Some(key.kind.as_str()) {
        let strangers: Vec<String> = table
            .iter()
            .map(|(name, _)| name.to_owned())
            .filter(|name| !["delivery", "teams", "overlap"].contains(&name.as_str()))
            .collect();
        for name in strangers {
            table.remove(&name);
        }
        set(table, "provider", key.kind.as_str().into());
    }
    let delivery = table.get("delivery").and_then(Item::as_str);
    if delivery.unwrap_or(Delivery::default().as_str()) != key.delivery.as_str() {
        set(table, "delivery", key.delivery.as_str().into());
    }
    write_teams(table, key.teams.as_deref());
    for field in key.kind.fields() {
        if field.is_secret() {
            continue;
        }
        let wanted = key.plain.iter().find(|(name, _)| *name == field.name);
        write_plain(table, field, wanted.map(|(_, text)| text.as_str()));
    }
    write_references(table, key, taken);
}

fn write_teams(table: &mut dyn TableLike, teams: Option<&[String]>) {
    let Some(teams) = teams else {
        table.remove("teams");
        return;
    };
    let fold = |name: &str| name.trim().to_lowercase();
    let present = table.get("teams").and_then(Item::as_array);
    let present: Option<BTreeSet<String>> =
        present.map(|array| array.iter().filter_map(Toml::as_str).map(fold).collect());
    if present != Some(teams.iter().map(|name| fold(name)).collect()) {
        set(
            table,
            "teams",
            Toml::Array(teams.iter().map(String::as_str).collect::<Array>()),
        );
    }
}

fn write_plain(table: &mut dyn TableLike, field: &Field, wanted: Option<&str>) {
    let Some(wanted) = wanted else {
        // A field that says nothing may stand there empty.
        if table.get(field.name).and_then(Item::as_str) != Some("") {
            table.remove(field.name);
        }
        return;
    };
    let lines = |item: &Item| match item.as_array() {
        Some(array) => array
            .iter()
            .filter_map(Toml::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>(),
        None => item.as_str().map(split).unwrap_or_default(),
    };
    if field.shape == Shape::Lines {
        if table.get(field.name).map(lines) != Some(split(wanted)) {
            set(
                table,
                field.name,
                Toml::Array(split(wanted).iter().collect::<Array>()),
            );
        }
        return;
    }
    let stands = table.get(field.name).and_then(Item::as_str);
    let is_same = stands.is_some_and(|stands| stands.trim().trim_end_matches('/') == wanted);
    if !is_same {
        set(table, field.name, wanted.into());
    }
}

fn split(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Suggests references where none stand. Those that people wrote stay.
fn write_references(table: &mut dyn TableLike, key: &KeyState, taken: &mut BTreeSet<String>) {
    let secret: Vec<&Field> = key
        .kind
        .fields()
        .iter()
        .filter(|field| field.is_secret())
        .collect();
    if secret.iter().any(|field| table.contains_key(field.name)) {
        return;
    }
    let needed: Vec<&&Field> = match key.kind {
        ProviderKind::Bedrock => secret.iter().filter(|field| field.name != "api_key").collect(),
        _ => secret.iter().filter(|field| field.required).collect(),
    };
    for field in &needed {
        let part = if needed.len() > 1 { field.name } else { "" };
        let name = suggested(&key.name, part, taken);
        let mut reference = toml_edit::InlineTable::new();
        reference.insert("env", name.into());
        table.insert(field.name, Item::Value(Toml::InlineTable(reference)));
    }
    if key.kind == ProviderKind::Bedrock
        && let Some(mut first) = table.key_mut("access_key_id")
    {
        let text = "A pair, or api_key in its place for a Bedrock API key.";
        first.leaf_decor_mut().set_prefix(comment(text));
    }
}

/// The variables that the text names already.
fn variables(root: &TomlTable) -> BTreeSet<String> {
    let section = root.get(CREDENTIALS).and_then(Item::as_table_like);
    let keys = section.into_iter().flat_map(TableLike::iter);
    let fields = keys
        .filter_map(|(_, item)| item.as_table_like())
        .flat_map(TableLike::iter);
    let named = fields.filter_map(|(name, item)| match SecretRef::read(name, item) {
        Ok(SecretRef::Env(variable)) => Some(variable),
        _ => None,
    });
    named.collect()
}

/// A variable's name that no other key has: `TESSERA_KEY_PRODUCTION_OPENAI`.
fn suggested(name: &str, part: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |text: &str| {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        let words = words.filter(|word| !word.is_empty()).map(str::to_ascii_uppercase);
        words.collect::<Vec<_>>()
    };
    let mut words = vec!["TESSERA".to_owned(), "KEY".to_owned()];
    words.extend(plain(&name.chars().take(60).collect::<String>()));
    words.extend(plain(part));
    let base = words.join("_");
    let mut variable = base.clone();
    let mut number = 2;
    while !taken.insert(variable.clone()) {
        variable = format!("{base}_{number}");
        number += 1;
    }
    variable
}
