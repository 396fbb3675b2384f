//! The outbox, and sweeping out.

use serde_json::json;
use tessera_ids::TypedId;
use tessera_store::{Job, JobKind, NewJob, OutboxHealth, Result, Store, Swept, TokenKind};

use uuid::Uuid;

use crate::fixture::{account, at, hash, id, org};

pub(crate) async fn jobs_are_leased_retried_and_given_up(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let subject = org.uuid();
    let job = |second, kind, org| NewJob {
        id: id(),
        org,
        kind,
        subject: Some(subject),
        payload: json!({"to": "ada@example.com", "text": "l'été \\u0000 \"quoted\""}),
        created_at: at(0),
        run_at: at(second),
    };
    let jobs = [
        job(1, JobKind::Mail, Some(org)),
        job(2, JobKind::Task, None),
        job(50, JobKind::Mail, Some(org)),
    ];
    tx.enqueue(&jobs).await?;
    tx.enqueue(&[]).await?;
    tx.commit().await?;

    let mut tx = store.begin().await?;
    assert_eq!(tx.next_due(JobKind::Task, at(0)).await?, Some(at(2)));
    let task = tx.lease_jobs(at(10), at(20), JobKind::Task, 9).await?;
    let leased = tx.lease_jobs(at(10), at(20), JobKind::Mail, 9).await?;
    let ids = |jobs: &[Job]| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
    assert_eq!((ids(&task), ids(&leased)), (vec![jobs[1].id], vec![jobs[0].id]));
    assert_eq!(
        (&leased[0].payload, leased[0].attempts, leased[0].leased_until),
        (&jobs[0].payload, 1, Some(at(20)))
    );
    let taken = tx.lease_jobs(at(10), at(20), JobKind::Mail, 9).await?;
    assert_eq!(taken, [], "it is taken");
    assert_eq!(tx.next_due(JobKind::Mail, at(10)).await?, Some(at(20)));
    let again = tx.lease_jobs(at(20), at(30), JobKind::Mail, 1).await?;
    assert_eq!(again[0].id, jobs[0].id, "the worker died");
    assert!(
        !tx.complete_job(&leased[0]).await?,
        "the first worker is too late"
    );
    assert!(tx.retry_job(&again[0], at(40), "refused").await?);
    assert!(tx.complete_job(&task[0]).await?);
    let last: Job = tx.lease_jobs(at(40), at(60), JobKind::Mail, 1).await?.remove(0);
    assert_eq!((last.attempts, last.last_error.as_deref()), (3, Some("refused")));
    assert!(tx.give_job_up(&last, at(41), "no such host").await?);
    let health = OutboxHealth {
        waiting: 1,
        retrying: 0,
        failed: 1,
        oldest: Some(at(0)),
    };
    assert_eq!(tx.outbox_health(None, None).await?, health);
    assert_eq!(tx.outbox_health(Some(org), Some(JobKind::Mail)).await?, health);
    assert_eq!(tx.outbox_health(Some(id()), None).await?.waiting, 0);
    assert_eq!(tx.failed_jobs(None, 9).await?.len(), 1);
    assert_eq!(tx.failed_jobs(Some(last.id), 9).await?, []);
    assert!(tx.revive_job(last.id, at(42)).await?);
    assert_eq!(tx.lease_jobs(at(42), at(60), JobKind::Mail, 9).await?.len(), 1);
    assert_eq!(tx.next_due(JobKind::Mail, at(-9_000)).await?, Some(at(-9_000)));
    let set_back = tx.lease_jobs(at(-9_000), at(-8_000), JobKind::Mail, 9).await?;
    assert_eq!(set_back.len(), 2, "what a wrong clock put off is due");
    assert_eq!(tx.cancel_jobs(JobKind::Mail, subject).await?, 2);
    assert_eq!(tx.next_due(JobKind::Mail, at(42)).await?, None);
    tx.commit().await
}

pub(crate) async fn an_endpoint_is_told_one_thing_at_a_time(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let [slow, well] = [1, 2].map(Uuid::from_u128);
    let job = |second, subject| NewJob {
        id: id(),
        org: None,
        kind: JobKind::Webhook,
        subject,
        payload: json!({}),
        created_at: at(second),
        run_at: at(second),
    };
    let jobs = [
        job(1, Some(slow)),
        job(2, Some(slow)),
        job(3, Some(well)),
        job(4, None),
        job(4, None),
    ];
    tx.enqueue(&jobs).await?;
    let leased = tx.lease_jobs(at(10), at(20), JobKind::Webhook, 9).await?;
    let subjects: Vec<_> = leased.iter().map(|job| (job.run_at, job.subject)).collect();
    let first = [
        (at(1), Some(slow)),
        (at(3), Some(well)),
        (at(4), None),
        (at(4), None),
    ];
    assert_eq!(subjects, first);
    assert_eq!(tx.lease_jobs(at(10), at(20), JobKind::Webhook, 9).await?, []);
    assert!(tx.retry_job(&leased[0], at(90), "no answer").await?);
    let next = tx.lease_jobs(at(10), at(20), JobKind::Webhook, 9).await?;
    assert_eq!(next.iter().map(|job| job.id).collect::<Vec<_>>(), [jobs[1].id]);
    for job in leased[1..].iter().chain(&next) {
        assert!(tx.complete_job(job).await?);
    }
    assert!(tx.lease_jobs(at(90), at(99), JobKind::Webhook, 9).await?[0].id == jobs[0].id);
    tx.roll_back().await
}

pub(crate) async fn what_expired_is_swept_out(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let ada = account(&mut tx, "Ada").await?.id;
    tx.insert_account_token(ada, TokenKind::Verify, hash(1), at(0), at(10))
        .await?;
    tx.insert_account_token(ada, TokenKind::Reset, hash(2), at(0), at(20))
        .await?;
    tx.insert_attempt("a", at(5)).await?;
    tx.insert_attempt("a", at(6)).await?;
    let swept = tx.sweep(at(10), at(5)).await?;
    assert_eq!(
        swept,
        Swept {
            credentials: 1,
            attempts: 1,
            ..Swept::default()
        }
    );
    assert_eq!(tx.sweep(at(10), at(5)).await?, Swept::default());
    tx.commit().await
}
