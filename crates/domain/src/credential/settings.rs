//! What a provider is reached with, but for what is secret: a variant for each, with exactly its fields.

use serde::{Deserialize, Serialize};

use super::{ProviderKind, ProviderUrl, ProviderWord, Region, Secret, typed::Reading};

/// Deployments of one Azure resource.
const MOST_DEPLOYMENTS: usize = 50;

/// A provider's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provider")]
pub enum Settings {
    /// OpenAI.
    #[serde(rename = "openai")]
    OpenAi {
        /// The organization that pays.
        organization: Option<ProviderWord>,
        /// The project that pays.
        project: Option<ProviderWord>,
        /// Another address than OpenAI's own.
        base_url: Option<ProviderUrl>,
    },
    /// Anthropic.
    #[serde(rename = "anthropic")]
    Anthropic {},
    /// Gemini.
    #[serde(rename = "gemini")]
    Gemini {},
    /// Vertex AI.
    #[serde(rename = "vertex_ai")]
    VertexAi {
        /// The Google Cloud project.
        project: ProviderWord,
        /// Where it runs.
        region: Region,
    },
    /// Bedrock.
    #[serde(rename = "bedrock")]
    Bedrock {
        /// Where it runs.
        region: Region,
    },
    /// Azure OpenAI.
    #[serde(rename = "azure_openai")]
    AzureOpenAi {
        /// The resource's address.
        endpoint: ProviderUrl,
        /// What calls name instead of models.
        deployments: Vec<ProviderWord>,
        /// The version of the API, which every call names.
        api_version: ProviderWord,
    },
    /// Anything that answers as OpenAI does.
    #[serde(rename = "openai_compatible")]
    OpenAiCompatible {
        /// Its address.
        base_url: ProviderUrl,
    },
}

impl Settings {
    /// Whose they are.
    pub const fn kind(&self) -> ProviderKind {
        match self {
            Self::OpenAi { .. } => ProviderKind::OpenAi,
            Self::Anthropic {} => ProviderKind::Anthropic,
            Self::Gemini {} => ProviderKind::Gemini,
            Self::VertexAi { .. } => ProviderKind::VertexAi,
            Self::Bedrock { .. } => ProviderKind::Bedrock,
            Self::AzureOpenAi { .. } => ProviderKind::AzureOpenAi,
            Self::OpenAiCompatible { .. } => ProviderKind::OpenAiCompatible,
        }
    }

    /// Reads a provider's fields; what is wrong with them is noted in the reading.
    pub(super) fn read(reading: &mut Reading<'_>, secret: Option<&Secret>) -> Option<Self> {
        Some(match reading.kind {
            ProviderKind::OpenAi => {
                let (organization, project) = (reading.take("organization"), reading.take("project"));
                Self::OpenAi {
                    organization,
                    project,
                    base_url: reading.take("base_url"),
                }
            }
            ProviderKind::Anthropic => Self::Anthropic {},
            ProviderKind::Gemini => Self::Gemini {},
            ProviderKind::VertexAi => {
                let (project, region) = (project(reading, secret), reading.need("region"));
                Self::VertexAi {
                    project: project?,
                    region: region?,
                }
            }
            ProviderKind::Bedrock => Self::Bedrock {
                region: reading.need("region")?,
            },
            ProviderKind::AzureOpenAi => {
                let (endpoint, deployments) = (reading.need("endpoint"), deployments(reading));
                let api_version = reading.need("api_version");
                Self::AzureOpenAi {
                    endpoint: endpoint?,
                    deployments,
                    api_version: api_version?,
                }
            }
            ProviderKind::OpenAiCompatible => Self::OpenAiCompatible {
                base_url: reading.need("base_url")?,
            },
        })
    }

    /// The fields that have a value, as they are typed.
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        let word = |name, word: &Option<ProviderWord>| word.as_ref().map(|word| (name, word.to_string()));
        match self {
            Self::OpenAi {
                organization,
                project,
                base_url,
            } => {
                let url = base_url.as_ref().map(|url| ("base_url", url.to_string()));
                let words = [word("organization", organization), word("project", project), url];
                words.into_iter().flatten().collect()
            }
            Self::Anthropic {} | Self::Gemini {} => Vec::new(),
            Self::VertexAi { project, region } => {
                vec![("project", project.to_string()), ("region", region.to_string())]
            }
            Self::Bedrock { region } => vec![("region", region.to_string())],
            Self::AzureOpenAi {
                endpoint,
                deployments,
                api_version,
            } => {
                let names: Vec<&str> = deployments.iter().map(ProviderWord::as_str).collect();
                let names = Some(("deployments", names.join("\n"))).filter(|(_, names)| !names.is_empty());
                let mut entries = vec![("endpoint", endpoint.to_string())];
                entries.extend(names);
                entries.push(("api_version", api_version.to_string()));
                entries
            }
            Self::OpenAiCompatible { base_url } => vec![("base_url", base_url.to_string())],
        }
    }

    /// Whether a key would be sent somewhere else. Then whoever says so must know the key.
    pub fn leads_elsewhere(&self, before: &Self) -> bool {
        self.destination() != before.destination()
    }

    fn destination(&self) -> (ProviderKind, Option<&str>) {
        let place = match self {
            Self::OpenAi { base_url, .. } => base_url.as_ref().map(ProviderUrl::as_str),
            Self::OpenAiCompatible { base_url } => Some(base_url.as_str()),
            Self::AzureOpenAi { endpoint, .. } => Some(endpoint.as_str()),
            Self::VertexAi { region, .. } | Self::Bedrock { region } => Some(region.as_str()),
            Self::Anthropic {} | Self::Gemini {} => None,
        };
        (self.kind(), place)
    }
}

/// The project that is named, else the service account's own.
fn project(reading: &mut Reading<'_>, secret: Option<&Secret>) -> Option<ProviderWord> {
    if reading.text("project").is_some() {
        return reading.take("project");
    }
    let own = match secret {
        Some(Secret::ServiceAccount(account)) => account.project().parse().ok(),
        _ => None,
    };
    if own.is_none() {
        reading.refuse("project", "Name the project.");
    }
    own
}

fn deployments(reading: &mut Reading<'_>) -> Vec<ProviderWord> {
    let typed = reading.text("deployments").unwrap_or_default().to_owned();
    let lines = typed
        .split(['\n', ','])
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let (mut names, mut wrong) = (Vec::new(), None);
    for line in lines {
        match line.parse::<ProviderWord>() {
            Ok(name) if names.contains(&name) => {}
            Ok(name) => names.push(name),
            Err(error) => wrong = Some(error.to_string()),
        }
    }
    if names.len() > MOST_DEPLOYMENTS {
        wrong = Some(format!("A key names {MOST_DEPLOYMENTS} deployments at most."));
    }
    if let Some(wrong) = wrong {
        reading.refuse("deployments", &wrong);
    }
    names
}
