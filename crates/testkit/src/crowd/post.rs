//! Receipts on their way over a few connections that a whole crowd shares.

use std::sync::Arc;

use anyhow::Context as _;
use tessera_wire::paths;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};

/// Connections at most, as BENCH's rules have it.
const CONNECTIONS: usize = 64;

type Letter = (String, Vec<u8>);

/// A few connections, and what waits for one of them.
#[derive(Debug)]
pub struct Post {
    queue: mpsc::UnboundedSender<Letter>,
    done: mpsc::UnboundedReceiver<anyhow::Result<()>>,
}

impl Post {
    /// Opens the connections.
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        let (queue, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let (sender, done) = mpsc::unbounded_channel();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let courier = Courier {
                stream,
                address: address.to_owned(),
                waiting: Arc::clone(&waiting),
                done: sender.clone(),
            };
            tokio::spawn(courier.run());
        }
        Ok(Self { queue, done })
    }

    /// Sends a receipt as soon as a connection is free.
    pub fn queue(&self, token: String, receipt: Vec<u8>) {
        // Without couriers `next` says what happened.
        self.queue.send((token, receipt)).ok();
    }

    /// Waits until the server has stored one more.
    pub async fn next(&mut self) -> anyhow::Result<()> {
        self.done.recv().await.context("receipts are answered")?
    }
}

struct Courier {
    stream: TcpStream,
    address: String,
    waiting: Arc<Mutex<mpsc::UnboundedReceiver<Letter>>>,
    done: mpsc::UnboundedSender<anyhow::Result<()>>,
}

impl Courier {
    async fn run(mut self) {
        loop {
            let Some((token, receipt)) = self.waiting.lock().await.recv().await else {
                break;
            };
            let delivered = self.deliver(&token, &receipt).await;
            if self.done.send(delivered).is_err() {
                break;
            }
        }
    }

    async fn deliver(&mut self, token: &str, receipt: &[u8]) -> anyhow::Result<()> {
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            paths::RECEIPTS,
            self.address,
            receipt.len()
        );
        let letter = [head.as_bytes(), receipt].concat();
        self.stream.write_all(&letter).await?;
        let mut answer = Vec::with_capacity(1024);
        while !answer.ends_with(b"\r\n\r\n") {
            let more = self.stream.read_buf(&mut answer).await?;
            anyhow::ensure!(more > 0, "the server hung up");
        }
        anyhow::ensure!(
            answer.starts_with(b"HTTP/1.1 204 "),
            "a receipt was refused: {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(())
    }
}
