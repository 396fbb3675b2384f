//! The audit log: append-only, and it outlives whom and what it speaks of.

use tessera_ids::{AuditEntryId, OrgId, Timestamp};
use uuid::Uuid;

use crate::{
    Reader, Result, Tx,
    column::{records, words},
    containing,
};

words! {
    /// Who did it.
    pub enum ActorKind {
        /// A person in a browser.
        Account = "account",
        /// A personal access token.
        Token = "token",
        /// A device.
        Device = "device",
        /// Tessera itself.
        System = "system",
    }
}

records! {
    /// One line of the audit log.
    pub struct AuditEntry {
        /// Its id.
        pub id: AuditEntryId,
        /// In which organization; none for the installation.
        pub org: Option<OrgId>,
        /// When.
        pub at: Timestamp,
        /// Who: as what.
        pub actor_kind: ActorKind,
        /// Who: the account's or device's id.
        pub actor: Option<Uuid>,
        /// Who: what they were called.
        pub actor_name: String,
        /// What, as `member.role_changed`.
        pub action: String,
        /// To whom or what: an id or a name.
        pub target: String,
        /// As it was.
        pub before: Option<serde_json::Value>,
        /// As it became.
        pub after: Option<serde_json::Value>,
        /// From where.
        pub address: String,
    }
}

/// Which lines a page of the audit log shows.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Somewhere in the actor's name or the target.
    pub search: Option<String>,
    /// Only actions that begin so.
    pub action: Option<String>,
    /// Older than that line.
    pub before: Option<(Timestamp, AuditEntryId)>,
}

impl Reader {
    /// A page of an organization's audit log, the newest first.
    pub async fn audit(&mut self, org: OrgId, wanted: &AuditQuery, limit: u64) -> Result<Vec<AuditEntry>> {
        const SQL: &str =
            "select id, org, at, actor_kind, actor, actor_name, action, target, before, after, address
            from audit
            where org = $1 and ($2 is null or search like $2 escape '\\')
                and ($3 is null or action like $3 escape '\\') and (at, id) < ($4, $5)
            order by at desc, id desc limit $6";
        let action = wanted
            .action
            .as_deref()
            .map(|action| containing(action)[1..].to_owned());
        let query = self
            .query(SQL)
            .bind(org)
            .bind(wanted.search.as_deref().map(containing))
            .bind(action);
        let query = match wanted.before {
            Some((at, id)) => query.bind(at).bind(id),
            None => query.bind(i64::MAX).bind(Uuid::max()),
        };
        query.bind(limit).all().await
    }
}

impl Tx {
    /// Appends a line.
    pub async fn insert_audit(&mut self, entry: &AuditEntry) -> Result<()> {
        const SQL: &str =
            "insert into audit (id, org, at, actor_kind, actor, actor_name, action, target, before, after,
                address, search)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let search = format!("{}\n{}", entry.actor_name, entry.target);
        self.query(SQL)
            .bind(entry.id)
            .bind(entry.org)
            .bind(entry.at)
            .bind(entry.actor_kind)
            .bind(entry.actor)
            .bind(&entry.actor_name)
            .bind(&entry.action)
            .bind(&entry.target)
            .bind(&entry.before)
            .bind(&entry.after)
            .bind(&entry.address)
            .bind(tessera_domain::text::fold(&search))
            .run()
            .await
            .map(drop)
    }
}
