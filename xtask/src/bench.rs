//! `cargo xtask bench`: builds a release, starts what it needs, and lets the testkit measure.

use std::process::ExitCode;

use crate::postgres::{Cluster, Durability};
use crate::process::Run;
use crate::setup;
use crate::workspace::Workspace;

/// What `bench` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// What to measure (reads, streams, websites, propagation, first-walk, people, settings), and what `kit bench --help` lists;
    /// everything without any
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    what: Vec<String>,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<ExitCode> {
    let tools = setup::provide(workspace)?;
    let built = Run::cargo([
        "build",
        "--release",
        "--package=tessera",
        "--package=tessera-testkit",
        "--bins",
        "--features=tessera-testkit/peers",
    ])
    .folder(workspace.root())
    .shown()?;
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
    let figures = workspace.target().join("bench.jsonl");
    let kit = kit
        .args(["bench", "--json", &figures.display().to_string()])
        .args(options.what.iter().map(String::as_str));
    Ok(if kit.shown()? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
