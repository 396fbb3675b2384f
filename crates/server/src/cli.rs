//! `tessera serve` and `tessera admin`, from their flags to their exit codes.

use std::io::Write as _;
use std::path::PathBuf;

use crate::admin::{self, Admin};
use crate::config::{Config, ServeFlags};
use crate::serve::{Ambient, start};
use crate::telemetry;

/// Serves until a signal ends it. Members may download this program, if it is given.
///
/// # Errors
/// When it cannot start, or when one of its parts died.
pub async fn serve(flags: ServeFlags, own_program: Option<PathBuf>) -> anyhow::Result<()> {
    let config = Config::load(flags)?;
    let telemetry = telemetry::start(&config.telemetry)?;
    let ambient = Ambient {
        own_program,
        ..Ambient::default()
    };
    let running = start(config, ambient).await?;
    if let Some(link) = &running.setup_link {
        // On standard output, so that it is seen whatever the log shows, and never kept in the log.
        let mut out = std::io::stdout().lock();
        writeln!(out, "Set Tessera up at {link} (works once)")?;
        out.flush()?;
    }
    // It listens on while everything else ends, so that a second signal can end the rest at once.
    tokio::spawn(running.site.lifecycle.clone().obey_signals());
    let ended = running.wait().await;
    telemetry.stop().await;
    Ok(ended?)
}

/// Runs one of the operator's commands; its exit code.
///
/// # Errors
/// When it could not do what it was told, in words for the operator.
pub async fn admin(command: Admin) -> anyhow::Result<u8> {
    admin::run(command, Ambient::default()).await
}
