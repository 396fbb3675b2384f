//! The `tessera` binary: parses and dispatches, nothing else.

#[cfg(all(feature = "server", feature = "agent"))]
mod demo;
mod manual;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An organization's decisions about AI, carried to every member's machine, obeyed there, and proven.
#[derive(Debug, Parser)]
#[command(name = "tessera", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[cfg_attr(
    feature = "server",
    expect(clippy::large_enum_variant, reason = "there is one, and it is parsed once")
)]
enum Command {
    /// Serve the portal, the API and the sync protocol.
    #[cfg(feature = "server")]
    Serve(tessera_server::ServeFlags),
    /// Keep an installation running: back up, restore, move, examine, change its keys.
    #[cfg(feature = "server")]
    Admin(Box<tessera_server::Admin>),
    /// Show a made-up organization whose machines sync live, on a temporary server.
    #[cfg(all(feature = "server", feature = "agent"))]
    Demo(demo::Demo),
    /// Print completions for a shell.
    Completions(manual::Completions),
    /// Write manual pages into a folder.
    #[command(hide = true)]
    Manual(manual::Manual),
    #[cfg(feature = "agent")]
    #[command(flatten)]
    Machine(tessera_agent::cli::Command),
}

/// How the command line itself fails, apart from everything that commands answer.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing is left to do when even this cannot be printed.
            drop(error.print());
            return if error.use_stderr() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider stands already");
    }
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli.command)),
        Err(error) => fail(&error.into()),
    }
}

async fn run(command: Command) -> ExitCode {
    match command {
        #[cfg(feature = "server")]
        Command::Serve(flags) => match tessera_server::cli::serve(flags, own_program()).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        #[cfg(feature = "server")]
        Command::Admin(admin) => match tessera_server::cli::admin(*admin).await {
            Ok(code) => ExitCode::from(code),
            Err(error) => fail(&error),
        },
        #[cfg(all(feature = "server", feature = "agent"))]
        Command::Demo(demo) => match demo::run(demo).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        Command::Completions(completions) => {
            completions.print();
            ExitCode::SUCCESS
        }
        Command::Manual(manual) => match manual.write() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        #[cfg(feature = "agent")]
        Command::Machine(command) => {
            log_to_the_terminal();
            tessera_agent::cli::run(command).await.into()
        }
    }
}

/// This very program, where it can be offered to members as their agent.
#[cfg(feature = "server")]
fn own_program() -> Option<std::path::PathBuf> {
    if cfg!(feature = "agent") {
        std::env::current_exe().ok()
    } else {
        None
    }
}

/// The machine's side warns on standard error; `TESSERA_LOG` says how much more it tells.
#[cfg(feature = "agent")]
fn log_to_the_terminal() {
    let wanted = tracing_subscriber::EnvFilter::try_from_env("TESSERA_LOG");
    let filter = wanted.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

#[expect(
    clippy::print_stderr,
    reason = "the last words of a command go to the terminal"
)]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("tessera: {error:#}");
    ExitCode::FAILURE
}
