//! Providers' keys in a policy file, as JSON: what becomes of them, and how they have drifted.

use serde::Serialize;
use tessera_app::policy_file::{DriftedKey, KeyDeed, KeyPlan, KeysPlan, KeysTally};
use tessera_ids::CredentialId;
use utoipa::ToSchema;

/// What applying a file would do to the keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlannedKeys {
    /// The keys that this is against. Applying with it refuses when they are others by then.
    state: String,
    /// Every key of the file, and those that it leaves out: deletions first.
    keys: Vec<PlannedKey>,
}

/// What applying a file would do to one key.
#[derive(Debug, Serialize, ToSchema)]
struct PlannedKey {
    /// The key that is there; none for a new one.
    #[schema(value_type = Option<String>)]
    id: Option<CredentialId>,
    /// What it is called.
    name: String,
    /// Whose key it is, as `openai`.
    provider: &'static str,
    /// `add`, `change`, `replace`, `delete` or `none`.
    change: &'static str,
    /// `new`, `same`, `differs`, `goes`, or `not_compared` where its value was not given.
    key: &'static str,
    /// What becomes of it, in sentences.
    sentences: Vec<String>,
}

/// How a key differs from what the last file said of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneDriftedKey {
    /// What the file calls it.
    name: String,
    /// What changed since, in sentences.
    sentences: Vec<String>,
}

/// How many keys came, became something else and went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AppliedKeys {
    /// New ones.
    added: u64,
    /// Ones of which something else is said.
    changed: u64,
    /// Ones in whose place another key is.
    replaced: u64,
    /// Ones that are gone.
    deleted: u64,
}

impl From<KeysPlan> for PlannedKeys {
    fn from(plan: KeysPlan) -> Self {
        Self {
            state: plan.state,
            keys: plan.keys.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<KeyPlan> for PlannedKey {
    fn from(plan: KeyPlan) -> Self {
        let key = match (plan.deed, plan.compared) {
            (KeyDeed::Delete, _) => "goes",
            (_, false) => "not_compared",
            (KeyDeed::Add, true) => "new",
            (KeyDeed::Replace, true) => "differs",
            (KeyDeed::Change | KeyDeed::Keep, true) => "same",
        };
        Self {
            id: plan.id,
            name: plan.name.into(),
            provider: plan.kind.as_str(),
            change: plan.deed.as_str(),
            key,
            sentences: plan.sentences,
        }
    }
}

impl From<DriftedKey> for OneDriftedKey {
    fn from(drifted: DriftedKey) -> Self {
        Self {
            name: drifted.name,
            sentences: drifted.sentences,
        }
    }
}

impl From<KeysTally> for AppliedKeys {
    fn from(tally: KeysTally) -> Self {
        Self {
            added: tally.added,
            changed: tally.changed,
            replaced: tally.replaced,
            deleted: tally.deleted,
        }
    }
}
