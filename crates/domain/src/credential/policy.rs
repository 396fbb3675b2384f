//! Who may use a key, and how it comes to them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tessera_ids::TeamId;

/// How members use a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// The key never leaves the server.
    #[default]
    Relayed,
    /// The key is sealed to each device's own key.
    Delivered,
}

impl Delivery {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Relayed, Self::Delivered];

    /// The word in JSON, forms and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relayed => "relayed",
            Self::Delivered => "delivered",
        }
    }

    /// One line on what it means for the key.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Relayed => "The key never leaves the server. Members' tools go through it.",
            Self::Delivered => {
                "The key is sealed to each device's own key, for tools that must call the provider directly."
            }
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose relayed or delivered.")]
pub struct ParseDeliveryError;

impl FromStr for Delivery {
    type Err = ParseDeliveryError;

    fn from_str(text: &str) -> Result<Self, ParseDeliveryError> {
        Self::ALL
            .into_iter()
            .find(|delivery| delivery.as_str() == text)
            .ok_or(ParseDeliveryError)
    }
}

/// Who may use a key. A key of teams that are all gone is nobody's: it never becomes everybody's by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every member.
    #[default]
    Organization,
    /// The members of these teams.
    Teams(BTreeSet<TeamId>),
}

impl Scope {
    /// As forms and the API say it: no team means everybody.
    pub fn of(teams: impl IntoIterator<Item = TeamId>) -> Self {
        let teams: BTreeSet<_> = teams.into_iter().collect();
        if teams.is_empty() {
            Self::Organization
        } else {
            Self::Teams(teams)
        }
    }

    /// The teams, if it is theirs alone.
    pub fn teams(&self) -> impl Iterator<Item = TeamId> {
        let teams = match self {
            Self::Organization => None,
            Self::Teams(teams) => Some(teams),
        };
        teams.into_iter().flatten().copied()
    }

    /// Whether a member of these teams may use the key.
    pub fn includes(&self, own: &BTreeSet<TeamId>) -> bool {
        match self {
            Self::Organization => true,
            Self::Teams(teams) => !teams.is_disjoint(own),
        }
    }
}
