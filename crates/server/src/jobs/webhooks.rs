//! Alerts on their way to endpoints: each call is made from the bytes in the queue, signed as it leaves.

use tessera_app::Topic;
use tessera_app::alerts::{self, Answer, Prepared};
use tessera_store::{DeliveryOutcome, Job, Result};

use crate::site::Site;

/// Makes one delivery and settles its job; how it went, in a word.
pub(super) async fn attempt(site: &Site, job: &Job) -> Result<&'static str> {
    let answer = match alerts::prepare(&site.app, job).await {
        Ok(Prepared::Call(call)) => site.outbound.tell(*call).await,
        Ok(Prepared::Nothing) => {
            let mut tx = site.app.store.begin().await?;
            tx.complete_job(job).await?;
            tx.commit().await?;
            return Ok("dropped");
        }
        Err(error) => {
            tracing::error!(job = %job.id, internal = error.internal.as_deref(), "a delivery cannot be made");
            Answer::NotReached("this server cannot open the endpoint's address or secret".to_owned())
        }
    };
    let mut tx = site.app.store.begin().await?;
    let settled = alerts::settle(&site.app, &mut tx, job, &answer).await;
    let outcome = match settled {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(job = %job.id, internal = error.internal.as_deref(), "a delivery was not settled");
            return Ok("retry");
        }
    };
    tx.commit().await?;
    if let Some(org) = job.org {
        site.app.hub.touch(org, Topic::Alerts);
    }
    let (why, attempts) = (answer.problem(), job.attempts);
    match outcome {
        DeliveryOutcome::Delivered => {}
        DeliveryOutcome::Retrying => {
            tracing::warn!(job = %job.id, attempts, why, "an alert did not arrive and is tried again");
        }
        DeliveryOutcome::GaveUp => {
            tracing::error!(job = %job.id, attempts, why, "an alert did not arrive and is given up");
        }
    }
    Ok(match outcome {
        DeliveryOutcome::Delivered => "done",
        DeliveryOutcome::Retrying => "retry",
        DeliveryOutcome::GaveUp => "given_up",
    })
}
