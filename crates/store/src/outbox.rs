//! The outbox: jobs and mail, written by the transaction that causes them, leased by workers.

use std::time::Duration;

use serde::Serialize;
use tessera_ids::{JobId, OrgId, Timestamp, TypedId};
use uuid::Uuid;

use crate::{
    Reader, Result, Tx,
    column::{records, words},
    dialect::{Sql, bulk, skip_locked},
    hex,
};

/// No lease lasts so long. One that seems to was taken by a clock that then was set back, and is over.
const NEVER_LEASED: Duration = Duration::from_hours(1);
/// Nothing is put off for so long: the last try of a webhook waits 20 hours. What seems to be, or to have been queued in the
/// future, was so by a clock that then was set back, and is due.
const NEVER_PUT_OFF: Duration = Duration::from_hours(24);

words! {
    /// What a job does.
    pub enum JobKind {
        /// Sends a mail.
        Mail = "mail",
        /// Tells an endpoint of an alert.
        Webhook = "webhook",
        /// Anything else, as its payload says.
        Task = "task",
    }
}

records! {
    /// A queued job.
    pub struct Job {
        /// Its id.
        pub id: JobId,
        /// For which organization.
        pub org: Option<OrgId>,
        /// What it does.
        pub kind: JobKind,
        /// What it is about, such as an invitation.
        pub subject: Option<Uuid>,
        /// What it needs to know.
        pub payload: serde_json::Value,
        /// When it was queued.
        pub created_at: Timestamp,
        /// When it is due.
        pub run_at: Timestamp,
        /// How often it was begun.
        pub attempts: u64,
        /// Until when a worker has it.
        pub leased_until: Option<Timestamp>,
        /// When it was given up.
        pub failed_at: Option<Timestamp>,
        /// Why it last failed.
        pub last_error: Option<String>,
    }

    /// How the queue stands.
    pub struct OutboxHealth {
        /// Not done, not given up.
        pub waiting: u64,
        /// Of those, the ones that have failed at least once.
        pub retrying: u64,
        /// Given up.
        pub failed: u64,
        /// When the longest-waiting one was queued.
        pub oldest: Option<Timestamp>,
    }
}

/// A job to be queued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// For which organization.
    pub org: Option<OrgId>,
    /// What it does.
    pub kind: JobKind,
    /// What it is about.
    pub subject: Option<Uuid>,
    /// What it needs to know.
    pub payload: serde_json::Value,
    /// When it is queued.
    pub created_at: Timestamp,
    /// When it is due.
    pub run_at: Timestamp,
}

#[derive(Serialize)]
struct Row {
    id: String,
    org: Option<String>,
    kind: &'static str,
    subject: Option<String>,
    payload: String,
    created_at: i64,
    run_at: i64,
}

impl Reader {
    /// How the queue stands, for the operator, or for one organization and one kind.
    pub async fn outbox_health(&mut self, org: Option<OrgId>, kind: Option<JobKind>) -> Result<OutboxHealth> {
        const SQL: &str = "select count(*) filter (where failed_at is null) as waiting,
                count(*) filter (where failed_at is null and last_error is not null) as retrying,
                count(*) filter (where failed_at is not null) as failed,
                min(case when failed_at is null then created_at end) as oldest
            from outbox where ($1 is null or org = $1) and ($2 is null or kind = $2)";
        self.query(SQL).bind(org).bind(kind).one().await
    }

    /// The jobs that were given up, the newest first, before that one.
    pub async fn failed_jobs(&mut self, before: Option<JobId>, limit: u64) -> Result<Vec<Job>> {
        const SQL: &str =
            "select id, org, kind, subject, payload, created_at, run_at, attempts, leased_until, failed_at,
                last_error
            from outbox where failed_at is not null and ($1 is null or id < $1) order by id desc limit $2";
        self.query(SQL).bind(before).bind(limit).all().await
    }

    /// When the next job of a kind is due or its lease runs out.
    pub async fn next_due(&mut self, kind: JobKind, now: Timestamp) -> Result<Option<Timestamp>> {
        const SQL: &str = "select min(case
                when leased_until > run_at and leased_until <= $3 then leased_until
                when created_at > $2 or run_at > $4 then $2
                else run_at end) as due
            from outbox where failed_at is null and kind = $1";
        let asking = self.query(SQL).bind(kind).bind(now);
        let due: Due = asking
            .bind(now.plus(NEVER_LEASED))
            .bind(now.plus(NEVER_PUT_OFF))
            .one()
            .await?;
        Ok(due.due)
    }
}

records! {
    struct Due {
        due: Option<Timestamp>,
    }
}

