//! How much a change brings, alters and takes away.

use std::ops::Add;

use crate::{Change, Leaf, SectionName};

/// Numbers of settings and rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many come: leaves that begin to speak, rows that are new.
    pub added: u64,
    /// How many become something else.
    pub changed: u64,
    /// How many go: leaves that fall silent, rows that are no more.
    pub removed: u64,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            changed: self.changed + other.changed,
            removed: self.removed + other.removed,
        }
    }
}

impl Change {
    /// How much it brings, alters and takes away.
    pub fn tally(&self) -> Tally {
        let (added, changed, removed) = match self {
            Self::Value { before: None, .. } => (1, 0, 0),
            Self::Value { after: None, .. } => (0, 0, 1),
            Self::Value { .. } | Self::NotUnderstood { .. } => (0, 1, 0),
            Self::Websites { added, removed, .. } => (*added, 0, *removed),
            Self::Rows {
                added,
                changed,
                removed,
                ..
            } => (*added, *changed, *removed),
        };
        Tally {
            added,
            changed,
            removed,
        }
    }

    /// The leaf that changed, if this version knows it.
    pub fn leaf(&self) -> Option<Leaf> {
        match self {
            Self::Value { leaf, .. } | Self::Websites { leaf, .. } | Self::Rows { leaf, .. } => Some(*leaf),
            Self::NotUnderstood { path } => path.parse().ok(),
        }
    }

    /// The section that changed, if this version knows it.
    pub fn section(&self) -> Option<SectionName> {
        match self {
            Self::NotUnderstood { path } => path.split('.').next()?.parse().ok(),
            _ => self.leaf().map(Leaf::section),
        }
    }
}
