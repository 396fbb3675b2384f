//! The loop that accepts connections: HTTP/1.1 and HTTP/2, in TLS or in clear, with limits, ended gracefully.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures_util::TryFutureExt as _;
use futures_util::future::{Either, ready};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower::ServiceExt;

use super::address::Peer;
use super::limits;
use super::tls::Tls;
use crate::lifecycle::Lifecycle;

/// How long to wait when the system has no descriptor left.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How HTTP/2 begins; no method of HTTP/1.1 does.
const PREFACE: &[u8] = b"PRI";

/// How TLS begins; no request does.
const HANDSHAKE: u8 = 0x16;

/// Answers what needs none of the layers, or leaves it to the router.
pub trait Shortcut:
    Fn(&hyper::Request<Incoming>, Peer) -> Option<Response> + Clone + Send + Sync + 'static
{
}

impl<F> Shortcut for F where
    F: Fn(&hyper::Request<Incoming>, Peer) -> Option<Response> + Clone + Send + Sync + 'static
{
}

/// What answers requests: the shortcut, then the router behind all its layers.
#[derive(Clone)]
pub struct Answers<S> {
    /// Tried first.
    pub shortcut: S,
    /// What answers everything else.
    pub router: Router,
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// A connection from its first request to its end.
type Conversation = Pin<Box<dyn Future<Output = Result<(), Broken>> + Send>>;

/// Serves until the soft shutdown, then lets what runs finish. The hard shutdown cuts it.
pub async fn serve<S: Shortcut>(
    listener: TcpListener,
    answers: Answers<S>,
    tls: Option<Arc<Tls>>,
    lifecycle: Lifecycle,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits::CONNECTIONS));
    let soft = lifecycle.soft();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = soft.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        let (answers, tls, watcher) = (answers.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            // What it takes to begin is gone while the conversation lasts: most are streams that idle for hours.
            let begun = Box::pin(begin(stream, peer, answers, tls, watcher)).await;
            let ended = match begun {
                Ok(conversation) => conversation.await,
                Err(error) => Err(error),
            };
            // Broken connections are everyday; who asked something got its own log line.
            if let Err(error) = ended {
                tracing::trace!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    let hard = lifecycle.hard();
    tokio::select! {
        () = graceful.shutdown() => {}
        () = hard.cancelled() => {}
    }
}

async fn begin<S: Shortcut>(
    stream: TcpStream,
    peer: SocketAddr,
    answers: Answers<S>,
    tls: Option<Arc<Tls>>,
    watcher: Watcher,
) -> Result<Conversation, Broken> {
    stream.set_nodelay(true)?;
    let Some(tls) = tls else {
        let is_http2 = timeout(limits::HEAD_TIME, speaks_http2(&stream)).await??;
        return Ok(answer(stream, is_http2, peer, answers, watcher));
    };
    let mut first = [0];
    timeout(limits::HEAD_TIME, stream.peek(&mut first)).await??;
    if first != [HANDSHAKE] {
        say_it_is_https(stream).await?;
        return Ok(Box::pin(ready(Ok(()))));
    }
    let stream = timeout(limits::HEAD_TIME, tls.acceptor().accept(stream)).await??;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(answer(stream, is_http2, peer, answers, watcher))
}

/// Somebody forgot the `s`; what they asked is not looked at.
async fn say_it_is_https(mut stream: TcpStream) -> Result<(), Broken> {
    let said = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 38\r\nconnection: close\r\n\r\n\
                This address speaks https, not http.\r\n";
    timeout(limits::HEAD_TIME, stream.write_all(said.as_bytes())).await??;
    Ok(stream.shutdown().await?)
}

fn answer<T, S>(
    stream: T,
    is_http2: bool,
    peer: SocketAddr,
    answers: Answers<S>,
    watcher: Watcher,
) -> Conversation
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Shortcut,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        if let Some(response) = (answers.shortcut)(&request, Peer(peer)) {
            return Either::Left(ready(Ok(response)));
        }
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        Either::Right(answers.router.clone().oneshot(request))
    });
    let stream = TokioIo::new(stream);
    // Nothing wraps these futures, so that each lies in memory once.
    if is_http2 {
        Box::pin(
            watcher
                .watch(http2().serve_connection(stream, service))
                .err_into(),
        )
    } else {
        Box::pin(
            watcher
                .watch(http1().serve_connection(stream, service))
                .err_into(),
        )
    }
}

/// Looks at the first bytes without taking them, so that the time for a head counts from the first.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut seen = [0; PREFACE.len()];
    loop {
        let count = stream.peek(&mut seen).await?;
        let seen = &seen[..count];
        if count == PREFACE.len() || !PREFACE.starts_with(seen) || count == 0 {
            return Ok(seen == PREFACE);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME)
        .max_buf_size(limits::HEAD)
        .max_headers(limits::HEADERS);
    builder
}

fn http2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::HTTP2_STREAMS)
        .max_header_list_size(u32::try_from(limits::HEAD).unwrap_or(u32::MAX))
        .keep_alive_interval(limits::HEARTBEAT)
        .keep_alive_timeout(limits::HEARTBEAT);
    builder
}
