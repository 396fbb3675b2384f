//! `cargo xtask fuzz`: builds the targets of `fuzz/` for libFuzzer with the compiler that is here, and runs each for a while.
//!
//! The corpus in the repository is read and never written: what a run learns lies in cargo's target folder, and a failing
//! input beside it, with the command that tries it again.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, bail};

use crate::process::Run;
use crate::setup;
use crate::workspace::Workspace;

/// The passes that make code tell libFuzzer where it has been, as cargo-fuzz sets them; no sanitizer, since there is no unsafe
/// code of ours and a stable compiler has none.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// Memory that one target may use.
const MEBIBYTES: u32 = 2_048;
/// How long one input may take.
const SECONDS_PER_INPUT: u32 = 10;

/// What `fuzz` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The targets; all where none is named
    targets: Vec<String>,
    /// How long each runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<ExitCode> {
    if !setup::has_cpp() {
        bail!("libFuzzer is built by a C++ compiler: install g++ or clang++");
    }
    Ok(if all_pass(workspace, &options.targets, options.seconds)? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs these targets, or all where none is named, and says which fail.
pub(crate) fn all_pass(workspace: &Workspace, targets: &[String], seconds: u32) -> anyhow::Result<bool> {
    let fuzz = Fuzz::build(workspace)?;
    let wanted = if targets.is_empty() {
        fuzz.targets()?
    } else {
        targets.to_vec()
    };
    let failed = fuzz.run_all(&wanted, seconds);
    for (target, error) in &failed {
        println!("{target}: {error:#}");
    }
    Ok(failed.is_empty())
}

/// Whether the lock file of `fuzz/`, a workspace of its own, still fits the manifests of ours. Nothing else reads it until
/// somebody fuzzes.
pub(crate) fn lock_is_current(workspace: &Workspace) -> anyhow::Result<bool> {
    let platform = format!("--filter-platform={}", host()?);
    let metadata = Run::cargo(["metadata", "--locked", "--format-version=1", &platform])
        .folder(&workspace.root().join("fuzz"))
        .output();
    if let Err(error) = &metadata {
        println!(
            "{error:#}\n\nrenew it: cp Cargo.lock fuzz/ && (cd fuzz && cargo metadata --format-version=1 >/dev/null)"
        );
    }
    Ok(metadata.is_ok())
}

/// Built targets.
struct Fuzz {
    folder: PathBuf,
    built: PathBuf,
    learned: PathBuf,
}

impl Fuzz {
    /// Builds all targets.
    fn build(workspace: &Workspace) -> anyhow::Result<Self> {
        let folder = workspace.root().join("fuzz");
        let target = workspace.target().join("fuzz");
        let host = host()?;
        // With a target named, the flags are for it alone and not for what builds it.
        let built = Run::cargo(["build", "--release", "--locked", "--bins", "--target", &host])
            .folder(&folder)
            .env("CARGO_TARGET_DIR", &target)
            .env("RUSTFLAGS", FLAGS)
            .shown()?;
        if !built {
            bail!("the targets of fuzz/ do not build");
        }
        Ok(Self {
            folder,
            built: target.join(host).join("release"),
            learned: target.join("learned"),
        })
    }

    /// The targets' names, by their corpora.
    fn targets(&self) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.folder.join("corpus"))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// Runs targets, two at a time, and gives those that fail.
    fn run_all(&self, targets: &[String], seconds: u32) -> Vec<(String, anyhow::Error)> {
        let waiting = Mutex::new(targets.iter());
        let failed = Mutex::new(Vec::new());
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            while let Some(target) = next() {
                if let Err(error) = self.run(target, seconds) {
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.push((target.clone(), error));
                }
            }
        };
        thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one target, and fails with the input that breaks it.
    fn run(&self, target: &str, seconds: u32) -> anyhow::Result<()> {
        let learned = self.learned.join(target);
        let found = self.learned.join(format!("{target}-found")).join("");
        std::fs::create_dir_all(&learned)?;
        std::fs::create_dir_all(&found)?;
        let corpus = self.folder.join("corpus").join(target);
        if !corpus.is_dir() {
            bail!("there is no target {target}");
        }
        let option = |name: &str, value: u32| format!("-{name}={value}");
        println!("{target}: {seconds} s");
        let done = Run::program(self.built.join(target))
            .args([
                option("max_total_time", seconds),
                option("timeout", SECONDS_PER_INPUT),
                option("rss_limit_mb", MEBIBYTES),
                option("max_len", 65_536),
                option("print_final_stats", 1),
                format!("-artifact_prefix={}", found.display()),
            ])
            .args([learned.as_path(), corpus.as_path()])
            .logged(&self.learned.join(format!("{target}.log")))?;
        if done {
            return Ok(());
        }
        bail!(
            "{target} fails on an input in {}; try it again with {} FILE",
            found.display(),
            self.built.join(target).display()
        );
    }
}

/// The machine that the compiler builds for by itself.
fn host() -> anyhow::Result<String> {
    let told = Run::program("rustc").args(["-vV"]).output()?;
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc does not say what it builds for")?.to_owned())
}
