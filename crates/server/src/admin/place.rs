//! Where the installation is: its configuration, its database, its master key.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tessera_app::{App, Vault};
use tessera_store::{Error, Location, Store};
use url::Url;

use crate::config::{Config, ServeFlags};
use crate::keys;
use crate::outbound::Outbound;
use crate::serve::{self, Ambient};
use crate::telemetry;

/// The installation that a command is about.
pub(super) struct Place {
    pub(super) config: Config,
    pub(super) location: Location,
}

impl Place {
    /// Reads the configuration as the server does.
    pub(super) fn find(flags: ServeFlags) -> anyhow::Result<Self> {
        let config = Config::load(flags)?;
        telemetry::start_logging(&config.telemetry)?;
        if let Some(why) = wrong_account(&config.data) {
            anyhow::bail!(
                "{why}. Nothing was done: files of another account would keep the server from starting"
            );
        }
        let location = config
            .database_url()
            .parse()
            .context("reading the database URL")?;
        Ok(Self { config, location })
    }

    /// The database as it is, beside the server. Nothing is migrated.
    pub(super) async fn beside(&self, ambient: &Ambient) -> anyhow::Result<Store> {
        let opened = Store::open_beside(&self.location, &ambient.database).await;
        opened.with_context(|| format!("opening {}", shown(&self.location)))
    }

    /// The vault under the master key that this database was made with; nothing is written.
    pub(super) async fn vault(&self, store: &Store) -> anyhow::Result<Vault> {
        let check = store.read().await?.key_check().await?;
        self.vault_for(check.as_deref())
    }

    /// The vault under the master key that a database with that check was made with.
    pub(super) fn vault_for(&self, check: Option<&[u8]>) -> anyhow::Result<Vault> {
        let vault = keys::find_vault(&self.config, check)?.with_context(|| {
            format!(
                "there is no master key: put it at {}, or give it as TESSERA_MASTER_KEY",
                self.key_place()
            )
        })?;
        if let Some(check) = check {
            anyhow::ensure!(
                vault.matches(check),
                "the master key ({}) is not the one that this database was made with. Nothing was changed: put the \
                 right one there, or give it as TESSERA_MASTER_KEY",
                self.key_place()
            );
        }
        Ok(vault)
    }

    /// Where the master key is looked for, in words.
    pub(super) fn key_place(&self) -> String {
        match keys::Source::of(&self.config) {
            keys::Source::Given => "the given one".to_owned(),
            keys::Source::File(path) => path.display().to_string(),
        }
    }

    /// The use cases, on this database. Nothing is served.
    pub(super) fn app(&self, ambient: &Ambient, store: Store, vault: Vault) -> anyhow::Result<Arc<App>> {
        let config = serve::app_config(&self.config, self.config.listen, ambient.password_cost)?;
        let outbound = Outbound::new(&self.config.outbound, Arc::clone(&ambient.clock))?;
        let (clock, entropy) = (Arc::clone(&ambient.clock), Arc::clone(&ambient.entropy));
        let (app, _receipts) = App::new(store, clock, entropy, vault, Arc::new(outbound), config);
        Ok(app)
    }
}

/// Why the account that runs this is not the one that runs the server, if it is not.
#[cfg(unix)]
pub(super) fn wrong_account(data: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = std::fs::metadata(data).ok()?.uid();
    let here = rustix::process::geteuid().as_raw();
    (owner != here).then(|| {
        format!(
            "{} belongs to the account with the number {owner}, and this runs as {here}: run it as that account, as \
             packaging/systemd/tessera-admin does",
            data.display()
        )
    })
}

#[cfg(not(unix))]
pub(super) fn wrong_account(_: &Path) -> Option<String> {
    None
}

/// A database that nobody else has open, not migrated.
pub(super) async fn open_alone(location: &Location, ambient: &Ambient, make: bool) -> anyhow::Result<Store> {
    match Store::open_alone(location, &ambient.database, make).await {
        Err(Error::InUse) => anyhow::bail!(
            "{} is in use. Stop the Tessera server (all of them, where several share it) and every other `tessera admin` \
             command, then try again. Nothing was changed",
            shown(location)
        ),
        opened => opened.with_context(|| format!("opening {}", shown(location))),
    }
}

/// A place in words, without a password.
pub(super) fn shown(location: &Location) -> String {
    match location {
        Location::File(path) => path.display().to_string(),
        Location::Server(url) => match Url::parse(url) {
            Ok(mut url) => {
                // A URL that has no room for a password has none to hide.
                let _ = url.set_password(None);
                url.set_query(None);
                url.to_string()
            }
            Err(_) => "the PostgreSQL database".to_owned(),
        },
    }
}

/// Makes the folder that a database's file will lie in, for its owner alone.
pub(super) fn make_folder(location: &Location) -> anyhow::Result<()> {
    let Location::File(path) = location else {
        return Ok(());
    };
    match path.parent() {
        Some(folder) if folder != Path::new("") && !folder.exists() => {
            serve::make_private(folder).with_context(|| format!("making {}", folder.display()))
        }
        _ => Ok(()),
    }
}
