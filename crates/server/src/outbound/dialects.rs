//! Each provider's way to say which models there are: the cheapest real call there is for a key.

use reqwest::RequestBuilder;
use serde_json::Value;
use tessera_app::ProviderError;
use tessera_domain::credential::{ProviderWord, Secret, SecretText, ServiceAccount, Settings};
use time::OffsetDateTime;

use super::Outbound;
use super::ask::hidden;
use super::{google, sigv4};

const OPENAI: &str = "https://api.openai.com/v1";
const ANTHROPIC: &str = "https://api.anthropic.com";
const GEMINI: &str = "https://generativelanguage.googleapis.com";

pub(super) async fn list_models(
    out: &Outbound,
    settings: &Settings,
    secret: &Secret,
) -> Result<Vec<String>, ProviderError> {
    let wanted = match (settings, secret) {
        (Settings::VertexAi { region, .. }, Secret::ServiceAccount(account)) => {
            return vertex(out, region.as_str(), account, secret).await;
        }
        (
            Settings::OpenAi {
                organization,
                project,
                base_url,
            },
            Secret::Key(key),
        ) => {
            let own = out.endpoints.openai.as_ref().map_or(OPENAI, |url| url.as_str());
            let base = base_url.as_ref().map_or(own, |url| url.as_str());
            let request = bearer(out.get(&at(base, "/models"))?, key)?;
            let request = word(request, "openai-organization", organization.as_ref());
            Wanted::of(word(request, "openai-project", project.as_ref()), "/data", "id")
        }
        (Settings::OpenAiCompatible { base_url }, Secret::Key(key)) => Wanted::of(
            bearer(out.get(&at(base_url.as_str(), "/models"))?, key)?,
            "/data",
            "id",
        ),
        (Settings::Anthropic {}, Secret::Key(key)) => {
            let own = out
                .endpoints
                .anthropic
                .as_ref()
                .map_or(ANTHROPIC, |url| url.as_str());
            let request = out.get(&at(own, "/v1/models?limit=1000"))?;
            let request = request.header("x-api-key", hidden(key.expose())?);
            Wanted::of(request.header("anthropic-version", "2023-06-01"), "/data", "id")
        }
        (Settings::Gemini {}, Secret::Key(key)) => {
            let own = out.endpoints.gemini.as_ref().map_or(GEMINI, |url| url.as_str());
            // In a header: an address with the key would stand in logs on the way.
            let request = out.get(&at(own, "/v1beta/models?pageSize=1000"))?;
            Wanted::of(
                request.header("x-goog-api-key", hidden(key.expose())?),
                "/models",
                "name",
            )
        }
        (Settings::Bedrock { region }, _) => Wanted::of(
            bedrock(out, region.as_str(), secret)?,
            "/modelSummaries",
            "modelId",
        ),
        (
            Settings::AzureOpenAi {
                endpoint,
                deployments,
                api_version,
            },
            Secret::Key(key),
        ) => {
            let path = format!("/openai/models?api-version={api_version}");
            let request = out.get(&at(endpoint.as_str(), &path))?;
            let wanted = Wanted::of(request.header("api-key", hidden(key.expose())?), "/data", "id");
            let listed = wanted.ask(out, secret).await?;
            return Ok(named(deployments, listed));
        }
        _ => {
            return Err(ProviderError::Secret(
                "This secret is none of this provider's.".to_owned(),
            ));
        }
    };
    wanted.ask(out, secret).await
}

/// A question, and where in its answer the models stand.
struct Wanted {
    request: RequestBuilder,
    list: &'static str,
    name: &'static str,
}

impl Wanted {
    const fn of(request: RequestBuilder, list: &'static str, name: &'static str) -> Self {
        Self { request, list, name }
    }

    async fn ask(self, out: &Outbound, secret: &Secret) -> Result<Vec<String>, ProviderError> {
        let answer = out.ask(self.request, secret, &[]).await?;
        models(&answer, self.list, self.name)
    }
}

