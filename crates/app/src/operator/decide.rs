//! What operators decide while the server runs. What is an organization's is written into its log, the rest into the
//! installation's own.

use serde_json::json;
use tessera_domain::{EmailAddress, Error, Result};
use tessera_ids::OrgId;
use tessera_store::{Account, Tx};

use super::{is_operator, require_in};
use crate::{Actor, App, AuditEntry, Change, Topic, audit};

/// Opens or closes sign-up for who has no invitation.
///
/// # Errors
/// *Conflict* where the configuration opened it, since only the configuration closes it again.
pub async fn set_open_sign_up(app: &App, actor: &Actor, open: bool) -> Result<()> {
    if app.config.open_sign_up {
        return Err(Error::conflict(
            "Sign-up is open by the configuration (sign_up.open). Change it there and start the server again.",
        ));
    }
    let mut tx = begin(app, actor).await?;
    tx.set_open_sign_up(open).await?;
    let action = if open {
        "installation.sign_up_opened"
    } else {
        "installation.sign_up_closed"
    };
    record(app, tx, actor, AuditEntry::new(action, &"installation")).await
}

/// Says whether an account runs the installation.
///
/// # Errors
/// *Invalid* when no account has a proven address like this, *Conflict* for the last one.
pub async fn set_operator(app: &App, actor: &Actor, email: &EmailAddress, runs_it: bool) -> Result<()> {
    let mut tx = begin(app, actor).await?;
    let account = proven(&mut tx, email).await?;
    if !runs_it && account.is_operator && tx.operators().await?.len() < 2 {
        return Err(Error::conflict(
            "This is the last operator. Name another one first.",
        ));
    }
    tx.set_operator(account.id, runs_it).await?;
    let action = if runs_it {
        "installation.operator_named"
    } else {
        "installation.operator_withdrawn"
    };
    record(
        app,
        tx,
        actor,
        AuditEntry::new(action, &account.id).named(&account.email),
    )
    .await
}

/// Says whether an account may create organizations.
///
/// # Errors
/// *Invalid* when no account has a proven address like this.
pub async fn set_may_create(app: &App, actor: &Actor, email: &EmailAddress, may: bool) -> Result<()> {
    let mut tx = begin(app, actor).await?;
    let account = proven(&mut tx, email).await?;
    tx.set_account_powers(account.id, account.is_operator, may)
        .await?;
    let action = if may {
        "installation.org_maker_named"
    } else {
        "installation.org_maker_withdrawn"
    };
    record(
        app,
        tx,
        actor,
        AuditEntry::new(action, &account.id).named(&account.email),
    )
    .await
}

/// Says how many seats an organization has; none means as many as it needs.
///
/// # Errors
/// *Conflict* for fewer than are used and held.
pub async fn set_seats(app: &App, actor: &Actor, org: OrgId, seats: Option<u64>) -> Result<()> {
    let mut change = Change::begin_as_anyone(app, actor, org).await?;
    require_in(app, change.tx(), actor).await?;
    let (before, now) = (change.org().seats, change.now());
    if before == seats {
        return Ok(());
    }
    let taken = change.tx().seats(org, now).await?;
    let taken = taken.map_or(0, |taken| taken.used + taken.held);
    if seats.is_some_and(|seats| seats < taken) {
        return Err(Error::conflict(format!(
            "{taken} seats are used or held by invitations. Members must go first."
        )));
    }
    change.tx().set_seats(org, seats).await?;
    change.touch(Topic::People);
    let name = change.org().name.clone();
    let entry = AuditEntry::new("org.seats_set", &org).named(&name);
    change
        .commit(
            entry
                .before(&json!({ "seats": before }))
                .after(&json!({ "seats": seats })),
        )
        .await
}

/// A transaction in which no other operator decides, and the actor is one.
pub(super) async fn begin(app: &App, actor: &Actor) -> Result<Tx> {
    let mut tx = app.store.begin().await?;
    tx.lock_installation().await?;
    require_in(app, &mut tx, actor).await?;
    Ok(tx)
}

/// Writes into the installation's log and commits.
pub(super) async fn record(app: &App, mut tx: Tx, actor: &Actor, entry: AuditEntry) -> Result<()> {
    audit::write(app, &mut tx, actor, None, app.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn proven(tx: &mut Tx, email: &EmailAddress) -> Result<Account> {
    let account = tx.account_by_email(email).await?;
    account
        .filter(|account| account.verified_at.is_some())
        .ok_or_else(|| Error::field("/email", "No account has proven this address."))
}

/// Whether the actor is an operator, for pages that show a way there.
pub async fn is_one(app: &App, actor: &Actor) -> Result<bool> {
    let account = app.store.read().await?.account(actor.account()?).await?;
    Ok(account.is_some_and(|account| is_operator(app, &account)))
}
