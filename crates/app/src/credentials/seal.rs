//! How secrets lie in the store: sealed for their row, and named by a fingerprint.

use tessera_domain::{Error, Result, credential::Secret};
use tessera_ids::CredentialId;
use tessera_store::{Org, Reader, SealedSecret};

use crate::App;

/// Seals a secret for its row.
pub(super) fn seal(app: &App, org: &Org, id: CredentialId, secret: &Secret) -> Result<SealedSecret> {
    let plain = secret.to_bytes();
    let sealed = app
        .vault
        .seal(&*app.entropy, org.id, &org.data_key, &place(id), &plain)?;
    Ok(SealedSecret {
        sealed,
        fingerprint: fingerprint(app, org, secret)?,
        last_four: secret.last_four(),
    })
}

/// A secret's short name, the same for the same secret of one organization.
pub(crate) fn fingerprint(app: &App, org: &Org, secret: &Secret) -> Result<String> {
    let short = app.vault.fingerprint(org.id, &org.data_key, &secret.to_bytes())?;
    let pairs = short.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Ok(pairs
        .map(|half| char::from_digit(u32::from(half), 16).unwrap_or('0'))
        .collect())
}

/// Opens a key's secret, for the one call or seal that needs it.
///
/// # Errors
/// *Conflict* when the key has none any more.
pub(crate) async fn open_secret(app: &App, tx: &mut Reader, org: &Org, id: CredentialId) -> Result<Secret> {
    let sealed = tx.credential_secret(org.id, id).await?;
    let sealed = sealed.ok_or_else(|| Error::conflict("This key is retired, and its secret is erased."))?;
    let plain = app.vault.open(org.id, &org.data_key, &place(id), &sealed)?;
    Secret::from_bytes(&plain).ok_or_else(|| Error::internal(format!("the secret of {id} cannot be read")))
}

fn place(id: CredentialId) -> String {
    format!("credentials/{id}/secret")
}
