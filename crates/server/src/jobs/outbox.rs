//! The workers of the outbox, one for each kind of job: lease due jobs, do them side by side, retry with back-off, give up
//! visibly.

use std::time::Duration;

use tessera_app::{Topic, invitations};
use tessera_domain::invitation::MailState;
use tessera_ids::{InvitationId, OrgId, Timestamp, TypedId as _};
use tessera_store::{Job, JobKind, Result};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use super::mail::{Letter, Postman, Undelivered};
use super::webhooks;
use crate::site::Site;
use crate::telemetry::spans;

/// How often the queue is looked at.
const TICK: Duration = Duration::from_millis(500);
/// How long a worker has a job before another may take it.
const LEASE: Duration = Duration::from_mins(3);
/// The first wait after a failure; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// After this long a job is given up.
const PATIENCE: Duration = Duration::from_hours(72);

/// Jobs of a kind that are done at the same time. A mail server takes few connections; endpoints have a server each, and
/// the slow among them must leave room for the rest.
const fn at_once(kind: JobKind) -> usize {
    match kind {
        JobKind::Mail | JobKind::Task => 8,
        JobKind::Webhook => 32,
    }
}

/// Works on one kind of jobs until the soft shutdown; what is under way is finished.
pub(super) async fn work(site: Site, kind: JobKind) {
    let soft = site.lifecycle.soft();
    let mut running = JoinSet::new();
    while !soft.is_cancelled() {
        let free = at_once(kind).saturating_sub(running.len());
        let jobs = match lease(&site, kind, free).await {
            Ok(jobs) => jobs,
            Err(error) => {
                note(&error);
                Vec::new()
            }
        };
        for job in jobs {
            running.spawn(attempt(site.clone(), job));
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = room(&mut running, at_once(kind) / 2) => {}
            () = soft.cancelled() => {}
        }
    }
    room(&mut running, 0).await;
}

/// Waits until one job has ended and only so many are left: leasing is worth while for several.
async fn room(running: &mut JoinSet<Result<()>>, left: usize) {
    if running.is_empty() && left > 0 {
        return std::future::pending().await;
    }
    while let Some(ended) = running.join_next().await {
        finished(ended);
        if running.len() <= left && left > 0 {
            return;
        }
    }
}

fn finished(ended: std::result::Result<Result<()>, JoinError>) {
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => note(&error),
        Err(ended) => {
            if let Ok(panic) = ended.try_into_panic() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

fn note(error: &tessera_store::Error) {
    tracing::warn!(%error, "the outbox could not be worked");
}

async fn lease(site: &Site, kind: JobKind, most: usize) -> Result<Vec<Job>> {
    let now = site.app.clock.now();
    // Looking is a read; only when something is due does the worker ask to write.
    let due = match most {
        0 => None,
        _ => site.app.store.read().await?.next_due(kind, now).await?,
    };
    if due.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let mut tx = site.app.store.begin().await?;
    let jobs = tx.lease_jobs(now, now.plus(LEASE), kind, most as u64).await?;
    tx.commit().await?;
    Ok(jobs)
}

async fn attempt(site: Site, job: Job) -> Result<()> {
    let span = spans::job(job.kind.as_str(), job.attempts);
    let attempted = async {
        match job.kind {
            JobKind::Webhook => webhooks::attempt(&site, &job).await,
            JobKind::Mail | JobKind::Task => attempt_mail(&site, &job).await,
        }
    };
    let outcome = attempted.instrument(span.clone()).await?;
    spans::job_ended(&span, outcome);
    let labels = [("kind", job.kind.as_str()), ("outcome", outcome)];
    metrics::counter!("tessera_jobs_total", &labels).increment(1);
    Ok(())
}

async fn attempt_mail(site: &Site, job: &Job) -> Result<&'static str> {
    let outcome = run(&site.postman, job).await;
    let now = site.app.clock.now();
    let mut tx = site.app.store.begin().await?;
    match &outcome {
        Ok(()) => {
            tx.complete_job(job).await?;
            tx.note_mail_sent(now).await?;
        }
        Err(Undelivered::NotNow(why)) if now.since(job.created_at) < PATIENCE => {
            tracing::warn!(job = %job.id, attempts = job.attempts, why, "a job failed and is tried again");
            tx.retry_job(job, again_at(now, job.attempts), why).await?;
        }
        Err(Undelivered::NotNow(why) | Undelivered::Never(why)) => {
            tracing::error!(job = %job.id, attempts = job.attempts, why, "a job is given up");
            tx.give_job_up(job, now, why).await?;
        }
    }
    tx.commit().await?;
    if let Some(org) = job.org {
        tell_invitation(site, org, job, &outcome).await;
        site.app.hub.touch(org, Topic::People);
    }
    Ok(name(&outcome))
}

/// Marks the invitation whose mail this was. A mark that fails is only a word too few on a page.
async fn tell_invitation(site: &Site, org: OrgId, job: &Job, outcome: &Result<(), Undelivered>) {
    let mail = match outcome {
        Ok(()) => MailState::Sent,
        Err(Undelivered::Never(_)) => MailState::GaveUp,
        Err(Undelivered::NotNow(_)) => return,
    };
    let Some(subject) = job.subject.filter(|_| job.kind == JobKind::Mail) else {
        return;
    };
    let told = invitations::mail_settled(&site.app, org, InvitationId::from_uuid(subject), mail).await;
    if let Err(error) = told {
        tracing::warn!(job = %job.id, internal = error.internal.as_deref(), "an invitation was not marked");
    }
}

async fn run(postman: &Postman, job: &Job) -> Result<(), Undelivered> {
    match job.kind {
        JobKind::Mail => {
            let letter: Letter = serde_json::from_value(job.payload.clone())
                .map_err(|error| Undelivered::Never(format!("the mail cannot be read: {error}")))?;
            postman.deliver(&letter).await
        }
        JobKind::Task | JobKind::Webhook => Err(Undelivered::Never(
            "no worker of this version knows the task".to_owned(),
        )),
    }
}

fn name(outcome: &Result<(), Undelivered>) -> &'static str {
    match outcome {
        Ok(()) => "done",
        Err(Undelivered::NotNow(_)) => "retry",
        Err(Undelivered::Never(_)) => "given_up",
    }
}

fn again_at(now: Timestamp, attempts: u64) -> Timestamp {
    let doublings = u32::try_from(attempts.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(16);
    now.plus(FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_limit() {
        let waits = [1, 2, 3, 30].map(|attempts| again_at(Timestamp::EPOCH, attempts).as_seconds());
        assert_eq!(waits, [2, 4, 8, 300]);
    }
}
