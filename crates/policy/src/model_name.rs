//! How a model is called everywhere: its provider and the provider's own name for it.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A model: `openai/gpt-5`. What follows the first slash is the provider's own name, as it stands in calls.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelName {
    text: Arc<str>,
    slash: u16,
}

/// A text that names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a provider and a model, such as openai/gpt-5")]
pub struct NoModelName;

impl ModelName {
    /// The most bytes of a provider's name.
    pub const MAX_PROVIDER: usize = 64;
    /// The most bytes of a whole name.
    pub const MAX: usize = 256;

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Who offers the model: `openai`.
    pub fn provider(&self) -> &str {
        &self.text[..usize::from(self.slash)]
    }

    /// What the provider calls it: `gpt-5`.
    pub fn model(&self) -> &str {
        &self.text[usize::from(self.slash) + 1..]
    }

    /// Whether a text can be a provider's name: lower-case letters, digits and inner hyphens.
    pub fn is_provider(text: &str) -> bool {
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=Self::MAX_PROVIDER).contains(&text.len())
            && text.bytes().all(fine)
            && !text.starts_with('-')
            && !text.ends_with('-')
    }
}

impl FromStr for ModelName {
    type Err = NoModelName;

    fn from_str(text: &str) -> Result<Self, NoModelName> {
        let (provider, model) = text.split_once('/').ok_or(NoModelName)?;
        let printable =
            |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'`');
        let fine = ModelName::is_provider(provider)
            && !model.is_empty()
            && text.len() <= Self::MAX
            && model.bytes().all(printable);
        let slash = u16::try_from(provider.len()).map_err(|_| NoModelName)?;
        fine.then(|| Self {
            text: text.into(),
            slash,
        })
        .ok_or(NoModelName)
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelName({})", self.text)
    }
}

impl Serialize for ModelName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ModelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_provider_and_what_the_provider_says() {
        let name: ModelName = "openrouter/meta/llama-4:free".parse().unwrap();
        assert_eq!(
            (name.provider(), name.model()),
            ("openrouter", "meta/llama-4:free")
        );
        for bad in [
            "",
            "gpt-5",
            "/gpt-5",
            "openai/",
            "Open AI/x",
            "openai/a b",
            "-x/y",
            "openai/é",
            "openai/a\n",
        ] {
            assert_eq!(bad.parse::<ModelName>(), Err(NoModelName), "{bad:?}");
        }
        let long = format!("openai/{}", "x".repeat(ModelName::MAX));
        assert!(long.parse::<ModelName>().is_err());
    }
}
