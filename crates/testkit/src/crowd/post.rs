//! Receipts on their way over a few HTTP/2 connections that a whole crowd shares.

use anyhow::Context as _;
use tessera_wire::paths;
use tokio::task::JoinSet;

/// Connections at most, as BENCH's rules have it.
const CONNECTIONS: usize = 64;

/// A few connections, and what is on its way over them.
#[derive(Debug)]
pub struct Post {
    clients: Vec<reqwest::Client>,
    address: String,
    sent: usize,
    waiting: JoinSet<anyhow::Result<()>>,
}

impl Post {
    /// Makes ready to send to `host:port`.
    pub fn to(address: &str) -> anyhow::Result<Self> {
        let client = || {
            reqwest::Client::builder()
                .http2_prior_knowledge()
                .no_proxy()
                .build()
                .context("a client is made")
        };
        Ok(Self {
            clients: (0..CONNECTIONS)
                .map(|_| client())
                .collect::<anyhow::Result<_>>()?,
            address: format!("http://{address}{}", paths::RECEIPTS),
            sent: 0,
            waiting: JoinSet::new(),
        })
    }

    /// Sends a receipt.
    pub fn send(&mut self, token: &str, receipt: Vec<u8>) {
        self.sent += 1;
        let request = self.clients[self.sent % CONNECTIONS]
            .post(&self.address)
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(receipt);
        self.waiting.spawn(async move {
            let answer = request.send().await?;
            anyhow::ensure!(
                answer.status().as_u16() == 204,
                "a receipt was refused: {}",
                answer.text().await?
            );
            Ok(())
        });
    }

    /// Waits until the server has stored one more; nothing when none is on its way.
    pub async fn next(&mut self) -> Option<anyhow::Result<()>> {
        let ended = self.waiting.join_next().await?;
        Some(ended.map_err(anyhow::Error::from).flatten())
    }
}
