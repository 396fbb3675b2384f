//! What the operators' screen shows: who they are, the orgs with their figures, the database, jobs that fail.

use tessera_domain::OrgName;
use tessera_ids::{AccountId, JobId, OrgId, Timestamp};
use uuid::Uuid;

use crate::{Account, Job, JobKind, Reader, Result, Tx, column::records, dialect::DATABASE_FACTS};

records! {
    /// An org with its figures.
    pub struct OrgFigures {
        /// Its id.
        pub id: OrgId,
        /// When it was made.
        pub created_at: Timestamp,
        /// What it is called.
        pub name: OrgName,
        /// How many seats it has; none means as many as wanted.
        pub seats: Option<u64>,
        /// Members.
        pub members: u64,
        /// Active devices.
        pub devices: u64,
        /// When it was deleted.
        pub deleted_at: Option<Timestamp>,
    }

    /// What the engine says of the database.
    pub struct DatabaseFacts {
        /// Bytes.
        pub size: u64,
        /// The newest migration.
        pub schema: u64,
    }

    struct Sent {
        mail_sent_at: Option<Timestamp>,
    }
}

impl Reader {
    /// The accounts that run the installation, by name; at most 100.
    pub async fn operators(&mut self) -> Result<Vec<Account>> {
        const SQL: &str = "select id, created_at, email, name, password_hash, verified_at, zone, is_operator,
                may_create_orgs
            from accounts where is_operator = 1 order by name_key, id limit 100";
        self.query(SQL).all().await
    }

    /// The accounts that may create orgs by name, operators left out; at most 200.
    pub async fn org_makers(&mut self) -> Result<Vec<Account>> {
        const SQL: &str = "select id, created_at, email, name, password_hash, verified_at, zone, is_operator,
                may_create_orgs
            from accounts where may_create_orgs = 1 and is_operator = 0 order by name_key, id limit 200";
        self.query(SQL).all().await
    }

    /// Every org that has data, with its figures, in the order they were made, after that one.
    pub async fn org_figures(&mut self, after: Option<OrgId>, limit: u64) -> Result<Vec<OrgFigures>> {
        const SQL: &str = "select o.id, o.created_at, o.name, o.seats, o.deleted_at,
                (select count(*) from memberships m where m.org = o.id) as members,
                (select count(*) from devices d where d.org = o.id and d.state = 'active') as devices
            from orgs o where o.purged_at is null and ($1 is null or o.id > $1) order by o.id limit $2";
        self.query(SQL).bind(after).bind(limit).all().await
    }

    /// What the engine says of the database.
    pub async fn database_facts(&mut self) -> Result<DatabaseFacts> {
        self.query(DATABASE_FACTS).one().await
    }

    /// When a mail last left.
    pub async fn mail_sent_at(&mut self) -> Result<Option<Timestamp>> {
        let row: Option<Sent> = self
            .query("select mail_sent_at from installation where id = 1")
            .optional()
            .await?;
        Ok(row.and_then(|row| row.mail_sent_at))
    }

    /// Jobs that failed at least once and are tried again, the oldest first.
    pub async fn failing_jobs(&mut self, limit: u64) -> Result<Vec<Job>> {
        const SQL: &str =
            "select id, org, kind, subject, payload, created_at, run_at, attempts, leased_until, failed_at,
                last_error
            from outbox where failed_at is null and last_error is not null order by id limit $1";
        self.query(SQL).bind(limit).all().await
    }

    /// Jobs about something that were given up, the newest first.
    pub async fn failed_jobs_about(&mut self, org: OrgId, kind: JobKind, limit: u64) -> Result<Vec<Job>> {
        const SQL: &str =
            "select id, org, kind, subject, payload, created_at, run_at, attempts, leased_until, failed_at,
                last_error
            from outbox where org = $1 and kind = $2 and failed_at is not null order by id desc limit $3";
        self.query(SQL).bind(org).bind(kind).bind(limit).all().await
    }

    /// One job.
    pub async fn job(&mut self, id: JobId) -> Result<Option<Job>> {
        const SQL: &str =
            "select id, org, kind, subject, payload, created_at, run_at, attempts, leased_until, failed_at,
                last_error
            from outbox where id = $1";
        self.query(SQL).bind(id).optional().await
    }
}

impl Tx {
    /// Notes that a mail left.
    pub async fn note_mail_sent(&mut self, at: Timestamp) -> Result<()> {
        const SQL: &str = "update installation set mail_sent_at = $1
            where id = 1 and (mail_sent_at is null or mail_sent_at < $1)";
        self.query(SQL).bind(at).run().await.map(drop)
    }

    /// Gives up a job that fails and that no worker has at the moment.
    pub async fn abandon_job(&mut self, id: JobId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update outbox set failed_at = $2, leased_until = null
            where id = $1 and failed_at is null and last_error is not null
                and (leased_until is null or leased_until <= $2)";
        self.query(SQL).bind(id).bind(at).touched().await
    }

    /// Lets a job that fails be tried at once.
    pub async fn hurry_job(&mut self, id: JobId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update outbox set run_at = $2 where id = $1 and failed_at is null and run_at > $2";
        self.query(SQL).bind(id).bind(at).touched().await
    }

    /// Deletes a job that was given up.
    pub async fn delete_failed_job(&mut self, id: JobId) -> Result<bool> {
        self.query("delete from outbox where id = $1 and failed_at is not null")
            .bind(id)
            .touched()
            .await
    }

    /// Takes back one subject's jobs of an org that wait or were given up; how many there were.
    pub async fn cancel_org_jobs(&mut self, org: OrgId, kind: JobKind, subject: Uuid) -> Result<u64> {
        self.query("delete from outbox where org = $1 and kind = $2 and subject = $3")
            .bind(org)
            .bind(kind)
            .bind(subject)
            .run()
            .await
    }

    /// Says whether this person runs the installation. False when the account is gone.
    pub async fn set_operator(&mut self, id: AccountId, is_operator: bool) -> Result<bool> {
        self.query("update accounts set is_operator = $2 where id = $1")
            .bind(id)
            .bind(is_operator)
            .touched()
            .await
    }

    /// Locks the row about the installation until the transaction ends, so that two operators decide one after another.
    pub async fn lock_installation(&mut self) -> Result<()> {
        self.query("update installation set open_sign_up = open_sign_up where id = 1")
            .run()
            .await
            .map(drop)
    }
}
