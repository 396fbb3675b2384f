//! The agent's own API and page on loopback, for this machine's tools and its person. It decides and shows; it
//! changes nothing that an org decided.

mod access;
pub(crate) mod api;
pub(crate) mod page;

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tessera_ids::{Entropy, Timestamp, ambient::random_bytes};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    Ambient, Error,
    agent::AgentHandle,
    state::{Home, LocalAddress},
};
use access::Refusal;

/// The port that tools may expect, unless another program has it.
pub(crate) const USUAL_PORT: u16 = 7471;

/// How long a link to the local page may be opened.
const LINK_LIFETIME: Duration = Duration::from_mins(1);

/// No question to the local API is longer.
const BODY_LIMIT: usize = 64 * 1024;

/// What the local API is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalConfig {
    /// The port on loopback; 0 is any. Where another program has it, any other is taken and written down.
    pub port: u16,
    /// Whether `POST /v1/decide` answers without the token.
    pub open_decide: bool,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            port: USUAL_PORT,
            open_decide: false,
        }
    }
}

/// A local API that listens and does not answer yet.
pub(crate) struct LocalApi {
    listener: TcpListener,
    address: LocalAddress,
    config: LocalConfig,
    ambient: Ambient,
}

/// What every request sees.
#[derive(Clone)]
struct Local {
    agent: AgentHandle,
    address: LocalAddress,
    config: LocalConfig,
    ambient: Ambient,
    /// What the page's cookie must hold. Not the token: every program on loopback gets the cookies of all.
    page_key: String,
    /// Links to the page that were asked for and not opened, and when they end.
    links: Arc<Mutex<HashMap<String, Timestamp>>>,
}

impl LocalApi {
    /// Listens, and writes down where.
    pub(crate) async fn bind(
        config: LocalConfig,
        home: Option<&Home>,
        ambient: Ambient,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Local {
            task: "listen on this machine's loopback",
            source,
        };
        let listener = match listen(config.port).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => listen(0).await,
            other => other,
        };
        let listener = listener.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let token = home
            .and_then(Home::earlier_token)
            .unwrap_or_else(|| secret(&*ambient.entropy));
        let address = LocalAddress { port, token };
        // What is in force is enforced, also where the disk takes no word of it.
        if let Some(Err(error)) = home.map(|home| home.announce(&address)) {
            tracing::warn!(%error, "where this agent listens could not be written down");
        }
        Ok(Self {
            listener,
            address,
            config,
            ambient,
        })
    }

    pub(crate) fn address(&self) -> &LocalAddress {
        &self.address
    }

    /// Answers until the agent stops.
    pub(crate) async fn serve(self, agent: AgentHandle, stop: CancellationToken) {
        let Self {
            listener,
            address,
            config,
            ambient,
        } = self;
        let page_key = secret(&*ambient.entropy);
        let local = Local {
            agent,
            address,
            config,
            ambient,
            page_key,
            links: Arc::default(),
        };
        let served = axum::serve(listener, router(local))
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the local API ended");
        }
    }
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

fn router(local: Local) -> Router {
    Router::new()
        .route("/", get(page::show))
        .route("/open/{code}", get(page::open))
        .route("/v1/decide", post(api::decide))
        .route("/v1/status", get(api::status))
        .route("/v1/explain", get(api::explain))
        .route("/v1/models", get(api::models))
        .route("/v1/page-link", post(page::link))
        .route("/v1/purges", get(api::purges))
        .route("/v1/purges/{id}/done", post(api::purged))
        .route("/v1/reload", post(api::reload))
        .route("/v1/sign-out", post(api::sign_out))
        .fallback(api::nothing_here)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(local.clone(), admit))
        .with_state(local)
}

/// Turns away what does not come from this machine's own programs.
async fn admit(State(local): State<Local>, request: Request, next: Next) -> Response {
    let (headers, path) = (request.headers(), request.uri().path());
    let admitted = access::is_local(headers, local.address.port).and_then(|()| match path {
        // The page shows nothing without its cookie, and a link is a secret of its own.
        "/" => Ok(()),
        _ if path.starts_with("/open/") => Ok(()),
        _ if access::is_cross_site(headers) => Err(Refusal::Origin),
        "/v1/decide" if local.config.open_decide => Ok(()),
        _ => access::has_bearer(headers, &local.address.token),
    });
    let mut response = match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(refusal),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn refused(refusal: Refusal) -> Response {
    let (status, why) = match refusal {
        Refusal::Host => (
            StatusCode::MISDIRECTED_REQUEST,
            "The agent answers under loopback names only.",
        ),
        Refusal::Origin => (
            StatusCode::FORBIDDEN,
            "The agent does not answer the pages of other sites.",
        ),
        Refusal::Token => (
            StatusCode::UNAUTHORIZED,
            "Send the token from local.json in the agent's folder as `Authorization: Bearer …`.",
        ),
    };
    api::problem(status, why).into_response()
}

impl Local {
    fn links(&self) -> std::sync::MutexGuard<'_, HashMap<String, Timestamp>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 256 bits as text.
fn secret(entropy: &dyn Entropy) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes::<32>(entropy))
}
