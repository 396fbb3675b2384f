//! Mails as data: composed here, queued in the transaction that causes them, delivered by the server's worker.
//!
//! No link in a mail acts when it is opened; each leads to a page with a button.

mod letter;
mod letters;
mod orgs;
mod people;
mod recipients;

use serde::{Deserialize, Serialize};
use tessera_domain::{Error, Invitation, Result};
use tessera_ids::{InvitationId, JobId, OrgId, Timestamp, TypedId};
use tessera_store::{JobKind, NewJob, Tx};

pub use self::letter::Letter;
pub(crate) use self::{letters::*, orgs::*, people::*, recipients::addresses_of};
use crate::App;

/// A mail as it waits in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// One address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Queues a letter; it goes out once the transaction is there.
pub(crate) async fn enqueue(
    app: &App,
    tx: &mut Tx,
    org: Option<OrgId>,
    letter: Letter,
    now: Timestamp,
) -> Result<()> {
    Ok(tx.enqueue(&[job(app, org, None, &letter, now)?]).await?)
}

/// An invitation's mail, to be queued; what becomes of it is noted on the invitation.
pub(crate) fn job_about(
    app: &App,
    invitation: &Invitation,
    letter: &Letter,
    now: Timestamp,
) -> Result<NewJob> {
    job(app, Some(invitation.org), Some(invitation.id), letter, now)
}

fn job(
    app: &App,
    org: Option<OrgId>,
    about: Option<InvitationId>,
    letter: &Letter,
    now: Timestamp,
) -> Result<NewJob> {
    Ok(NewJob {
        id: JobId::generate(&*app.clock, &*app.entropy),
        org,
        kind: JobKind::Mail,
        subject: about.map(TypedId::uuid),
        payload: serde_json::to_value(letter.render()).map_err(Error::internal)?,
        created_at: now,
        run_at: now,
    })
}
