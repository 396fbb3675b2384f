//! The audit log: append-only, and it outlives whom and what it speaks of. An organization's entries
//! are numbered without gaps and chained, see [`chain`].

use serde::Serialize;
use tessera_domain::text::fold;
use tessera_ids::{AuditEntryId, OrgId, Timestamp};
use uuid::Uuid;

use crate::{
    Error, Hash, Reader, Result, Tx,
    column::{records, words},
    containing,
    dialect::{Sql, bulk},
};

mod chain;

pub use chain::{AuditHead, AuditLine};

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
        /// Its place in the organization's log, from 1 without gaps; 0 for what no chain holds.
        pub number: u64,
        /// When.
        pub at: Timestamp,
        /// Who: as what.
        pub actor_kind: ActorKind,
        /// Who: the account's or device's id.
        pub actor: Option<Uuid>,
        /// Who: what they were called.
        pub actor_name: String,
        /// Who: their address, where they have one.
        pub actor_email: String,
        /// What, as `member.role_changed`.
        pub action: String,
        /// To whom or what: an id.
        pub target: String,
        /// To whom or what: what people called it.
        pub target_name: String,
        /// As it was: JSON, in the exact text that the digest is of.
        pub before: Option<String>,
        /// As it became: JSON, in the exact text that the digest is of.
        pub after: Option<String>,
        /// From where.
        pub address: String,
        /// The digest of this entry and all before it; none for what no chain holds.
        pub digest: Option<Hash>,
    }
}

/// A line to be appended.
#[derive(Clone, Debug)]
pub struct NewAuditEntry {
    /// Its id.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// Who: as what.
    pub actor_kind: ActorKind,
    /// Who: the account's or device's id.
    pub actor: Option<Uuid>,
    /// Who: what they are called.
    pub actor_name: String,
    /// Who: their address, where they have one.
    pub actor_email: String,
    /// What, as `member.role_changed`.
    pub action: String,
    /// To whom or what: an id.
    pub target: String,
    /// To whom or what: what people call it.
    pub target_name: String,
    /// As it was.
    pub before: Option<serde_json::Value>,
    /// As it became.
    pub after: Option<serde_json::Value>,
    /// From where.
    pub address: String,
}

/// Where a page of the log ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditPlace {
    /// The last line's number.
    pub number: u64,
    /// Its time.
    pub at: Timestamp,
    /// Its id.
    pub id: AuditEntryId,
}

/// Which lines a page of the audit log shows.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Somewhere in the actor's name or address, or in the target's name or id.
    pub search: Option<String>,
    /// Only these actions; none for all of them.
    pub actions: Option<Vec<String>>,
    /// Only whose name or address contains this.
    pub actor: Option<String>,
    /// Only what this account or device did.
    pub actor_id: Option<Uuid>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Older than that line.
    pub before: Option<AuditPlace>,
}

impl AuditEntry {
    /// Where a page ends of which this is the last line.
    pub const fn place(&self) -> AuditPlace {
        AuditPlace {
            number: self.number,
            at: self.at,
            id: self.id,
        }
    }
}

/// One of the actions that a query asks for.
#[derive(Serialize)]
struct Named<'a> {
    action: &'a str,
}

