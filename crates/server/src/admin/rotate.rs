//! `tessera admin rotate-master-key`. Killed at any point, it leaves an installation that starts: the new key lies in a
//! file of its own before the database hears of it, the database takes it in one transaction, and whichever key the
//! database has is the one that the next start finds.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use tessera_app::{SecretKey, Vault, upkeep};
use tessera_store::Store;

use super::place::{Place, open_alone};
use super::terminal::{counted, say};
use crate::config::ServeFlags;
use crate::keys::{self, Source};
use crate::serve::{self, Ambient};

/// Rotate the master key.
#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// A file with the new key, 64 hexadecimal digits, mode 0600; made if it is not there. Needed where the key is given
    /// as a variable [default: made beside the old key's file, and put in its place]
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
    #[command(flatten, next_help_heading = "The server's configuration")]
    flags: ServeFlags,
}

pub(super) async fn run(wanted: Rotate, ambient: &Ambient) -> anyhow::Result<()> {
    let place = Place::find(wanted.flags)?;
    let store = open_alone(&place.location, ambient, false).await?;
    let version = store.read().await?.schema_version().await?;
    ensure!(
        version == Some(Store::newest_schema()),
        "the database has another schema than this program. Start `tessera serve` once, so that it is brought up to \
         date, stop it and try again. Nothing was changed"
    );
    let check = store
        .read()
        .await?
        .key_check()
        .await?
        .context("the database holds no Tessera")?;
    let source = Source::of(&place.config);
    let next = match (&wanted.new_key_file, &source) {
        (Some(file), _) => file.clone(),
        (None, Source::File(path)) => keys::pending(path),
        (None, Source::Given) => bail!(
            "the master key is given as a variable, so say with --new-key-file where the new one is, or shall be made. \
             Nothing was changed"
        ),
    };
    let done = new_key(&next, ambient)?;
    if done.matches(&check) {
        return end(&source, wanted.new_key_file.as_deref(), &next, &check, 0);
    }
    let old = place.vault_for(Some(&check))?;
    if let Source::File(path) = &source
        && keys::finish_rotation(path, &check)?
    {
        say("An earlier rotation had been cut short; it is finished now.")?;
        if wanted.new_key_file.is_none() {
            store.close().await;
            return Ok(());
        }
    }
    let app = place.app(ambient, store.clone(), old)?;
    let wrapped = upkeep::rotate_master_key(&app, &done)
        .await
        .map_err(|error| serve::explain(&error))?;
    let check = store
        .read()
        .await?
        .key_check()
        .await?
        .context("the database holds no Tessera")?;
    store.close().await;
    end(&source, wanted.new_key_file.as_deref(), &next, &check, wrapped)
}

/// The key to come: from its file, which an earlier try may have made.
fn new_key(path: &Path, ambient: &Ambient) -> anyhow::Result<Vault> {
    if let Some(vault) = keys::read(path)? {
        return Ok(vault);
    }
    let key = SecretKey::generate(&*ambient.entropy);
    keys::write(path, &key).with_context(|| format!("writing {}", path.display()))?;
    Ok(Vault::new(key))
}

/// The database has the new key: puts its file where the server looks for it, or says where to put it.
fn end(source: &Source, named: Option<&Path>, next: &Path, check: &[u8], wrapped: u64) -> anyhow::Result<()> {
    say(format_args!(
        "The database has the new master key: {} of organizations wrapped anew.",
        counted(wrapped, "key")
    ))?;
    match (source, named) {
        (Source::File(path), None) => {
            keys::finish_rotation(path, check)?;
            say(format_args!(
                "It is {} now. The old one is kept beside it as `.old-…`, because backups from before need it: move it to \
                 where you keep those, and back the new one up elsewhere. Then make a backup.",
                path.display()
            ))
        }
        _ => say(format_args!(
            "The server does not start with the old one any more: give every server the key in {} (as its master key \
             file, or as TESSERA_MASTER_KEY). Keep the old one with the backups that need it, then make a backup.",
            next.display()
        )),
    }
}
