//! The providers that a key can be for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Who is called with a key, and so which fields it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum ProviderKind {
    /// OpenAI itself.
    OpenAi,
    /// Anthropic itself.
    Anthropic,
    /// Google's Gemini API, by key.
    Gemini,
    /// Google's Vertex AI, by service account.
    VertexAi,
    /// Amazon Bedrock.
    Bedrock,
    /// OpenAI's models on Azure.
    AzureOpenAi,
    /// Anything that answers as OpenAI does.
    OpenAiCompatible,
}

/// A text that names no provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the providers.")]
pub struct ParseProviderError;

impl ProviderKind {
    /// Every provider, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::OpenAi,
        Self::Anthropic,
        Self::Gemini,
        Self::VertexAi,
        Self::Bedrock,
        Self::AzureOpenAi,
        Self::OpenAiCompatible,
    ];

    /// The word in addresses, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::VertexAi => "vertex_ai",
            Self::Bedrock => "bedrock",
            Self::AzureOpenAi => "azure_openai",
            Self::OpenAiCompatible => "openai_compatible",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::Anthropic => "Anthropic",
            Self::Gemini => "Gemini",
            Self::VertexAi => "Vertex AI",
            Self::Bedrock => "Amazon Bedrock",
            Self::AzureOpenAi => "Azure OpenAI",
            Self::OpenAiCompatible => "OpenAI-compatible",
        }
    }

    /// The heading under which it stands.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Gemini | Self::VertexAi => "GCP",
            other => other.title(),
        }
    }

    /// One line on which key is meant.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::OpenAi => "A project's or an organization's key of api.openai.com.",
            Self::Anthropic => "A workspace's key of api.anthropic.com.",
            Self::Gemini => "A key of the Gemini API, as Google AI Studio makes them.",
            Self::VertexAi => "A service account of a Google Cloud project with Vertex AI.",
            Self::Bedrock => "An access key pair, or a Bedrock API key, of an AWS account.",
            Self::AzureOpenAi => "A key of an Azure OpenAI resource, with its deployments.",
            Self::OpenAiCompatible => {
                "Any endpoint that answers as OpenAI does: a gateway, a host, your own server."
            }
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProviderKind {
    type Err = ParseProviderError;

    fn from_str(text: &str) -> Result<Self, ParseProviderError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(ParseProviderError)
    }
}

impl TryFrom<String> for ProviderKind {
    type Error = ParseProviderError;

    fn try_from(text: String) -> Result<Self, ParseProviderError> {
        text.parse()
    }
}

impl From<ProviderKind> for &'static str {
    fn from(kind: ProviderKind) -> Self {
        kind.as_str()
    }
}
