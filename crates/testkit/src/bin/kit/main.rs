//! `kit`: the developer tasks that link Tessera itself. `cargo xtask` calls them.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

mod first_walk;
mod generate;
mod people;
mod propagation;
mod screenshots;
mod settings;
#[cfg(target_os = "linux")]
mod websites;

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
    /// Measures how long a save takes to every receipt
    BenchPropagation(propagation::Options),
    /// Measures what a first walk through the product costs
    BenchFirstWalk,
    /// Measures inviting ten thousand people
    BenchPeople(people::Options),
    /// Measures saving one setting of a large organization
    BenchSettings(settings::Options),
    /// Measures deciding on a website, beside other ways to do so with the feature `peers`
    #[cfg(target_os = "linux")]
    BenchWebsites(websites::Options),
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
    let runtime = tokio::runtime::Runtime::new()?;
    match task {
        Task::Gen(options) => generate::run(&options),
        Task::Screenshots(options) => runtime.block_on(screenshots::run(options)),
        Task::BenchPropagation(options) => runtime.block_on(propagation::run(options)),
        Task::BenchFirstWalk => runtime.block_on(first_walk::run()),
        Task::BenchPeople(options) => runtime.block_on(people::run(options)),
        Task::BenchSettings(options) => runtime.block_on(settings::run(options)),
        #[cfg(target_os = "linux")]
        Task::BenchWebsites(options) => websites::run(&options),
    }
}
