//! How a key comes to those who may use it.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

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

/// How long a replaced key may go on beside its successor.
pub const LONGEST_OVERLAP: Duration = Duration::from_hours(30 * 24);

/// How long it does where nobody says.
pub const USUAL_OVERLAP: Duration = Duration::from_hours(24);
