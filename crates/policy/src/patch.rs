//! Edits of one layer: reading them from JSON, checking them, applying them.

use serde_json::{Map, Value as Json};

use crate::{
    FieldError, Kind, LayerDocument, LayerName, Leaf, Row, RowKind, SectionName, Setting, Strictness, Table,
    Value, WebsiteList, WebsiteRule, document::fits, field_error::step,
};

/// How many complaints are listed before the rest is only counted.
const MAX_COMPLAINTS: usize = 100;

/// One edit of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Say this about a leaf.
    Set {
        /// Which leaf.
        leaf: Leaf,
        /// Its new value.
        value: Value,
        /// Its lock; nothing leaves the lock as it is.
        locked: Option<bool>,
    },
    /// Say nothing about a leaf any more.
    Clear {
        /// Which leaf.
        leaf: Leaf,
    },
    /// Change the rows of a table.
    Rows {
        /// Which table.
        leaf: Leaf,
        /// Rows to put in, in place of those under the same keys.
        set: Vec<(String, Row)>,
        /// Keys of rows to remove; those not there do no harm.
        remove: Vec<String>,
    },
    /// Change the list of denied websites.
    Websites {
        /// Rules to add; those already there do no harm.
        add: Vec<WebsiteRule>,
        /// Rows to remove, as the list shows them; those not there do no harm.
        remove: Vec<String>,
    },
}

impl Edit {
    /// The leaf that it is about.
    pub const fn leaf(&self) -> Leaf {
        match self {
            Self::Set { leaf, .. } | Self::Clear { leaf } | Self::Rows { leaf, .. } => *leaf,
            Self::Websites { .. } => Leaf::Websites,
        }
    }
}

/// The `settings` of a PATCH body.
#[derive(Debug)]
pub struct SettingsPatch;

impl SettingsPatch {
    /// Reads `{"features": {"telemetry": false, "processing": {"value": true, "locked": true},
    /// "processing_mode": null}, "memory": {"websites": {"add": ["example.com"], "remove": []},
    /// "applications": {"set": {"slack": {…}}, "remove": ["zoom"]}}}`.
    ///
    /// Pointers of complaints begin with `/settings`, where the body holds this value.
    pub fn parse(settings: &Json) -> Result<Vec<Edit>, Vec<FieldError>> {
        let mut reader = Reader::default();
        reader.settings(settings);
        reader.finish()
    }
}

#[derive(Default)]
struct Reader {
    edits: Vec<Edit>,
    errors: Complaints,
}

impl Reader {
    fn settings(&mut self, settings: &Json) {
        let Some(sections) = settings.as_object() else {
            return self.errors.push("/settings", "expected an object of sections");
        };
        for (name, leaves) in sections {
            let pointer = format!("/settings/{}", step(name));
            match (name.parse::<SectionName>(), leaves.as_object()) {
                (Err(_), _) => self
                    .errors
                    .push(pointer, format!("there is no section called `{name}`")),
                (Ok(_), None) => self.errors.push(pointer, "expected an object of settings"),
                (Ok(section), Some(leaves)) => self.section(section, leaves, &pointer),
            }
        }
    }

    fn section(&mut self, section: SectionName, leaves: &Map<String, Json>, pointer: &str) {
        for (name, json) in leaves {
            let pointer = format!("{pointer}/{}", step(name));
            match Leaf::named(section, name) {
                None => self
                    .errors
                    .push(pointer, format!("there is no setting called `{section}.{name}`")),
                Some(leaf) => match leaf.kind() {
                    Kind::WebsiteList => self.websites(json, &pointer),
                    Kind::Table(_) if json.is_null() => self.edits.push(Edit::Clear { leaf }),
                    Kind::Table(kind) => self.table(leaf, kind, json, &pointer),
                    Kind::Switch | Kind::Choice(_) | Kind::Model => self.leaf(leaf, json, pointer),
                },
            }
        }
    }

