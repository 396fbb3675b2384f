//! `cargo xtask gen`: writes docs/generated, or checks that it is fresh.

use std::process::ExitCode;

use crate::process::Run;
use crate::workspace::Workspace;

/// What `gen` takes.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Changes nothing, and fails when a page is not what the code says
    #[arg(long)]
    check: bool,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: Options) -> anyhow::Result<ExitCode> {
    let done = command(workspace, options.check).shown()?;
    Ok(if done {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The command that does it.
pub(crate) fn command(workspace: &Workspace, check: bool) -> Run {
    let folder = workspace.root().join("docs/generated");
    Run::cargo([
        "run",
        "--quiet",
        "--package=tessera-testkit",
        "--bin=kit",
        "--",
        "gen",
    ])
    .args([folder])
    .args(check.then_some("--check"))
    .folder(workspace.root())
}
