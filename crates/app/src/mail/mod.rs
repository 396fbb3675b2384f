//! Mails as data: composed here, queued in the transaction that causes them, delivered by the server's worker.
//!
//! No link in a mail acts when it is opened; each leads to a page with a button.

mod letter;
mod letters;

use serde::{Deserialize, Serialize};
use tessera_domain::{Error, Result};
use tessera_ids::{JobId, OrgId, Timestamp};
use tessera_store::{JobKind, NewJob, Tx};

pub use self::letter::Letter;
pub(crate) use self::letters::*;
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
) -> Result<JobId> {
    let id = JobId::generate(&*app.clock, &*app.entropy);
    let payload = serde_json::to_value(letter.render()).map_err(Error::internal)?;
    let job = NewJob {
        id,
        org,
        kind: JobKind::Mail,
        subject: None,
        payload,
        created_at: now,
        run_at: now,
    };
    tx.enqueue(&[job]).await?;
    Ok(id)
}
