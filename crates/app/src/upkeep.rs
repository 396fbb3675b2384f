//! What an operator does at the server's command line, with the database and the master key in hand: nobody signs in,
//! and what is done stands in the audit log as the operator's.

mod inspect;
mod owner;
mod rotate;

use tessera_domain::Result;

use crate::{Actor, App, AuditEntry, audit};

pub use self::{
    inspect::{OrgFindings, inspect},
    owner::{MadeOwner, WantedOwner, create_owner},
    rotate::rotate_master_key,
};

/// How the audit log names them.
const OPERATOR: Actor = Actor::System("operator");

/// Notes that this database was made from a backup.
pub async fn note_restored(app: &App, taken_at: &str, product: &str) -> Result<()> {
    let after = serde_json::json!({ "taken_at": taken_at, "version": product });
    note(
        app,
        AuditEntry::new("installation.restored", &"installation").after(&after),
    )
    .await
}

/// Notes that this database was copied from another.
pub async fn note_moved(app: &App, from: &str) -> Result<()> {
    let after = serde_json::json!({ "from": from });
    note(
        app,
        AuditEntry::new("installation.moved", &"installation").after(&after),
    )
    .await
}

/// Writes a line of no organization.
async fn note(app: &App, entry: AuditEntry) -> Result<()> {
    let mut tx = app.store.begin().await?;
    audit::write(app, &mut tx, &OPERATOR, None, app.clock.now(), entry).await?;
    Ok(tx.commit().await?)
}
