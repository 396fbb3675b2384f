//! A stream of events as plainly as it can be read: chunked HTTP/1.1, one event after the other.

use std::time::Instant;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bytes of an answer's head at most.
const HEAD: usize = 16 * 1024;

/// Connects and asks.
pub async fn connect(address: &str, head: &[u8]) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(head).await?;
    Ok(stream)
}

/// Reads a head that must say 200; gives what came after it.
pub async fn read_head(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = find(&read, b"\r\n\r\n") {
            anyhow::ensure!(
                read.starts_with(b"HTTP/1.1 200 "),
                "a stream was refused: {}",
                String::from_utf8_lossy(&read)
            );
            return Ok(read.split_off(end + 4));
        }
        anyhow::ensure!(read.len() < HEAD, "an answer's head is too long");
        let more = stream.read_buf(&mut read).await?;
        anyhow::ensure!(more > 0, "the server hung up");
    }
}

/// The events of one stream.
#[derive(Debug)]
pub struct Frames {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Frames {
    /// Goes on after the head.
    pub fn new(stream: TcpStream, rest: Vec<u8>) -> Self {
        Self { stream, read: rest }
    }

    /// The data of the next event, and when its last byte was read; nothing at the end. Heartbeats are passed over.
    pub async fn next(&mut self) -> Option<(Instant, Vec<u8>)> {
        loop {
            while let Some(chunk) = self.chunk().ok()? {
                if chunk.is_empty() {
                    return None;
                }
                if let Some(data) = data_of(&chunk) {
                    return Some((Instant::now(), data));
                }
            }
            let more = self.stream.read_buf(&mut self.read).await.ok()?;
            if more == 0 {
                return None;
            }
        }
    }

    /// One whole chunk, which is one event or one heartbeat.
    fn chunk(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(line) = find(&self.read, b"\r\n") else {
            return Ok(None);
        };
        let size = std::str::from_utf8(&self.read[..line])?;
        let size = usize::from_str_radix(size, 16).context("a chunk says its size")?;
        let (begin, end) = (line + 2, line + 2 + size);
        if self.read.len() < end + 2 {
            return Ok(None);
        }
        let chunk = self.read[begin..end].to_vec();
        self.read.drain(..end + 2);
        if self.read.is_empty() {
            // A silent stream holds no memory.
            self.read = Vec::new();
        }
        Ok(Some(chunk))
    }
}

fn data_of(event: &[u8]) -> Option<Vec<u8>> {
    let begin = find(event, b"data: ")? + 6;
    let end = find(&event[begin..], b"\n")?;
    Some(event[begin..begin + end].to_vec())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
