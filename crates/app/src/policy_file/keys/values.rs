//! The secrets that a file names, as they were found on the machine that applies it.

use std::{collections::BTreeMap, fmt};

use tessera_domain::credential::Typed;
use tessera_policy::file::{KeyWords, SecretRef};
use zeroize::Zeroizing;

/// Values by their references, such as `env:OPENAI_API_KEY`. Wiped when dropped, and never printed.
#[derive(Clone, Default)]
pub struct SecretValues(BTreeMap<String, Zeroizing<String>>);

impl SecretValues {
    /// The value of a reference.
    fn of(&self, reference: &SecretRef) -> Option<&str> {
        let value = self.0.get(&reference.to_string())?;
        Some(value.as_str())
    }

    /// What is typed for a key, with its secret fields where all of them are known, and else the references that
    /// are not.
    pub(super) fn typed<'w>(&self, words: &'w KeyWords) -> (Typed, Vec<(&'static str, &'w SecretRef)>) {
        let plain = words.plain.iter();
        let typed = plain.fold(Typed::default(), |typed, (name, text)| {
            typed.with(*name, text.as_str())
        });
        let missing: Vec<_> = words
            .secret
            .iter()
            .filter(|(_, reference)| self.of(reference).is_none())
            .map(|(field, reference)| (*field, reference))
            .collect();
        if !missing.is_empty() {
            return (typed, missing);
        }
        let secret = words.secret.iter();
        let typed = secret.fold(typed, |typed, (field, reference)| {
            typed.with(*field, self.of(reference).unwrap_or_default())
        });
        (typed, missing)
    }
}

impl FromIterator<(String, String)> for SecretValues {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(values: I) -> Self {
        let values = values.into_iter();
        Self(
            values
                .map(|(name, value)| (name, Zeroizing::new(value)))
                .collect(),
        )
    }
}

impl fmt::Debug for SecretValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
