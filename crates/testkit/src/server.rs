//! A server inside the test's process, on a port of its own, with a clock that the test moves.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tessera_ids::ambient::{SystemClock, SystemEntropy};
use tessera_ids::{Clock, Timestamp};
use tessera_server::Config;
use tessera_server::config::OutboundConfig;
use tessera_server::serve::{self, Ambient, Running};
use tessera_store::{Durability, OpenOptions};

use crate::actors::Person;
use crate::database::{Database, Engine};
use crate::mail;
use crate::serve::MASTER_KEY;

/// The machine's clock, moved forward as a test wishes.
#[derive(Debug, Default)]
pub struct TestClock {
    ahead: AtomicI64,
}

impl TestClock {
    /// Moves it back, as when somebody sets a clock right.
    pub fn set_back(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.ahead.fetch_sub(micros, Ordering::SeqCst);
    }

    /// Moves it.
    pub fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().as_micros() + self.ahead.load(Ordering::SeqCst))
    }
}

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where mail goes; without it mails are files in the data folder.
    pub smtp_url: Option<String>,
    /// Where people and agents reach it, when that is not where it listens.
    pub public_url: Option<String>,
    /// The networks of its proxies.
    pub trusted_proxies: Vec<String>,
    /// Where it listens; a free port without it.
    pub listen: Option<SocketAddr>,
    /// How many seats an organization has.
    pub seats: Option<u32>,
    /// What the server itself may call.
    pub outbound: OutboundConfig,
    /// Files of its certificate and key, where it speaks TLS itself.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The folder of what it offers for download.
    pub downloads: Option<PathBuf>,
}

/// A running server.
pub struct TestServer {
    /// What it serves.
    pub running: Running,
    /// Its clock.
    pub clock: Arc<TestClock>,
}

impl TestServer {
    /// Starts one on this database.
    pub async fn start(database: &Database, options: Options) -> anyhow::Result<Self> {
        crate::use_ring();
        let mut config = Config {
            listen: options
                .listen
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            data: database.folder().join("server"),
            ..Config::default()
        };
        config.database.url = database.url().map(str::parse).transpose()?;
        config.keys.master_key = Some(MASTER_KEY.parse()?);
        config.mail.smtp_url = options.smtp_url.as_deref().map(str::parse).transpose()?;
        config.public_url = options.public_url.as_deref().map(str::parse).transpose()?;
        config.organizations.seats = options.seats;
        config.outbound = options.outbound;
        (config.tls_certificate, config.tls_key) = options.tls.unzip();
        config.downloads = options.downloads;
        for network in &options.trusted_proxies {
            config.trusted_proxies.push(
                network
                    .parse()
                    .map_err(|error| anyhow::anyhow!("{network}: {error}"))?,
            );
        }
        let clock = Arc::new(TestClock::default());
        let ambient = Ambient {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            database: OpenOptions {
                durability: Durability::Nothing,
                connections: 8,
                ..OpenOptions::default()
            },
            ..Ambient::default()
        };
        let running = serve::start(config, ambient).await?;
        Ok(Self { running, clock })
    }

    /// Where people reach it.
    pub fn base(&self) -> String {
        self.running.site.origin.clone()
    }

    /// Sets it up with an organization and its first owner.
    pub async fn founded(&self) -> anyhow::Result<Person> {
        let link = self
            .running
            .setup_link
            .as_deref()
            .context("a fresh server gives a set-up link")?;
        Person::set_up(link, "Meridian", "Ada Lindqvist", "ada@meridian.example").await
    }

    /// Ends it softly.
    pub async fn stop(self) -> anyhow::Result<()> {
        Ok(self.running.stop().await?)
    }
}

/// A server with its database, an organization and its owner: where most stories begin.
pub struct World {
    /// Its owner.
    pub owner: Person,
    /// The server.
    pub server: TestServer,
    /// The database.
    pub database: Database,
}

impl World {
    /// Makes one.
    pub async fn new(engine: Engine) -> anyhow::Result<Self> {
        Self::with(engine, Options::default()).await
    }

    /// Makes one whose server is started so.
    pub async fn with(engine: Engine, options: Options) -> anyhow::Result<Self> {
        let database = Database::create(engine).await?;
        let server = TestServer::start(&database, options).await?;
        let owner = server.founded().await?;
        Ok(Self {
            owner,
            server,
            database,
        })
    }

    /// Where people reach the server.
    pub fn base(&self) -> String {
        self.server.base()
    }

    /// The link of the invitation that the owner sends to somebody: from the mail, which is a file here.
    pub async fn invitation(&self, email: &str, role: &str) -> anyhow::Result<String> {
        self.owner.invite(email, role).await?;
        mail::filed_link(self.database.folder(), email, "/invitations/").await
    }

    /// Somebody whom the owner invites, and who joins at once.
    pub async fn brings_in(&self, name: &str, email: &str, role: &str) -> anyhow::Result<Person> {
        Person::join(&self.invitation(email, role).await?, name, email).await
    }
}
