//! What it means that a provider took a key: a test asks for the list of models, and no provider's list says everything.

use super::ProviderKind;

/// What a test of a key does, and what it leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What is asked, and what an answer proves.
    pub proves: &'static str,
    /// What only a real call shows.
    pub leaves_open: &'static str,
}

impl ProviderKind {
    /// What a test of this provider's key proves.
    pub const fn trial(self) -> Trial {
        match self {
            Self::OpenAi => Trial {
                proves: "It lists the models: OpenAI takes the key, with the organization and the project that stand here.",
                leaves_open: "Credit and limits are not tested. A restricted key that may not list models fails the test, and may still answer.",
            },
            Self::Anthropic => Trial {
                proves: "It lists the models: Anthropic takes the key.",
                leaves_open: "Credit and limits are not tested.",
            },
            Self::Gemini => Trial {
                proves: "It lists the models: the Gemini API takes the key from this server's address.",
                leaves_open: "Billing and limits are not tested.",
            },
            Self::VertexAi => Trial {
                proves: "It has Google give a token for the service account, and lists Google's models with it: the account's key is valid, and the region answers.",
                leaves_open: "The list is the same for every project, so whether this project and this account may call a model shows at the first call.",
            },
            Self::Bedrock => Trial {
                proves: "It lists the region's models: AWS takes the key and allows ListFoundationModels.",
                leaves_open: "The list holds models that the account may not call. Whether it may invoke one shows at the first call.",
            },
            Self::AzureOpenAi => Trial {
                proves: "It lists the resource's models: endpoint, API version and key belong together.",
                leaves_open: "Deployments are not called: a name that is not there shows at the first call.",
            },
            Self::OpenAiCompatible => Trial {
                proves: "It lists the models: something answers there as OpenAI does.",
                leaves_open: "Many such endpoints list models to anybody, so the key itself may be untested.",
            },
        }
    }
}