/// The names in a list, without the path before them.
fn models(answer: &Value, list: &str, name: &str) -> Result<Vec<String>, ProviderError> {
    let list = answer.pointer(list).and_then(Value::as_array);
    let list = list.ok_or_else(|| ProviderError::Unexpected("it lists no models".to_owned()))?;
    let names = list.iter().filter_map(|model| model[name].as_str());
    Ok(names.map(last_part).map(str::to_owned).collect())
}

/// `models/gemini-2.5-pro` and `publishers/google/models/gemini-2.5-pro` are `gemini-2.5-pro`; names with slashes of
/// their own, as gateways have them, stay.
fn last_part(name: &str) -> &str {
    match name.rsplit_once("models/") {
        Some((before, last)) if before.is_empty() || before.starts_with("publishers/") => last,
        _ => name,
    }
}

/// Calls to Azure name deployments, so those are what there is to be used.
fn named(deployments: &[ProviderWord], listed: Vec<String>) -> Vec<String> {
    if deployments.is_empty() {
        return listed;
    }
    deployments.iter().map(ToString::to_string).collect()
}

fn at(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

fn bearer(request: RequestBuilder, key: &SecretText) -> Result<RequestBuilder, ProviderError> {
    Ok(request.header("authorization", hidden(&format!("Bearer {}", key.expose()))?))
}

fn word(request: RequestBuilder, name: &str, word: Option<&ProviderWord>) -> RequestBuilder {
    match word {
        Some(word) => request.header(name, word.as_str()),
        None => request,
    }
}

fn bedrock(out: &Outbound, region: &str, secret: &Secret) -> Result<RequestBuilder, ProviderError> {
    let own = format!("https://bedrock.{region}.amazonaws.com");
    let base = out
        .endpoints
        .bedrock
        .as_ref()
        .map_or(own.as_str(), |url| url.as_str());
    let url = at(base, "/foundation-models");
    let request = out.get(&url)?;
    match secret {
        Secret::Key(key) => bearer(request, key),
        Secret::AccessKey { id, secret } => {
            let signer = sigv4::Signer {
                id: id.expose(),
                secret: secret.expose(),
                region,
                service: "bedrock",
                at: now(out)?,
            };
            let signed = signer
                .sign_get(&url)
                .map_err(|why| ProviderError::Secret(why.to_owned()))?;
            let request = request.header("x-amz-date", signed.date);
            Ok(request.header("authorization", hidden(&signed.authorization)?))
        }
        Secret::ServiceAccount(_) => Err(ProviderError::Secret(
            "Bedrock takes no service account.".to_owned(),
        )),
    }
}

async fn vertex(
    out: &Outbound,
    region: &str,
    account: &ServiceAccount,
    secret: &Secret,
) -> Result<Vec<String>, ProviderError> {
    let token = google::token(out, account, secret, now(out)?).await?;
    let own = match region {
        "global" => "https://aiplatform.googleapis.com".to_owned(),
        region => format!("https://{region}-aiplatform.googleapis.com"),
    };
    let base = out
        .endpoints
        .vertex_ai
        .as_ref()
        .map_or(own.as_str(), |url| url.as_str());
    let request = out.get(&at(base, "/v1beta1/publishers/google/models?pageSize=300"))?;
    let request = request.header("authorization", hidden(&format!("Bearer {}", token.as_str()))?);
    let answer = out.ask(request, secret, &[token.as_str()]).await?;
    models(&answer, "/publisherModels", "name")
}

fn now(out: &Outbound) -> Result<OffsetDateTime, ProviderError> {
    OffsetDateTime::from_unix_timestamp(out.clock.now().as_seconds())
        .map_err(|_| ProviderError::Unexpected("this server's clock is out of range".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_the_path_that_its_provider_puts_before_it() {
        for (name, wanted) in [
            ("models/gemini-2.5-pro", "gemini-2.5-pro"),
            ("publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
            ("gpt-5", "gpt-5"),
            ("meta-llama/Llama-4", "meta-llama/Llama-4"),
            ("acme/models/own", "acme/models/own"),
        ] {
            assert_eq!(last_part(name), wanted);
        }
    }
}
