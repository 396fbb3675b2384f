//! `tessera agent`: runs until it is told to end. Service managers put it in the background.

use clap::Args;
use serde_json::json;

use super::{
    Common, ExitCode, Keyring, Trust,
    service::{self, Service},
};
use crate::{Agent, AgentConfig, Connection, Error, LocalConfig, Phase, Status, local::USUAL_PORT};

/// Run the agent, or have the system run it.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Run {
    #[command(subcommand)]
    service: Option<Service>,
    /// Print every change as it happens.
    #[arg(long)]
    foreground: bool,
    /// The port of the local API; another is taken if it is in use. 0 is any.
    #[arg(long, value_name = "PORT", default_value_t = USUAL_PORT, env = "TESSERA_LOCAL_PORT")]
    local_port: u16,
    /// Answer `POST /v1/decide` without the local token.
    #[arg(long)]
    open_decide: bool,
    /// Whether to keep this device's keys in the system's keyring.
    #[arg(long, value_enum, default_value = "on", env = "TESSERA_KEYRING")]
    keyring: Keyring,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    common: Common,
}

impl Run {
    pub(super) fn json(&self) -> bool {
        self.service.as_ref().map_or(self.common.json, Service::json)
    }
}

pub(super) async fn run(run: Run) -> Result<ExitCode, Error> {
    if let Some(service) = run.service {
        return service::run(service).await;
    }
    let (home, console) = (run.common.home()?, run.common.console());
    let (ca, http) = run.trust.client()?;
    let mut config = AgentConfig::at_home(home, http);
    config.ca = ca;
    config.local = Some(LocalConfig {
        port: run.local_port,
        open_decide: run.open_decide,
    });
    config.keyring = run.keyring == Keyring::On;
    let agent = Agent::start(config).await?;
    let port = agent.local_address().map(|address| address.port);
    let status = agent.status();
    let address = port
        .map(|port| format!("http://127.0.0.1:{port}"))
        .unwrap_or_default();
    console.say(
        format_args!("The agent runs; {}. Local API: {address}", describe(&status)),
        &json!({ "event": "running", "local_api": address, "status": status }),
    );
    let mut watch = agent.watch();
    watch.mark_unchanged();
    let mut told = describe(&status);
    let mut signals = Signals::new()?;
    loop {
        tokio::select! {
            () = signals.end() => break,
            () = agent.ended() => return Ok(ExitCode::FAILURE),
            changed = watch.changed() => {
                if changed.is_err() {
                    break;
                }
                let status = watch.borrow_and_update().clone();
                let now = describe(&status);
                if run.foreground && now != told {
                    console.say(&now, &json!({ "event": "status", "status": status }));
                }
                told = now;
            }
        }
    }
    agent.stop().await;
    console.say(
        "The agent has stopped; what is in force stays on the disk.",
        &json!({ "event": "stopped" }),
    );
    Ok(ExitCode::SUCCESS)
}

fn describe(status: &Status) -> String {
    let alarm = status
        .alarm
        .as_ref()
        .map_or_else(String::new, |alarm| format!("; attention: {alarm}"));
    let in_force = match status.in_force {
        Some(it) => format!("revision {} is in force", it.revision),
        None => "nothing may be captured yet".to_owned(),
    };
    let link = match &status.connection {
        Connection::None => "not connected yet".to_owned(),
        Connection::Streaming => "connected".to_owned(),
        Connection::Polling => "connected by polling".to_owned(),
        Connection::Lost { why } => format!("not connected ({why})"),
    };
    match (&status.phase, &status.identity) {
        (Phase::Enrolled, Some(who)) => {
            format!("{} as {}: {in_force}, {link}{alarm}", who.org_name, who.account)
        }
        (Phase::Removed, _) => {
            format!(
                "this device was removed and everything of the organization is wiped; sign in again with: tessera login <url>{alarm}"
            )
        }
        (Phase::Enrolling(invitation), _) => {
            format!("type {} at {}", invitation.user_code, invitation.verification_uri)
        }
        (Phase::Refused { why }, _) => why.clone(),
        (Phase::NotSignedIn | Phase::Enrolled, _) => {
            format!("waiting for: tessera login <url>; until then nothing may be captured{alarm}")
        }
    }
}

/// What asks a process to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, Error> {
        #[cfg(unix)]
        {
            let kind = tokio::signal::unix::SignalKind::terminate();
            let terminate = tokio::signal::unix::signal(kind).map_err(|source| Error::Local {
                task: "listen for signals",
                source,
            })?;
            Ok(Self { terminate })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn end(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
