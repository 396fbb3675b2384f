//! What the people do who run the installation. See docs/adr/0024.
//!
//! Whoever is none of them is told that there is no such page.

mod decide;
mod jobs;
mod read;

pub use self::{
    decide::{is_one, set_may_create, set_open_sign_up, set_operator, set_seats},
    jobs::{drop_job, give_up_job, retry_job, test_mail},
    read::{FailedJob, MailState, OperatorView, SignUpState, last_backup, org_page, view},
};

use tessera_domain::{Error, Result};
use tessera_store::{Account, Reader};

use crate::{Actor, App};

/// Whether an account runs the installation: it is marked so, or the configuration names its proven address.
pub fn is_operator(app: &App, account: &Account) -> bool {
    let named = || {
        let mut operators = app.config.operators.iter();
        operators.any(|email| email.folded() == account.email.folded())
    };
    account.is_operator || (account.verified_at.is_some() && named())
}

/// Refuses whoever does not run the installation.
///
/// # Errors
/// *Not found*, since nobody else knows of the page.
pub async fn require(app: &App, actor: &Actor) -> Result<()> {
    let mut tx = app.store.read().await?;
    require_in(app, &mut tx, actor).await.map(drop)
}

pub(crate) async fn require_in(app: &App, tx: &mut Reader, actor: &Actor) -> Result<Account> {
    let account = tx.account(actor.account()?).await?;
    account
        .filter(|account| is_operator(app, account))
        .ok_or_else(|| Error::not_found("page"))
}

/// Whether anybody may sign up: the configuration says so, or an operator opened it.
pub async fn sign_up_is_open(app: &App) -> Result<bool> {
    if app.config.open_sign_up {
        return Ok(true);
    }
    let known = app.store.read().await?.installation().await?;
    Ok(known.is_some_and(|known| known.open_sign_up))
}
