//! The loop that accepts connections: HTTP/1.1 and HTTP/2, in TLS or in clear, with limits, ended gracefully.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt as _;
use futures_util::future::{Either, ready};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::address::Peer;
use super::handover::{self, Handover, Slot, Watched};
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

/// A connection from its first request to its end, or to where a stream of events begins.
type Conversation = Pin<Box<dyn Future<Output = Result<Option<Monologue>, Broken>> + Send>>;

/// What is left of a connection on which events are written until it ends.
type Monologue = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// Serves until the soft shutdown, then lets what runs finish. The hard shutdown cuts it.
pub async fn serve<S: Shortcut>(
    listener: TcpListener,
    answers: Answers<S>,
    tls: Option<Arc<Tls>>,
    lifecycle: Lifecycle,
) {
    let conversations = TaskTracker::new();
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
        let (answers, tls, soft) = (answers.clone(), tls.clone(), soft.clone());
        conversations.spawn(async move {
            // Broken connections are everyday; who asked something got its own log line.
            if let Err(error) = hold(stream, peer, answers, tls, soft).await {
                tracing::trace!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    conversations.close();
    let hard = lifecycle.hard();
    tokio::select! {
        () = conversations.wait() => {}
        () = hard.cancelled() => {}
    }
}

/// A connection's whole life. What it takes to begin is gone while the conversation lasts, and that once there are only
/// events: most connections are streams that idle for hours.
async fn hold<S: Shortcut>(
    stream: TcpStream,
    peer: SocketAddr,
    answers: Answers<S>,
    tls: Option<Arc<Tls>>,
    soft: CancellationToken,
) -> Result<(), Broken> {
    let conversation = Box::pin(begin(stream, peer, answers, tls, soft)).await?;
    if let Some(monologue) = conversation.await? {
        monologue.await?;
    }
    Ok(())
}

async fn begin<S: Shortcut>(
    stream: TcpStream,
    peer: SocketAddr,
    answers: Answers<S>,
    tls: Option<Arc<Tls>>,
    soft: CancellationToken,
) -> Result<Conversation, Broken> {
    stream.set_nodelay(true)?;
    let Some(tls) = tls else {
        let is_http2 = timeout(limits::HEAD_TIME, speaks_http2(&stream)).await??;
        return Ok(answer(stream, is_http2, peer, answers, soft));
    };
    let mut first = [0];
    timeout(limits::HEAD_TIME, stream.peek(&mut first)).await??;
    if first != [HANDSHAKE] {
        say_it_is_https(stream).await?;
        return Ok(Box::pin(ready(Ok(None))));
    }
    let stream = timeout(limits::HEAD_TIME, tls.acceptor().accept(stream)).await??;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(answer(stream, is_http2, peer, answers, soft))
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
    soft: CancellationToken,
) -> Conversation
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Shortcut,
{
    if is_http2 {
        let service = service_fn(move |request| answers.answer(request, peer));
        let connection = http2().serve_connection(TokioIo::new(stream), service);
        return Box::pin(converse_in_http2(connection, soft));
    }
    let slot = Slot::default();
    let stream = TokioIo::new(Watched::new(stream, slot.clone()));
    let leaves = slot.clone();
    let service = service_fn(move |request| {
        let leaves = handover::is_possible(&request).then(|| leaves.clone());
        let answered = answers.answer(request, peer);
        async move {
            let mut response = answered.await?;
            if let Some(slot) = leaves
                && let Some(handover) = Handover::of(&mut response)
            {
                slot.put(handover);
                // The connection's task looks into the slot, and takes this apart.
                return pending().await;
            }
            Ok(response)
        }
    });
    Box::pin(converse(http1().serve_connection(stream, service), slot, soft))
}

impl<S: Shortcut> Answers<S> {
    fn answer(
        &self,
        request: hyper::Request<Incoming>,
        peer: SocketAddr,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<S> {
        if let Some(response) = (self.shortcut)(&request, Peer(peer)) {
            return Either::Left(ready(Ok(response)));
        }
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        Either::Right(self.router.clone().oneshot(request))
    }
}

async fn converse<T, S>(
    mut connection: http1::Connection<TokioIo<Watched<T>>, S>,
    slot: Slot,
    soft: CancellationToken,
) -> Result<Option<Monologue>, Broken>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService<Incoming, ResBody = axum::body::Body, Error = Infallible>,
{
    let mut ending = pin!(soft.cancelled().fuse());
    let handover = poll_fn(|context| {
        if ending.as_mut().poll(context).is_ready() {
            Pin::new(&mut connection).graceful_shutdown();
        }
        match Pin::new(&mut connection).poll(context) {
            Poll::Ready(ended) => Poll::Ready(ended.map(|()| None)),
            Poll::Pending => slot
                .take()
                .map_or(Poll::Pending, |left| Poll::Ready(Ok(Some(left)))),
        }
    });
    let Some(handover) = handover.await? else {
        return Ok(None);
    };
    let stream = connection.into_parts().io.into_inner().into_inner();
    Ok(Some(Box::pin(handover.write(stream, limits::STREAM_PATIENCE))))
}

async fn converse_in_http2<T, S>(
    connection: http2::Connection<TokioIo<T>, S, TokioExecutor>,
    soft: CancellationToken,
) -> Result<Option<Monologue>, Broken>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService<Incoming, ResBody = axum::body::Body, Error = Infallible>,
    S::Future: Send + 'static,
{
    let mut connection = pin!(connection);
    tokio::select! {
        ended = &mut connection => return Ok(ended.map(|()| None)?),
        () = soft.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await?;
    Ok(None)
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

#[cfg(test)]
mod tests;
