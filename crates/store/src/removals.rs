//! Removals: that somebody's membership ended, and what ended with it. The device rows tell the rest.

use tessera_domain::{EmailAddress, PersonName, Role};
use tessera_ids::{AccountId, OrgId, Timestamp};

use crate::{Device, Reader, Result, Tx, column::records, devices::select};

records! {
    /// The end of a membership; of somebody who came back and went again, the last one.
    pub struct Removal {
        /// The organization.
        pub org: OrgId,
        /// Who.
        pub account: AccountId,
        /// What they were called then.
        pub name: PersonName,
        /// Their address then.
        pub email: EmailAddress,
        /// What they were.
        pub role: Role,
        /// When.
        pub at: Timestamp,
        /// What whoever removed them is called; empty for who left.
        pub removed_by: String,
        /// How many browsers were signed out; none where they were left, for who belongs elsewhere too.
        pub sessions: Option<u64>,
        /// How many access tokens ended; none where they were left.
        pub tokens: Option<u64>,
    }
}

impl Reader {
    /// The last end of an account's membership.
    pub async fn removal(&mut self, org: OrgId, account: AccountId) -> Result<Option<Removal>> {
        const SQL: &str = "select org, account, name, email, role, at, removed_by, sessions, tokens
            from removals where org = $1 and account = $2";
        self.query(SQL).bind(org).bind(account).optional().await
    }

    /// The last ends of memberships, the newest first.
    pub async fn removals(&mut self, org: OrgId, limit: u64) -> Result<Vec<Removal>> {
        const SQL: &str = "select org, account, name, email, role, at, removed_by, sessions, tokens
            from removals where org = $1 order by at desc, account desc limit $2";
        self.query(SQL).bind(org).bind(limit).all().await
    }

    /// The devices that ended with a membership, by host.
    pub async fn removed_devices(
        &mut self,
        org: OrgId,
        account: AccountId,
        at: Timestamp,
    ) -> Result<Vec<Device>> {
        const SQL: &str = select!(
            "where d.org = $1 and d.account = $2 and d.state = 'removed' and d.ended_at = $3
             order by d.host_key, d.id limit 200"
        );
        self.query(SQL).bind(org).bind(account).bind(at).all().await
    }
}

impl Tx {
    /// Puts down that a membership ended, in place of an earlier end.
    pub async fn insert_removal(&mut self, removal: &Removal) -> Result<()> {
        const SQL: &str =
            "insert into removals (org, account, name, email, role, at, removed_by, sessions, tokens)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (org, account) do update set name = excluded.name, email = excluded.email,
                role = excluded.role, at = excluded.at, removed_by = excluded.removed_by,
                sessions = excluded.sessions, tokens = excluded.tokens";
        self.query(SQL)
            .bind(removal.org)
            .bind(removal.account)
            .bind(&removal.name)
            .bind(&removal.email)
            .bind(removal.role)
            .bind(removal.at)
            .bind(&removal.removed_by)
            .bind(removal.sessions)
            .bind(removal.tokens)
            .run()
            .await
            .map(drop)
    }
}
