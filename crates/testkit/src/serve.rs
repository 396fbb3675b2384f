//! `tessera serve` as a process of its own: started, asked whether it is ready, killed, started again.

use std::net::TcpListener;

use anyhow::Context as _;

use crate::database::Database;
use crate::http::Client;
use crate::program::Program;
use crate::wait;

/// The master key of every server under test.
pub const MASTER_KEY: &str = "7e57000000000000000000000000000000000000000000000000000000007e57";

/// How a server process is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where mail goes; without it mails are files in the data folder.
    pub smtp_url: Option<String>,
    /// Where people and agents reach it, when that is not where it listens.
    pub public_url: Option<String>,
    /// What the log shows.
    pub log: Option<String>,
    /// Further arguments.
    pub arguments: Vec<String>,
}

/// A server process on a port of its own.
#[derive(Debug)]
pub struct Serve {
    program: Program,
    port: u16,
    options: Options,
}

impl Serve {
    /// Starts one and waits until it is ready.
    pub async fn start(database: &Database, options: Options) -> anyhow::Result<Self> {
        Self::start_on(free_port()?, database, options).await
    }

    /// Starts one on this port, as when a server comes back.
    pub async fn start_on(port: u16, database: &Database, options: Options) -> anyhow::Result<Self> {
        let base = format!("http://127.0.0.1:{port}");
        let data = database.folder().join("server");
        std::fs::create_dir_all(&data)?;
        let mut arguments = vec!["serve".to_owned()];
        arguments.extend(["--listen".to_owned(), format!("127.0.0.1:{port}")]);
        let public_url = options.public_url.clone().unwrap_or_else(|| base.clone());
        arguments.extend(["--public-url".to_owned(), public_url]);
        arguments.extend(["--data".to_owned(), data.display().to_string()]);
        if let Some(url) = database.url() {
            arguments.extend(["--database-url".to_owned(), url.to_owned()]);
        }
        if let Some(url) = &options.smtp_url {
            arguments.extend(["--smtp-url".to_owned(), url.clone()]);
        }
        arguments.extend(options.arguments.iter().cloned());
        // Servers on PostgreSQL share a master key, which must be given to them.
        let mut environment = vec![("TESSERA_MASTER_KEY", MASTER_KEY)];
        environment.extend(options.log.iter().map(|log| ("TESSERA_LOG", log.as_str())));
        let mut program = Program::start_with(database.folder(), &arguments, &environment)?;
        let client = Client::new(&base)?;
        let ready = wait::until_true("the server to be ready", async || {
            Ok(client.get("/readyz").await?.status.is_success())
        });
        tokio::select! {
            ready = ready => ready?,
            ended = program.ended() => anyhow::bail!("the server ended: {ended:?}\n{}", program.printed().join("\n")),
        }
        Ok(Self {
            program,
            port,
            options,
        })
    }

    /// Its address.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The one-time link that makes the first owner.
    pub async fn setup_link(&mut self) -> anyhow::Result<String> {
        self.program
            .reads("a set-up link", |line| {
                let start = line.find("http")?;
                let link = line[start..]
                    .split(|c: char| c.is_whitespace() || c == '"')
                    .next()?;
                link.contains("/setup/").then(|| link.to_owned())
            })
            .await
    }

    /// Everything that it logged and printed.
    pub fn printed(&self) -> Vec<String> {
        self.program.printed()
    }

    /// Its process id.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.program.id()
    }

    /// Kills it, and starts another in its place on the same data.
    pub async fn kill_and_restart(self, database: &Database) -> anyhow::Result<Self> {
        let (port, options) = (self.port, self.options.clone());
        self.program.kill().await?;
        Self::start_on(port, database, options).await
    }

    /// Ends it as a power cut would, and gives what starts its successor.
    pub async fn kill(self) -> anyhow::Result<(u16, Options)> {
        let rest = (self.port, self.options.clone());
        self.program.kill().await?;
        Ok(rest)
    }
}

/// A port that nobody listens on now.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("loopback has a free port")?;
    Ok(listener.local_addr()?.port())
}
