//! `tessera admin create-owner`: the way back in after a lock-out, and the way in for scripts.

use anyhow::Context as _;
use clap::Args;
use tessera_app::installation;
use tessera_app::upkeep::{self, WantedOwner};
use tessera_domain::{EmailAddress, PersonName};
use tessera_store::Store;

use super::place::{Place, make_folder, shown};
use super::terminal::{say, warn};
use crate::config::ServeFlags;
use crate::keys;
use crate::serve::{self, Ambient};

/// Create an owner.
#[derive(Debug, Args)]
pub(super) struct CreateOwner {
    /// Their email address
    #[arg(value_name = "EMAIL")]
    email: EmailAddress,
    /// The organization, by name or id; a new name founds one [default: the only one]
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// What they are called, if they have no account yet
    #[arg(long, value_name = "NAME")]
    name: Option<PersonName>,
    /// Let them run the installation too; the first account does in any case
    #[arg(long)]
    operator: bool,
    #[command(flatten, next_help_heading = "The server's configuration")]
    flags: ServeFlags,
}

pub(super) async fn run(wanted: CreateOwner, ambient: &Ambient) -> anyhow::Result<()> {
    let place = Place::find(wanted.flags)?;
    serve::make_private(&place.config.data)
        .with_context(|| format!("making {}", place.config.data.display()))?;
    make_folder(&place.location)?;
    // As the server would at its first start, so that an install by script need not start it before.
    let store = Store::open(&place.location, &ambient.database)
        .await
        .with_context(|| format!("opening {}", shown(&place.location)))?;
    let check = store.read().await?.key_check().await?;
    let vault = keys::open_vault(&place.config, &*ambient.entropy, check.as_deref())?;
    let app = place.app(ambient, store.clone(), vault)?;
    installation::claim(&app)
        .await
        .map_err(|error| serve::explain(&error))?;
    let owner = WantedOwner {
        email: wanted.email,
        name: wanted.name,
        org: wanted.org,
        operator: wanted.operator,
    };
    let made = upkeep::create_owner(&app, &owner)
        .await
        .map_err(|error| serve::explain(&error))?;
    store.close().await;
    let account = if made.is_new {
        "a new account"
    } else {
        "their account"
    };
    match &made.org {
        Some((id, name)) => warn(format_args!(
            "{} owns {name} ({id}), with {account}.",
            owner.email
        ))?,
        None => warn(format_args!(
            "{} has {account}, and may create the first organization.",
            owner.email
        ))?,
    }
    warn("They choose a password here; the link works once, for a day, and ends their sessions:")?;
    say(made.link)
}
