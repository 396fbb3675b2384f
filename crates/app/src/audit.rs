//! What the audit log says about a change, and who it says did it. Reading it is in [`log`], checking that nobody
//! changed it in [`verify`], its words in [`actions`]. See docs/adr/0012.

use std::fmt::Display;

use serde::Serialize;
use tessera_domain::Result;
use tessera_ids::{AccountId, AuditEntryId, DeviceId, OrgId, Timestamp, TypedId};
use tessera_store::{Account, ActorKind, NewAuditEntry, Tx};

use crate::{Actor, App, Credential};

pub mod actions;
pub mod log;
pub mod verify;

/// One line of the audit log, before it is known when and by whom.
#[derive(Debug)]
pub struct AuditEntry {
    pub(crate) action: &'static str,
    target: String,
    target_name: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
    instead: Option<Instead>,
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
            instead: None,
        }
    }

    /// Says that a device did it by itself, and what that machine is called.
    #[must_use]
    pub fn by_device(mut self, device: DeviceId, host: &dyn Display) -> Self {
        self.instead = Some(Instead::Device(device, host.to_string()));
        self
    }

    /// Says that this person did it, who could not sign in before.
    #[must_use]
    pub fn by_account(mut self, account: &Account) -> Self {
        let (name, email) = (account.name.to_string(), account.email.to_string());
        self.instead = Some(Instead::Account(account.id, name, email));
        self
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

/// Who did it, where that is not the actor of the use case.
#[derive(Debug)]
enum Instead {
    Device(DeviceId, String),
    Account(AccountId, String, String),
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
    if let Some(org) = org {
        return write_many(app, tx, actor, org, at, vec![entry]).await;
    }
    let who = Who::of(tx, actor).await?;
    Ok(tx.insert_audit_outside(&who.row(app, at, entry)).await?)
}

/// Appends entries to an organization's log in this order, in one pass. The transaction must hold the
/// organization's lock.
pub(crate) async fn write_many(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    org: OrgId,
    at: Timestamp,
    entries: Vec<AuditEntry>,
) -> Result<()> {
    let who = Who::of(tx, actor).await?;
    let rows: Vec<_> = entries.into_iter().map(|entry| who.row(app, at, entry)).collect();
    Ok(tx.insert_audit_many(org, &rows).await?)
}

/// The actor, as the log names them.
struct Who {
    kind: ActorKind,
    id: Option<AccountId>,
    name: String,
    email: String,
    address: String,
}

impl Who {
    async fn of(tx: &mut Tx, actor: &Actor) -> Result<Self> {
        let address = actor.address().map(|address| address.to_string());
        let address = address.unwrap_or_default();
        match actor {
            Actor::System(part) => Ok(Self {
                kind: ActorKind::System,
                id: None,
                name: (*part).to_owned(),
                email: String::new(),
                address,
            }),
            Actor::Account(person) => {
                let account = tx.account(person.account).await?;
                let (name, email) = account.map_or_else(Default::default, |account| {
                    (account.name.to_string(), account.email.to_string())
                });
                Ok(Self {
                    kind: match person.credential {
                        Credential::Session { .. } => ActorKind::Account,
                        Credential::ApiToken(_) => ActorKind::Token,
                    },
                    id: Some(person.account),
                    name,
                    email,
                    address,
                })
            }
        }
    }

    fn row(&self, app: &App, at: Timestamp, entry: AuditEntry) -> NewAuditEntry {
        let (actor_kind, actor, actor_name, actor_email) = match entry.instead {
            Some(Instead::Device(device, host)) => {
                (ActorKind::Device, Some(device.uuid()), host, String::new())
            }
            Some(Instead::Account(account, name, email)) => {
                (ActorKind::Account, Some(account.uuid()), name, email)
            }
            None => {
                let id = self.id.map(TypedId::uuid);
                (self.kind, id, self.name.clone(), self.email.clone())
            }
        };
        NewAuditEntry {
            id: AuditEntryId::generate(&*app.clock, &*app.entropy),
            at,
            actor_kind,
            actor,
            actor_name,
            actor_email,
            action: entry.action.to_owned(),
            target: entry.target,
            target_name: entry.target_name,
            before: entry.before,
            after: entry.after,
            address: self.address.clone(),
        }
    }
}
