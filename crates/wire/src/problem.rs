//! Refusals outside OAuth, as RFC 9457 writes them.

use serde::{Deserialize, Serialize};

use crate::{Text, limits, text};

/// The body of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which kind of problem; none when the status says it all.
    #[serde(
        rename = "type",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text::clipped"
    )]
    pub kind: Option<Text<200>>,
    /// What went wrong, in a few words.
    #[serde(default, deserialize_with = "text::clipped")]
    pub title: Option<Text<200>>,
    /// The HTTP status again.
    #[serde(default)]
    pub status: u16,
    /// What to do about it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text::clipped"
    )]
    pub detail: Option<Text<2000>>,
}

impl Problem {
    /// The media type of the body.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A problem of no special kind.
    pub fn new(status: u16, title: &str, detail: Option<&str>) -> Self {
        Self {
            kind: None,
            title: Some(Text::clip(title)),
            status,
            detail: detail.map(Text::clip),
        }
    }

    /// Reads a refusal's body; `None` when it is anything else, as from a proxy in between.
    pub fn read(json: &[u8]) -> Option<Self> {
        if json.len() > limits::SMALL_BODY_BYTES {
            return None;
        }
        serde_json::from_slice(json).ok()
    }
}
