//! The commands of the machine's side: parse, ask the running agent or the disk, print, and an exit code that
//! scripts can rely on.

mod agent;
mod ask;
mod check;
mod console;
mod enrolment_key;
mod local_client;
mod login;
mod logout;
mod models;
mod org;
mod service;
mod status;
mod why;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::{AddressError, CaError, Error, Home, PortalCa, http_client, http_client_trusting};
use console::Console;

/// The commands that this crate adds to `tessera`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign this machine in to an organization.
    Login(login::Login),
    /// Run the agent: keep this machine's settings current and answer local tools; or have the system run it.
    Agent(agent::Run),
    /// Show who decides here, what is in force, and when the portal was last heard.
    Status(status::Show),
    /// Ask whether an address may be captured: exit code 0 yes, 1 no, 3 cannot say (treat it as no).
    Check(check::Check),
    /// Explain why a setting is as it is.
    Why(why::Why),
    /// List the models that may be used here, or ask about one: exit code 0 yes, 1 no, 3 cannot say.
    Models(models::List),
    /// Keep the organization's settings in a file: export, plan, apply.
    Org(org::Org),
    /// Sign this machine out: wipe what the organization said, and tell the portal.
    Logout(logout::Logout),
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The agent's folder, instead of this account's usual one.
    #[arg(long, value_name = "DIR", env = "TESSERA_AGENT_HOME")]
    home: Option<PathBuf>,
    /// Print JSON for scripts.
    #[arg(long)]
    json: bool,
}

/// Whom to believe that the portal is the portal.
#[derive(Clone, Debug, Args)]
struct Trust {
    /// A PEM file with the certificate authority behind the portal's certificate, where the system does not know it.
    #[arg(long, value_name = "FILE", env = "TESSERA_CA")]
    ca: Option<PathBuf>,
}

impl Trust {
    /// The authority, and a client that believes it beside the system's own.
    fn client(&self) -> Result<(Option<PortalCa>, reqwest::Client), CaError> {
        let path = self.ca.as_deref().filter(|path| !path.as_os_str().is_empty());
        let ca = path.map(PortalCa::read).transpose()?;
        let http = ca.as_ref().map_or_else(http_client, http_client_trusting);
        Ok((ca, http))
    }
}

/// Whether to use the system's keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Keyring {
    /// Where there is one.
    On,
    /// Keep keys in the agent's folder.
    Off,
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// It worked; for `check`: allow.
    pub const SUCCESS: Self = Self(0);
    /// It did not; for `check`: deny.
    pub const FAILURE: Self = Self(1);
    /// There is nothing that could be said. Callers must treat it as deny.
    pub const CANNOT_SAY: Self = Self(3);
    /// The command line is wrong. The binary should end so for what clap refuses, too.
    pub const USAGE: Self = Self(64);
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.0)
    }
}

/// Runs a command to its end and prints what it came to.
pub async fn run(command: Command) -> ExitCode {
    let (json, result) = match command {
        Command::Org(org) => return org::run(org).await,
        Command::Login(login) => (login.common.json, login::run(login).await),
        Command::Agent(run) => (run.json(), agent::run(run).await),
        Command::Status(show) => (show.common.json, status::run(show).await),
        Command::Check(check) => (check.common.json, check::run(check).await),
        Command::Why(why) => (why.common.json, why::run(why).await),
        Command::Models(list) => (list.common.json, models::run(list).await),
        Command::Logout(logout) => (logout.common.json, logout::run(logout).await),
    };
    result.unwrap_or_else(|error| {
        Console::new(json).error(&error);
        match error {
            Error::Address(AddressError::Malformed(_) | AddressError::Plain(_) | AddressError::Extra(_)) => {
                ExitCode::USAGE
            }
            Error::Ca(_) => ExitCode::USAGE,
            _ => ExitCode::FAILURE,
        }
    })
}

impl Common {
    fn home(&self) -> Result<Home, Error> {
        Home::find(self.home.clone())
    }

    fn console(&self) -> Console {
        Console::new(self.json)
    }
}
