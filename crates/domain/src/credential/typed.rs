//! What somebody typed for a key, read by the provider's own rules. All that is wrong is said at once.

use std::{collections::BTreeMap, fmt};

use zeroize::Zeroizing;

use super::{Field, ProviderKind, Secret, Settings};
use crate::{Error, FieldError, Result};

/// Texts by the names of fields. Any of them may be secret, so none is ever printed.
#[derive(Clone, Default)]
pub struct Typed(BTreeMap<String, Zeroizing<String>>);

/// A provider's settings, and its secret if that was typed.
#[derive(Clone, Debug)]
pub struct Entered {
    /// What is not secret.
    pub settings: Settings,
    /// What is; none when every secret field was left empty, which keeps the one there is.
    pub secret: Option<Secret>,
}

impl Typed {
    /// Takes what was typed into a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.0.insert(name.into(), Zeroizing::new(text.into()));
        self
    }

    /// Whether a field was named at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Reads all fields of a provider.
    ///
    /// # Errors
    /// *Invalid* with every field that breaks its rule, is missing, or is none of this provider's. No message
    /// repeats what was typed.
    pub fn read(&self, kind: ProviderKind) -> Result<Entered> {
        let mut reading = Reading {
            typed: self,
            kind,
            wrong: Vec::new(),
        };
        reading.refuse_others();
        let secret = Secret::read(&mut reading);
        let settings = Settings::read(&mut reading, secret.as_ref());
        match settings {
            Some(settings) if reading.wrong.is_empty() => Ok(Entered { settings, secret }),
            _ => Err(Error::invalid_fields(reading.wrong)),
        }
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A reading under way.
pub(super) struct Reading<'a> {
    typed: &'a Typed,
    pub(super) kind: ProviderKind,
    wrong: Vec<FieldError>,
}

impl Reading<'_> {
    /// What stands in a field; nothing when it is blank.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.typed.0.get(name)?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// A field's value, if it has one. What is wrong with it is noted.
    pub(super) fn take<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: fmt::Display,
    {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, &error.to_string());
                None
            }
        }
    }

    /// A field that must have a value.
    pub(super) fn need<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: fmt::Display,
    {
        if self.text(name).is_none() {
            self.refuse(name, "This is needed.");
        }
        self.take(name)
    }

    pub(super) fn refuse(&mut self, name: &str, message: &str) {
        let field = self.kind.fields().iter().find(|field| field.name == name);
        self.wrong.push(FieldError {
            pointer: field.map_or_else(|| format!("/settings/{name}"), Field::pointer),
            message: message.to_owned(),
        });
    }

    fn refuse_others(&mut self) {
        let known = |name: &str| self.kind.fields().iter().any(|field| field.name == name);
        let others: Vec<String> = self.typed.0.keys().filter(|name| !known(name)).cloned().collect();
        for name in others {
            self.refuse(&name, &format!("{} has no such field.", self.kind.title()));
        }
    }
}
