//! What one can answer to an update without a word: a fixed few, so that they can be counted and read aloud.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// One of the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    /// Agreed, thanks.
    ThumbsUp,
    /// Dear to me.
    Heart,
    /// Well done.
    Celebrate,
    /// That made me laugh.
    Laugh,
    /// I am looking at it.
    Eyes,
    /// I am not sure.
    Thinking,
}

impl Reaction {
    /// Every reaction, in the order in which pages show them.
    pub const ALL: [Self; 6] = [
        Self::ThumbsUp,
        Self::Heart,
        Self::Celebrate,
        Self::Laugh,
        Self::Eyes,
        Self::Thinking,
    ];

    /// The word in URLs, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ThumbsUp => "thumbs_up",
            Self::Heart => "heart",
            Self::Celebrate => "celebrate",
            Self::Laugh => "laugh",
            Self::Eyes => "eyes",
            Self::Thinking => "thinking",
        }
    }

    /// The picture on screens.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::ThumbsUp => "👍",
            Self::Heart => "❤️",
            Self::Celebrate => "🎉",
            Self::Laugh => "😄",
            Self::Eyes => "👀",
            Self::Thinking => "🤔",
        }
    }

    /// What is read aloud, and shown where the picture is not.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ThumbsUp => "Thumbs up",
            Self::Heart => "Heart",
            Self::Celebrate => "Celebrate",
            Self::Laugh => "Laugh",
            Self::Eyes => "Eyes",
            Self::Thinking => "Thinking",
        }
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no reaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is no such reaction.")]
pub struct ParseReactionError;

impl FromStr for Reaction {
    type Err = ParseReactionError;

    fn from_str(text: &str) -> Result<Self, ParseReactionError> {
        Self::ALL
            .into_iter()
            .find(|reaction| reaction.as_str() == text)
            .ok_or(ParseReactionError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reaction_is_read_back_and_no_other() {
        for reaction in Reaction::ALL {
            assert_eq!(reaction.as_str().parse(), Ok(reaction));
            assert_eq!(serde_json::to_value(reaction).expect("a word"), reaction.as_str());
        }
        assert_eq!("Heart".parse::<Reaction>(), Err(ParseReactionError));
    }
}
