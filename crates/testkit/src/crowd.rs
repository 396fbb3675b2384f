//! A crowd of devices that cost next to nothing: each holds a stream and its state in memory, verifies what it is told,
//! and answers over a few connections that all share. For benches; what a real agent does besides is not in here.

mod frames;
mod post;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tessera_app::seeding::{self, NewMachine, NewMember};
use tessera_domain::Role;
use tessera_ids::Clock as _;
use tessera_ids::DeviceId;
use tessera_ids::ambient::{SystemClock, SystemEntropy};
use tessera_wire::token::{TokenRequest, TokenResponse};
use tessera_wire::{
    DeviceSigningKey, MachineFacts, Manifest, Nonce, OrgVerifyingKey, Verified, assertion, paths, sign,
    stream as events, verify_envelope,
};
use tokio::sync::mpsc;

use crate::actors::Person;
use crate::cores;
use crate::database::{Database, Engine};
use crate::device::{self, Applicant, facts};
use crate::http::Client;
use crate::serve::{self, Serve};
use crate::server::World;

pub use frames::{Frames, connect, read_head};
pub use post::Post;

/// Tokens that are asked for at once.
const ASKING: usize = 16;
/// Devices that a member of the crowd has.
const EACH: usize = 3;

/// A server process with a crowd's devices in its database, and the owner who decides for them.
#[derive(Debug)]
pub struct Scene {
    /// The server, on its own core.
    pub server: Serve,
    /// The owner of the one organization.
    pub owner: Person,
    /// The devices, each with a fresh token.
    pub crowd: Vec<Member>,
    /// What they pinned.
    pub org_key: OrgVerifyingKey,
    /// The server's data.
    pub database: Database,
}

/// One device of a crowd.
#[derive(Debug)]
pub struct Member {
    id: DeviceId,
    key: DeviceSigningKey,
    /// Its access token.
    pub token: String,
}

impl Scene {
    /// Fills a database with devices, starts a server on it, and gets each device its token.
    pub async fn with(devices: usize) -> anyhow::Result<Self> {
        let World {
            owner,
            server,
            database,
        } = World::new(Engine::Sqlite).await?;
        let keys: Vec<_> = (0..devices)
            .map(|_| DeviceSigningKey::generate(&SystemEntropy))
            .collect();
        let ids = enrol(&server.running.site.app, &owner, &keys).await?;
        let port = server.running.address.port();
        server.stop().await?;

        let server = cores::start_server(Serve::start_on(port, &database, serve::Options::default())).await?;
        let applicant = Applicant::begin(owner.http.base(), "the-first").await?;
        owner.approve(applicant.code()).await?;
        let org_key = applicant.finish().await?.org_key;
        let client = Client::new(owner.http.base())?;
        let crowd = stream::iter(keys.into_iter().zip(ids))
            .map(|(key, id)| {
                let client = &client;
                async move {
                    let token = token(client, id, &key).await?;
                    anyhow::Ok(Member { id, key, token })
                }
            })
            .buffered(ASKING)
            .try_collect()
            .await?;
        Ok(Self {
            server,
            owner,
            crowd,
            org_key,
            database,
        })
    }

    /// `host:port` of the server.
    pub fn address(&self) -> String {
        self.owner.http.base().trim_start_matches("http://").to_owned()
    }
}

async fn enrol(
    app: &tessera_app::App,
    owner: &Person,
    keys: &[DeviceSigningKey],
) -> anyhow::Result<Vec<DeviceId>> {
    let org = owner.org.parse()?;
    let person = |number: usize| {
        Ok(NewMember {
            name: format!("Person {number:05}").parse()?,
            email: format!("m{number:05}@example.org").parse()?,
            role: Role::Read,
        })
    };
    let people: Vec<_> = (0..keys.len().div_ceil(EACH))
        .map(person)
        .collect::<anyhow::Result<_>>()?;
    let accounts = seeding::members(app, org, &people).await?;
    let machine = |(number, key): (usize, &DeviceSigningKey)| {
        Ok(NewMachine {
            account: accounts[number / EACH],
            host: format!("machine-{number:05}").parse()?,
            signing_key: Some(key.verifying_key()),
        })
    };
    let machines: Vec<_> = keys
        .iter()
        .enumerate()
        .map(machine)
        .collect::<anyhow::Result<_>>()?;
    Ok(seeding::devices(app, org, &machines).await?)
}

