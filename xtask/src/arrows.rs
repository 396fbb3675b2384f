//! Holds the crates to the arrows of docs/ARCHITECTURE.md: who may depend on whom, and what the agent
//! alone must not contain.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};

use crate::process::Run;
use crate::workspace::Workspace;

/// Each crate with the crates of ours that it may name outside its tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("tessera-ids", &[]),
    ("tessera-policy", &["ids"]),
    ("tessera-wire", &["ids", "policy"]),
    ("tessera-domain", &["ids", "policy"]),
    ("tessera-store", &["ids", "policy", "domain"]),
    ("tessera-app", &["ids", "policy", "domain", "wire", "store"]),
    (
        "tessera-server",
        &["ids", "policy", "domain", "wire", "store", "app"],
    ),
    ("tessera-agent", &["ids", "policy", "wire"]),
    ("tessera", &["ids", "policy", "domain", "app", "server", "agent"]),
    (
        "tessera-testkit",
        &[
            "ids", "policy", "domain", "wire", "store", "app", "server", "agent",
        ],
    ),
    ("xtask", &[]),
];

/// What a build for a member's machine must be free of.
const NOT_ON_DEVICES: &[&str] = &[
    "sqlx",
    "sqlx-core",
    "libsqlite3-sys",
    "askama",
    "lettre",
    "tessera-domain",
    "tessera-store",
    "tessera-app",
    "tessera-server",
];

/// Fails when a crate depends on one that it may not know.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let packages = workspace.metadata()["packages"]
        .as_array()
        .context("cargo metadata lists packages")?;
    for package in packages.iter().filter(|package| package["source"].is_null()) {
        let name = package["name"].as_str().context("a package has a name")?;
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(known, _)| *known == name)
            .with_context(|| format!("{name} has no row in xtask/src/arrows.rs"))?;
        let dependencies = package["dependencies"]
            .as_array()
            .context("a package lists dependencies")?;
        for dependency in dependencies {
            let Some(ours) = dependency["name"]
                .as_str()
                .and_then(|name| name.strip_prefix("tessera-"))
            else {
                continue;
            };
            let in_tests_only = dependency["kind"].as_str() == Some("dev");
            ensure!(
                in_tests_only || allowed.contains(&ours),
                "{name} must not depend on tessera-{ours} (docs/ARCHITECTURE.md)"
            );
        }
    }
    Ok(())
}

/// Fails when the agent-only build pulls in a database or server code.
pub(crate) fn check_agent_alone(workspace: &Workspace) -> anyhow::Result<()> {
    let built = built(workspace, &["--no-default-features", "--features=agent"])?;
    let found: Vec<_> = built
        .iter()
        .filter(|name| NOT_ON_DEVICES.contains(&name.as_str()))
        .collect();
    if !found.is_empty() {
        bail!("the agent-only build contains {found:?}");
    }
    Ok(())
}

/// Fails when a build that did not ask for traces carries what exports them, or one that did lacks it.
pub(crate) fn check_without_traces(workspace: &Workspace) -> anyhow::Result<()> {
    let exporter = "opentelemetry-otlp";
    ensure!(
        !built(workspace, &[])?.contains(exporter),
        "the default build contains {exporter}, which only the feature `otel` may bring"
    );
    ensure!(
        built(workspace, &["--features=otel"])?.contains(exporter),
        "the feature `otel` does not bring {exporter}"
    );
    Ok(())
}

/// The packages in a build of the binary.
fn built(workspace: &Workspace, features: &[&str]) -> anyhow::Result<BTreeSet<String>> {
    let tree = Run::cargo([
        "tree",
        "--package=tessera",
        "--edges=normal",
        "--prefix=none",
        "--format={p}",
    ])
    .args(features)
    .folder(workspace.root())
    .output()?;
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}
