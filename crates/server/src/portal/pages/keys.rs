//! *Models → API keys*: providers' keys, without what is secret of them.

use askama::Template;

use super::invite::TeamChoice;
use crate::portal::view::{Avatar, Frame, Input, Moment, Place, Select, Tone};

/// *API keys*: every key by provider. Each row's *Test* is `POST {path}/test`. Live topic: `credentials`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/api_keys.html")]
pub struct ApiKeys {
    /// The frame.
    pub frame: Frame,
    /// The providers, keys or no keys.
    pub groups: Vec<KeyGroup>,
}

/// One heading and its keys.
#[derive(Clone, Debug, Default)]
pub struct KeyGroup {
    /// `OpenAI`, `GCP`.
    pub title: String,
    /// For the heading's id.
    pub id: String,
    /// Which keys are meant, one sentence for each provider under the heading.
    pub summary: String,
    /// Ways to [`KeyForm`]: label and path.
    pub adds: Vec<(String, String)>,
    /// What a test proves and what not, for each provider under the heading: its name, and the words.
    pub trials: Vec<(String, String)>,
    /// The keys.
    pub rows: Vec<KeyRow>,
}

/// One key.
#[derive(Clone, Debug, Default)]
pub struct KeyRow {
    /// What it is called.
    pub name: String,
    /// Its path; `{path}/replace`, `{path}/delete` and `{path}/test` are what can be done.
    pub path: String,
    /// The provider, where its group has several.
    pub provider: Option<String>,
    /// `…abcd`; empty for a short one.
    pub last_four: String,
    /// `8f1c 02aa 91d0 77e3`.
    pub fingerprint: String,
    /// `relayed` or `delivered`.
    pub delivery: String,
    /// `Everybody`, or the teams' names.
    pub audience: String,
    /// What became of it: a tone and words, `active`, `draining`.
    pub state: (Tone, String),
    /// When a draining one retires.
    pub until: Option<Moment>,
    /// When the provider ends it, as people noted.
    pub expires: Option<Moment>,
    /// Who added it.
    pub added_by: String,
    /// When.
    pub added: Moment,
    /// When the provider was last called with it.
    pub used: Option<Moment>,
    /// How its last test went: when, and what was wrong.
    pub test: Option<(Moment, Option<String>)>,
    /// It can be edited and replaced.
    pub is_active: bool,
    /// It can be tested.
    pub is_usable: bool,
}

/// Adds or edits a key. `POST {action}` with `name`, the provider's fields, `delivery`, `team` (any number) and
/// `version`. A present one has a second form, `POST {action}/expiry` with `expires`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/key_form.html")]
pub struct KeyForm {
    /// The frame.
    pub frame: Frame,
    /// `OpenAI`.
    pub provider: String,
    /// Which key is meant.
    pub summary: String,
    /// What it is called at present; `None` for a new one.
    pub present: Option<String>,
    /// Path that the form posts to.
    pub action: String,
    /// The version that is edited.
    pub version: u64,
    /// The name typed.
    pub name: Input,
    /// The provider's fields.
    pub fields: Vec<KeyField>,
    /// Ways to use it: value, what it means.
    pub deliveries: Vec<(String, String)>,
    /// The one chosen.
    pub delivery: String,
    /// The organization's teams.
    pub teams: Vec<TeamChoice>,
    /// What was wrong with the teams.
    pub teams_problem: Option<String>,
    /// The day on which the provider ends a present one.
    pub expires: String,
    /// What was wrong that is no matter of a field.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}

/// One field of a provider.
#[derive(Clone, Debug, Default)]
pub struct KeyField {
    /// Its name in the form.
    pub name: String,
    /// What people read.
    pub title: String,
    /// What it is for.
    pub help: String,
    /// What was typed; always empty for a secret.
    pub input: Input,
    /// It takes several lines.
    pub is_area: bool,
    /// The input's type: `text`, `url`, `password`.
    pub kind: String,
    /// It must be filled in.
    pub required: bool,
}

/// Replaces a key. `POST {action}` with the provider's fields and `overlap`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/key_replacement.html")]
pub struct KeyReplacement {
    /// The frame.
    pub frame: Frame,
    /// What it is called.
    pub name: String,
    /// The end of the present key.
    pub last_four: String,
    /// Path that the form posts to.
    pub action: String,
    /// The fields of the new key.
    pub fields: Vec<KeyField>,
    /// How long the old one drains.
    pub overlap: Select,
    /// What was wrong that is no matter of a field.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}

/// Asks before a key is deleted. `POST {action}` with `confirm=delete`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/key_deletion.html")]
pub struct KeyDeletion {
    /// The frame.
    pub frame: Frame,
    /// What it is called.
    pub name: String,
    /// Whose key it is, and its end.
    pub what: String,
    /// Path that the form posts to.
    pub action: String,
    /// What happens, one sentence each.
    pub consequences: Vec<String>,
    /// Way back.
    pub back: String,
}
