//! What an update is filed under: short words such as `feature`, written `#feature`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

use crate::text::{clip, fold, is_invisible};

/// A tag, folded: two spellings that differ in case alone are one tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

/// Why a text is no tag. Reads as a sentence without the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// No letter and no digit.
    #[error("A tag needs a letter or a digit.")]
    Empty,
    /// More characters than allowed.
    #[error("The tag “{start}…” is too long; at most {} characters fit.", Tag::LIMIT)]
    TooLong {
        /// How it begins.
        start: String,
    },
    /// A character that no tag has.
    #[error("A tag holds letters, digits, - and _; “{character}” is none of them. Put a comma between tags.")]
    Character {
        /// The character.
        character: char,
    },
    /// More tags than allowed.
    #[error("At most {} tags fit; these are {count}.", Tags::LIMIT)]
    TooMany {
        /// How many there are.
        count: usize,
    },
}

impl Tag {
    /// The most characters that fit.
    pub const LIMIT: usize = 40;

    /// The tag, without `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = TagError;

    /// Reads a tag with or without `#`. Words of one tag are joined by `-`.
    fn from_str(text: &str) -> Result<Self, TagError> {
        let bare = text.trim().trim_start_matches('#').trim();
        // Folding lengthens a character to at most 18, so what is far too long is refused before.
        if bare.chars().nth(Self::LIMIT * 4).is_some() {
            return Err(too_long(bare));
        }
        let tag = fold(bare).split_whitespace().collect::<Vec<_>>().join("-");
        let belongs = |character: char| {
            character.is_alphanumeric()
                || is_combining_mark(character)
                || matches!(character, '-' | '_' | '\u{200c}' | '\u{200d}')
        };
        if let Some(character) = tag.chars().find(|character| !belongs(*character)) {
            return Err(TagError::Character {
                character: if is_invisible(character) {
                    '\u{fffd}'
                } else {
                    character
                },
            });
        }
        if !tag.chars().any(char::is_alphanumeric) {
            return Err(TagError::Empty);
        }
        if tag.chars().count() > Self::LIMIT {
            return Err(too_long(&tag));
        }
        Ok(Self(tag))
    }
}

fn too_long(text: &str) -> TagError {
    TagError::TooLong {
        start: clip(text, 12),
    }
}

impl TryFrom<String> for Tag {
    type Error = TagError;

    fn try_from(text: String) -> Result<Self, TagError> {
        text.parse()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tags of one update, in the order given, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// The most tags that one update has.
    pub const LIMIT: usize = 10;

    /// The tags.
    pub fn as_slice(&self) -> &[Tag] {
        &self.0
    }

    /// Gathers tags; doubles fall away.
    ///
    /// # Errors
    /// [`TagError::TooMany`] for more than [`Tags::LIMIT`].
    pub fn new(tags: impl IntoIterator<Item = Tag>) -> Result<Self, TagError> {
        let mut kept: Vec<Tag> = Vec::new();
        for tag in tags {
            if !kept.contains(&tag) {
                kept.push(tag);
            }
            // One too many is enough to refuse: a list of thousands is not compared with itself.
            if kept.len() > Self::LIMIT {
                return Err(TagError::TooMany { count: kept.len() });
            }
        }
        Ok(Self(kept))
    }
}

impl FromStr for Tags {
    type Err = TagError;

    /// Reads comma-separated tags. A `#` after a space begins a tag too, and nothing between commas is nothing.
    fn from_str(text: &str) -> Result<Self, TagError> {
        let spaced = text.replace(" #", ",#");
        let parts = || spaced.split(',').map(str::trim).filter(|part| !part.is_empty());
        let count = parts().count();
        if count > Self::LIMIT * 4 {
            return Err(TagError::TooMany { count });
        }
        let tags: Vec<Tag> = parts().map(str::parse).collect::<Result<_, _>>()?;
        Self::new(tags)
    }
}

impl fmt::Display for Tags {
    /// As it is typed: `#feature, #release-notes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, tag) in self.0.iter().enumerate() {
            write!(f, "{}#{tag}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_people_type_them() {
        for (typed, read) in [
            ("#feature, Release Notes ,feature", "#feature, #release-notes"),
            ("feature #bug,, ,##v1_2", "#feature, #bug, #v1_2"),
            (
                "Größe, ΣΊΣΥΦΟΣ, 設計, हिन्दी, café",
                "#größe, #σίσυφοσ, #設計, #हिन्दी, #café",
            ),
            ("ＦＵＬＬ", "#full"),
            ("", ""),
        ] {
            assert_eq!(
                typed.parse::<Tags>().map(|tags| tags.to_string()),
                Ok(read.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_tag_says_why() {
        let refused = |text: &str| text.parse::<Tags>().expect_err(text);
        assert_eq!(refused("###"), TagError::Empty);
        assert_eq!(refused("-_-"), TagError::Empty);
        assert_eq!(refused("a<b>"), TagError::Character { character: '<' });
        assert_eq!(
            refused("a\u{202e}b"),
            TagError::Character {
                character: '\u{fffd}'
            }
        );
        assert_eq!(
            refused("a\0"),
            TagError::Character {
                character: '\u{fffd}'
            }
        );
        assert_eq!(refused("a/../b"), TagError::Character { character: '/' });
        assert!(matches!(refused(&"a".repeat(41)), TagError::TooLong { .. }));
        assert!(matches!(
            refused(&"\u{fdfa}".repeat(1_000_000)),
            TagError::TooLong { .. }
        ));
        let many: Vec<String> = (0..10_000).map(|number| format!("tag{number}")).collect();
        assert_eq!(refused(&many.join(",")), TagError::TooMany { count: 10_000 });
        assert!(many[..10].join(",").parse::<Tags>().is_ok());
        assert!(matches!(refused(&many[..11].join(",")), TagError::TooMany { .. }));
    }
}
