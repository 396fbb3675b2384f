//! `tessera admin move`: the database goes on elsewhere, on either engine, where it stopped here.

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use tessera_app::upkeep;
use tessera_store::Location;
use tessera_store::archive::ArchiveError;

use super::place::{Place, make_folder, open_alone, shown};
use super::terminal::{confirm, counted, say};
use crate::config::{Secret, ServeFlags};
use crate::serve::{self, Ambient};

/// Move.
#[derive(Debug, Args)]
pub(super) struct Move {
    /// Where to: `postgres://…`, or the path of a file. Better given as a variable when it holds a password
    #[arg(long, value_name = "URL", env = "TESSERA_MOVE_TO", hide_env_values = true)]
    to: Secret,
    /// Replace what is in the other database, after asking
    #[arg(long)]
    replace: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten, next_help_heading = "The server's configuration")]
    flags: ServeFlags,
}

pub(super) async fn run(wanted: Move, ambient: &Ambient) -> anyhow::Result<()> {
    let place = Place::find(wanted.flags)?;
    let to: Location = wanted.to.reveal().parse().context("reading --to")?;
    ensure!(to != place.location, "--to is where the database is already");
    let source = open_alone(&place.location, ambient, false).await?;
    let vault = place.vault(&source).await?;
    make_folder(&to)?;
    let target = open_alone(&to, ambient, true).await?;
    if wanted.replace && !wanted.yes {
        confirm(
            &format!("Everything that is in {} now will be gone.", shown(&to)),
            "replace",
        )?;
    }
    let sums = match source.copy_into(&target, wanted.replace).await {
        Ok(sums) => sums,
        Err(ArchiveError::Occupied) => bail!(
            "{} is not empty. Nothing was changed. To replace what is there, say --replace",
            shown(&to)
        ),
        Err(error) => return Err(anyhow::Error::new(error).context("nothing was moved")),
    };
    source.close().await;
    let app = place.app(ambient, target.clone(), vault)?;
    let from = if matches!(place.location, Location::File(_)) {
        "SQLite"
    } else {
        "PostgreSQL"
    };
    upkeep::note_moved(&app, from)
        .await
        .map_err(|error| serve::explain(&error))?;
    target.close().await;
    let rows = sums.iter().map(|sum| sum.rows).sum();
    say(format_args!(
        "Copied {} of {} from {} to {}. Every table was read again there and is the same.",
        counted(rows, "row"),
        counted(u64::try_from(sums.len())?, "table"),
        shown(&place.location),
        shown(&to)
    ))?;
    say(format_args!(
        "Nothing was changed in {}. Next: name the new database as `database.url` (or TESSERA_DATABASE_URL), keep the \
         master key ({}) where it is, start the server, and put the old database away so that nobody starts it again.",
        shown(&place.location),
        place.key_place()
    ))
}
