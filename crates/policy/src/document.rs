//! What one layer says, leaf by leaf, and its canonical bytes. Website lists lie beside it, not in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{Kind, Leaf, Row, SectionName, Table, Value};

/// One leaf as a layer says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Whether later layers are kept from replacing it. Only the organization's lock has force.
    #[serde(default)]
    pub locked: bool,
}

impl Setting {
    /// A value that later layers may replace.
    pub const fn open(value: Value) -> Self {
        Self { value, locked: false }
    }

    /// A value that teams may not replace.
    pub const fn locked(value: Value) -> Self {
        Self { value, locked: true }
    }
}

/// Sparse: holds only the leaves about which the layer speaks, and whatever a newer server put there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerDocument {
    known: BTreeMap<Leaf, Spoken>,
    tables: BTreeMap<Leaf, Table>,
    unknown_leaves: BTreeMap<(SectionName, String), Json>,
    unknown_sections: BTreeMap<String, Json>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Spoken {
    setting: Setting,
    /// The words themselves, when this version could not read them.
    unread: Option<Json>,
}

/// Bytes that are no section of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The bytes are not JSON.
    #[error("the section `{section}` is not JSON: {problem}")]
    NotJson {
        /// Which section.
        section: String,
        /// What the parser says.
        problem: String,
    },
    /// A known section is something else than an object.
    #[error("the section `{0}` is not an object")]
    NotAnObject(String),
    /// Numbers in documents are integers, or their bytes would not be stable.
    #[error("the section `{0}` holds a number that is not an integer")]
    Fraction(String),
}

impl LayerDocument {
    /// What the layer says about a leaf. A value that this version cannot read counts as the strictest.
    pub fn get(&self, leaf: Leaf) -> Option<Setting> {
        self.known.get(&leaf).map(|spoken| spoken.setting.clone())
    }

    /// The layer's rows for a leaf that is a table; none where it is silent.
    pub fn table(&self, leaf: Leaf) -> Table {
        self.tables.get(&leaf).cloned().unwrap_or_default()
    }

    /// The same with these rows set and those keys removed.
    ///
    /// # Panics
    /// When the leaf is no table; edits are checked before they come here.
    #[must_use]
    pub fn with_rows(self, leaf: Leaf, set: &[(String, Row)], remove: &[String]) -> Self {
        let table = self.table(leaf).edited(set, remove);
        self.with_table(leaf, table)
    }

    /// The same with this table; an empty one is none.
    ///
    /// # Panics
    /// When the leaf is no table.
    #[must_use]
    pub fn with_table(mut self, leaf: Leaf, table: Table) -> Self {
        assert!(
            matches!(leaf.kind(), Kind::Table(_)),
            "{} is no table",
            leaf.path()
        );
        if table.is_empty() {
            self.tables.remove(&leaf);
        } else {
            self.tables.insert(leaf, table);
        }
        self
    }

    /// Every leaf of which the layer speaks.
    pub fn settings(&self) -> impl Iterator<Item = (Leaf, Setting)> {
        self.known
            .iter()
            .map(|(leaf, spoken)| (*leaf, spoken.setting.clone()))
    }

    /// Says something about a leaf. A website list is not said here: see [`crate::WebsiteList`].
    ///
    /// # Panics
    /// When the value is not one of the leaf's; edits are checked before they come here.
    #[must_use]
    pub fn with(mut self, leaf: Leaf, setting: Setting) -> Self {
        assert!(
            fits(leaf, &setting.value),
            "{} cannot be {}",
            leaf.path(),
            setting.value
        );
        self.known.insert(
            leaf,
            Spoken {
                setting,
                unread: None,
            },
        );
        self
    }

    /// Says nothing about a leaf any more.
    #[must_use]
    pub fn without(mut self, leaf: Leaf) -> Self {
        self.known.remove(&leaf);
        self.tables.remove(&leaf);
        self
    }