impl Tx {
    /// Queues jobs.
    pub async fn enqueue(&mut self, jobs: &[NewJob]) -> Result<()> {
        const SQL: Sql = bulk!(
            "insert into outbox (id, org, kind, subject, payload, created_at, run_at, attempts)
             select r.id, r.org, r.kind, r.subject, r.payload, r.created_at, r.run_at, 0 from ",
            "$1" { id: uuid, org: uuid, kind: text, subject: uuid, payload: text, created_at: int, run_at: int },
            " where true"
        );
        let rows: Vec<_> = jobs.iter().map(NewJob::row).collect();
        self.query(SQL).rows(&rows).run().await.map(drop)
    }

    /// Takes due jobs of a kind for a worker until `until`, the longest due first. A job whose worker died
    /// comes back when its lease runs out. An endpoint is told one thing at a time: while it takes its time,
    /// what else it is to be told waits, and nobody else's does.
    pub async fn lease_jobs(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        kind: JobKind,
        limit: u64,
    ) -> Result<Vec<Job>> {
        const SQL: Sql = skip_locked!(
            "update outbox set leased_until = $2, attempts = attempts + 1,
                created_at = case when created_at > $1 then $1 else created_at end
             where id in (
                select id from outbox as o
                where kind = $4 and failed_at is null and (run_at <= $1 or run_at > $5 or created_at > $1)
                    and (leased_until is null or leased_until <= $1 or leased_until > $6)
                    and (kind <> 'webhook' or not exists (select 1 from outbox as p
                        where p.subject = o.subject and p.kind = 'webhook' and p.failed_at is null and p.id <> o.id
                            and (p.leased_until > $1 and p.leased_until <= $6
                                or ((p.run_at <= $1 or p.run_at > $5 or p.created_at > $1)
                                    and (p.run_at, p.id) < (o.run_at, o.id)))))
                order by run_at, id limit $3",
            ") returning id, org, kind, subject, payload, created_at, run_at, attempts, leased_until, failed_at,
                last_error"
        );
        let mut jobs: Vec<Job> = self
            .query(SQL)
            .bind(now)
            .bind(until)
            .bind(limit)
            .bind(kind)
            .bind(now.plus(NEVER_PUT_OFF))
            .bind(now.plus(NEVER_LEASED))
            .all()
            .await?;
        jobs.sort_by_key(|job| (job.run_at, job.id));
        Ok(jobs)
    }

    /// The job is done; false when its lease ran out and another worker has it.
    pub async fn complete_job(&mut self, job: &Job) -> Result<bool> {
        const SQL: &str = "delete from outbox where id = $1 and attempts = $2";
        self.query(SQL).bind(job.id).bind(job.attempts).touched().await
    }

    /// The job failed and is to be tried again at `run_at`.
    pub async fn retry_job(&mut self, job: &Job, run_at: Timestamp, error: &str) -> Result<bool> {
        const SQL: &str = "update outbox set leased_until = null, run_at = $3, last_error = $4
            where id = $1 and attempts = $2";
        self.query(SQL)
            .bind(job.id)
            .bind(job.attempts)
            .bind(run_at)
            .bind(error)
            .touched()
            .await
    }

    /// The job is given up; it stays to be seen, and to be revived.
    pub async fn give_job_up(&mut self, job: &Job, at: Timestamp, error: &str) -> Result<bool> {
        const SQL: &str = "update outbox set leased_until = null, failed_at = $3, last_error = $4
            where id = $1 and attempts = $2";
        self.query(SQL)
            .bind(job.id)
            .bind(job.attempts)
            .bind(at)
            .bind(error)
            .touched()
            .await
    }

    /// Queues a given-up job again.
    pub async fn revive_job(&mut self, id: JobId, run_at: Timestamp) -> Result<bool> {
        const SQL: &str = "update outbox set failed_at = null, leased_until = null, attempts = 0, run_at = $2
            where id = $1 and failed_at is not null";
        self.query(SQL).bind(id).bind(run_at).touched().await
    }

    /// Takes back what was queued about something, as when an invitation is revoked before its
    /// mail went; how many there were.
    pub async fn cancel_jobs(&mut self, kind: JobKind, subject: Uuid) -> Result<u64> {
        self.query("delete from outbox where kind = $1 and subject = $2")
            .bind(kind)
            .bind(subject)
            .run()
            .await
    }
}

impl NewJob {
    fn row(&self) -> Row {
        Row {
            id: hex(self.id.uuid().as_bytes()),
            org: self.org.map(|org| hex(org.uuid().as_bytes())),
            kind: self.kind.as_str(),
            subject: self.subject.map(|subject| hex(subject.as_bytes())),
            payload: self.payload.to_string(),
            created_at: self.created_at.as_micros(),
            run_at: self.run_at.as_micros(),
        }
    }
}
