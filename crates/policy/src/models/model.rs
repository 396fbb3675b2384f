//! What is known of a provider and of a model: facts, no decisions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ModelName;

/// Who offers models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The first part of its models' names: `openai`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// How one speaks with it.
    pub dialect: Dialect,
    /// Where it is reached, when its dialect alone does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

/// One model of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its provider and the provider's name for it.
    #[serde(rename = "id")]
    pub name: ModelName,
    /// What people call it.
    pub title: String,
    /// How many tokens it takes in at most, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u64>,
    /// What it takes in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input: Vec<Modality>,
    /// What it gives back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<Modality>,
    /// What it costs, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// When it came out, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<String>,
}

impl Model {
    /// A model of which nothing but its name is known.
    pub fn named(name: ModelName) -> Self {
        Self {
            title: name.model().to_owned(),
            name,
            context_window: None,
            input: Vec::new(),
            output: Vec::new(),
            price: None,
            label: None,
            released: None,
        }
    }

    /// Whether it can write down what was said. Nothing is known of custom and found models, so they may.
    pub fn hears(&self) -> bool {
        self.input.is_empty() || self.input.contains(&Modality::Audio)
    }

    /// Whether it answers in text.
    pub fn writes(&self) -> bool {
        self.output.is_empty() || self.output.contains(&Modality::Text)
    }

    /// Whether it can only write down what was said.
    pub fn only_hears(&self) -> bool {
        self.input == [Modality::Audio]
    }
}

/// Millionths of a US dollar per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For what goes in.
    pub input: u64,
    /// For what comes out.
    pub output: u64,
}

/// A word that a catalogue does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not known here")]
pub struct UnknownWord(pub String);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal, $title:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in files and forms.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What people read.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                let known = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                known.ok_or_else(|| UnknownWord(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = UnknownWord;

            fn try_from(text: String) -> Result<Self, UnknownWord> {
                text.parse()
            }
        }

        impl From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.as_str()
            }
        }
    };
}

words! {
    /// How one speaks with a provider; also which sort of key it takes.
    Dialect {
        /// The OpenAI API.
        OpenAi = "openai", "OpenAI";
        /// The Anthropic API.
        Anthropic = "anthropic", "Anthropic";
        /// The Gemini API.
        Gemini = "gemini", "Gemini";
        /// Vertex AI.
        VertexAi = "vertex_ai", "Vertex AI";
        /// Amazon Bedrock.
        Bedrock = "bedrock", "Amazon Bedrock";
        /// Azure OpenAI.
        AzureOpenAi = "azure_openai", "Azure OpenAI";
        /// The OpenAI API, spoken by somebody else.
        OpenAiCompatible = "openai_compatible", "OpenAI-compatible";
    }
}

words! {
    /// What a model takes in or gives back.
    Modality {
        /// Text.
        Text = "text", "text";
        /// Pictures.
        Image = "image", "images";
        /// PDF documents.
        Pdf = "pdf", "PDF";
        /// Sound.
        Audio = "audio", "audio";
        /// Moving pictures.
        Video = "video", "video";
        /// Numbers that stand for a meaning.
        Embedding = "embedding", "embeddings";
    }
}

words! {
    /// What a model is good for.
    Label {
        /// Quick and cheap.
        Fast = "fast", "Fast";
        /// Thorough.
        Accurate = "accurate", "Accurate";
    }
}
