//! When providers end keys. No provider says so to whoever holds one, so people note it, and are told in time.

use std::collections::BTreeMap;

use serde_json::json;
use tessera_domain::{Result, Right, credential::CredentialState};
use tessera_ids::{CredentialId, OrgId, Timestamp};

use super::read::load;
use crate::{Actor, App, AuditEntry, Change, Topic, access};

/// The ends that were noted.
pub async fn expiries(app: &App, actor: &Actor, org: OrgId) -> Result<BTreeMap<CredentialId, Timestamp>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageCredentials).await?;
    let rows = tx.credential_expiries(org).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.expires_at)).collect())
}

/// Notes when an active key ends, or that nobody knows.
///
/// # Errors
/// *Conflict* for a key that is not active.
pub async fn note_expiry(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: CredentialId,
    at: Option<Timestamp>,
) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageCredentials).await?;
    let view = load(change.tx(), org, id).await?;
    if view.state != CredentialState::Active {
        return Err(view.state.not_active());
    }
    change.tx().set_credential_expiry(org, id, at).await?;
    change.touch(Topic::Credentials);
    let entry = AuditEntry::new("credential.expiry_noted", &id).named(&view.name);
    let at = at.map(Timestamp::as_seconds);
    change.commit(entry.after(&json!({ "expires_at": at }))).await
}
