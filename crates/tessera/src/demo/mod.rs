//! `tessera demo`: a made-up organization on a temporary server, with agents that sync with it live.
//!
//! Nothing here is special to the demo but its people: the server is the one that `tessera serve` starts, the
//! organization is made by the same use cases, and the agents are real ones that speak HTTP.

mod calendar;
mod cast;
mod door;
mod fleet;
mod news;
mod seed;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tessera_ids::ambient::SystemEntropy;
use tessera_server::serve::{self, Ambient};
use tessera_server::{Config, config::LogFormat};

use self::calendar::Calendar;
use self::door::Door;

/// Where the demo listens when nobody says otherwise and the port is free.
const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// What `tessera demo` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Demo {
    /// The address to listen on [default: 127.0.0.1:8080, or another port when that is taken]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// How many machines are enrolled
    #[arg(long, value_name = "NUMBER", default_value_t = 25)]
    agents: u32,
    /// Print one line of JSON for scripts
    #[arg(long)]
    json: bool,
}

/// Runs the demo until it is interrupted. The temporary folder is gone afterwards.
pub(crate) async fn run(demo: Demo) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("tessera-demo-")
        .tempdir()
        .context("making a temporary folder")?;
    let calendar = Arc::new(Calendar::default());
    let door = Door::new(&SystemEntropy);
    let ambient = Ambient {
        clock: Arc::<Calendar>::clone(&calendar),
        doors: door.routes(),
        own_program: std::env::current_exe().ok(),
        ..Ambient::throwaway()
    };
    let server = serve::start(configuration(&demo, folder.path())?, ambient).await?;
    tokio::spawn(server.site.lifecycle.clone().obey_signals());
    let link = server
        .setup_link
        .as_deref()
        .context("a fresh server gives a set-up link")?;
    let app = &server.site.app;
    let seeded = seed::sow(app, &calendar, link)
        .await
        .map_err(|error| explain(&error))?;
    let base = server.site.origin.clone();
    let agents = fleet::start(app, &base, &seeded, demo.agents).await?;
    let revision = seed::block_websites(app, &seeded)
        .await
        .map_err(|error| explain(&error))?;
    fleet::obeys(&agents, revision).await?;
    let sign_in_url = format!("{base}{}", door.open(&seeded));
    tell(&demo, &base, &sign_in_url, &seeded, agents.len());
    let ended = server.wait().await;
    fleet::stop(agents).await;
    Ok(ended?)
}

fn configuration(demo: &Demo, data: &std::path::Path) -> anyhow::Result<Config> {
    let listen = match demo.listen {
        Some(address) => address,
        None if std::net::TcpListener::bind(USUAL).is_ok() => USUAL,
        None => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    };
    anyhow::ensure!(
        listen.ip().is_loopback(),
        "the demo's sign-in link opens without a password, so it listens on loopback only"
    );
    let mut config = Config {
        listen,
        data: data.to_owned(),
        ..Config::default()
    };
    if demo.json {
        config.telemetry.format = LogFormat::Json;
    }
    Ok(config)
}

#[expect(clippy::print_stdout, reason = "the demo says where it is")]
fn tell(demo: &Demo, base: &str, sign_in_url: &str, seeded: &seed::Seeded, agents: usize) {
    if demo.json {
        let card = json!({
            "url": base,
            "sign_in_url": sign_in_url,
            "org": seeded.org,
            "api_token": seeded.api_token.reveal(),
            "agents": agents,
        });
        println!("{card}");
        return;
    }
    println!(
        "\n  {} is running with {} people and {agents} machines.\n",
        cast::ORGANIZATION,
        cast::PEOPLE.len()
    );
    println!(
        "  Open this to be its owner, {}:\n\n    {sign_in_url}\n",
        cast::PEOPLE[0].name
    );
    println!("  Block a website under Long-Term Memory → Websites, save, and watch it reach every machine.");
    println!("  Everything is made up and gone when you press Ctrl+C.\n");
}

/// Who runs a demo may see what the log sees.
fn explain(error: &tessera_domain::Error) -> anyhow::Error {
    let internal = error.internal.clone().unwrap_or_default();
    anyhow::anyhow!("{error} {internal}")
}
