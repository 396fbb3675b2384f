//! The providers that the catalogue knows, and how the sources call them.

/// How far a source is believed that says of a provider what nobody else says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Makes its models itself: both sources name them, and `LiteLLM` alone is enough for a new one.
    Maker,
    /// Sells models of makers: what `LiteLLM` alone says counts where a maker has a model of that name.
    Seller,
    /// Sells models of makers, and only models.dev is asked.
    Listed,
    /// As `Listed`, and offers so many that only recent ones of well-known makers are kept.
    Broker,
}

/// One provider.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Our id.
    pub(crate) id: &'static str,
    /// What people call it.
    pub(crate) title: &'static str,
    /// How one speaks with it.
    pub(crate) dialect: &'static str,
    /// Where it is reached, when its dialect alone does not say.
    pub(crate) base_url: Option<&'static str>,
    /// What models.dev calls it.
    pub(crate) models_dev: &'static str,
    /// What `LiteLLM` calls it.
    pub(crate) litellm: &'static [&'static str],
    /// How far one source alone is believed.
    pub(crate) standing: Standing,
}

const fn maker(
    id: &'static str,
    title: &'static str,
    dialect: &'static str,
    models_dev: &'static str,
    litellm: &'static [&'static str],
) -> Provider {
    Provider {
        id,
        title,
        dialect,
        base_url: None,
        models_dev,
        litellm,
        standing: Standing::Maker,
    }
}

const fn compatible(
    id: &'static str,
    title: &'static str,
    base_url: &'static str,
    models_dev: &'static str,
) -> Provider {
    Provider {
        id,
        title,
        dialect: "openai_compatible",
        base_url: Some(base_url),
        models_dev,
        litellm: &[],
        standing: Standing::Listed,
    }
}

/// Every provider, in the order in which pages show them. Makers stand before those who sell their models.
pub(crate) const ALL: &[Provider] = &[
    maker("openai", "OpenAI", "openai", "openai", &["openai"]),
    maker("anthropic", "Anthropic", "anthropic", "anthropic", &["anthropic"]),
    maker("gemini", "Gemini", "gemini", "google", &["gemini"]),
    Provider {
        base_url: Some("https://api.mistral.ai/v1"),
        ..maker("mistral", "Mistral", "openai_compatible", "mistral", &["mistral"])
    },
    Provider {
        base_url: Some("https://api.deepseek.com"),
        ..maker(
            "deepseek",
            "DeepSeek",
            "openai_compatible",
            "deepseek",
            &["deepseek"],
        )
    },
    Provider {
        base_url: Some("https://api.x.ai/v1"),
        ..maker("xai", "xAI", "openai_compatible", "xai", &["xai"])
    },
    Provider {
        base_url: Some("https://api.cohere.ai/compatibility/v1"),
        ..maker(
            "cohere",
            "Cohere",
            "openai_compatible",
            "cohere",
            &["cohere", "cohere_chat"],
        )
    },
    Provider {
        standing: Standing::Seller,
        ..maker(
            "vertex",
            "Vertex AI",
            "vertex_ai",
            "google-vertex",
            &[
                "vertex_ai",
                "vertex_ai-language-models",
                "vertex_ai-anthropic_models",
            ],
        )
    },
    Provider {
        standing: Standing::Seller,
        ..maker(
            "bedrock",
            "Amazon Bedrock",
            "bedrock",
            "amazon-bedrock",
            &["bedrock", "bedrock_converse"],
        )
    },
    Provider {
        standing: Standing::Seller,
        ..maker(
            "azure",
            "Azure OpenAI",
            "azure_openai",
            "azure",
            &["azure", "azure_ai"],
        )
    },
    compatible("groq", "Groq", "https://api.groq.com/openai/v1", "groq"),
    Provider {
        standing: Standing::Broker,
        ..compatible(
            "openrouter",
            "OpenRouter",
            "https://openrouter.ai/api/v1",
            "openrouter",
        )
    },
    compatible(
        "perplexity",
        "Perplexity",
        "https://api.perplexity.ai",
        "perplexity",
    ),
    compatible(
        "together",
        "Together AI",
        "https://api.together.xyz/v1",
        "togetherai",
    ),
    compatible(
        "fireworks",
        "Fireworks AI",
        "https://api.fireworks.ai/inference/v1",
        "fireworks-ai",
    ),
    compatible("cerebras", "Cerebras", "https://api.cerebras.ai/v1", "cerebras"),
];

/// Makers whose models a broker's list is kept to, as brokers write them.
pub(crate) const BROKERED: &[&str] = &[
    "anthropic/",
    "cohere/",
    "deepseek/",
    "google/",
    "meta-llama/",
    "minimax/",
    "mistralai/",
    "moonshotai/",
    "openai/",
    "qwen/",
    "x-ai/",
    "z-ai/",
];