    fn leaf(&mut self, leaf: Leaf, json: &Json, pointer: String) {
        let (value, locked, at) = match json {
            Json::Null => return self.edits.push(Edit::Clear { leaf }),
            Json::Object(object) => {
                if let Some(stranger) = object
                    .keys()
                    .find(|key| !["value", "locked"].contains(&key.as_str()))
                {
                    let message = format!("expected `value` and `locked`, found `{stranger}`");
                    return self.errors.push(format!("{pointer}/{}", step(stranger)), message);
                }
                let locked = match object.get("locked").map(Json::as_bool) {
                    Some(None) => {
                        return self
                            .errors
                            .push(format!("{pointer}/locked"), "expected true or false");
                    }
                    locked => locked.flatten(),
                };
                (
                    object.get("value").unwrap_or(&Json::Null),
                    locked,
                    format!("{pointer}/value"),
                )
            }
            plain => (plain, None, pointer),
        };
        match leaf.read(value) {
            Some(value) => self.edits.push(Edit::Set { leaf, value, locked }),
            None => self.errors.push(at, format!("expected {}", leaf.expected())),
        }
    }

    fn strangers(&mut self, object: &Map<String, Json>, known: [&str; 2], pointer: &str) {
        for stranger in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let at = format!("{pointer}/{}", step(stranger));
            let [first, second] = known;
            let message = format!("expected `{first}` and `{second}`, found `{stranger}`");
            self.errors.push(at, message);
        }
    }

    fn table(&mut self, leaf: Leaf, kind: RowKind, json: &Json, pointer: &str) {
        let Some(object) = json.as_object() else {
            return self.errors.push(pointer, format!("expected {}", leaf.expected()));
        };
        self.strangers(object, ["set", "remove"], pointer);
        let mut set = Vec::new();
        match object.get("set") {
            None => {}
            Some(Json::Object(rows)) => {
                for (key, json) in rows {
                    match Row::read(kind, key, json) {
                        Ok(row) => set.push((key.clone(), row)),
                        Err(message) => {
                            self.errors.push(format!("{pointer}/set/{}", step(key)), message);
                        }
                    }
                }
            }
            Some(_) => self
                .errors
                .push(format!("{pointer}/set"), "expected an object of rows"),
        }
        let remove = self.rows(object.get("remove"), &format!("{pointer}/remove"), "a key");
        let remove = remove.into_iter().map(|(row, _)| row.to_owned()).collect();
        self.edits.push(Edit::Rows { leaf, set, remove });
    }

    fn websites(&mut self, json: &Json, pointer: &str) {
        let Some(object) = json.as_object() else {
            return self
                .errors
                .push(pointer, format!("expected {}", Leaf::Websites.expected()));
        };
        self.strangers(object, ["add", "remove"], pointer);
        let mut add = Vec::new();
        for (row, at) in self.rows(object.get("add"), &format!("{pointer}/add"), "a website") {
            match row.parse() {
                Ok(rule) => add.push(rule),
                Err(error) => self.errors.push(at, format!("{error}")),
            }
        }
        let remove = self.rows(object.get("remove"), &format!("{pointer}/remove"), "a website");
        let remove = remove.into_iter().map(|(row, _)| row.to_owned()).collect();
        self.edits.push(Edit::Websites { add, remove });
    }

    fn rows<'a>(&mut self, json: Option<&'a Json>, pointer: &str, what: &str) -> Vec<(&'a str, String)> {
        let mut rows = Vec::new();
        match json {
            None => {}
            Some(Json::Array(items)) => {
                for (position, item) in items.iter().enumerate() {
                    let at = format!("{pointer}/{position}");
                    match item.as_str() {
                        Some(row) => rows.push((row, at)),
                        None => self.errors.push(at, format!("expected {what} as text")),
                    }
                }
            }
            Some(_) => self
                .errors
                .push(pointer, format!("expected an array, each item {what}")),
        }
        rows
    }

    fn finish(self) -> Result<Vec<Edit>, Vec<FieldError>> {
        self.errors.or(self.edits)
    }
}

