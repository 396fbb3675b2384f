//! `kit`: the developer tasks that link Tessera itself. `cargo xtask` calls them.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

#[cfg(target_os = "linux")]
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
    #[cfg(target_os = "linux")]
    Bench(bench::Options),
    /// The least that a server could do, for a bench to stand beside
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Floor(bench::Floor),
    /// Tells a bench by how much a judge of websites makes a fresh process grow
    #[cfg(target_os = "linux")]
    Weigh(bench::Weighed),
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
        #[cfg(target_os = "linux")]
        Task::Bench(options) => bench::run(&options),
        #[cfg(target_os = "linux")]
        Task::Floor(floor) => bench::run_floor(&floor),
        #[cfg(target_os = "linux")]
        Task::Weigh(asked) => bench::weigh_here(&asked),
    }
}
