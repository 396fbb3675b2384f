//! The least that a server could do, as a process of its own: what Tessera's figures stand beside.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use clap::Subcommand;
use tessera_testkit::cores;
use tessera_testkit::serve::free_port;

/// The entity tag of the one thing that axum serves here.
pub(super) const ETAG: &str = "\"the-one\"";

/// A floor.
#[derive(Debug, Subcommand)]
pub(crate) enum Floor {
    /// axum that answers with a file's bytes out of memory, or 304
    Axum {
        /// Where it listens
        port: u16,
        /// What it answers
        body: PathBuf,
    },
    /// Sockets that are all written the same bytes, one after the other
    Writes {
        /// Where it listens
        port: u16,
        /// What is written
        frame: PathBuf,
        /// How many sockets there will be
        streams: usize,
    },
}

/// Runs one until it is killed.
pub(crate) fn run(floor: &Floor) -> anyhow::Result<()> {
    match floor {
        Floor::Axum { port, body } => serve_axum(*port, std::fs::read(body)?.into()),
        Floor::Writes { port, frame, streams } => write_to_all(*port, &std::fs::read(frame)?, *streams),
    }
}

fn serve_axum(port: u16, body: Bytes) -> anyhow::Result<()> {
    let answer = move |headers: HeaderMap| async move { known(&headers, &body) };
    let router = Router::new().route("/", get(answer));
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(axum::serve(listener, router).await?)
    })
}

fn known(headers: &HeaderMap, body: &Bytes) -> Response {
    let etag = (header::ETAG, ETAG);
    match headers.get(header::IF_NONE_MATCH) {
        Some(tag) if tag == ETAG => (StatusCode::NOT_MODIFIED, [etag]).into_response(),
        _ => ([etag, (header::CONTENT_TYPE, "application/json")], body.clone()).into_response(),
    }
}

/// Takes connections that ask for a stream; when one asks for anything else, writes the frame to all of them.
fn write_to_all(port: u16, frame: &[u8], count: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let mut streams: Vec<TcpStream> = Vec::with_capacity(count);
    loop {
        let (mut stream, _) = listener.accept()?;
        let mut asked = [0; 1024];
        let length = stream.read(&mut asked)?;
        if asked[..length].starts_with(b"GET ") {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            streams.push(stream);
            continue;
        }
        for stream in &mut streams {
            // A frame is far smaller than a socket's buffer, so it is written whole or not at all.
            let written = stream.write(frame)?;
            anyhow::ensure!(written == frame.len(), "a socket took only a part");
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    }
}

/// A floor's process on the servers' core. It ends when dropped.
pub(super) struct Running {
    process: Child,
    /// `host:port`.
    pub(super) address: String,
}

impl Running {
    /// Starts axum on this body.
    pub(super) async fn axum(body: &Path) -> anyhow::Result<Self> {
        Self::start("axum", &[body.display().to_string()]).await
    }

    /// Starts bare writes of this frame.
    pub(super) async fn writes(frame: &Path, streams: usize) -> anyhow::Result<Self> {
        Self::start("writes", &[frame.display().to_string(), streams.to_string()]).await
    }

    async fn start(kind: &str, rest: &[String]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let process = cores::start_server(async {
            Command::new(std::env::current_exe()?)
                .args(["floor", kind, &port.to_string()])
                .args(rest)
                .stdout(Stdio::null())
                .spawn()
                .context("a floor starts")
        })
        .await?;
        let running = Self {
            process,
            address: format!("127.0.0.1:{port}"),
        };
        if kind == "axum" {
            tessera_testkit::wait::until_true("axum to listen", async || {
                Ok(tokio::net::TcpStream::connect(&running.address).await.is_ok())
            })
            .await?;
        } else {
            // A connection that asks nothing would be waited for.
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
        Ok(running)
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