    /// Whether the layer says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
            && self.tables.is_empty()
            && self.unknown_leaves.is_empty()
            && self.unknown_sections.is_empty()
    }

    /// The paths that this version does not understand: unknown sections and leaves, and leaves with a
    /// value it cannot read. They are kept and written back as they came.
    pub fn not_understood(&self) -> Vec<String> {
        let unread = self.known.iter().filter(|(_, spoken)| spoken.unread.is_some());
        let unread = unread.map(|(leaf, _)| leaf.path().to_owned());
        let leaves = self
            .unknown_leaves
            .keys()
            .map(|(section, name)| format!("{section}.{name}"));
        let tables = self
            .tables
            .iter()
            .filter(|(_, table)| table.unreadable().is_some());
        unread
            .chain(tables.map(|(leaf, _)| leaf.path().to_owned()))
            .chain(leaves)
            .chain(self.unknown_sections.keys().cloned())
            .collect()
    }

    /// Whether this leaf's value is one that this version cannot read (and so counts as the strictest).
    pub fn is_unread(&self, leaf: Leaf) -> bool {
        self.known
            .get(&leaf)
            .is_some_and(|spoken| spoken.unread.is_some())
    }

    /// The paths that neither version can show, and that are not the same in both.
    pub(crate) fn differs_unread(&self, other: &Self) -> Vec<String> {
        let mut paths = self.not_understood();
        paths.extend(other.not_understood());
        paths.sort();
        paths.dedup();
        paths.retain(|path| self.unread_words(path) != other.unread_words(path));
        paths
    }

    fn unread_words(&self, path: &str) -> Option<Json> {
        if let Ok(leaf) = path.parse::<Leaf>() {
            // Single rows that cannot be read are told as changes of rows.
            let table = || self.tables.get(&leaf)?.unread_whole().cloned();
            return self
                .known
                .get(&leaf)
                .map_or_else(table, |spoken| spoken.unread.clone());
        }
        let unknown = path
            .split_once('.')
            .and_then(|(section, name)| Some((section.parse().ok()?, name.to_owned())));
        let leaf = unknown.and_then(|unknown| self.unknown_leaves.get(&unknown));
        leaf.or_else(|| self.unknown_sections.get(path)).cloned()
    }

    /// The exact bytes that get hashed, stored and sent, or nothing if the layer is silent on the section:
    /// JSON without spaces, keys sorted by their bytes, integers only.
    pub fn section_bytes(&self, section: SectionName) -> Option<Vec<u8>> {
        let mut leaves: BTreeMap<&str, Json> = BTreeMap::new();
        for (leaf, spoken) in self.known.iter().filter(|(leaf, _)| leaf.section() == section) {
            leaves.insert(leaf.name(), spoken.to_json());
        }
        for (leaf, table) in self.tables.iter().filter(|(leaf, _)| leaf.section() == section) {
            leaves.insert(leaf.name(), table.to_json());
        }
        for ((_, name), json) in self.unknown_leaves.iter().filter(|((of, _), _)| *of == section) {
            leaves.insert(name, json.clone());
        }
        (!leaves.is_empty()).then(|| {
            let object = leaves.into_iter().map(|(name, json)| (name.to_owned(), json));
            canonical(&Json::Object(object.collect()))
        })
    }

    /// The bytes of every section of which the layer speaks, unknown ones included.
    pub fn sections(&self) -> BTreeMap<String, Vec<u8>> {
        let known = SectionName::ALL
            .iter()
            .filter_map(|section| Some((section.as_str().to_owned(), self.section_bytes(*section)?)));
        let unknown = self
            .unknown_sections
            .iter()
            .map(|(name, json)| (name.clone(), canonical(json)));
        known.chain(unknown).collect()
    }

    /// Reads sections back. Nothing is dropped: what this version does not know is kept.
    pub fn from_sections<'a>(
        sections: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, DocumentError> {
        let mut document = Self::default();
        for (name, bytes) in sections {
            let json: Json = serde_json::from_slice(bytes).map_err(|error| DocumentError::NotJson {
                section: name.to_owned(),
                problem: error.to_string(),
            })?;
            if has_fraction(&json) {
                return Err(DocumentError::Fraction(name.to_owned()));
            }
            match (name.parse::<SectionName>(), json) {
                (Ok(section), Json::Object(leaves)) => document.read_section(section, leaves),
                (Ok(_), _) => return Err(DocumentError::NotAnObject(name.to_owned())),
                (Err(_), json) => drop(document.unknown_sections.insert(name.to_owned(), json)),
            }
        }
        Ok(document)
    }

    fn read_section(&mut self, section: SectionName, leaves: Map<String, Json>) {
        for (name, json) in leaves {
            match Leaf::named(section, &name).map(|leaf| (leaf, leaf.kind())) {
                Some((leaf, Kind::Table(kind))) => {
                    drop(self.tables.insert(leaf, Table::from_json(kind, json)));
                }
                None | Some((_, Kind::WebsiteList)) => {
                    drop(self.unknown_leaves.insert((section, name), json));
                }
                Some((leaf, _)) => drop(self.known.insert(leaf, Spoken::read(leaf, json))),
            }
        }
    }
}

impl Spoken {
    fn read(leaf: Leaf, json: Json) -> Self {
        let readable = json.as_object().and_then(|object| {
            let locked = match object.get("locked") {
                None => false,
                Some(locked) => locked.as_bool()?,
            };
            let understood = object.keys().all(|key| key == "value" || key == "locked");
            let value = leaf.read(object.get("value")?)?;
            understood.then_some(Setting { value, locked })
        });
        match readable {
            Some(setting) => Self {
                setting,
                unread: None,
            },
            None => Self {
                setting: Setting::locked(leaf.strictest()),
                unread: Some(json),
            },
        }
    }

    fn to_json(&self) -> Json {
        if let Some(unread) = &self.unread {
            return unread.clone();
        }
        let value = serde_json::to_value(&self.setting.value).unwrap_or_default();
        let mut object = Map::new();
        object.insert("value".to_owned(), value);
        if self.setting.locked {
            object.insert("locked".to_owned(), Json::Bool(true));
        }
        Json::Object(object)
    }
}

/// Whether the leaf can have this value in a document.
pub(crate) fn fits(leaf: Leaf, value: &Value) -> bool {
    match (leaf.kind(), value) {
        (Kind::Switch, Value::Switch(_)) | (Kind::Model, Value::Model(_)) => true,
        (Kind::Choice(words), Value::Choice(word)) => words.contains(word),
        _ => false,
    }
}

fn has_fraction(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.is_f64(),
        Json::Array(items) => items.iter().any(has_fraction),
        Json::Object(entries) => entries.values().any(has_fraction),
        Json::Null | Json::Bool(_) | Json::String(_) => false,
    }
}

/// Writes JSON in the one form that is hashed. Keys are sorted here, whatever order the map keeps.
fn canonical(json: &Json) -> Vec<u8> {
    fn write(json: &Json, out: &mut String) {
        match json {
            Json::Array(items) => {
                out.push('[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    write(item, out);
                }
                out.push(']');
            }
            Json::Object(entries) => {
                out.push('{');
                let sorted: BTreeMap<&str, &Json> =
                    entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
                for (position, (key, value)) in sorted.into_iter().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    out.push_str(&Json::from(key).to_string());
                    out.push(':');
                    write(value, out);
                }
                out.push('}');
            }
            leaf => out.push_str(&leaf.to_string()),
        }
    }
    let mut out = String::new();
    write(json, &mut out);
    out.into_bytes()
}
