//! How keys end: deleted, drained, or suspended with their organization.

use tessera_domain::{Result, Right, credential::CredentialState};
use tessera_ids::{CredentialId, OrgId, Timestamp};

use super::{CredentialView, done::Done, read::load, touch::announce};
use crate::{Actor, App, AuditEntry, Change, Topic};

const JANITOR: Actor = Actor::System("keys");

/// Deletes a key with its secret. Devices that have it lose it within a second.
///
/// # Errors
/// *Not found* when the organization has no such key.
pub async fn delete(app: &App, actor: &Actor, org: OrgId, id: CredentialId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageCredentials).await?;
    let before = load(change.tx(), org, id).await?;
    let is_retired = matches!(before.state, CredentialState::Retired { .. });
    let done = delete_in(&mut change, before).await?;
    if is_retired {
        change.touch(Topic::Credentials);
        return change.commit(done.into_entry()).await;
    }
    done.commit(change).await
}

/// Deletes a key within a change that goes on.
pub(crate) async fn delete_in(change: &mut Change<'_>, before: CredentialView) -> Result<Done> {
    let org = change.org().id;
    change.tx().delete_credential(org, before.id).await?;
    let entry = AuditEntry::new("credential.deleted", &before.id).named(&before.name);
    let told = before.told();
    Ok(Done::new(vec![before], entry, Some(told), None))
}

/// Retires every key whose time to drain is over, and erases its secret; how many. One that fails is tried again
/// by the next call.
pub async fn retire_due(app: &App) -> Result<u64> {
    let due = app
        .store
        .read()
        .await?
        .drained_credentials(app.clock.now())
        .await?;
    let mut retired = 0;
    for drained in due {
        match retire(app, drained.org, drained.id).await {
            Ok(did) => retired += u64::from(did),
            Err(error) => {
                tracing::error!(org = %drained.org, credential = %drained.id, internal = error.internal.as_deref(),
                    "a drained key could not be retired yet");
            }
        }
    }
    Ok(retired)
}

async fn retire(app: &App, org: OrgId, id: CredentialId) -> Result<bool> {
    let mut change = Change::begin_beyond_deletion(app, &JANITOR, org).await?;
    let (before, now) = (load(change.tx(), org, id).await?, change.now());
    let is_due = match before.state {
        CredentialState::Draining(drain)
        | CredentialState::Suspended {
            drain: Some(drain), ..
        } => drain.until <= now,
        _ => false,
    };
    if !is_due {
        return Ok(false);
    }
    change.tx().retire_credential(org, id, now).await?;
    let (entry, told) = (
        AuditEntry::new("credential.retired", &id).named(&before.name),
        before.told(),
    );
    announce(&mut change, &[before]).await?;
    change.commit(entry.before(&told)).await?;
    Ok(true)
}

/// Suspends every key of an organization that is deleted, or lets them all go on when it comes back. Part of that
/// change; devices lose the keys while their restrictions stay in force.
pub(crate) async fn suspend_all(change: &mut Change<'_>, since: Option<Timestamp>) -> Result<()> {
    let (org, revision) = (change.org().id, change.org().revision);
    if change.tx().suspend_credentials(org, since).await? > 0 {
        change.take_serial(revision).await?;
    }
    Ok(())
}
