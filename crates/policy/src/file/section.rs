//! The sections that a file can hold: those of the settings, and the providers' keys.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use super::CREDENTIALS;
use crate::{SectionName, UnknownName};

/// A section of a file, which is owned as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileSection {
    /// One of the settings.
    Settings(SectionName),
    /// The providers' keys, which only the organization's part has.
    Credentials,
}

impl FileSection {
    /// The section's name in files and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settings(section) => section.as_str(),
            Self::Credentials => CREDENTIALS,
        }
    }
}

impl From<SectionName> for FileSection {
    fn from(section: SectionName) -> Self {
        Self::Settings(section)
    }
}

impl fmt::Display for FileSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FileSection {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            CREDENTIALS => Ok(Self::Credentials),
            other => other.parse().map(Self::Settings),
        }
    }
}

impl Serialize for FileSection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
