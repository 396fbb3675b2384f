//! Providers' keys in a file: everything of them but what is secret. That stands there only as a reference to where it
//! is found on the machine that applies the file.

mod overlap;
mod read;
mod reference;
mod write;

use std::{collections::BTreeMap, time::Duration};

pub(super) use self::{read::read, write::write};
pub use self::{reference::SecretRef, write::KeyState};
use super::Place;
use crate::credential::{Delivery, ProviderKind};

/// The most keys of a file: as many as an organization may have.
const MOST_KEYS: usize = 200;

/// The section `credentials`: every key that there shall be, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysWords {
    /// The keys, by their names.
    pub keys: BTreeMap<String, KeyWords>,
}

/// One key as a file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyWords {
    /// Whose key it is.
    pub kind: ProviderKind,
    /// How members use it.
    pub delivery: Delivery,
    /// The names of the teams whose members may use it: nothing means everybody, an empty list nobody.
    pub teams: Option<Vec<(String, Place)>>,
    /// The fields that are not secret, as they are typed in a form.
    pub plain: BTreeMap<&'static str, String>,
    /// Where the secret fields are found.
    pub secret: BTreeMap<&'static str, SecretRef>,
    /// How long the key that is there goes on when another takes its place.
    pub overlap: Duration,
    /// Where its name stands.
    pub place: Place,
    places: BTreeMap<&'static str, Place>,
}

impl KeyWords {
    /// Where a field stands, or the key's name where it is left out.
    pub fn place_of(&self, field: &str) -> Place {
        self.places.get(field).copied().unwrap_or(self.place)
    }
}

impl KeysWords {
    /// Every reference and the first place at which it stands, in the order of the file.
    pub fn references(&self) -> Vec<(&SecretRef, Place)> {
        let mut found: BTreeMap<&SecretRef, Place> = BTreeMap::new();
        for key in self.keys.values() {
            for (field, reference) in &key.secret {
                let place = key.place_of(field);
                let first = found.entry(reference).or_insert(place);
                *first = place.min(*first);
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(_, place)| *place);
        found
    }
}
