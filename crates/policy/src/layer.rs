//! Whose word a value is: the layers, and what one of them says.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tessera_ids::{AccountId, TeamId};

use crate::{LayerDocument, WebsiteList};

/// Where a value comes from; later layers are laid over earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerName {
    /// What Tessera does when nobody says anything.
    BuiltIn,
    /// The organization.
    Org,
    /// One team of the organization.
    Team(TeamId),
    /// An admin's word for one member: may only tighten.
    Tightened(AccountId),
    /// The member's own word, on their machine: may only tighten.
    Member,
}

/// A text that names no layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no layer: expected `built-in`, `org`, `team_…`, `acct_…` or `member`")]
pub struct UnknownLayer(String);

impl LayerName {
    /// Whether the layer may only tighten what the others come to.
    pub const fn only_tightens(self) -> bool {
        matches!(self, Self::Tightened(_) | Self::Member)
    }
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in"),
            Self::Org => f.write_str("org"),
            Self::Team(team) => team.fmt(f),
            Self::Tightened(account) => account.fmt(f),
            Self::Member => f.write_str("member"),
        }
    }
}

impl FromStr for LayerName {
    type Err = UnknownLayer;

    fn from_str(text: &str) -> Result<Self, UnknownLayer> {
        match text {
            "built-in" => Ok(Self::BuiltIn),
            "org" => Ok(Self::Org),
            "member" => Ok(Self::Member),
            _ => text
                .parse()
                .map(Self::Team)
                .or_else(|_| text.parse().map(Self::Tightened))
                .map_err(|_| UnknownLayer(text.to_owned())),
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
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Everything that one layer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Whose word it is.
    pub name: LayerName,
    /// Its settings.
    pub document: LayerDocument,
    /// Its denied websites, which are kept beside the document because they may be many.
    pub websites: WebsiteList,
}

impl Layer {
    /// A layer that says nothing yet.
    pub fn empty(name: LayerName) -> Self {
        Self {
            name,
            document: LayerDocument::default(),
            websites: WebsiteList::default(),
        }
    }
}
