//! Delivering: from a row of the outbox to a call that the server makes, and what became of it.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::json;
use tessera_domain::{AlertFormat, Error, Result, Right, text};
use tessera_ids::{AlertEndpointId, JobId, OrgId, Timestamp, TypedId};
use tessera_store::{DeliveryOutcome, Job, Org, Reader, Tx};

use super::{
    card::body,
    message::Message,
    seal::{open_address, open_old_secret, open_secret},
    sign::Signer,
    tell::Delivery,
};
use crate::{Actor, App, AuditEntry, Change, Topic, access, limits::TEST_ALERT};

/// The waits after each failed try but the last: five tries over about a day.
const WAITS: [Duration; 4] = [
    Duration::from_mins(1),
    Duration::from_mins(15),
    Duration::from_hours(3),
    Duration::from_hours(20),
];
/// Characters that are kept of what went wrong.
const PROBLEM: usize = 300;

/// A call to be made: POST, with these headers beside the usual ones. Neither the address nor the signature is printed.
pub struct Call {
    /// Where to.
    pub url: String,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`; none for who takes no signature.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call(…)")
    }
}

/// What is to be done about a job of the outbox.
#[derive(Debug)]
pub enum Prepared {
    /// Call.
    Call(Box<Call>),
    /// Nothing any more: the endpoint is paused or gone.
    Nothing,
}

/// What came of a call, in words that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was taken.
    Taken,
    /// It was answered with another status than success.
    Refused(u16),
    /// No connection, or it broke.
    NotReached(String),
    /// The address is one that this server does not call.
    NotAllowed(String),
}

impl Answer {
    /// What went wrong, if anything.
    pub fn problem(&self) -> Option<String> {
        let text = match self {
            Self::Taken => return None,
            Self::Refused(status) => format!("It answered with the status {status}."),
            Self::NotReached(why) => format!("It cannot be reached: {why}."),
            Self::NotAllowed(why) => format!("This address is not called from here: {why}."),
        };
        Some(text::clip(&text, PROBLEM))
    }
}

/// When a delivery is tried again that failed at `now`; none when it was tried often enough, or never will be taken:
/// *gone* is an endpoint's own word for that.
pub fn next_try(attempts: u64, answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    if *answer == Answer::Refused(410) {
        return None;
    }
    let past = usize::try_from(attempts.saturating_sub(1)).ok()?;
    WAITS.get(past).map(|wait| now.plus(*wait))
}

/// Makes a job's call.
///
/// # Errors
/// *Internal* for a job that cannot be read, or whose endpoint's secrets do not open.
pub async fn prepare(app: &App, job: &Job) -> Result<Prepared> {
    let delivery: Delivery = serde_json::from_value(job.payload.clone())
        .map_err(|error| Error::internal(format!("a delivery cannot be read: {error}")))?;
    let Some((org, endpoint)) = job.org.zip(delivery.endpoint) else {
        return operators_own(app, job.id, delivery.body);
    };
    let mut tx = app.store.read().await?;
    let (Some(org), Some(row)) = (tx.org(org).await?, tx.alert_endpoint(org, endpoint).await?) else {
        return Ok(Prepared::Nothing);
    };
    if row.paused_at.is_some() || org.deleted_at.is_some() {
        return Ok(Prepared::Nothing);
    }
    call(app, &mut tx, &org, endpoint, job.id, delivery.body)
        .await
        .map(|call| Prepared::Call(Box::new(call)))
}

fn operators_own(app: &App, job: JobId, body: String) -> Result<Prepared> {
    let Some(hook) = &app.config.operator_hook else {
        return Ok(Prepared::Nothing);
    };
    let signer = hook.secret.as_ref().filter(|_| hook.format.is_signed());
    let signer = signer.and_then(|secret| Signer::read(secret.expose_secret()));
    let url = hook.url.expose().to_owned();
    let call = signed(url, job, app.clock.now(), body, signer.as_slice())?;
    Ok(Prepared::Call(Box::new(call)))
}

async fn call(
    app: &App,
    tx: &mut Reader,
    org: &Org,
    id: AlertEndpointId,
    job: JobId,
    body: String,
) -> Result<Call> {
    let seals = tx
        .alert_endpoint_seals(org.id, id)
        .await?
        .ok_or_else(|| Error::not_found("endpoint"))?;
    let now = app.clock.now();
    let mut signers: Vec<Signer> = open_secret(app, org, id, &seals)?.into_iter().collect();
    if seals.old_secret_until.is_some_and(|until| now < until) {
        signers.extend(open_old_secret(app, org, id, &seals)?);
    }
    let url = open_address(app, org, id, &seals)?;
    signed(url.expose().to_owned(), job, now, body, &signers)
}

/// A call signed with each of these, the present one first. The id stays the same however often it is tried.
fn signed(url: String, job: JobId, now: Timestamp, body: String, signers: &[Signer]) -> Result<Call> {
    let text = job.to_string();
    let id = format!("msg_{}", text.rsplit('_').next().unwrap_or_default());
    let timestamp = now.as_seconds();
    let signatures: Vec<String> = signers
        .iter()
        .map(|signer| signer.sign(&id, timestamp, &body))
        .collect::<Result<_>>()?;
    let headers = if signatures.is_empty() {
        Vec::new()
    } else {
        vec![
            ("webhook-id", id),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ]
    };
    Ok(Call { url, headers, body })
}

/// Settles a job in the outbox and notes at its endpoint how it went. An endpoint that is gone is paused.
pub async fn settle(app: &App, tx: &mut Tx, job: &Job, answer: &Answer) -> Result<DeliveryOutcome> {
    let now = app.clock.now();
    let problem = answer.problem();
    let why = problem.clone().unwrap_or_default();
    let outcome = match (answer, next_try(job.attempts, answer, now)) {
        (Answer::Taken, _) => {
            tx.complete_job(job).await?;
            DeliveryOutcome::Delivered
        }
        (_, Some(again)) => {
            tx.retry_job(job, again, &why).await?;
            DeliveryOutcome::Retrying
        }
        (_, None) => {
            tx.give_job_up(job, now, &why).await?;
            DeliveryOutcome::GaveUp
        }
    };
    if let Some((org, endpoint)) = job.org.zip(job.subject.map(AlertEndpointId::from_uuid)) {
        tx.note_alert_delivery(org, endpoint, now, outcome, problem.as_deref())
            .await?;
        if *answer == Answer::Refused(410) {
            tx.set_alert_endpoint_paused(org, endpoint, Some(now)).await?;
        }
    }
    Ok(outcome)
}

/// Makes the call that shows whether messages arrive. Paused or not, it is made.
///
/// # Errors
/// *Not found* for an endpoint that is not there, *Rate limited* for testing over and over.
pub async fn prepare_test(app: &App, actor: &Actor, org: OrgId, id: AlertEndpointId) -> Result<Call> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageAlerts).await?;
    let row = tx
        .org(org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let endpoint = tx.alert_endpoint(org, id).await?;
    let format: AlertFormat = endpoint.ok_or_else(|| Error::not_found("endpoint"))?.format;
    let message = Message::test(&app.config.public_url, org, row.name.clone(), now);
    let body = body(&message, format, &app.config.public_url);
    let job = JobId::generate(&*app.clock, &*app.entropy);
    let call = call(app, &mut tx, &row, id, job, body).await?;
    drop(tx);
    let mut tx = app.store.begin().await?;
    TEST_ALERT.take(&mut tx, &org, now).await?;
    tx.commit().await?;
    Ok(call)
}

/// Notes how a test went.
///
/// # Errors
/// *Not found* when the endpoint was deleted meanwhile.
pub async fn note_test(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: AlertEndpointId,
    answer: &Answer,
) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let (now, problem) = (change.now(), answer.problem());
    let endpoint = change.tx().alert_endpoint(org, id).await?;
    let endpoint = endpoint.ok_or_else(|| Error::not_found("endpoint"))?;
    let outcome = match answer {
        Answer::Taken => DeliveryOutcome::Delivered,
        _ => DeliveryOutcome::GaveUp,
    };
    change
        .tx()
        .note_alert_delivery(org, id, now, outcome, problem.as_deref())
        .await?;
    change.touch(Topic::Alerts);
    let said = if problem.is_none() {
        "it works"
    } else {
        "it failed"
    };
    let entry = AuditEntry::new("alert_endpoint.tested", &id).named(&endpoint.name);
    change
        .commit(entry.after(&json!({ "outcome": said, "problem": problem })))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_tries_take_about_a_day() {
        let refused = Answer::Refused(503);
        let mut now = Timestamp::EPOCH;
        for attempts in 1..5 {
            now = next_try(attempts, &refused, now).expect("again");
        }
        assert_eq!(next_try(5, &refused, now), None);
        assert_eq!(next_try(1, &Answer::Refused(410), now), None);
        assert_eq!(now.as_seconds(), 83_760, "23 hours and a quarter");
    }
}
