//! An AI provider over real HTTP: lists models in every dialect, remembers what it was asked, and says rude things to
//! keys that end in `-bad`.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tessera_server::config::{Endpoints, OutboundConfig};
use tokio::net::TcpListener;

/// A service account's key that was made for these tests and opens nothing.
pub const PRIVATE_KEY: &str = include_str!("provider/service-account.pem");

/// One question as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Path and query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Asked {
    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// A provider that listens. It ends with the process.
#[derive(Clone, Debug)]
pub struct FakeProvider {
    base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeProvider {
    /// Starts one on a port of its own.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let provider = Self {
            base: format!("http://{}", listener.local_addr()?),
            asked: Arc::default(),
        };
        let app = Router::new().fallback(answer).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(provider)
    }

    /// An address below it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A server's configuration under which this stands for every provider.
    pub fn outbound(&self) -> OutboundConfig {
        let at = |path: &str| self.url(path).parse().ok();
        OutboundConfig {
            allow: "127.0.0.1".parse().into_iter().collect(),
            endpoints: Endpoints {
                openai: at("/openai/v1"),
                anthropic: at("/anthropic"),
                gemini: at("/gemini"),
                vertex_ai: at("/vertex"),
                bedrock: at("/bedrock"),
                google_token: at("/token"),
            },
        }
    }

    /// The same as a file says it.
    pub fn outbound_toml(&self) -> String {
        let Endpoints {
            openai,
            anthropic,
            gemini,
            vertex_ai,
            bedrock,
            google_token,
        } = self.outbound().endpoints;
        let named = [
            ("openai", openai),
            ("anthropic", anthropic),
            ("gemini", gemini),
            ("vertex_ai", vertex_ai),
            ("bedrock", bedrock),
            ("google_token", google_token),
        ];
        let lines = named
            .into_iter()
            .filter_map(|(name, url)| Some(format!("{name} = '{}'\n", url?)));
        format!(
            "[outbound]\nallow = ['127.0.0.1']\n[outbound.endpoints]\n{}",
            lines.collect::<String>()
        )
    }

    /// What it was asked since it was last looked at.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(State(provider): State<FakeProvider>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let asked = Asked {
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    provider
        .asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(asked.clone());
    let credentials =
        ["authorization", "x-api-key", "x-goog-api-key", "api-key"].map(|name| asked.header(name));
    let shown = credentials.concat();
    if shown.ends_with("-bad") {
        // As rude as can be: the whole key comes back.
        let error = json!({ "error": { "message": format!("Incorrect API key provided: {shown}") } });
        return (StatusCode::UNAUTHORIZED, axum::Json(error)).into_response();
    }
    if shown.ends_with("-polite") {
        let error = json!({ "error": { "message": "This key has no access to models." } });
        return (StatusCode::FORBIDDEN, axum::Json(error)).into_response();
    }
    if shown.ends_with("-moved") {
        return (
            StatusCode::FOUND,
            [(header::LOCATION, provider.url("/openai/v1/models"))],
        )
            .into_response();
    }
    match listed(parts.uri.path()) {
        Some(models) if !shown.is_empty() || parts.uri.path() == "/token" => {
            axum::Json(models).into_response()
        }
        Some(_) => StatusCode::UNAUTHORIZED.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What each dialect answers.
fn listed(path: &str) -> Option<Value> {
    Some(match path {
        "/openai/v1/models" | "/compatible/v1/models" | "/azure/openai/models" => {
            json!({ "data": [{ "id": "gpt-5" }, { "id": "gpt-5-mini" }] })
        }
        "/anthropic/v1/models" => json!({ "data": [{ "id": "claude-sonnet-4-5" }], "has_more": false }),
        "/gemini/v1beta/models" => json!({ "models": [{ "name": "models/gemini-2.5-pro" }] }),
        "/vertex/v1beta1/publishers/google/models" => {
            json!({ "publisherModels": [{ "name": "publishers/google/models/gemini-2.5-pro" }] })
        }
        "/bedrock/foundation-models" => {
            json!({ "modelSummaries": [{ "modelId": "anthropic.claude-sonnet-4-5" }] })
        }
        "/token" => {
            json!({ "access_token": "ya29.planted-access-token", "expires_in": 3599, "token_type": "Bearer" })
        }
        _ => return None,
    })
}