impl Reader {
    /// A page of an organization's audit log, the newest first: what the chain holds, then what is older
    /// than it.
    pub async fn audit(&mut self, org: OrgId, wanted: &AuditQuery, limit: u64) -> Result<Vec<AuditEntry>> {
        const SQL: Sql = bulk!(
            "select id, org, number, at, actor_kind, actor, actor_name, actor_email, action, target,
                target_name, before, after, address, digest
            from audit
            where org = $1 and (number, at, id) < ($2, $3, $4)
                and ($5 is null or search like $5 escape '\\')
                and ($6 is null or actor_key like $6 escape '\\')
                and ($7 is null or actor = $7) and at >= $8 and at < $9
                and ($10 = 0 or action in (select r.action from ",
            "$11" { action: text },
            ")) order by number desc, at desc, id desc limit $12"
        );
        let end = AuditPlace {
            number: i64::MAX.unsigned_abs(),
            at: Timestamp::from_micros(i64::MAX),
            id: tessera_ids::TypedId::from_uuid(Uuid::max()),
        };
        let place = wanted.before.unwrap_or(end);
        let names = wanted.actions.as_deref().unwrap_or_default();
        let names: Vec<_> = names.iter().map(|action| Named { action }).collect();
        self.query(SQL)
            .bind(org)
            .bind(place.number)
            .bind(place.at)
            .bind(place.id)
            .bind(wanted.search.as_deref().map(containing))
            .bind(wanted.actor.as_deref().map(containing))
            .bind(wanted.actor_id)
            .bind(wanted.since.unwrap_or(Timestamp::from_micros(i64::MIN)))
            .bind(wanted.until.unwrap_or(Timestamp::from_micros(i64::MAX)))
            .bind(wanted.actions.is_some())
            .rows(&names)
            .bind(limit)
            .all()
            .await
    }
}

impl Reader {
    /// The newest lines of no organization: sign-ins and what happens to accounts.
    pub async fn audit_outside(&mut self, limit: u64) -> Result<Vec<AuditEntry>> {
        const SQL: &str =
            "select id, org, number, at, actor_kind, actor, actor_name, actor_email, action, target,
                target_name, before, after, address, digest
            from audit where org is null order by at desc, id desc limit $1";
        self.query(SQL).bind(limit).all().await
    }
}

impl Tx {
    /// Appends a line of no organization, such as a sign-in. No chain holds it.
    pub async fn insert_audit_outside(&mut self, entry: &NewAuditEntry) -> Result<()> {
        self.write_audit(&[AuditLine::new(None, entry)]).await
    }

    /// Appends lines to an organization's log in this order, numbered and chained: however many they are,
    /// in one pass. They must be of the transaction that holds the organization's lock.
    ///
    /// # Errors
    /// *Internal* without the lock: two writers would take one number.
    pub async fn insert_audit_many(&mut self, org: OrgId, entries: &[NewAuditEntry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        if !self.holds(org) {
            return Err(Error::Internal(
                "an audit entry was written without the organization's lock".to_owned(),
            ));
        }
        let mut head = self.audit_head(org).await?.unwrap_or(AuditHead::START);
        let mut lines = Vec::with_capacity(entries.len());
        for entry in entries {
            let line = AuditLine::new(Some(org), entry).after(&head);
            head = line.head().unwrap_or(head);
            lines.push(line);
        }
        self.write_audit(&lines).await?;
        self.move_audit_head(org, &head).await
    }

    async fn write_audit(&mut self, lines: &[AuditLine]) -> Result<()> {
        const SQL: Sql = bulk!(
            "insert into audit (id, org, number, at, actor_kind, actor, actor_name, actor_email, actor_key,
                action, target, target_name, before, after, address, search, digest)
            select r.id, r.org, r.number, r.at, r.actor_kind, r.actor, r.actor_name, r.actor_email,
                r.actor_key, r.action, r.target, r.target_name, r.before, r.after, r.address, r.search, r.digest
            from ",
            "$1" {
                id: uuid, org: uuid, number: int, at: int, actor_kind: text, actor: uuid, actor_name: text,
                actor_email: text, actor_key: text, action: text, target: text, target_name: text,
                before: text, after: text, address: text, search: text, digest: bytes
            },
            " where true"
        );
        let rows: Vec<_> = lines.iter().map(Row::of).collect();
        self.query(SQL).rows(&rows).run().await.map(drop)
    }
}

/// A line in the JSON array of the insert, with the columns that it is found by.
#[derive(Serialize)]
struct Row<'a> {
    id: String,
    org: Option<String>,
    actor: Option<String>,
    digest: Option<String>,
    actor_key: String,
    search: String,
    number: i64,
    at: i64,
    actor_kind: &'a str,
    actor_name: &'a str,
    actor_email: &'a str,
    action: &'a str,
    target: &'a str,
    target_name: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
    address: &'a str,
}

impl<'a> Row<'a> {
    fn of(line: &'a AuditLine) -> Self {
        let uuid = |uuid: Uuid| crate::hex(uuid.as_bytes());
        let actor = format!("{}\n{}", line.actor_name, line.actor_email);
        let search = format!("{actor}\n{}\n{}", line.target_name, line.target);
        Self {
            id: uuid(line.id),
            org: line.org.map(uuid),
            actor: line.actor.map(uuid),
            digest: line.digest.as_deref().map(crate::hex),
            actor_key: fold(&actor),
            search: fold(&search),
            number: line.number,
            at: line.at,
            actor_kind: &line.actor_kind,
            actor_name: &line.actor_name,
            actor_email: &line.actor_email,
            action: &line.action,
            target: &line.target,
            target_name: &line.target_name,
            before: line.before.as_deref(),
            after: line.after.as_deref(),
            address: &line.address,
        }
    }
}
