//! Revisions: every saved change of an organization's settings, append-only.

use tessera_domain::{PersonName, RevisionNote};
use tessera_ids::{AccountId, OrgId, Timestamp};

use crate::{Error, Reader, Result, Tx, Unique, column::records};

records! {
    /// One saved change.
    pub struct Revision {
        /// Counted from 1 without gaps.
        pub number: u64,
        /// Who saved it; none for Tessera itself.
        pub author: Option<AccountId>,
        /// What they were called.
        pub author_name: PersonName,
        /// When.
        pub at: Timestamp,
        /// Why.
        pub note: Option<RevisionNote>,
        /// The settings after it: blobs by layer and section, as exact bytes.
        pub tree: Vec<u8>,
        /// What it changed.
        pub changes: serde_json::Value,
    }

    /// One saved change, without the settings after it.
    pub struct RevisionSummary {
        /// Counted from 1 without gaps.
        pub number: u64,
        /// Who saved it.
        pub author: Option<AccountId>,
        /// What they were called.
        pub author_name: PersonName,
        /// When.
        pub at: Timestamp,
        /// Why.
        pub note: Option<RevisionNote>,
        /// What it changed.
        pub changes: serde_json::Value,
    }
}

/// A change to be saved; its `number` must be one more than the newest.
pub type NewRevision = Revision;

impl Reader {
    /// The newest revision; none before anything was saved.
    pub async fn latest_revision(&mut self, org: OrgId) -> Result<Option<Revision>> {
        const SQL: &str = "select number, author, author_name, at, note, tree, changes from revisions
            where org = $1 order by number desc limit 1";
        self.query(SQL).bind(org).optional().await
    }

    /// One revision.
    pub async fn revision(&mut self, org: OrgId, number: u64) -> Result<Option<Revision>> {
        const SQL: &str = "select number, author, author_name, at, note, tree, changes from revisions
            where org = $1 and number = $2";
        self.query(SQL).bind(org).bind(number).optional().await
    }

    /// A page of history, the newest first, before that number.
    pub async fn revisions(
        &mut self,
        org: OrgId,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<RevisionSummary>> {
        const SQL: &str = "select number, author, author_name, at, note, changes from revisions
            where org = $1 and number < $2 order by number desc limit $3";
        let before = before.unwrap_or(i64::MAX.unsigned_abs());
        self.query(SQL).bind(org).bind(before).bind(limit).all().await
    }
}

impl Tx {
    /// Appends a revision under the organization's lock.
    /// [`Unique::Revision`] when its number is not one more than the newest.
    pub async fn insert_revision(&mut self, org: OrgId, new: &NewRevision) -> Result<()> {
        const NUMBER: &str = "update orgs set revision = $2 where id = $1 and revision = $2 - 1";
        const SQL: &str = "insert into revisions (org, number, author, author_name, at, note, tree, changes)
            values ($1, $2, $3, $4, $5, $6, $7, $8)";
        if !self.query(NUMBER).bind(org).bind(new.number).touched().await? {
            return Err(Error::NotUnique(Unique::Revision));
        }
        self.query(SQL)
            .bind(org)
            .bind(new.number)
            .bind(new.author)
            .bind(&new.author_name)
            .bind(new.at)
            .bind(&new.note)
            .bind(&new.tree)
            .bind(&new.changes)
            .run()
            .await
            .map(drop)
    }
}
