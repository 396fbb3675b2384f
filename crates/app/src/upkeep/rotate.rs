//! Another master key: everything that the old one wraps is wrapped anew, in one transaction.

use tessera_domain::{Error, Kind, Result};

use super::OPERATOR;
use crate::{App, AuditEntry, Vault, audit};

/// Organizations per statement.
const STEP: u64 = 500;

/// Wraps every organization's data key with another master key, and the value that tells a wrong one. Until it is
/// committed the old key is the right one, afterwards the new one; there is no state between. How many organizations
/// there are.
///
/// No server may have the database open: it would go on with the old key.
///
/// # Errors
/// *Unavailable* when the application's own master key is not the database's.
pub async fn rotate_master_key(app: &App, new: &Vault) -> Result<u64> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let known = tx.key_check().await?.unwrap_or_default();
    if !app.vault.matches(&known) {
        return Err(Error::new(
            Kind::Unavailable,
            "This database was made with another master key.",
        ));
    }
    let (mut last, mut wrapped) = (None, 0);
    loop {
        let orgs = tx.orgs(last, STEP).await?;
        let Some(end) = orgs.last() else { break };
        last = Some(end.id);
        for org in &orgs {
            // One that is gone for good has no key any more.
            if org.data_key.is_empty() {
                continue;
            }
            let key = app.vault.rewrap(new, &*app.entropy, org.id, &org.data_key)?;
            tx.set_data_key(org.id, &key).await?;
            wrapped += 1;
        }
    }
    tx.set_key_check(&new.key_check(&*app.entropy)?).await?;
    let entry = AuditEntry::new("installation.key_rotated", &"installation")
        .after(&serde_json::json!({ "organizations": wrapped }));
    audit::write(app, &mut tx, &OPERATOR, None, now, entry).await?;
    tx.commit().await?;
    Ok(wrapped)
}
