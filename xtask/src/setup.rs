//! `cargo xtask setup`: finds what the tests need, or installs it where that is possible.
//!
//! As root on Debian, packages come by apt. The SMTP server is a pinned Python package in cargo's target
//! folder, and the real lists of websites are two pinned npm packages there. Everything else is asked for in plain words, and the tests that need it are skipped, except in
//! CI, where a missing tool is an error.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

use crate::lists::{self, Lists};
use crate::postgres;
use crate::process::Run;
use crate::smtp;
use crate::workspace::{Workspace, find_program, is_ci};

/// What was found.
pub(crate) struct Tools {
    /// Chromium or Chrome.
    pub(crate) browser: Option<PathBuf>,
    /// The `ChromeDriver` of that browser.
    pub(crate) driver: Option<PathBuf>,
    /// The folder with `initdb` and `postgres`.
    pub(crate) postgres: Option<PathBuf>,
    /// The SMTP server.
    pub(crate) smtp: Option<smtp::Sink>,
    /// Real lists of websites.
    pub(crate) lists: Option<Lists>,
    /// A proxy that people run.
    pub(crate) nginx: Option<PathBuf>,
    /// Another one.
    pub(crate) caddy: Option<PathBuf>,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let tools = provide(workspace)?;
    let line = |name: &str, found: Option<&Path>| match found {
        Some(path) => println!("{name:<12} {}", path.display()),
        None => println!("{name:<12} missing: the tests that need it will be skipped"),
    };
    line("browser", tools.browser.as_deref());
    line("driver", tools.driver.as_deref());
    line("postgresql", tools.postgres.as_deref());
    line("smtp server", tools.smtp.as_ref().map(smtp::Sink::folder));
    line("real lists", tools.lists.as_ref().map(Lists::folder));
    line("nginx", tools.nginx.as_deref());
    line("caddy", tools.caddy.as_deref());
    Ok(ExitCode::SUCCESS)
}

/// Whether there is a C++ compiler, which builds libFuzzer.
pub(crate) fn has_cpp() -> bool {
    find_program(&["c++", "g++", "clang++"], &[]).is_some()
}

/// Finds or installs everything; in CI, fails when something cannot be had.
pub(crate) fn provide(workspace: &Workspace) -> anyhow::Result<Tools> {
    let wanted: Vec<&str> = [
        (browser().is_none(), "chromium"),
        (driver().is_none(), "chromium-driver"),
        (postgres::programs().is_none(), "postgresql"),
        (smtp::python().is_none(), "python3"),
        (!smtp::has_pip(), "python3-pip"),
        (lists::npm().is_none(), "npm"),
        (!has_cpp(), "g++"),
        (nginx().is_none(), "nginx-light"),
        (caddy().is_none(), "caddy"),
    ]
    .into_iter()
    .filter_map(|(missing, package)| missing.then_some(package))
    .collect();
    if !wanted.is_empty() {
        install(&wanted)?;
    }
    let tools = Tools {
        browser: browser(),
        driver: driver(),
        postgres: postgres::programs(),
        smtp: smtp::Sink::provide(workspace),
        lists: Lists::provide(workspace),
        nginx: nginx(),
        caddy: caddy(),
    };
    let complete = tools.browser.is_some()
        && tools.driver.is_some()
        && tools.postgres.is_some()
        && tools.smtp.is_some()
        && tools.lists.is_some()
        && tools.nginx.is_some()
        && tools.caddy.is_some();
    if is_ci() && !complete {
        bail!(
            "in CI nothing may be skipped: a browser, its driver, PostgreSQL, Python with pip, npm, nginx and Caddy are \
             needed"
        );
    }
    Ok(tools)
}

fn browser() -> Option<PathBuf> {
    find_program(&["chromium", "chromium-browser", "google-chrome", "chrome"], &[])
}

fn driver() -> Option<PathBuf> {
    find_program(&["chromedriver"], &[PathBuf::from("/usr/lib/chromium")])
}

fn nginx() -> Option<PathBuf> {
    find_program(&["nginx"], &[PathBuf::from("/usr/sbin")])
}

fn caddy() -> Option<PathBuf> {
    find_program(&["caddy"], &[])
}

/// Installs Debian packages, where this user may.
fn install(packages: &[&str]) -> anyhow::Result<()> {
    let apt = find_program(&["apt-get"], &[]);
    let root = Run::program("id")
        .args(["-u"])
        .output()
        .is_ok_and(|id| id.trim() == "0");
    let (Some(apt), true) = (apt, root) else {
        println!(
            "not installed: {}. Install them with your system's package manager.",
            packages.join(", ")
        );
        return Ok(());
    };
    let apt = |arguments: &[&str]| {
        Run::program(&apt)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .shown()
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    let done = apt(&["update"])? && apt(&install)?;
    if !done {
        println!("apt could not install {}", packages.join(", "));
    }
    Ok(())
}
