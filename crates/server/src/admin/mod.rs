//! `tessera admin`: what an operator does at the server's own machine, with the configuration that the server has.
//! Every command says what it did, what it kept, and what to do next.

mod backup;
mod doctor;
mod moving;
mod owner;
mod place;
mod restore;
mod rotate;
mod terminal;

use clap::{Args, Subcommand};

use crate::serve::Ambient;

/// The operator's commands.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write everything to one file, while the server runs. The master key is not in it: keep that elsewhere.
    Backup(backup::Backup),
    /// Make an empty database from a backup, on either engine. The server must be stopped.
    Restore(restore::Restore),
    /// Copy the database into another, on either engine, and compare the two. The server must be stopped.
    Move(moving::Move),
    /// Look for what is wrong, and say how to mend it: exit code 0 nothing, 2 something to look at, 1 something to mend.
    Doctor(doctor::Doctor),
    /// Put another master key into force. The server must be stopped.
    RotateMasterKey(rotate::Rotate),
    /// Make somebody an owner, and print a one-time link to their password: after a lock-out, or to set up by script.
    CreateOwner(owner::CreateOwner),
}

/// Runs a command; its exit code.
///
/// # Errors
/// When it could not do what it was told, in words for the operator.
pub async fn run(admin: Admin, ambient: Ambient) -> anyhow::Result<u8> {
    match admin.command {
        Command::Backup(backup) => backup::run(backup, &ambient).await?,
        Command::Restore(restore) => restore::run(restore, &ambient).await?,
        Command::Move(wanted) => moving::run(wanted, &ambient).await?,
        Command::Doctor(doctor) => return doctor::run(doctor, &ambient).await,
        Command::RotateMasterKey(rotate) => rotate::run(rotate, &ambient).await?,
        Command::CreateOwner(wanted) => owner::run(wanted, &ambient).await?,
    }
    Ok(0)
}
