//! A proxy between agents and a server that can misbehave: cut the line, answer with something else, or slip
//! forged events into open streams.
//!
//! It passes `X-Forwarded-For` on and keeps the Host it was asked for, as a reverse proxy does. A server
//! behind it is given the meddler's address as its public one.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::BroadcastStream;

/// What the meddler answers in the server's place.
#[derive(Clone, Debug)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// The body, sent as JSON.
    pub body: String,
}

#[derive(Debug)]
struct Line {
    upstream: String,
    http: reqwest::Client,
    canned: Mutex<BTreeMap<String, Canned>>,
    seen: Mutex<Vec<(String, u16)>>,
    slipped: broadcast::Sender<Bytes>,
    cut: watch::Sender<bool>,
    passed: Arc<AtomicU64>,
}

/// A running proxy. It ends when dropped.
#[derive(Debug)]
pub struct Meddler {
    address: SocketAddr,
    line: Arc<Line>,
    serving: JoinHandle<()>,
}

impl Meddler {
    /// Takes a port now, so that the server behind it can be told its public address, and starts to serve.
    pub async fn start(upstream: impl Into<String>) -> anyhow::Result<Self> {
        crate::use_ring();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let line = Arc::new(Line {
            upstream: upstream.into(),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()?,
            canned: Mutex::default(),
            seen: Mutex::default(),
            slipped: broadcast::channel(64).0,
            cut: watch::channel(false).0,
            passed: Arc::default(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&line));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self {
            address,
            line,
            serving,
        })
    }

    /// The address that agents are given.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers requests whose path begins so with something else, until [`Meddler::behave`].
    pub fn answer(&self, path: &str, status: u16, body: impl Into<String>) {
        let canned = Canned {
            status,
            body: body.into(),
        };
        self.canned().insert(path.to_owned(), canned);
    }

    /// Passes everything on again.
    pub fn behave(&self) {
        self.canned().clear();
        self.line.cut.send_replace(false);
    }

    /// Ends open streams and refuses everything, as a broken line does.
    pub fn cut(&self) {
        self.line.cut.send_replace(true);
    }

    /// Slips an event into every open stream.
    pub fn slip(&self, event: &str, id: &str, data: &impl Serialize) -> anyhow::Result<()> {
        let data = serde_json::to_string(data)?;
        let text = format!("event: {event}\nid: {id}\ndata: {data}\n\n");
        self.line
            .slipped
            .send(Bytes::from(text))
            .context("nobody has a stream open through the meddler")?;
        Ok(())
    }

    /// Whether anyone has a stream open.
    pub fn has_streams(&self) -> bool {
        self.line.slipped.receiver_count() > 0
    }

    /// How many requests of a path beginning so were answered with this status.
    pub fn count(&self, path: &str, status: u16) -> usize {
        let seen = self.line.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter()
            .filter(|(asked, answered)| asked.starts_with(path) && *answered == status)
            .count()
    }

    /// How many bytes of bodies went from the server to agents: answers and streams under `/sync/`.
    pub fn passed(&self) -> u64 {
        self.line.passed.load(Ordering::Relaxed)
    }

    fn canned(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Canned>> {
        self.line.canned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(line): State<Arc<Line>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let response = answer(&line, &path, request).await;
    let status = response.status().as_u16();
    let mut seen = line.seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.push((path, status));
    drop(seen);
    response
}

async fn answer(line: &Arc<Line>, path: &str, request: Request) -> Response {
    if *line.cut.borrow() {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let canned = {
        let canned = line.canned.lock().unwrap_or_else(PoisonError::into_inner);
        canned
            .iter()
            .find(|(prefix, _)| path.starts_with(prefix.as_str()))
            .map(|(_, canned)| canned.clone())
    };
    if let Some(Canned { status, body }) = canned {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        return (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    forward(line, request).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "the meddler's server does not answer");
        StatusCode::BAD_GATEWAY.into_response()
    })
}

async fn forward(line: &Arc<Line>, request: Request) -> anyhow::Result<Response> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let body = axum::body::to_bytes(body, 64 * 1024 * 1024).await?;
    let mut headers = parts.headers;
    headers.remove(header::CONNECTION);
    headers.remove(header::TRANSFER_ENCODING);
    headers.insert("x-forwarded-for", header::HeaderValue::from_static("203.0.113.7"));
    let answer = line
        .http
        .request(parts.method, format!("{}{target}", line.upstream))
        .headers(headers)
        .body(body)
        .send()
        .await?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::CONNECTION);
    headers.remove(header::TRANSFER_ENCODING);
    let streams = is_event_stream(&headers);
    let (passed, counts) = (Arc::clone(&line.passed), parts.uri.path().starts_with("/sync/"));
    let bytes = answer.bytes_stream().inspect_ok(move |bytes| {
        if counts {
            passed.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
    });
    let body = if streams {
        Body::from_stream(with_slipped(line, bytes))
    } else {
        Body::from_stream(bytes)
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// The upstream's bytes with forged events in between, ended with the upstream or when the line is cut.
fn with_slipped(
    line: &Line,
    bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let slipped = BroadcastStream::new(line.slipped.subscribe())
        .filter_map(async |event| event.ok())
        .map(|event| Some(Ok(event)));
    let upstream = bytes
        .map_err(std::io::Error::other)
        .map(Some)
        .chain(stream::once(async { None }));
    let mut cut = line.cut.subscribe();
    let ended = async move {
        cut.wait_for(|cut| *cut).await.ok();
    };
    stream::select(upstream, slipped)
        .take_while(|piece| std::future::ready(piece.is_some()))
        .filter_map(std::future::ready)
        .take_until(Box::pin(ended))
}
