//! `kit`: the developer tasks that link Tessera itself. `cargo xtask` calls them.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

mod bench;
mod generate;
mod screenshots;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer tasks that link Tessera itself.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes the generated pages, or checks that they are fresh
    Gen(generate::Options),
    /// Photographs the demo's pages
    Screenshots(screenshots::Options),
    /// Measures, and prints one table
    Bench(bench::Options),
    /// The least that a server could do, for a bench to stand beside
    #[command(subcommand)]
    Floor(bench::Floor),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Gen(options) => generate::run(&options),
        Task::Screenshots(options) => tokio::runtime::Runtime::new()?.block_on(screenshots::run(options)),
        Task::Bench(options) => bench::run(&options),
        Task::Floor(floor) => bench::run_floor(&floor),
    }
}
