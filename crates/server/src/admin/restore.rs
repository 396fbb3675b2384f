//! `tessera admin restore`: an empty database becomes what a backup holds, whole or not at all.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use tessera_app::upkeep;
use tessera_store::archive::{self, ArchiveError, Checked};
use tessera_store::{LastBackup, Store};

use super::place::{Place, make_folder, open_alone, shown};
use super::terminal::{confirm, counted, say};
use crate::api::Instant;
use crate::config::ServeFlags;
use crate::serve::{self, Ambient};

/// Restore.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Replace what is in the database, after asking
    #[arg(long)]
    replace: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten, next_help_heading = "The server's configuration")]
    flags: ServeFlags,
}

pub(super) async fn run(wanted: Restore, ambient: &Ambient) -> anyhow::Result<()> {
    let place = Place::find(wanted.flags)?;
    let open = || File::open(&wanted.from).with_context(|| format!("reading {}", wanted.from.display()));
    let refused = || format!("{} was not restored. Nothing was changed", wanted.from.display());
    let checked = archive::check(open()?).with_context(refused)?;
    let vault = place
        .vault_for(Some(&checked.key_check))
        .map_err(|_| wrong_key(&place))?;
    ensure!(
        vault.backup_seal(&checked.digest)?.as_slice() == checked.seal,
        "{} was changed after it was made: its seal is not this installation's. Nothing was changed",
        wanted.from.display()
    );
    describe(&checked)?;
    make_folder(&place.location)?;
    let store = open_alone(&place.location, ambient, true).await?;
    if wanted.replace && !wanted.yes {
        let question = format!(
            "Everything that is in {} now will be gone.",
            shown(&place.location)
        );
        confirm(&question, "replace")?;
    }
    match store.load_archive(open()?, &checked, wanted.replace).await {
        Ok(()) => {}
        Err(ArchiveError::Occupied) => bail!(
            "{} is not empty, and a restore replaces everything. Nothing was changed. To replace it, say --replace; to \
             keep both, name another place with --data or --database-url",
            shown(&place.location)
        ),
        Err(error) => return Err(anyhow::Error::new(error).context(refused())),
    }
    remember(&store, &checked, wanted.from.metadata()?.len()).await?;
    let app = place.app(ambient, store.clone(), vault)?;
    let taken_at = Instant(checked.head.taken_at).to_string();
    upkeep::note_restored(&app, &taken_at, &checked.head.product)
        .await
        .map_err(|error| serve::explain(&error))?;
    store.close().await;
    say(format_args!(
        "Restored into {}: every table was read again and is as it was.",
        shown(&place.location)
    ))?;
    say(
        "Start the server. Everybody signs in again. Devices keep what they enforce, tell the server how far they had \
         come, and follow it from there; devices that were enrolled after the backup sign in again.",
    )
}

/// The backup was made of a database that did not know of it yet.
async fn remember(store: &Store, checked: &Checked, size: u64) -> anyhow::Result<()> {
    let at = checked.head.taken_at;
    let mut tx = store.begin().await?;
    tx.set_last_backup(&LastBackup { at, size }).await?;
    Ok(tx.commit().await?)
}

fn describe(checked: &Checked) -> anyhow::Result<()> {
    let rows = checked.sums.iter().map(|sum| sum.rows).sum();
    say(format_args!(
        "The backup was made at {} by Tessera {} on {}: {}, schema {}. It is whole.",
        Instant(checked.head.taken_at),
        checked.head.product,
        checked.head.engine,
        counted(rows, "row"),
        checked.head.schema
    ))
}

fn wrong_key(place: &Place) -> anyhow::Error {
    anyhow::anyhow!(
        "the master key is not in a backup, and the one here ({}) is missing or is not the one that this backup was made \
         with. Nothing was changed: put the right one there with mode 0600, or give it as TESSERA_MASTER_KEY. If the key \
         was rotated since, the key from before is needed, kept as `master.key.old-…`",
        place.key_place()
    )
}
