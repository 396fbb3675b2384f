//! What developers and CI run: `cargo xtask help` lists it.
//!
//! One file per task. Tasks find tools, start outside parties and call cargo; whatever has to link
//! Tessera itself (generated pages, screenshots, benches) is a command of the testkit's `kit` binary,
//! so that this one builds in seconds.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

mod arrows;
mod bench;
mod catalogue;
mod deny;
mod dist;
mod fuzz;
mod generate;
mod lists;
mod postgres;
mod process;
mod screenshots;
mod setup;
mod smtp;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Tessera's developer tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Finds or installs what the tests need: a browser, PostgreSQL, an SMTP server
    Setup,
    /// Runs everything that CI runs, and ends with the sum of it
    Test(test::Options),
    /// Writes docs/generated: the OpenAPI document, the configuration reference, the table of rights
    Gen(generate::Options),
    /// Photographs the demo's pages into docs/images
    Screenshots(screenshots::Options),
    /// Measures a release build
    Bench(bench::Options),
    /// Runs the targets of fuzz/, a minute each
    Fuzz(fuzz::Options),
    /// Builds what operators install into dist/: program, archive, Debian package, hashes
    Dist(dist::Options),
    /// Derives the catalogue of models from public ones
    Catalogue(catalogue::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Setup => setup::run(&workspace),
        Task::Test(options) => test::run(&workspace, options),
        Task::Gen(options) => generate::run(&workspace, options),
        Task::Screenshots(options) => screenshots::run(&workspace, &options),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Fuzz(options) => fuzz::run(&workspace, &options),
        Task::Dist(options) => dist::run(&workspace, &options),
        Task::Catalogue(options) => catalogue::run(&workspace, &options),
    }
}