/// Applies edits to one layer, in order. The list keeps its order and has no row twice.
pub fn apply(
    document: &LayerDocument,
    websites: &WebsiteList,
    edits: &[Edit],
) -> Result<(LayerDocument, WebsiteList), Vec<FieldError>> {
    let (mut document, mut websites) = (document.clone(), websites.clone());
    let mut errors = Complaints::default();
    for edit in edits {
        match edit {
            Edit::Set { leaf, value, locked } if fits(*leaf, value) => {
                let kept = document.get(*leaf).is_some_and(|setting| setting.locked);
                let setting = Setting {
                    value: value.clone(),
                    locked: locked.unwrap_or(kept),
                };
                document = document.with(*leaf, setting);
            }
            Edit::Clear { leaf } => document = document.without(*leaf),
            Edit::Rows { leaf, set, remove } if matches!(leaf.kind(), Kind::Table(_)) => {
                document = document.with_rows(*leaf, set, remove);
                if document.table(*leaf).len() > Table::MAX_ROWS {
                    let message = format!("a table holds at most {} rows", Table::MAX_ROWS);
                    errors.push(pointer(*leaf), message);
                }
            }
            Edit::Set { leaf, .. } | Edit::Rows { leaf, .. } => {
                errors.push(pointer(*leaf), format!("expected {}", leaf.expected()));
            }
            Edit::Websites { add, remove } => websites = websites.edited(add, remove),
        }
    }
    if websites.len() > WebsiteList::MAX_ROWS {
        let message = format!("a list holds at most {} websites", WebsiteList::MAX_ROWS);
        errors.push(pointer(Leaf::Websites), message);
    }
    errors.or((document, websites))
}

/// Whether a layer may make such edits at all: only the organization locks, a team speaks only where it
/// may, and nobody writes the built-in layer. (That a member only tightens is the merge's business.)
pub fn permitted(layer: LayerName, edits: &[Edit]) -> Result<(), Vec<FieldError>> {
    let mut errors = Complaints::default();
    for edit in edits {
        let leaf = edit.leaf();
        let locks = matches!(
            edit,
            Edit::Set {
                locked: Some(true),
                ..
            }
        );
        match layer {
            LayerName::BuiltIn => errors.push(pointer(leaf), "built-in values cannot be changed"),
            LayerName::Team(_) if !leaf.teams_may_override() => {
                errors.push(pointer(leaf), format!("teams cannot change “{}”", leaf.title()));
            }
            LayerName::Team(_) | LayerName::Tightened(_) | LayerName::Member if locks => {
                errors.push(pointer(leaf), "only the organization can lock a setting");
            }
            LayerName::Tightened(_) | LayerName::Member if leaf.strictness() == Strictness::Neither => {
                errors.push(pointer(leaf), format!("“{}” cannot be tightened", leaf.title()));
            }
            LayerName::Org | LayerName::Team(_) | LayerName::Tightened(_) | LayerName::Member => {}
        }
    }
    errors.or(())
}

fn pointer(leaf: Leaf) -> String {
    format!("/settings/{}/{}", leaf.section(), leaf.name())
}

/// Complaints, of which only the first hundred are listed.
#[derive(Default)]
struct Complaints {
    listed: Vec<FieldError>,
    unlisted: usize,
}

impl Complaints {
    fn push(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.listed.len() < MAX_COMPLAINTS {
            self.listed.push(FieldError::new(pointer, message));
        } else {
            self.unlisted += 1;
        }
    }

    fn or<T>(mut self, value: T) -> Result<T, Vec<FieldError>> {
        if self.listed.is_empty() {
            return Ok(value);
        }
        if self.unlisted > 0 {
            self.listed.push(FieldError::new(
                "/settings",
                format!("and {} more", self.unlisted),
            ));
        }
        Err(self.listed)
    }
}
