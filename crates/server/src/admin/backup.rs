//! `tessera admin backup`: one moment of the whole database in one file.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use tessera_app::Vault;
use tessera_ids::Timestamp;
use tessera_store::{LastBackup, Store, archive};
use time::OffsetDateTime;
use time::macros::format_description;

use super::place::{Place, shown};
use super::terminal::{bytes, counted, say};
use crate::config::ServeFlags;
use crate::keys;
use crate::serve::Ambient;

/// How the files are called that this command names itself.
const PREFIX: &str = "tessera-";
const SUFFIX: &str = ".backup";

/// Back up.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write, which must not be there yet; or a folder, in which it is named after the time
    #[arg(value_name = "FILE")]
    to: PathBuf,
    /// In a folder, delete older backups but for this many of the newest
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    #[command(flatten, next_help_heading = "The server's configuration")]
    flags: ServeFlags,
}

pub(super) async fn run(wanted: Backup, ambient: &Ambient) -> anyhow::Result<()> {
    let place = Place::find(wanted.flags)?;
    let now = ambient.clock.now();
    let folder = wanted.to.is_dir();
    ensure!(
        folder || wanted.keep.is_none(),
        "--keep needs a folder to keep backups in"
    );
    let file = if folder {
        wanted.to.join(name(now)?)
    } else {
        wanted.to.clone()
    };
    ensure!(
        !file.exists(),
        "{} is there already. Choose another name: nothing is overwritten",
        file.display()
    );
    let store = place.beside(ambient).await?;
    let vault = place.vault(&store).await?;
    let partial = partial(&file);
    let written = write(&store, &vault, &partial, now).await;
    let (head, sums) = match written {
        Ok(written) => written,
        Err(error) => {
            // The error says more than a failure to clean up after it.
            let _ = fs::remove_file(&partial);
            return Err(error.context("the backup was not made"));
        }
    };
    fs::rename(&partial, &file).with_context(|| format!("naming {}", file.display()))?;
    keys::sync_folder(&file)?;
    let size = fs::metadata(&file)?.len();
    remember(&store, head.schema, &LastBackup { at: now, size }).await?;
    store.close().await;
    let rows = sums.iter().map(|sum| sum.rows).sum();
    say(format_args!(
        "Backed up {} to {}: {} of {}, {}, schema {}. It was read again and is whole.",
        shown(&place.location),
        file.display(),
        counted(rows, "row"),
        counted(u64::try_from(sums.len())?, "table"),
        bytes(size),
        head.schema
    ))?;
    say(format_args!(
        "It needs the master key ({}) to be restored, which is not in it: keep a copy of that elsewhere.",
        place.key_place()
    ))?;
    match wanted.keep {
        Some(keep) => prune(&wanted.to, keep),
        None => Ok(()),
    }
}

/// Writes the file and reads it again.
async fn write(
    store: &Store,
    vault: &Vault,
    path: &Path,
    now: Timestamp,
) -> anyhow::Result<(archive::Head, Vec<archive::TableSum>)> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .with_context(|| format!("writing {}", path.display()))?;
    let mut out = BufWriter::new(file);
    let mut sealed = Ok(());
    let written = store
        .snapshot()
        .await?
        .write_archive(
            &mut out,
            env!("CARGO_PKG_VERSION"),
            now,
            store.engine_name(),
            |digest| match vault.backup_seal(digest) {
                Ok(seal) => seal.to_vec(),
                Err(error) => {
                    sealed = Err(error);
                    Vec::new()
                }
            },
        )
        .await?;
    sealed?;
    out.flush()?;
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    let checked = archive::check(fs::File::open(path)?)?;
    if checked.sums != written.1 {
        bail!("the file is not what was written; is the disk sound?");
    }
    Ok(written)
}

/// Notes when the last backup was made, where the database has a place for it.
async fn remember(store: &Store, schema: u64, backup: &LastBackup) -> anyhow::Result<()> {
    if schema < Store::newest_schema() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    tx.set_last_backup(backup).await?;
    Ok(tx.commit().await?)
}

fn name(now: Timestamp) -> anyhow::Result<String> {
    let at = OffsetDateTime::from_unix_timestamp(now.as_seconds())?;
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    Ok(format!("{PREFIX}{}{SUFFIX}", at.format(&format)?))
}

/// Beside the file, hidden, until it is whole.
fn partial(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

/// Deletes all but the newest backups that this command named; their names sort by time.
fn prune(folder: &Path, keep: u32) -> anyhow::Result<()> {
    let mut own = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let middle = name
            .strip_prefix(PREFIX)
            .and_then(|name| name.strip_suffix(SUFFIX));
        if middle.is_some_and(|middle| middle.len() == 16 && middle.ends_with('Z')) {
            own.push(path);
        }
    }
    own.sort();
    let keep = usize::try_from(keep)?;
    for path in &own[..own.len().saturating_sub(keep)] {
        fs::remove_file(path).with_context(|| format!("deleting {}", path.display()))?;
        say(format_args!("Deleted {}.", path.display()))?;
    }
    Ok(())
}
