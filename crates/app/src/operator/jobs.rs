//! What operators do about jobs that fail, and the mail that shows whether mail leaves.

use serde_json::json;
use tessera_domain::{Error, Result};
use tessera_ids::JobId;

use super::{
    decide::{begin, record},
    require_in,
};
use crate::{
    Actor, App, AuditEntry,
    limits::TEST_MAIL,
    mail::{Letter, Mail},
};

/// Tries a job at once, whether it was given up or waits for its next try.
///
/// # Errors
/// *Not found* when it does not fail any more.
pub async fn retry_job(app: &App, actor: &Actor, id: JobId) -> Result<()> {
    let mut tx = begin(app, actor).await?;
    let now = app.clock.now();
    if !tx.revive_job(id, now).await? && !tx.hurry_job(id, now).await? {
        return Err(Error::not_found("job that waits"));
    }
    record(app, tx, actor, AuditEntry::new("installation.job_retried", &id)).await
}

/// Gives up a job that is tried over and over.
///
/// # Errors
/// *Not found* when it does not fail, or a worker has it at this moment.
pub async fn give_up_job(app: &App, actor: &Actor, id: JobId) -> Result<()> {
    let mut tx = begin(app, actor).await?;
    if !tx.abandon_job(id, app.clock.now()).await? {
        return Err(Error::not_found("job that fails"));
    }
    record(app, tx, actor, AuditEntry::new("installation.job_given_up", &id)).await
}

/// Forgets a job that was given up.
///
/// # Errors
/// *Not found* when there is none like it.
pub async fn drop_job(app: &App, actor: &Actor, id: JobId) -> Result<()> {
    let mut tx = begin(app, actor).await?;
    let job = tx.job(id).await?;
    if !tx.delete_failed_job(id).await? {
        return Err(Error::not_found("job that was given up"));
    }
    let kind = job.map(|job| job.kind.as_str());
    let entry = AuditEntry::new("installation.job_dropped", &id).before(&json!({ "kind": kind }));
    record(app, tx, actor, entry).await
}

/// The mail that an operator gets to see that mail leaves, to be sent at once and past the queue.
///
/// # Errors
/// *Rate limited* for testing over and over.
pub async fn test_mail(app: &App, actor: &Actor) -> Result<Mail> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let account = require_in(app, &mut tx, actor).await?;
    TEST_MAIL.take(&mut tx, &account.email, now).await?;
    let letter = Letter {
        to: account.email.deliverable(),
        subject: "Mail of this Tessera arrives".to_owned(),
        paragraphs: vec!["You asked for this mail to see that mail leaves. It does.".to_owned()],
        action: Some((
            "Back to the operator's screen".to_owned(),
            format!("{}/operator", app.config.public_url),
        )),
        footer: "You get this mail because you run this installation of Tessera.".to_owned(),
    };
    let entry = AuditEntry::new("installation.mail_tested", &account.id).named(&account.email);
    record(app, tx, actor, entry).await?;
    Ok(letter.render())
}
