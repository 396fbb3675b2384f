//! Bounded texts and base64, as they stand inside messages.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A text of at most `MAX` bytes without control or direction-changing characters, fit to be shown to a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More bytes than allowed.
    #[error("the text is longer than {0} bytes")]
    TooLong(usize),
    /// A character that could deceive who reads it.
    #[error("the text contains a control character")]
    Control,
}

impl<const MAX: usize> Text<MAX> {
    /// What can be kept of any text: control characters become spaces, and what is too long is cut.
    pub fn clip(text: &str) -> Self {
        let mut kept = String::new();
        for character in text.chars().map(|c| if is_deceptive(c) { ' ' } else { c }) {
            if kept.len() + character.len_utf8() > MAX {
                break;
            }
            kept.push(character);
        }
        Self(kept)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a text that is only shown to a person: what is wrong with it is clipped, so that an odd explanation
/// never hides the code beside it.
pub(crate) fn clipped<'de, D: Deserializer<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Option<Text<MAX>>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    Ok(text.map(|text| Text::clip(&text)))
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        if text.len() > MAX {
            return Err(TextError::TooLong(MAX));
        }
        if text.chars().any(is_deceptive) {
            return Err(TextError::Control);
        }
        Ok(Self(text))
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Bytes that stand in JSON as padded standard base64; the URL-safe alphabet is read too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        general_purpose::STANDARD
            .decode(text.as_bytes())
            .or_else(|_| general_purpose::URL_SAFE.decode(text.as_bytes()))
            .map(Self)
            .map_err(|_| de::Error::custom("expected padded base64"))
    }
}

/// Unpadded URL-safe base64, as JOSE and our keys, nonces and codes use it.
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads exactly what [`to_base64url`] writes.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}
