//! Keys as JSON. The types that take secrets can be read but not written, and no message of theirs repeats a value.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Deserialize as ReadFrom, Serialize};
use serde_json::Value;
use tessera_app::credentials::CredentialView;
use tessera_domain::credential::{CredentialState, Scope};
use tessera_ids::{CredentialId, TeamId};
use utoipa::ToSchema;

use crate::api::Instant;

/// A new key.
#[derive(ReadFrom, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    /// At most 80 characters, and another name than every other active key's.
    pub(super) name: String,
    /// `openai`, `anthropic`, `gemini`, `vertex_ai`, `bedrock`, `azure_openai` or `openai_compatible`.
    pub(super) provider: String,
    /// `relayed` (the default) or `delivered`.
    #[serde(default)]
    pub(super) delivery: Option<String>,
    /// The teams whose members may use it; none means everybody.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub(super) teams: Vec<TeamId>,
    /// The provider's fields that are not secret, by name: `organization`, `base_url`, `region`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) settings: Plain,
    /// The provider's secret fields, by name: `key`, `service_account`, `access_key_id`. Never given back.
    #[schema(value_type = Object, write_only)]
    pub(super) secret: Secrets,
}

/// What of a key is to be changed. What is left out stays.
#[derive(ReadFrom, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Patch {
    /// The version that was read; 409 when it is another by now.
    #[serde(default)]
    pub(super) version: Option<u64>,
    /// Another name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// `relayed` or `delivered`. Needs the key again.
    #[serde(default)]
    pub(super) delivery: Option<String>,
    /// Other teams; none of them means everybody.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) teams: Option<Vec<TeamId>>,
    /// Fields to change; an empty text empties one. Another address needs the key again.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) settings: Plain,
    /// The key, typed again. Never given back.
    #[serde(default)]
    #[schema(value_type = Object, write_only)]
    pub(super) secret: Secrets,
}

/// The key that takes over.
#[derive(ReadFrom, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    /// The new key. Never given back.
    #[schema(value_type = Object, write_only)]
    pub(super) secret: Secrets,
    /// Fields that change with it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) settings: Plain,
    /// How long the old one drains: a day when left out, 30 days at most, 0 to retire it at once.
    #[serde(default)]
    pub(super) overlap_seconds: Option<u64>,
}

/// Fields that are not secret. A list is one text a line.
#[derive(Default)]
pub(super) struct Plain(pub(super) BTreeMap<String, String>);

/// Fields that are.
#[derive(Default)]
pub(in crate::api) struct Secrets(pub(in crate::api) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, |value| match value {
            Value::String(text) => Some(text),
            Value::Null => Some(String::new()),
            Value::Array(lines) => {
                let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
                Some(lines?.join("\n"))
            }
            _ => None,
        })
        .map(Self)
    }
}

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, |value| match value {
            Value::String(text) => Some(text),
            // A service account's file, put in as it is.
            Value::Object(file) => Some(Value::Object(file).to_string()),
            _ => None,
        })
        .map(Self)
    }
}

/// Reads an object of texts. The usual messages would repeat a value of the wrong type; this one does not.
fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    text: impl Fn(Value) -> Option<String>,
) -> Result<BTreeMap<String, String>, D::Error> {
    let wrong = || D::Error::custom("every field here is a text");
    let Value::Object(fields) = Value::deserialize(deserializer)? else {
        return Err(D::Error::custom("fields are named here"));
    };
    let read = |(name, value)| Ok((name, text(value).ok_or_else(wrong)?));
    fields.into_iter().map(read).collect()
}

/// Every key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Listed {
    /// The keys: active ones first, retired ones last.
    pub(super) credentials: Vec<OneCredential>,
}

/// One key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneCredential {
    /// Its id.
    #[schema(value_type = String)]
    id: CredentialId,
    /// What it is called.
    name: String,
    /// Whose key it is.
    provider: String,
    /// The provider's fields that are not secret.
    #[schema(value_type = Object)]
    settings: Value,
    /// `relayed` or `delivered`.
    delivery: String,
    /// Whether every member may use it.
    everybody: bool,
    /// Else the teams whose members may.
    #[schema(value_type = Vec<String>)]
    teams: Vec<TeamId>,
    /// Counts its changes.
    version: u64,
    /// By which two keys are told apart, within this organization.
    fingerprint: String,
    /// The end of the key; empty for a short one.
    last_four: String,
    /// `active`, `draining`, `suspended` or `retired`.
    state: String,
    /// With `draining`: when it retires.
    drains_until: Option<Instant>,
    /// With `draining`: the key that took over.
    #[schema(value_type = Option<String>)]
    successor: Option<CredentialId>,
    /// When it was added.
    added_at: Instant,
    /// By whom.
    added_by: String,
    /// When the provider was last called with it.
    last_used: Option<Instant>,
    /// When it was last tested.
    tested_at: Option<Instant>,
    /// Why that test failed; none when it did not.
    test_problem: Option<String>,
}

impl From<CredentialView> for OneCredential {
    fn from(view: CredentialView) -> Self {
        let drain = match view.state {
            CredentialState::Draining(drain) => Some(drain),
            CredentialState::Suspended { drain, .. } => drain,
            CredentialState::Active | CredentialState::Retired { .. } => None,
        };
        let mut settings = serde_json::to_value(&view.settings).unwrap_or_default();
        if let Some(fields) = settings.as_object_mut() {
            fields.remove("provider");
        }
        let (tested_at, test_problem) = view
            .test
            .map_or((None, None), |test| (Some(test.at.into()), test.problem));
        Self {
            provider: view.settings.kind().to_string(),
            settings,
            id: view.id,
            name: view.name.into(),
            delivery: view.delivery.to_string(),
            everybody: view.scope == Scope::Organization,
            teams: view.scope.teams().collect(),
            version: view.version,
            fingerprint: view.fingerprint,
            last_four: view.last_four,
            state: view.state.as_str().to_owned(),
            drains_until: drain.map(|drain| drain.until.into()),
            successor: drain.map(|drain| drain.successor),
            added_at: view.created_at.into(),
            added_by: view.added_by.into(),
            last_used: view.used_at.map(Into::into),
            tested_at,
            test_problem,
        }
    }
}

/// How a test went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TestAnswer {
    /// Whether the provider took the key.
    pub(super) works: bool,
    /// How many models it lists for it; null where it was asked for none, or has deployments that were named by hand.
    pub(super) models: Option<u64>,
    /// Why it did not.
    pub(super) problem: Option<String>,
    /// What such a test does, and what it proves where it works.
    pub(super) proves: &'static str,
    /// What only a real call shows.
    pub(super) leaves_open: &'static str,
}

/// What a provider offers for a key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Models {
    /// The models' ids, as the provider names them.
    pub(super) models: Vec<String>,
}
