//! Which layer a value comes from, as text on the wire.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tessera_ids::TeamId;

/// `built-in`, `org`, `team_…` or `member`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerName {
    /// What Tessera ships with.
    BuiltIn,
    /// The org's own settings.
    Org,
    /// One team's.
    Team(TeamId),
    /// The member's.
    Member,
}

/// A text that names no layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `built-in`, `org`, `member` or a team's id")]
pub struct ParseLayerError;

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in"),
            Self::Org => f.write_str("org"),
            Self::Team(team) => team.fmt(f),
            Self::Member => f.write_str("member"),
        }
    }
}

impl FromStr for LayerName {
    type Err = ParseLayerError;

    fn from_str(text: &str) -> Result<Self, ParseLayerError> {
        match text {
            "built-in" => Ok(Self::BuiltIn),
            "org" => Ok(Self::Org),
            "member" => Ok(Self::Member),
            team => team.parse().map(Self::Team).map_err(|_| ParseLayerError),
        }
    }
}

impl Serialize for LayerName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LayerName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
