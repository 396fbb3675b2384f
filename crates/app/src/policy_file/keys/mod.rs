//! The providers' keys of a policy file: how they differ from those there are, and making them so.
//!
//! A key is known by its name. Whether the key itself differs is told by its fingerprint, so that one that is the same
//! is not replaced. See docs/adr/0025.

mod act;
mod content;
mod drift;
mod export;
mod find;
mod leftover;
mod values;

use tessera_domain::{
    CredentialName,
    credential::{Delivery, ProviderKind, Scope, Secret, Settings},
};
use tessera_ids::CredentialId;

pub use self::{drift::DriftedKey, values::SecretValues};
pub(super) use self::{drift::drift, export::states, find::state};
use crate::credentials::CredentialView;
use tessera_policy::file::FileProblem;

/// What becomes of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyDeed {
    /// It goes, with its secret.
    Delete,
    /// What is said of it changes; the key itself stays.
    Change,
    /// Another key takes its place.
    Replace,
    /// It comes.
    Add,
    /// It is as the file says, as far as that is known.
    Keep,
}

impl KeyDeed {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Change => "change",
            Self::Replace => "replace",
            Self::Add => "add",
            Self::Keep => "none",
        }
    }
}

/// What applying a file would do to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlan {
    /// Which key; nothing for a new one.
    pub id: Option<CredentialId>,
    /// What it is called, or will be.
    pub name: CredentialName,
    /// Whose key it is.
    pub kind: ProviderKind,
    /// What becomes of it.
    pub deed: KeyDeed,
    /// The same in sentences.
    pub sentences: Vec<String>,
    /// Whether the key itself was compared. It is not where its value was not given.
    pub compared: bool,
}

/// What applying a file would do to the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysPlan {
    /// The keys that this is against, as a word that changes whenever one of them does.
    pub state: String,
    /// Every key of the file, and those that it leaves out: deletions first.
    pub keys: Vec<KeyPlan>,
}

impl KeysPlan {
    /// Whether no key would change, as far as that is known.
    pub fn is_empty(&self) -> bool {
        self.keys.iter().all(|key| key.deed == KeyDeed::Keep)
    }

    /// How many keys come, become something else and go.
    pub fn tally(&self) -> KeysTally {
        KeysTally::of(self.keys.iter().map(|key| key.deed))
    }
}

/// How many keys came, became something else and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeysTally {
    /// New ones.
    pub added: u64,
    /// Ones of which something else is said.
    pub changed: u64,
    /// Ones in whose place another key is.
    pub replaced: u64,
    /// Ones that are gone.
    pub deleted: u64,
}

impl KeysTally {
    fn of(deeds: impl Iterator<Item = KeyDeed>) -> Self {
        deeds.fold(Self::default(), |mut tally, deed| {
            match deed {
                KeyDeed::Add => tally.added += 1,
                KeyDeed::Change => tally.changed += 1,
                KeyDeed::Replace => tally.replaced += 1,
                KeyDeed::Delete => tally.deleted += 1,
                KeyDeed::Keep => {}
            }
            tally
        })
    }

    /// Whether nothing happened.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// The keys of a file beside those there are.
pub(super) struct KeysTarget {
    /// What is to be done, in this order.
    acts: Vec<Act>,
    /// The keys that this is against.
    pub(super) state: String,
    /// The values that are needed to do it and were not given.
    missing: Vec<FileProblem>,
}

/// One thing to do.
struct Act {
    plan: KeyPlan,
    before: Option<CredentialView>,
    wanted: Option<Wanted>,
}

/// A key as the file wants it.
struct Wanted {
    /// Nothing where they cannot be known without the key itself.
    settings: Option<Settings>,
    secret: Option<Secret>,
    delivery: Delivery,
    scope: Scope,
    overlap: std::time::Duration,
}

impl KeysTarget {
    /// What it comes to.
    pub(super) fn plan(&self) -> KeysPlan {
        KeysPlan {
            state: self.state.clone(),
            keys: self.acts.iter().map(|act| act.plan.clone()).collect(),
        }
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.acts.iter().all(|act| act.plan.deed == KeyDeed::Keep)
    }

    pub(super) fn tally(&self) -> KeysTally {
        KeysTally::of(self.acts.iter().map(|act| act.plan.deed))
    }
}
