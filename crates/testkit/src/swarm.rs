//! Thousands of devices in one process. Each says and does only what a stream needs, but waits between two attempts as the
//! product's agent does, by the agent's own rhythm.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use futures_util::stream::{self, TryStreamExt as _};
use tessera_agent::{Attempt, Outcome, Rhythm};
use tessera_ids::ambient::SystemEntropy;
use tessera_wire::enrol_key::EnrolmentKey;
use tessera_wire::{Serial, limits};
use tokio::task::JoinSet;

use crate::device::{Device, Given};
use crate::http::Client;

/// How much of its life an access token has left when it is renewed.
const MARGIN: Duration = Duration::from_secs(30);

/// Devices that follow an organization. They stop when this is dropped.
#[derive(Debug)]
pub struct Swarm {
    members: Vec<Arc<Member>>,
    connects: Arc<Mutex<Vec<Instant>>>,
    _running: JoinSet<()>,
}

/// One of them.
#[derive(Debug)]
struct Member {
    device: Device,
    token: Mutex<Option<(String, Instant)>>,
    serial: AtomicU64,
    revision: AtomicU64,
    counter: AtomicU64,
}

impl Swarm {
    /// Enrols so many by this key, and lets them follow.
    pub async fn start(portal: &str, key: &EnrolmentKey, count: usize) -> anyhow::Result<Self> {
        let client = Client::new(portal)?;
        let enrolled = stream::iter(0..count).map(|number| {
            let client = client.another();
            async move { Device::by_key(client, key, &format!("swarm-{number:04}")).await }
        });
        let devices: Vec<Device> = enrolled.buffer_unordered(16).try_collect().await?;
        let connects = Arc::default();
        let mut running = JoinSet::new();
        let members: Vec<_> = devices
            .into_iter()
            .map(|device| {
                Arc::new(Member {
                    device,
                    token: Mutex::default(),
                    serial: AtomicU64::default(),
                    revision: AtomicU64::default(),
                    counter: AtomicU64::default(),
                })
            })
            .collect();
        for member in &members {
            running.spawn(Arc::clone(member).live(Arc::clone(&connects)));
        }
        Ok(Self {
            members,
            connects,
            _running: running,
        })
    }

    /// Waits until every device has this revision or a newer one, or fails after so long.
    pub async fn all_have(&self, revision: u64, patience: Duration) -> anyhow::Result<()> {
        let behind = || {
            let revisions = self
                .members
                .iter()
                .map(|member| member.revision.load(Ordering::Relaxed));
            revisions.filter(|theirs| *theirs < revision).count()
        };
        let all = async {
            while behind() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let came = tokio::time::timeout(patience, all).await;
        came.with_context(|| format!("{} devices lack revision {revision} after {patience:?}", behind()))
    }

    /// Streams that were asked for since then, for each tenth of a second.
    pub fn connects_since(&self, then: Instant) -> Vec<usize> {
        let mut tenths = Vec::new();
        for at in self
            .connects
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            if let Some(after) = at.checked_duration_since(then) {
                let tenth = usize::try_from(after.as_millis() / 100).unwrap_or(usize::MAX);
                if tenths.len() <= tenth {
                    tenths.resize(tenth + 1, 0);
                }
                tenths[tenth] += 1;
            }
        }
        tenths
    }
}

impl Member {
    async fn live(self: Arc<Self>, connects: Arc<Mutex<Vec<Instant>>>) {
        let (mut rhythm, mut attempt) = (Rhythm::default(), Attempt::Stream);
        loop {
            let tried = match attempt {
                Attempt::Stream => self.follow(&connects).await,
                Attempt::Poll => self.poll().await,
            };
            let outcome = tried.unwrap_or_else(|error| {
                tracing::debug!(%error, "a device of the swarm is cut off");
                Outcome::Failed
            });
            let wait;
            (wait, attempt) = rhythm.next(outcome, &SystemEntropy);
            tokio::time::sleep(wait).await;
        }
    }

    async fn follow(self: &Arc<Self>, connects: &Mutex<Vec<Instant>>) -> anyhow::Result<Outcome> {
        let now = Instant::now();
        connects.lock().unwrap_or_else(PoisonError::into_inner).push(now);
        let token = self.token().await?;
        let after = Some(self.serial.load(Ordering::Relaxed)).filter(|serial| *serial > 0);
        let response = self.device.stream_after(&token, after.map(Serial::new)).await;
        let mut pieces = response.inspect_err(|_| self.forget_token())?.bytes_stream();
        let (mut text, mut lived) = (Vec::new(), Outcome::Failed);
        while let Ok(piece) = tokio::time::timeout(limits::STREAM_SILENCE, pieces.next()).await {
            match piece {
                Some(Ok(piece)) => text.extend_from_slice(&piece),
                Some(Err(_)) => return Ok(lived),
                None => return Ok(Outcome::Streamed),
            }
            while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = text.drain(..end + 2).collect();
                let event = std::str::from_utf8(&event)?;
                if let Some((_, data)) = event.trim_end().split_once("data: ") {
                    lived = Outcome::Streamed;
                    self.take(self.device.given(data)?);
                }
            }
        }
        Ok(Outcome::Streamed)
    }

    async fn poll(self: &Arc<Self>) -> anyhow::Result<Outcome> {
        let token = self.token().await?;
        let given = self.device.manifest(&token).await;
        self.take(given.inspect_err(|_| self.forget_token())?);
        Ok(Outcome::Polled)
    }

    /// Takes what is newer, and says so until it is heard.
    fn take(self: &Arc<Self>, given: Given) {
        let accepted = given.accepted();
        if self.serial.fetch_max(accepted.serial.get(), Ordering::Relaxed) >= accepted.serial.get() {
            return;
        }
        self.revision.fetch_max(accepted.revision, Ordering::Relaxed);
        let counter = self.counter.fetch_add(1, Ordering::Relaxed) + 1;
        let member = Arc::clone(self);
        tokio::spawn(async move {
            let receipt = member.device.receipt(&given, counter);
            let mut rhythm = Rhythm::default();
            let newest = || member.counter.load(Ordering::Relaxed) == counter;
            while newest() && !member.deliver(&receipt).await.unwrap_or(false) {
                tokio::time::sleep(rhythm.next(Outcome::Failed, &SystemEntropy).0).await;
            }
        });
    }

    async fn deliver(&self, receipt: &tessera_wire::Receipt) -> anyhow::Result<bool> {
        let token = self.token().await?;
        Ok(self.device.deliver(&token, receipt).await?.status.is_success())
    }

    async fn token(&self) -> anyhow::Result<String> {
        let held = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((token, _)) = held.filter(|(_, until)| Instant::now() < *until) {
            return Ok(token);
        }
        let token = self.device.token().await?;
        let until = Instant::now() + limits::ACCESS_TOKEN_LIFETIME.saturating_sub(MARGIN);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some((token.clone(), until));
        Ok(token)
    }

    fn forget_token(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
