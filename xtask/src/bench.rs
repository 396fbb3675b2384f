//! `cargo xtask bench`: builds a release, starts what it needs, and lets the testkit measure.

use std::process::ExitCode;

use clap::Subcommand;

use crate::postgres::{Cluster, Durability};
use crate::process::Run;
use crate::setup;
use crate::workspace::Workspace;

/// What `bench` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// From an admin's save to the receipts, at 25, 100 and 1,000 agents, on both engines
    Propagation {
        /// How many agents, once or several times
        #[arg(long, value_delimiter = ',', default_values_t = [25, 100, 1000])]
        agents: Vec<u32>,
        /// Saves per measurement
        #[arg(long, default_value_t = 40)]
        saves: u32,
    },
    /// What a first walk through the product costs: start, memory, pages, a large block list
    FirstWalk,
    /// Ten thousand people: a list looked at, invited to the last one, and listed, on both engines
    People {
        /// How many
        #[arg(long, default_value_t = 10_000)]
        people: u32,
    },
    /// Saving one setting with 100 teams, 10,000 members and 5,000 devices, on both engines
    Settings,
    /// Deciding on a website from lists of 10,000 to a million, beside Brave's engine and a hash set
    Websites,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<ExitCode> {
    let tools = setup::provide(workspace)?;
    let mut build = vec![
        "build",
        "--release",
        "--package=tessera",
        "--package=tessera-testkit",
        "--bins",
    ];
    if matches!(options.what, What::Websites) {
        build.push("--features=tessera-testkit/peers");
    }
    let built = Run::cargo(build).folder(workspace.root()).shown()?;
    if !built {
        return Ok(ExitCode::FAILURE);
    }
    let mut kit = Run::program(workspace.binary("release", "kit"))
        .env("TESSERA_BIN", workspace.binary("release", "tessera"))
        .folder(workspace.root());
    let cluster = match &tools.postgres {
        Some(programs) => Some(Cluster::start(programs, Durability::Full)?),
        None => None,
    };
    if let Some(cluster) = &cluster {
        kit = kit.env("TESSERA_TEST_POSTGRES", cluster.url());
    }
    let kit = match &options.what {
        What::Propagation { agents, saves } => {
            let agents: Vec<String> = agents.iter().map(u32::to_string).collect();
            kit.args(["bench-propagation", "--agents", &agents.join(",")])
                .args(["--saves", &saves.to_string()])
        }
        What::FirstWalk => kit.args(["bench-first-walk"]),
        What::Settings => kit.args(["bench-settings"]),
        What::Websites => kit.args(["bench-websites"]),
        What::People { people } => kit.args(["bench-people", "--people", &people.to_string()]),
    };
    Ok(if kit.shown()? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
