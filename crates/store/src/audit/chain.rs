//! The chain over an organization's audit log: each entry carries a SHA-256 of itself and of the digest
//! before it, so that nothing can be changed, taken out or put in unseen by who kept a later digest.
//!
//! What is hashed is what is stored, byte by byte: see [`AuditLine::linked`], and docs/adr/0012 for why.

use sha2::{Digest, Sha256};
use tessera_ids::{OrgId, TypedId};
use uuid::Uuid;

use super::NewAuditEntry;
use crate::{Hash, Reader, Result, Tx, column::records};

/// What a digest begins with; another encoding would need another.
const DOMAIN: &[u8] = b"tessera audit entry 1";

records! {
    /// A line exactly as it is stored, for checking the chain: nothing of it is interpreted, so that also
    /// what somebody wrote there by hand can be read.
    pub struct AuditLine {
        /// Its id.
        pub id: Uuid,
        /// In which organization.
        pub org: Option<Uuid>,
        /// Its place in the chain; 0 outside.
        pub number: i64,
        /// When, in microseconds.
        pub at: i64,
        /// Who: as what.
        pub actor_kind: String,
        /// Who: an id.
        pub actor: Option<Uuid>,
        /// Who: a name.
        pub actor_name: String,
        /// Who: an address.
        pub actor_email: String,
        /// What.
        pub action: String,
        /// To whom or what: an id.
        pub target: String,
        /// To whom or what: a name.
        pub target_name: String,
        /// As it was: JSON.
        pub before: Option<String>,
        /// As it became: JSON.
        pub after: Option<String>,
        /// From where.
        pub address: String,
        /// The digest that was written with it.
        pub digest: Option<Vec<u8>>,
    }

    /// Where a chain ends.
    pub struct AuditHead {
        /// The newest entry's number.
        pub number: u64,
        /// Its digest.
        pub digest: Hash,
    }

    struct Count {
        count: u64,
    }
}

impl AuditHead {
    /// Where every chain begins: before number 1, with a digest of zeros.
    pub const START: Self = Self {
        number: 0,
        digest: [0; 32],
    };
}

impl AuditLine {
    pub(super) fn new(org: Option<OrgId>, entry: &NewAuditEntry) -> Self {
        Self {
            id: entry.id.uuid(),
            org: org.map(TypedId::uuid),
            number: 0,
            at: entry.at.as_micros(),
            actor_kind: entry.actor_kind.as_str().to_owned(),
            actor: entry.actor,
            actor_name: entry.actor_name.clone(),
            actor_email: entry.actor_email.clone(),
            action: entry.action.clone(),
            target: entry.target.clone(),
            target_name: entry.target_name.clone(),
            before: entry.before.as_ref().map(ToString::to_string),
            after: entry.after.as_ref().map(ToString::to_string),
            address: entry.address.clone(),
            digest: None,
        }
    }

    /// The same line as the next one after `head`.
    pub(super) fn after(mut self, head: &AuditHead) -> Self {
        self.number = i64::try_from(head.number).unwrap_or(i64::MAX).saturating_add(1);
        self.digest = Some(self.linked(&head.digest).to_vec());
        self
    }

    /// The chain's end if this is its last line.
    pub fn head(&self) -> Option<AuditHead> {
        Some(AuditHead {
            number: u64::try_from(self.number).ok()?,
            digest: self.digest.as_deref()?.try_into().ok()?,
        })
    }

    /// The digest that this line has after a line with the digest `previous`: SHA-256 of the domain text, the
    /// previous digest and every field in the order below. A text is its length as eight bytes, the most
    /// significant first, and its UTF-8; a number is its eight bytes, an id its sixteen; what may be missing
    /// begins with one byte, 0 for missing and 1 for there.
    pub fn linked(&self, previous: &Hash) -> Hash {
        let mut hash = Hasher(Sha256::new());
        hash.text(DOMAIN);
        hash.0.update(previous);
        hash.number(self.number);
        hash.0.update(self.id.as_bytes());
        hash.id(self.org);
        hash.number(self.at);
        hash.text(self.actor_kind.as_bytes());
        hash.id(self.actor);
        for text in [
            &self.actor_name,
            &self.actor_email,
            &self.action,
            &self.target,
            &self.target_name,
        ] {
            hash.text(text.as_bytes());
        }
        hash.optional(self.before.as_deref());
        hash.optional(self.after.as_deref());
        hash.text(self.address.as_bytes());
        hash.0.finalize().into()
    }
}

struct Hasher(Sha256);

impl Hasher {
    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        // No text is longer than memory, which no machine has 2⁶⁴ bytes of.
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text);
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.update([u8::from(text.is_some())]);
        if let Some(text) = text {
            self.text(text.as_bytes());
        }
    }

    fn id(&mut self, id: Option<Uuid>) {
        self.0.update([u8::from(id.is_some())]);
        if let Some(id) = id {
            self.0.update(id.as_bytes());
        }
    }
}

impl Reader {
    /// Where an organization's chain ends; none before its first entry.
    pub async fn audit_head(&mut self, org: OrgId) -> Result<Option<AuditHead>> {
        self.query("select number, digest from audit_heads where org = $1")
            .bind(org)
            .optional()
            .await
    }

    /// The next lines of an organization's chain after that number, the oldest first.
    pub async fn audit_lines(&mut self, org: OrgId, after: u64, limit: u64) -> Result<Vec<AuditLine>> {
        const SQL: &str =
            "select id, org, number, at, actor_kind, actor, actor_name, actor_email, action, target,
                target_name, before, after, address, digest
            from audit where org = $1 and number > $2 order by number, at, id limit $3";
        self.query(SQL).bind(org).bind(after).bind(limit).all().await
    }

    /// How many of an organization's entries no chain holds, since they are older than it.
    pub async fn count_audit_unchained(&mut self, org: OrgId) -> Result<u64> {
        self.query("select count(*) as count from audit where org = $1 and number <= 0")
            .bind(org)
            .one()
            .await
            .map(|count: Count| count.count)
    }
}

impl Tx {
    pub(super) async fn move_audit_head(&mut self, org: OrgId, head: &AuditHead) -> Result<()> {
        const SQL: &str = "insert into audit_heads (org, number, digest) values ($1, $2, $3)
            on conflict (org) do update set number = excluded.number, digest = excluded.digest";
        self.query(SQL)
            .bind(org)
            .bind(head.number)
            .bind(head.digest)
            .run()
            .await
            .map(drop)
    }
}
