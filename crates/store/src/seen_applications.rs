//! Applications that devices were asked about and that no list speaks of.

use serde::Serialize;
use tessera_ids::{OrgId, Timestamp};

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
};

records! {
    /// An application that was seen on some device.
    pub struct SeenApplication {
        /// The rules that recognise it, one in a line: who it is.
        pub rules: String,
        /// What it called itself when it was first seen.
        pub name: String,
        /// When it was first seen.
        pub first_seen: Timestamp,
        /// When it was last seen.
        pub last_seen: Timestamp,
    }
}

#[derive(Serialize)]
struct Seen<'a> {
    rules: &'a str,
    name: &'a str,
}

impl Reader {
    /// At most `limit` of an organization's, those seen last first.
    pub async fn seen_applications(&mut self, org: OrgId, limit: u64) -> Result<Vec<SeenApplication>> {
        const SQL: &str = "select rules, name, first_seen, last_seen from seen_applications
            where org = $1 order by last_seen desc, rules limit $2";
        self.query(SQL).bind(org).bind(limit).all().await
    }
}

impl Tx {
    /// Notes applications, each by its rules and name, and forgets those not seen since `kept_since`.
    ///
    /// No more than `most` are kept: beyond that only known ones are noted again.
    pub async fn see_applications(
        &mut self,
        org: OrgId,
        seen: &[(String, String)],
        now: Timestamp,
        kept_since: Timestamp,
        most: u64,
    ) -> Result<()> {
        const FORGET: &str = "delete from seen_applications where org = $1 and last_seen < $2";
        const AGAIN: Sql = bulk!(
            "update seen_applications set last_seen = $3 where org = $1 and rules in (select r.rules from ",
            "$2" { rules: text, name: text },
            ")"
        );
        const NEW: Sql = bulk!(
            "insert into seen_applications (org, rules, name, first_seen, last_seen)
            select $1, r.rules, r.name, $3, $3 from ",
            "$2" { rules: text, name: text },
            " where (select count(*) from seen_applications where org = $1) < $4
            on conflict (org, rules) do nothing"
        );
        self.query(FORGET).bind(org).bind(kept_since).run().await?;
        let rows: Vec<Seen<'_>> = seen.iter().map(|(rules, name)| Seen { rules, name }).collect();
        self.query(AGAIN).bind(org).rows(&rows).bind(now).run().await?;
        self.query(NEW)
            .bind(org)
            .rows(&rows)
            .bind(now)
            .bind(most)
            .run()
            .await?;
        Ok(())
    }
}
