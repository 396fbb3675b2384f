//! Names of sections, lists and credentials, kept also when this version does not know them.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tessera_ids::CredentialId;
use tessera_policy::SectionName;

/// 1 to 64 of `a-z 0-9 . _ -`, such as `features` or `memory.websites`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A text that is not a [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a name of 1 to 64 lower-case letters, digits, dots, dashes and underscores")]
pub struct ParseNameError;

impl Name {
    /// The list of denied websites.
    pub const WEBSITES: &'static str = "memory.websites";

    /// How a receipt calls the keys that were delivered.
    pub const CREDENTIALS: &'static str = "credentials";

    /// [`Name::CREDENTIALS`] as a name.
    pub fn credentials() -> Self {
        Self(Self::CREDENTIALS.to_owned())
    }

    /// [`Name::WEBSITES`] as a name.
    pub fn websites() -> Self {
        Self(Self::WEBSITES.to_owned())
    }

    /// The section of this name, when this version knows it.
    pub fn section(&self) -> Option<SectionName> {
        self.0.parse().ok()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<SectionName> for Name {
    fn from(section: SectionName) -> Self {
        Self(section.as_str().to_owned())
    }
}

impl From<CredentialId> for Name {
    fn from(credential: CredentialId) -> Self {
        Self(credential.to_string())
    }
}

impl TryFrom<String> for Name {
    type Error = ParseNameError;

    fn try_from(text: String) -> Result<Self, ParseNameError> {
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(Self(text));
        }
        Err(ParseNameError)
    }
}

impl FromStr for Name {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        text.to_owned().try_into()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_a_name_and_an_unknown_one_is_kept() {
        for section in SectionName::ALL {
            let name = Name::from(*section);
            assert_eq!(name.as_str().parse(), Ok(name.clone()));
            assert_eq!(name.section(), Some(*section));
        }
        assert_eq!("holograms".parse::<Name>().unwrap().section(), None);
        assert!(Name::websites().as_str().parse::<Name>().is_ok());
        for text in ["", "Features", "a b", "../x", &"x".repeat(65)] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }
}
