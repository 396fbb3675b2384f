//! Which fields a provider's key has: the one table from which forms, the API and the checks are made.

use super::ProviderKind;

/// One field of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in forms and JSON.
    pub name: &'static str,
    /// What people read.
    pub title: &'static str,
    /// What it is for, or how it looks; may be empty.
    pub help: &'static str,
    /// What is typed into it.
    pub shape: Shape,
    /// Whether a new key needs it.
    pub required: bool,
}

/// What is typed into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A word.
    Line,
    /// A whole address.
    Address,
    /// Several words, one a line.
    Lines,
    /// A secret of one line, which is never shown again.
    Secret,
    /// A secret of many lines, such as a file's content.
    SecretText,
}

impl Field {
    /// Whether it is never shown again.
    pub const fn is_secret(&self) -> bool {
        matches!(self.shape, Shape::Secret | Shape::SecretText)
    }

    /// Where it stands in the API's body.
    pub fn pointer(&self) -> String {
        let part = if self.is_secret() { "secret" } else { "settings" };
        format!("/{part}/{}", self.name)
    }
}

const fn field(name: &'static str, title: &'static str, help: &'static str, shape: Shape) -> Field {
    Field {
        name,
        title,
        help,
        shape,
        required: true,
    }
}

const fn optional(name: &'static str, title: &'static str, help: &'static str, shape: Shape) -> Field {
    Field {
        required: false,
        ..field(name, title, help, shape)
    }
}

const KEY: Field = field("key", "API key", "", Shape::Secret);

const OPENAI: &[Field] = &[
    KEY,
    optional(
        "organization",
        "Organization id",
        "Such as org-…; the key's own without it.",
        Shape::Line,
    ),
    optional(
        "project",
        "Project id",
        "Such as proj_…; the key's own without it.",
        Shape::Line,
    ),
    optional(
        "base_url",
        "Base URL",
        "Only for a regional address or a proxy of yours; otherwise https://api.openai.com/v1.",
        Shape::Address,
    ),
];

const PLAIN: &[Field] = &[KEY];

const VERTEX: &[Field] = &[
    field(
        "service_account",
        "Service account",
        "The whole JSON file of the service account's key.",
        Shape::SecretText,
    ),
    optional(
        "project",
        "Project id",
        "The service account's own project without it.",
        Shape::Line,
    ),
    field("region", "Region", "Such as us-central1, or global.", Shape::Line),
];

const BEDROCK: &[Field] = &[
    field("region", "Region", "Such as us-east-1.", Shape::Line),
    optional(
        "access_key_id",
        "Access key id",
        "With the secret access key, or leave both empty.",
        Shape::Secret,
    ),
    optional("secret_access_key", "Secret access key", "", Shape::Secret),
    optional(
        "api_key",
        "API key",
        "Instead of the pair: a Bedrock API key.",
        Shape::Secret,
    ),
];

const AZURE: &[Field] = &[
    field(
        "endpoint",
        "Endpoint",
        "Such as https://your-resource.openai.azure.com.",
        Shape::Address,
    ),
    KEY,
    optional(
        "deployments",
        "Deployments",
        "The names of your deployments, one a line.",
        Shape::Lines,
    ),
    field("api_version", "API version", "Such as 2024-10-21.", Shape::Line),
];

const COMPATIBLE: &[Field] = &[
    field(
        "base_url",
        "Base URL",
        "Such as https://gateway.example/v1.",
        Shape::Address,
    ),
    KEY,
];

impl ProviderKind {
    /// The fields of a key, in the order of the form.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::OpenAi => OPENAI,
            Self::Anthropic | Self::Gemini => PLAIN,
            Self::VertexAi => VERTEX,
            Self::Bedrock => BEDROCK,
            Self::AzureOpenAi => AZURE,
            Self::OpenAiCompatible => COMPATIBLE,
        }
    }

    /// The field of this name.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}
