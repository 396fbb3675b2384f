//! `cargo xtask screenshots`: photographs the demo's pages, wide and narrow, light and dark.

use std::process::ExitCode;

use anyhow::Context as _;

use crate::process::Run;
use crate::setup;
use crate::workspace::Workspace;

/// What `screenshots` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Only pages whose name contains this
    page: Option<String>,
    /// Where the pictures go
    #[arg(long, default_value = "docs/images")]
    into: std::path::PathBuf,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<ExitCode> {
    let tools = setup::provide(workspace)?;
    let browser = tools.browser.context("screenshots need Chromium")?;
    let driver = tools.driver.context("screenshots need ChromeDriver")?;
    let built = Run::cargo([
        "build",
        "--package=tessera",
        "--package=tessera-testkit",
        "--bins",
    ])
    .folder(workspace.root())
    .shown()?;
    if !built {
        return Ok(ExitCode::FAILURE);
    }
    let taken = Run::program(workspace.binary("debug", "kit"))
        .args(["screenshots", "--into"])
        .args([workspace.root().join(&options.into)])
        .args(&options.page)
        .env("TESSERA_BIN", workspace.binary("debug", "tessera"))
        .env("TESSERA_TEST_BROWSER", browser)
        .env("TESSERA_TEST_DRIVER", driver)
        .folder(workspace.root())
        .shown()?;
    Ok(if taken {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
