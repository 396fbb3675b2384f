//! `cargo xtask test`: what a developer runs before a push and what CI runs after it.

mod report;
mod runner;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::arrows;
use crate::deny;
use crate::fuzz;
use crate::generate;
use crate::postgres::{Cluster, Durability};
use crate::process::Run;
use crate::setup::{self, Tools};
use crate::workspace::{Workspace, is_ci};

use self::report::Report;

/// How long each target is fuzzed.
const SECONDS_PER_TARGET: u32 = 60;

/// What `test` takes.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// Leaves out the end-to-end tests and the builds with single features
    #[arg(long)]
    quick: bool,
    /// Fuzzes each target for a minute as well
    #[arg(long)]
    fuzz: bool,
}

/// Runs every check and every test, and prints what came of it.
pub(crate) fn run(workspace: &Workspace, options: Options) -> anyhow::Result<ExitCode> {
    let tools = setup::provide(workspace)?;
    let mut report = Report::default();
    checks(workspace, options, &mut report);
    let cluster = if let Some(programs) = &tools.postgres {
        Some(Cluster::start(programs, Durability::None)?)
    } else {
        report.skip("tests on PostgreSQL", "PostgreSQL is not installed");
        None
    };
    let environment = environment(workspace, &tools, cluster.as_ref());
    runner::run(workspace, options.quick, &environment, &mut report)?;
    drop(cluster);
    if options.fuzz {
        fuzzing(workspace, &mut report);
    }
    report.print();
    Ok(report.exit_code())
}

/// Everything that is judged without running Tessera.
fn checks(workspace: &Workspace, options: Options, report: &mut Report) {
    let root = workspace.root();
    let cargo = |arguments: &[&str]| Run::cargo(arguments).folder(root).shown();
    report.check("formatting", || cargo(&["fmt", "--all", "--check"]));
    report.check("dependencies between crates", || {
        arrows::check(workspace)?;
        arrows::check_agent_alone(workspace)?;
        arrows::check_without_traces(workspace).map(|()| true)
    });
    report.check("clippy", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "--deny=warnings",
        ])
    });
    report.check_if_possible("cargo-deny", "not installed", deny::command(workspace));
    report.check("the lock file of fuzz/", || fuzz::lock_is_current(workspace));
    report.check("generated pages", || generate::command(workspace, true).shown());
    if !options.quick {
        report.check("tessera as it is released", || {
            cargo(&["check", "--release", "--package=tessera", "--locked"])
        });
        for feature in ["server", "agent"] {
            report.check(&format!("tessera with only `{feature}`"), || {
                let only = format!("--features={feature}");
                cargo(&[
                    "clippy",
                    "--package=tessera",
                    "--no-default-features",
                    &only,
                    "--",
                    "--deny=warnings",
                ])
            });
        }
        traces(&cargo, report);
    }
}

/// The feature that no other step builds: it is linted, and its story runs.
fn traces(cargo: &impl Fn(&[&str]) -> anyhow::Result<bool>, report: &mut Report) {
    let lint = [
        "clippy",
        "--package=tessera",
        "--package=tessera-server",
        "--features=tessera/otel,tessera-server/otel",
        "--lib",
        "--bins",
        "--test=otel",
        "--locked",
        "--",
        "--deny=warnings",
    ];
    let story = [
        "test",
        "--package=tessera-server",
        "--features=otel",
        "--test=otel",
        "--locked",
    ];
    report.check("traces (feature `otel`)", || Ok(cargo(&lint)? && cargo(&story)?));
}

/// A minute for each target, last, since it tells least of what else is wrong. Building them takes as long as all the rest, so it
/// is asked for.
fn fuzzing(workspace: &Workspace, report: &mut Report) {
    if setup::has_cpp() {
        report.check("fuzzing", || fuzz::all_pass(workspace, &[], SECONDS_PER_TARGET));
    } else {
        report.skip(
            "fuzzing",
            "libFuzzer is built by a C++ compiler, and there is none",
        );
    }
}

/// What tests learn about the outside parties that were found.
fn environment(workspace: &Workspace, tools: &Tools, cluster: Option<&Cluster>) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> =
        vec![("TESSERA_BIN".into(), workspace.binary("debug", "tessera").into())];
    if let Some(cluster) = cluster {
        variables.push(("TESSERA_TEST_POSTGRES".into(), cluster.url().into()));
    }
    if let Some(browser) = &tools.browser {
        variables.push(("TESSERA_TEST_BROWSER".into(), browser.into()));
    }
    if let Some(driver) = &tools.driver {
        variables.push(("TESSERA_TEST_DRIVER".into(), driver.into()));
    }
    if let Some(smtp) = &tools.smtp {
        variables.extend(smtp.environment());
    }
    if let Some(lists) = &tools.lists {
        variables.extend(lists.environment());
    }
    for (name, proxy) in [
        ("TESSERA_TEST_NGINX", &tools.nginx),
        ("TESSERA_TEST_CADDY", &tools.caddy),
    ] {
        variables.extend(proxy.iter().map(|proxy| (name.into(), proxy.into())));
    }
    if is_ci() {
        variables.push(("TESSERA_TEST_ALL".into(), "1".into()));
        variables.push(("INSTA_UPDATE".into(), "no".into()));
    }
    variables
}

/// Whether cargo knows this subcommand.
fn cargo_has(subcommand: &str) -> bool {
    Run::cargo([subcommand, "--version"]).output().is_ok()
}
