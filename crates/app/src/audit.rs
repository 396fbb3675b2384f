//! What the audit log says about a change, and who it says did it.

use std::fmt::Display;

use serde::Serialize;
use tessera_domain::Result;
use tessera_ids::{AuditEntryId, OrgId, Timestamp, TypedId};
use tessera_store::{ActorKind, Tx};

use crate::{Actor, App, Credential};

/// One line of the audit log, before it is known when and by whom.
#[derive(Debug)]
pub struct AuditEntry {
    action: &'static str,
    target: String,
    target_name: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

impl AuditEntry {
    /// An entry for `action` (such as `member.role_changed`) done to `target` (an id).
    pub fn new(action: &'static str, target: &dyn Display) -> Self {
        Self {
            action,
            target: target.to_string(),
            target_name: String::new(),
            before: None,
            after: None,
        }
    }

    /// Says what people call the target, at this moment: a name or an address.
    #[must_use]
    pub fn named(mut self, name: &dyn Display) -> Self {
        self.target_name = name.to_string();
        self
    }

    /// Adds what was. Never a secret.
    #[must_use]
    pub fn before(mut self, value: &impl Serialize) -> Self {
        self.before = serde_json::to_value(value).ok();
        self
    }

    /// Adds what is now. Never a secret.
    #[must_use]
    pub fn after(mut self, value: &impl Serialize) -> Self {
        self.after = serde_json::to_value(value).ok();
        self
    }
}

/// Appends an entry; for what happens outside an organization too, such as signing in.
pub(crate) async fn write(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    org: Option<OrgId>,
    at: Timestamp,
    entry: AuditEntry,
) -> Result<()> {
    let (actor_kind, id, actor_name) = match actor {
        Actor::System(part) => (ActorKind::System, None, (*part).to_owned()),
        Actor::Account(person) => {
            let kind = match person.credential {
                Credential::Session { .. } => ActorKind::Account,
                Credential::ApiToken(_) => ActorKind::Token,
            };
            let account = tx.account(person.account).await?;
            let name = account
                .map(|account| account.email.to_string())
                .unwrap_or_default();
            (kind, Some(person.account.uuid()), name)
        }
    };
    let row = tessera_store::AuditEntry {
        id: AuditEntryId::generate(&*app.clock, &*app.entropy),
        org,
        at,
        actor_kind,
        actor: id,
        actor_name,
        action: entry.action.to_owned(),
        target: entry.target,
        before: entry.before,
        after: entry.after,
        address: actor
            .address()
            .map(|address| address.to_string())
            .unwrap_or_default(),
    };
    Ok(tx.insert_audit(&row).await?)
}
