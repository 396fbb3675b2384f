//! Enrolment from the member's side: type the code, look at the machine, approve or deny.

use tessera_domain::{AgentVersion, Error, HostName, OsName, Result, Right};
use tessera_ids::{DeviceId, OrgId, Timestamp};
use tessera_store::{Enrollment, Tx};
use tessera_wire::{UserCode, key_words};

use super::{
    become_device::{Newcomer, become_device},
    device::signing_key,
};
use crate::{Actor, App, AuditEntry, Change, actor::Credential};

/// Wrong codes that an account may type within ten minutes.
const TRIES: u64 = 5;
const WINDOW: std::time::Duration = std::time::Duration::from_mins(10);

/// What the approving page shows of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrollmentView {
    /// The code as it was shown.
    pub code: UserCode,
    /// The machine's name, as it says.
    pub host: HostName,
    /// Its operating system.
    pub os: OsName,
    /// The agent's version.
    pub agent_version: AgentVersion,
    /// Where it keeps its keys.
    pub key_storage: String,
    /// Where its request came from.
    pub address: String,
    /// The words that the terminal shows too.
    pub key_words: [&'static str; 4],
    /// Whether the browser's request came from elsewhere.
    pub elsewhere: bool,
    /// When the code ends.
    pub expires_at: Timestamp,
}

/// Finds the machine that shows this code.
///
/// # Errors
/// *Not found* for a code that no machine shows; after five of those, *Rate limited* for ten minutes.
pub async fn look_up(app: &App, actor: &Actor, code: &UserCode) -> Result<EnrollmentView> {
    let mut tx = app.store.begin().await?;
    let found = find(app, &mut tx, actor, code).await;
    // A wrong try is counted although the look-up failed.
    tx.commit().await?;
    view(actor, *code, &found?)
}

/// Makes the machine a device of the actor's in this organization, and tells them by mail.
///
/// # Errors
/// *Unauthenticated* when the actor has not typed their password recently.
pub async fn approve(app: &App, actor: &Actor, org: OrgId, code: &UserCode) -> Result<DeviceId> {
    require_recent(actor)?;
    look_up(app, actor, code).await?;
    let account_id = actor.account()?;
    let mut change = Change::begin(app, actor, org, Right::UseOwnDevices).await?;
    let row = find(app, change.tx(), actor, code).await?;
    let account = change
        .tx()
        .account(account_id)
        .await?
        .ok_or_else(|| Error::not_found("account"))?;
    let now = change.now();
    let device = become_device(app, &mut change, &account, &Newcomer::from(&row)).await?;
    if !change
        .tx()
        .approve_enrollment(org, row.id, account_id, now)
        .await?
        || !change.tx().use_enrollment(row.id, device).await?
    {
        return Err(Error::conflict("This code was used or denied in the meantime."));
    }
    let entry = AuditEntry::new("device.enrolled", &device)
        .named(&row.host)
        .after(&serde_json::json!({ "host": row.host, "os": row.os, "address": row.address }));
    change.commit(entry).await?;
    Ok(device)
}

/// Tells the machine no.
pub async fn deny(app: &App, actor: &Actor, code: &UserCode) -> Result<()> {
    look_up(app, actor, code).await?;
    let mut tx = app.store.begin().await?;
    let row = find(app, &mut tx, actor, code).await?;
    tx.deny_enrollment(row.id).await?;
    Ok(tx.commit().await?)
}

async fn find(app: &App, tx: &mut Tx, actor: &Actor, code: &UserCode) -> Result<Enrollment> {
    let now = app.clock.now();
    let key = format!("user_code:{}", actor.account()?);
    if tx.attempts(&key, now, WINDOW).await?.count >= TRIES {
        return Err(Error::rate_limited(
            "Too many wrong codes. Wait ten minutes, then start again on the machine.",
            WINDOW,
        ));
    }
    if let Some(row) = tx.enrollment_by_user_code(&code.compact(), now).await? {
        return Ok(row);
    }
    tx.insert_attempt(&key, now).await?;
    Err(Error::not_found(
        "code. Codes live ten minutes; look at the machine for the newest",
    ))
}

fn view(actor: &Actor, code: UserCode, row: &Enrollment) -> Result<EnrollmentView> {
    let key = signing_key(&row.signing_key)?;
    let here = actor
        .address()
        .map(|address| address.to_string())
        .unwrap_or_default();
    Ok(EnrollmentView {
        code,
        host: row.host.clone(),
        os: row.os.clone(),
        agent_version: row.agent_version.clone(),
        key_storage: row.key_storage.clone(),
        address: row.address.clone(),
        key_words: key_words(&key),
        elsewhere: here != row.address,
        expires_at: row.expires_at,
    })
}

fn require_recent(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Account(person) if matches!(person.credential, Credential::Session { recent: true, .. }) => {
            Ok(())
        }
        _ => Err(Error::unauthenticated(
            "Confirm your password before you add a machine.",
        )),
    }
}
