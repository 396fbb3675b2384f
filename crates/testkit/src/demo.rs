//! `tessera demo --json` as a process: a whole organization with devices, for whoever wants to look or measure.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Deserialize;
use tempfile::TempDir;

use crate::http::Client;
use crate::program::Program;

/// The one line that the demo prints for scripts.
#[derive(Clone, Debug, Deserialize)]
pub struct Card {
    /// The server's address.
    pub url: String,
    /// Signs the owner in.
    pub sign_in_url: String,
    /// The organization.
    pub org: String,
    /// A personal access token of the owner.
    pub api_token: String,
    /// How many agents there are.
    pub agents: u32,
}

/// A running demo. It ends when dropped.
#[derive(Debug)]
pub struct Demo {
    /// What it said of itself.
    pub card: Card,
    /// The process.
    pub program: Program,
    home: TempDir,
}

impl Demo {
    /// Starts one on a free port.
    pub async fn start(agents: u32) -> anyhow::Result<Self> {
        let home = tempfile::Builder::new().prefix("tessera-demo-").tempdir()?;
        let agents = agents.to_string();
        let arguments = ["demo", "--json", "--listen", "127.0.0.1:0", "--agents", &agents];
        let temporary = home.path().join("temporary");
        std::fs::create_dir(&temporary)?;
        let variables = [("TMPDIR", temporary.to_str().context("the path is text")?)];
        let mut program = Program::start_with(home.path(), arguments, &variables)?;
        let card = program
            .reads("the demo's card", |line| serde_json::from_str::<Card>(line).ok())
            .await?;
        Ok(Self { card, program, home })
    }

    /// Asks it to end, as Ctrl+C does.
    pub async fn interrupt(&self) -> anyhow::Result<()> {
        let id = self.program.id()?.to_string();
        let killed = tokio::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .await?;
        anyhow::ensure!(killed.success(), "the demo can be interrupted");
        Ok(())
    }

    /// What stands in its folder for temporary files.
    pub fn leftovers(&self) -> anyhow::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(self.home.path().join("temporary"))?;
        Ok(entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?)
    }

    /// A client with the owner's token.
    pub fn owner(&self) -> anyhow::Result<Client> {
        Ok(Client::new(&self.card.url)?.with_token(&self.card.api_token))
    }
}
