//! A proxy as companies have them: it leads `CONNECT` to one server, whatever name is asked for, and notes the names.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Bytes of a request to the proxy.
const HEAD: usize = 8 * 1024;

/// A running proxy. It ends with the test.
#[derive(Debug)]
pub struct Tunnel {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// Starts one that leads to this server, for those who sign in with these credentials (`name:password`, as base64).
    pub async fn start(server: SocketAddr, credentials: &'static str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, asked) = (listener.local_addr()?, Arc::default());
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever hangs up has their own reasons.
                tokio::spawn(lead(stream, server, credentials, Arc::clone(&noted)));
            }
        });
        Ok(Self { address, asked })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked for so far, as `host:port`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn lead(
    mut stream: TcpStream,
    server: SocketAddr,
    credentials: &str,
    asked: Arc<Mutex<Vec<String>>>,
) -> anyhow::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        anyhow::ensure!(head.len() < HEAD, "too long a head");
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head)?;
    let signed_in = format!("proxy-authorization: basic {}\r\n", credentials.to_lowercase());
    if !head.to_lowercase().contains(&signed_in) {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nproxy-authenticate: Basic\r\n\r\n";
        return Ok(stream.write_all(refusal.as_bytes()).await?);
    }
    let target = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next());
    let target = target.context("only CONNECT is spoken here")?.to_owned();
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(target);
    let mut upstream = TcpStream::connect(server).await?;
    stream
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    copy_bidirectional(&mut stream, &mut upstream).await?;
    Ok(())
}
