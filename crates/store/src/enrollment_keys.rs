//! Keys by which machines are enrolled without anybody typing a code.

use tessera_domain::{
    EmailAddress, EnrollmentKeyName, EnrollmentKeyState, MailDomain, PersonName, enrollment_key::KeyFacts,
};
use tessera_ids::{AccountId, EnrollmentKeyId, OrgId, Timestamp};

use crate::{
    Hash, Reader, Result, Tx,
    column::{records, words},
};

words! {
    /// How a key finds whose a machine is.
    pub enum EnrollmentRule {
        /// One named member's.
        Member = "member",
        /// Whoever is logged in on the machine, at the key's mail domain.
        Login = "login",
        /// Whom the machine's set-up names, by address.
        Told = "told",
    }
}

records! {
    /// A key, without what is secret of it.
    pub struct EnrollmentKey {
        /// Its id.
        pub id: EnrollmentKeyId,
        /// Where it enrols machines.
        pub org: OrgId,
        /// Of the key itself.
        pub key_hash: Hash,
        /// What it ends in.
        pub last_four: String,
        /// What it is called.
        pub name: EnrollmentKeyName,
        /// How it finds whose a machine is.
        pub rule: EnrollmentRule,
        /// The named member.
        pub account: Option<AccountId>,
        /// What they are called.
        pub member_name: Option<PersonName>,
        /// Their address.
        pub member_email: Option<EmailAddress>,
        /// Whether they are a member still.
        pub is_member: bool,
        /// The mail domain of those who are logged in.
        pub domain: Option<MailDomain>,
        /// How many machines it may enrol.
        pub max_uses: u64,
        /// How many it enrolled.
        pub uses: u64,
        /// When it was made.
        pub created_at: Timestamp,
        /// Who made it.
        pub created_by_name: PersonName,
        /// When it stops working.
        pub expires_at: Timestamp,
        /// When it last enrolled a machine.
        pub used_at: Option<Timestamp>,
        /// When it was revoked.
        pub revoked_at: Option<Timestamp>,
        /// Who revoked it.
        pub revoked_by_name: Option<PersonName>,
    }
}

/// A key to be kept.
#[derive(Clone, Debug)]
pub struct NewEnrollmentKey {
    /// Its id.
    pub id: EnrollmentKeyId,
    /// Of the key itself.
    pub key_hash: Hash,
    /// What it ends in.
    pub last_four: String,
    /// What it is called.
    pub name: EnrollmentKeyName,
    /// How it finds whose a machine is.
    pub rule: EnrollmentRule,
    /// The named member.
    pub account: Option<AccountId>,
    /// The mail domain of those who are logged in.
    pub domain: Option<MailDomain>,
    /// How many machines it may enrol.
    pub max_uses: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by_name: PersonName,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl EnrollmentKey {
    /// Whether it works at `now`.
    pub fn state(&self, now: Timestamp) -> EnrollmentKeyState {
        let facts = KeyFacts {
            uses: self.uses,
            max_uses: self.max_uses,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        };
        EnrollmentKeyState::of(&facts, now)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select k.id, k.org, k.key_hash, k.last_four, k.name, k.rule, k.account, a.name as member_name,
                a.email as member_email, cast(case when m.account is null then 0 else 1 end as bigint) as is_member, k.domain,
                k.max_uses, k.uses, k.created_at, k.created_by_name, k.expires_at, k.used_at, k.revoked_at,
                k.revoked_by_name
             from enrollment_keys k left join accounts a on a.id = k.account
             left join memberships m on m.org = k.org and m.account = k.account ",
            $rest
        )
    };
}

impl Reader {
    /// The key that a machine shows, before it is known which organization's it is; whether it works or not.
    pub async fn enrollment_key_by_hash(&mut self, hash: Hash) -> Result<Option<EnrollmentKey>> {
        self.query(select!("where k.key_hash = $1"))
            .bind(hash)
            .optional()
            .await
    }

    /// One key of an organization.
    pub async fn enrollment_key(&mut self, org: OrgId, id: EnrollmentKeyId) -> Result<Option<EnrollmentKey>> {
        self.query(select!("where k.org = $1 and k.id = $2"))
            .bind(org)
            .bind(id)
            .optional()
            .await
    }

    /// An organization's keys, the newest first.
    pub async fn enrollment_keys(&mut self, org: OrgId, limit: u64) -> Result<Vec<EnrollmentKey>> {
        const SQL: &str = select!("where k.org = $1 order by k.created_at desc, k.id desc limit $2");
        self.query(SQL).bind(org).bind(limit).all().await
    }

    /// How many of an organization's keys work at `now`.
    pub async fn count_usable_enrollment_keys(&mut self, org: OrgId, now: Timestamp) -> Result<u64> {
        const SQL: &str = "select count(*) as count from enrollment_keys
            where org = $1 and revoked_at is null and expires_at > $2 and uses < max_uses";
        self.query(SQL).bind(org).bind(now).count().await
    }
}

impl Tx {
    /// Keeps a new key.
    pub async fn insert_enrollment_key(&mut self, org: OrgId, new: &NewEnrollmentKey) -> Result<()> {
        const SQL: &str =
            "insert into enrollment_keys (id, org, key_hash, last_four, name, rule, account, domain, max_uses, uses,
                created_at, created_by_name, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12)";
        self.query(SQL)
            .bind(new.id)
            .bind(org)
            .bind(new.key_hash)
            .bind(&new.last_four)
            .bind(&new.name)
            .bind(new.rule)
            .bind(new.account)
            .bind(&new.domain)
            .bind(new.max_uses)
            .bind(new.created_at)
            .bind(&new.created_by_name)
            .bind(new.expires_at)
            .run()
            .await
            .map(drop)
    }

    /// Takes one of a key's uses; false when it does not work any more. One statement decides, so that a
    /// crowd gets no more than there are.
    pub async fn use_enrollment_key(
        &mut self,
        org: OrgId,
        id: EnrollmentKeyId,
        now: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "update enrollment_keys set uses = uses + 1, used_at = $3
            where org = $1 and id = $2 and revoked_at is null and expires_at > $3 and uses < max_uses";
        self.query(SQL).bind(org).bind(id).bind(now).touched().await
    }

    /// Ends a key; false when somebody had ended it before. Its devices stay.
    pub async fn revoke_enrollment_key(
        &mut self,
        org: OrgId,
        id: EnrollmentKeyId,
        at: Timestamp,
        by: &PersonName,
    ) -> Result<bool> {
        const SQL: &str = "update enrollment_keys set revoked_at = $3, revoked_by_name = $4
            where org = $1 and id = $2 and revoked_at is null";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(at)
            .bind(by)
            .touched()
            .await
    }
}
