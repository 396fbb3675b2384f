//! The opened keys, in memory alone, for whoever on this machine may call a provider with them.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use serde::{Deserialize, Serialize};
use tessera_ids::CredentialId;
use tessera_wire::DeliveredKey;

/// Opened keys by their ids. Wiped when they go.
#[derive(Debug, Default)]
pub(crate) struct KeyRing(RwLock<BTreeMap<CredentialId, (u64, Arc<DeliveredKey>)>>);

/// A key that is here, without what is secret of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHere {
    /// Its id.
    pub id: CredentialId,
    /// What the org calls it.
    pub name: String,
    /// Whose key it is: `openai`.
    pub provider: String,
    /// The end of it; may be empty.
    pub last_four: String,
    /// Which version of it.
    pub version: u64,
}

impl KeyRing {
    /// Puts these keys in the place of all others.
    pub(super) fn set(&self, keys: BTreeMap<CredentialId, (u64, DeliveredKey)>) {
        let keys = keys
            .into_iter()
            .map(|(id, (version, key))| (id, (version, Arc::new(key))));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys.collect();
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        self.set(BTreeMap::new());
    }

    /// One key.
    pub(crate) fn get(&self, id: CredentialId) -> Option<Arc<DeliveredKey>> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(&id).map(|(_, key)| Arc::clone(key))
    }

    /// What is here, by id.
    pub(crate) fn list(&self) -> Vec<KeyHere> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let here = keys.iter().map(|(id, (version, key))| KeyHere {
            id: *id,
            name: key.name.to_string(),
            provider: key.provider.to_string(),
            last_four: key.last_four.to_string(),
            version: *version,
        });
        here.collect()
    }
}
