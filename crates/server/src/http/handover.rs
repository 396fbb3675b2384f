//! A stream of events on a connection of its own. Once the head of its answer is known, HTTP's machinery has nothing more to
//! do: its buffers and state are given back, and what is left writes frames to the socket as chunks (RFC 9112, section 7.1)
//! and ends the connection with the stream. Over HTTP/2, where streams share a connection, the body stays an ordinary one.

use std::fmt::Write as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Method, Request, Version};
use axum::response::Response;
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

type Frames = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// Frames that are either an answer's body or, handed over, written to the socket themselves. Clones share them.
#[derive(Clone)]
pub(super) struct Feed(Arc<Mutex<Option<Frames>>>);

impl Feed {
    /// Of these frames.
    pub(super) fn new(frames: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::pin(frames)))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Frames>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As a body; empty once they were handed over.
impl Stream for Feed {
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match &mut *self.lock() {
            Some(frames) => frames.poll_next_unpin(context),
            None => Poll::Ready(None),
        }
    }
}

/// Whether an answer to this request may be handed over: one with chunks and without more requests behind it.
pub(super) fn is_possible<B>(request: &Request<B>) -> bool {
    request.version() == Version::HTTP_11 && request.method() == Method::GET
}

/// An answer's head, ready to be written, and the frames that follow.
pub(super) struct Handover {
    head: String,
    frames: Frames,
}

impl Handover {
    /// Takes the answer over if it is a feed.
    pub(super) fn of(response: &mut Response) -> Option<Self> {
        let frames = response.extensions_mut().remove::<Feed>()?.lock().take()?;
        let headers = response.headers_mut();
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        let mut head = format!("HTTP/1.1 {}\r\n", response.status());
        for (name, value) in response.headers() {
            // Our own headers are text; another would not be worth a broken stream.
            let value = value.to_str().unwrap_or_default();
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        Some(Self { head, frames })
    }

    /// Writes the answer to its end. Whoever hangs up, speaks meanwhile, or lets a write wait for longer than
    /// `patience` is left.
    pub(super) async fn write<T>(self, mut io: T, patience: Duration) -> io::Result<()>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let Self { head, mut frames } = self;
        timeout(patience, io.write_all(head.as_bytes())).await??;
        drop(head);
        loop {
            let frame = tokio::select! {
                frame = frames.next() => frame,
                heard = heard(&mut io) => return heard,
            };
            let Some(frame) = frame else { break };
            timeout(patience, write_chunk(&mut io, &frame)).await??;
        }
        timeout(patience, io.write_all(b"0\r\n\r\n")).await??;
        timeout(patience, io.shutdown()).await?
    }
}

/// Ends when the other side hangs up or says anything, which nobody does who waits for events.
async fn heard(io: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    io.read(&mut [0]).await.map(drop)
}

/// Writes one chunk, mostly with a single call. An empty one would end the body, and is left out.
async fn write_chunk(io: &mut (impl AsyncWrite + Unpin), frame: &Bytes) -> io::Result<()> {
    if frame.is_empty() {
        return Ok(());
    }
    let size = format!("{:x}\r\n", frame.len());
    let mut left = Buf::chain(Buf::chain(size.as_bytes(), &frame[..]), &b"\r\n"[..]);
    while left.has_remaining() {
        let mut slices = [IoSlice::new(&[]); 3];
        let count = left.chunks_vectored(&mut slices);
        match io.write_vectored(&slices[..count]).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => left.advance(written),
        }
    }
    io.flush().await
}

/// Where a connection's service leaves an answer that is to be handed over.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Left>);

#[derive(Default)]
struct Left {
    handover: Mutex<Option<Handover>>,
    is_stuck: AtomicBool,
}

impl Slot {
    pub(super) fn put(&self, handover: Handover) {
        *self.lock() = Some(handover);
    }

    /// What was left, once all that was answered before it has gone out: hyper's buffer is not taken along.
    pub(super) fn take(&self) -> Option<Handover> {
        if self.0.is_stuck.load(Ordering::Relaxed) {
            return None;
        }
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Handover>> {
        self.0.handover.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that tells its slot whether something still waits until the other side reads.
pub(super) struct Watched<T> {
    io: T,
    slot: Slot,
}

impl<T> Watched<T> {
    pub(super) fn new(io: T, slot: Slot) -> Self {
        Self { io, slot }
    }

    pub(super) fn into_inner(self) -> T {
        self.io
    }

    fn note<R>(&self, written: Poll<R>) -> Poll<R> {
        self.slot
            .0
            .is_stuck
            .store(written.is_pending(), Ordering::Relaxed);
        written
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, into)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(context);
        self.note(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
