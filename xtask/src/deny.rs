//! cargo-deny, which holds the dependencies to deny.toml. CI installs it, pinned; elsewhere it is used where it is.

use std::path::PathBuf;

use crate::process::Run;
use crate::workspace::{Workspace, find_program, is_ci};

const VERSION: &str = "0.20.2";

/// The check, if it can be made here.
pub(crate) fn command(workspace: &Workspace) -> anyhow::Result<Option<Run>> {
    let Some(program) = provide(workspace)? else {
        return Ok(None);
    };
    let run = Run::program(program)
        .args([
            "--offline",
            "--log-level=error",
            "check",
            "bans",
            "licenses",
            "sources",
        ])
        .folder(workspace.root());
    Ok(Some(run))
}

fn provide(workspace: &Workspace) -> anyhow::Result<Option<PathBuf>> {
    let kept = workspace.tool(&format!("cargo-deny-{VERSION}"));
    let find = || find_program(&["cargo-deny"], &[kept.join("bin")]);
    if find().is_none() && is_ci() {
        let version = format!("--version={VERSION}");
        Run::cargo(["install", "--quiet", "--locked", "cargo-deny", &version, "--root"])
            .args([&kept])
            .env("CARGO_TARGET_DIR", kept.join("build"))
            .shown()?;
        std::fs::remove_dir_all(kept.join("build")).ok();
    }
    Ok(find())
}