async fn token(client: &Client, id: DeviceId, key: &DeviceSigningKey) -> anyhow::Result<String> {
    let address = paths::absolute(client.base(), paths::TOKEN);
    let nonce = Nonce::generate(&SystemEntropy);
    let assertion = assertion::make(id, key, &address, SystemClock.now(), nonce);
    let request = client
        .request(reqwest::Method::POST, paths::TOKEN)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(TokenRequest::new(assertion).to_form());
    let answer = client.send(request).await?.expect(200)?;
    let token: TokenResponse = serde_json::from_str(&answer.body)?;
    Ok(token.access_token)
}

/// What a stream brought, and when its last byte was read.
#[derive(Debug)]
pub struct Heard {
    /// Which of the crowd heard it.
    pub member: usize,
    /// When.
    pub at: Instant,
    /// The event's data.
    pub data: Vec<u8>,
}

/// Opens a stream for everybody, as many at once as a server's queue bears, and tells what each one hears, the
/// present state first.
pub async fn listen(
    address: &str,
    tokens: impl IntoIterator<Item = String>,
) -> anyhow::Result<mpsc::UnboundedReceiver<Heard>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    for (member, token) in tokens.into_iter().enumerate() {
        let head = format!(
            "GET {} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n",
            paths::STREAM
        );
        let mut stream = connect(address, head.as_bytes()).await?;
        let sender = sender.clone();
        let rest = read_head(&mut stream).await?;
        tokio::spawn(async move {
            let mut frames = Frames::new(stream, rest);
            while let Some((at, data)) = frames.next().await {
                if sender.send(Heard { member, at, data }).is_err() {
                    break;
                }
            }
        });
    }
    Ok(receiver)
}

/// What one round of a whole crowd came to.
#[derive(Debug, Default)]
pub struct Round {
    /// From the save's request until a device had verified the manifest.
    pub applied: Vec<Duration>,
    /// From the save's request until the server had answered for a device's receipt.
    pub stored: Vec<Duration>,
}

/// Verifies what comes as each device would, signs its receipt and delivers it, until everybody has answered.
pub async fn obey(
    scene: &Scene,
    heard: &mut mpsc::UnboundedReceiver<Heard>,
    began: Instant,
    counter: u64,
    post: &mut Post,
) -> anyhow::Result<Round> {
    let facts = facts("one-of-many");
    let mut round = Round::default();
    let mut unanswered = VecDeque::new();
    while round.stored.len() < scene.crowd.len() {
        tokio::select! {
            // What is to be enforced comes before the proof of it.
            biased;
            one = heard.recv() => {
                let one = one.context("the streams go on")?;
                let event: events::ManifestEvent = events::read(&one.data)?;
                let manifest: Verified<Manifest> = verify_envelope(&event.envelope, &scene.org_key)?;
                round.applied.push(began.elapsed());
                unanswered.push_back((&scene.crowd[one.member], manifest));
            }
            Some(stored) = post.next() => {
                stored?;
                round.stored.push(began.elapsed());
            }
            () = tokio::task::yield_now(), if !unanswered.is_empty() => {
                if let Some((member, manifest)) = unanswered.pop_front() {
                    post.send(&member.token, receipt(member, &manifest, &facts, counter)?);
                }
            }
        }
    }
    Ok(round)
}

fn receipt(
    member: &Member,
    manifest: &Verified<Manifest>,
    facts: &MachineFacts,
    counter: u64,
) -> anyhow::Result<Vec<u8>> {
    let receipt = device::all_applied(member.id, manifest, facts, counter);
    Ok(sign(&receipt, &member.key)?.json)
}
