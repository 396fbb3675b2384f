//! One entry of the audit log as scripts and files see it.

use std::fmt::Write as _;

use serde::Serialize;
use tessera_app::audit::actions;
use tessera_ids::{AccountId, DeviceId, TypedId};
use tessera_store::{ActorKind, AuditEntry};
use utoipa::ToSchema;

use crate::api::Instant;

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// Its place in the log, from 1 without gaps; 0 for what is older than the chain.
    number: u64,
    /// Its id.
    #[schema(value_type = String)]
    id: tessera_ids::AuditEntryId,
    /// When.
    at: Instant,
    /// `account`, `token`, `device` or `system`.
    actor_kind: &'static str,
    /// The account's or device's id.
    actor: Option<String>,
    /// What they were called.
    actor_name: String,
    /// Their address.
    actor_email: String,
    /// What, as `member.role_changed`.
    action: String,
    /// The same in words, with who did it.
    sentence: String,
    /// To whom or what: an id.
    target: String,
    /// To whom or what: what people called it.
    target_name: String,
    /// As it was.
    before: Option<serde_json::Value>,
    /// As it became.
    after: Option<serde_json::Value>,
    /// From which address.
    from: String,
    /// The digest of this entry and all before it, in hexadecimal.
    digest: Option<String>,
}

impl From<&AuditEntry> for Entry {
    fn from(entry: &AuditEntry) -> Self {
        let actor = entry.actor.map(|id| match entry.actor_kind {
            ActorKind::Device => DeviceId::from_uuid(id).to_string(),
            _ => AccountId::from_uuid(id).to_string(),
        });
        Self {
            number: entry.number,
            id: entry.id,
            at: entry.at.into(),
            actor_kind: entry.actor_kind.as_str(),
            actor,
            actor_name: entry.actor_name.clone(),
            actor_email: entry.actor_email.clone(),
            action: entry.action.clone(),
            sentence: format!("{} {}", actions::actor(entry), actions::deed(entry)),
            target: entry.target.clone(),
            target_name: entry.target_name.clone(),
            before: actions::json(entry.before.as_deref()),
            after: actions::json(entry.after.as_deref()),
            from: entry.address.clone(),
            digest: entry.digest.as_ref().map(hex),
        }
    }
}

impl Entry {
    /// The columns of a table of entries.
    pub(super) const HEADER: [&'static str; 15] = [
        "number",
        "id",
        "at",
        "actor kind",
        "actor",
        "actor name",
        "actor email",
        "action",
        "sentence",
        "target",
        "target name",
        "before",
        "after",
        "from",
        "digest",
    ];

    /// The cells of its row.
    pub(super) fn cells(self) -> [String; 15] {
        let json =
            |value: Option<serde_json::Value>| value.map(|value| value.to_string()).unwrap_or_default();
        [
            self.number.to_string(),
            self.id.to_string(),
            self.at.to_string(),
            self.actor_kind.to_owned(),
            self.actor.unwrap_or_default(),
            self.actor_name,
            self.actor_email,
            self.action,
            self.sentence,
            self.target,
            self.target_name,
            json(self.before),
            json(self.after),
            self.from,
            self.digest.unwrap_or_default(),
        ]
    }
}

/// A digest in hexadecimal.
pub(super) fn hex(digest: &[u8; 32]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
