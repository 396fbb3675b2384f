//! One row of a table, by what the table is about.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{ModelName, WebsiteRule, applications::ApplicationRule};

/// What the rows of a table are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Applications, by a short key: blocked or available.
    Application,
    /// Providers and models, by name: allowed or not.
    ModelSwitch,
    /// Models that no catalogue knows, by name.
    CustomModel,
    /// Orders to forget what was captured, by number.
    Purge,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// What is decided about an application.
    Application(ApplicationRow),
    /// Whether a provider or a model is allowed.
    Model(bool),
    /// A model of the organization's own.
    CustomModel(CustomModelRow),
    /// Something to forget.
    Purge(PurgeRow),
    /// The words of a row that this version cannot read: it is kept, and denies.
    Unread(Json),
}

/// What is decided about an application. Identifiers stand in the row even of an application that Tessera knows, so
/// that a device needs nothing else to recognise it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationRow {
    /// What people call it.
    pub name: String,
    /// By what it is recognised; at least one.
    pub identifiers: Vec<ApplicationRule>,
    /// Whether nothing of it may be captured; otherwise it is available.
    pub blocked: bool,
}

/// A model that no catalogue knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomModelRow {
    /// What people call it.
    pub title: String,
    /// How many tokens it takes in at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u64>,
    /// A word such as *Fast* or *Accurate*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// An order to forget what was captured before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgeRow {
    /// Websites whose captures go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub websites: Vec<WebsiteRule>,
    /// Applications whose captures go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<ApplicationRule>,
    /// Captures before this instant go, in microseconds of UTC.
    pub before: i64,
}

/// The most bytes of a name, a title or a label.
const MAX_NAME: usize = 120;
/// The most identifiers of one application.
const MAX_IDENTIFIERS: usize = 32;
/// The most rules of one order.
const MAX_PURGED: usize = 1_000;

impl RowKind {
    /// What one row is called.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::ModelSwitch => "model",
            Self::CustomModel => "custom model",
            Self::Purge => "purge order",
        }
    }

    /// What a row must look like; the end of the sentence "expected …".
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Application => "an object with `name`, `identifiers` and `blocked`",
            Self::ModelSwitch => "true or false",
            Self::CustomModel => "an object with `title`, and perhaps `context_window` and `label`",
            Self::Purge => "an object with `websites`, `applications` and `before`",
        }
    }

    /// Checks a key.
    ///
    /// # Errors
    /// With the end of the sentence "expected …".
    pub fn check_key(self, key: &str) -> Result<(), &'static str> {
        let model = || key.parse::<ModelName>().is_ok();
        match self {
            Self::Application | Self::Purge if is_slug(key) => Ok(()),
            Self::Application | Self::Purge => Err("1 to 64 of a-z, 0-9, `-`, `_` and `.` as its key"),
            Self::ModelSwitch if ModelName::is_provider(key) || model() => Ok(()),
            Self::ModelSwitch => Err("a provider such as `openai`, or a model such as `openai/gpt-5`"),
            Self::CustomModel if model() => Ok(()),
            Self::CustomModel => Err("a model such as `openai/gpt-5`"),
        }
    }
}

impl Row {
    /// Reads a row and checks it and its key.
    ///
    /// # Errors
    /// With one sentence for the person who sent it.
    pub fn read(kind: RowKind, key: &str, json: &Json) -> Result<Self, String> {
        kind.check_key(key)
            .map_err(|expected| format!("expected {expected}"))?;
        let unlike = |error: serde_json::Error| format!("expected {}: {error}", kind.expected());
        Ok(match kind {
            RowKind::Application => {
                Self::Application(ApplicationRow::deserialize(json).map_err(unlike)?.checked()?)
            }
            RowKind::ModelSwitch => Self::Model(bool::deserialize(json).map_err(unlike)?),
            RowKind::CustomModel => {
                Self::CustomModel(CustomModelRow::deserialize(json).map_err(unlike)?.checked()?)
            }
            RowKind::Purge => Self::Purge(PurgeRow::deserialize(json).map_err(unlike)?.checked()?),
        })
    }

    /// The row as it stands in documents.
    #[expect(clippy::missing_panics_doc, reason = "rows are texts, numbers and truths")]
    pub fn to_json(&self) -> Json {
        let json = match self {
            Self::Application(row) => serde_json::to_value(row),
            Self::Model(allowed) => return Json::Bool(*allowed),
            Self::CustomModel(row) => serde_json::to_value(row),
            Self::Purge(row) => serde_json::to_value(row),
            Self::Unread(json) => return json.clone(),
        };
        json.expect("rows are texts, numbers and truths")
    }

    /// What people call the row.
    pub fn title<'a>(&'a self, key: &'a str) -> &'a str {
        match self {
            Self::Application(row) => &row.name,
            Self::Model(_) | Self::CustomModel(_) | Self::Purge(_) | Self::Unread(_) => key,
        }
    }

    /// What the row decides, in a word or two.
    pub fn word(&self) -> String {
        match self {
            Self::Application(row) => if row.blocked { "blocked" } else { "available" }.to_owned(),
            Self::Model(allowed) => if *allowed { "allowed" } else { "not allowed" }.to_owned(),
            Self::CustomModel(row) => row.title.clone(),
            Self::Purge(row) => format!(
                "{} to forget",
                counted(row.websites.len() + row.applications.len(), "rule")
            ),
            Self::Unread(_) => "not understood".to_owned(),
        }
    }
}

impl ApplicationRow {
    fn checked(self) -> Result<Self, String> {
        check_name("name", &self.name)?;
        match self.identifiers.len() {
            0 => Err("expected at least one identifier".to_owned()),
            1..=MAX_IDENTIFIERS => Ok(self),
            _ => Err(format!(
                "an application has at most {MAX_IDENTIFIERS} identifiers"
            )),
        }
    }
}

impl CustomModelRow {
    fn checked(self) -> Result<Self, String> {
        check_name("title", &self.title)?;
        self.label
            .as_deref()
            .map_or(Ok(()), |label| check_name("label", label))?;
        match self.context_window {
            Some(0) => Err("a context window has at least one token".to_owned()),
            Some(tokens) if i64::try_from(tokens).is_err() => {
                Err("the context window is too large".to_owned())
            }
            _ => Ok(self),
        }
    }
}

impl PurgeRow {
    fn checked(self) -> Result<Self, String> {
        match self.websites.len() + self.applications.len() {
            0 => Err("expected at least one rule to forget by".to_owned()),
            1..=MAX_PURGED => Ok(self),
            _ => Err(format!("an order has at most {MAX_PURGED} rules")),
        }
    }
}

fn check_name(field: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(format!("expected 1 to {MAX_NAME} printable bytes as `{field}`"));
    }
    Ok(())
}

fn is_slug(text: &str) -> bool {
    let fine =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(fine)
}

/// "1 rule", "2 rules".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
