//! What a file says, read and checked.

use std::{collections::BTreeMap, fmt};

use super::{FileProblem, Head, KeysWords, Place};
use crate::{Leaf, SectionName, Setting, Table, WebsiteList};

/// Whom a part of a file speaks for, by the name that people know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bearer {
    /// The organization.
    Org,
    /// The team of that name.
    Team(String),
    /// The member with that address: an admin's tightening.
    Member(String),
}

impl fmt::Display for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Org => f.write_str("the organization"),
            Self::Team(name) => write!(f, "the team {name}"),
            Self::Member(email) => f.write_str(email),
        }
    }
}

/// Everything that one section says. What is not here is silent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionWords {
    /// Plain leaves.
    pub settings: BTreeMap<Leaf, Setting>,
    /// The denied websites, where the section has that list.
    pub websites: WebsiteList,
    /// Tables.
    pub tables: BTreeMap<Leaf, Table>,
}

/// A file, read and checked as far as that can be done without knowing the organization.
#[derive(Clone, Debug, Default)]
pub struct PolicyFile {
    /// Whose policy it is.
    pub head: Head,
    /// The keys, where the file holds that section.
    pub keys: Option<KeysWords>,
    pub(super) layers: BTreeMap<Bearer, BTreeMap<SectionName, SectionWords>>,
    pub(super) places: BTreeMap<(Bearer, Option<Leaf>), Place>,
}

impl PolicyFile {
    /// Reads a file.
    ///
    /// # Errors
    /// With everything that is wrong, each with its line and column.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<FileProblem>> {
        super::read::read(bytes)
    }

    /// Reads the section of keys alone, whatever else the file says.
    ///
    /// # Errors
    /// When the text is no TOML, or something is wrong with that section.
    pub fn read_keys(bytes: &[u8]) -> Result<Option<KeysWords>, Vec<FileProblem>> {
        super::read::read_keys(bytes)
    }

    /// Who speaks in the file, and each section that stands in it.
    pub fn layers(&self) -> impl Iterator<Item = (&Bearer, &BTreeMap<SectionName, SectionWords>)> {
        self.layers.iter()
    }

    /// Where a leaf stands, or its bearer where the leaf is left out.
    pub fn place(&self, bearer: &Bearer, leaf: Option<Leaf>) -> Place {
        let found = |leaf| self.places.get(&(bearer.clone(), leaf)).copied();
        found(leaf)
            .or_else(|| found(None))
            .unwrap_or(Place { line: 1, column: 1 })
    }
}
