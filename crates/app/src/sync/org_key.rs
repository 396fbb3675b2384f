//! The organization's signing key: made with the organization, sealed in the store, opened to sign.

use tessera_domain::{Error, Result};
use tessera_ids::OrgId;
use tessera_store::{Org, OrgKey, Reader};
use tessera_wire::{OrgSigningKey, OrgVerifyingKey};

use crate::App;

/// Makes a signing key for a new organization, sealed under its wrapped data key.
pub(crate) fn new_org_key(app: &App, org: OrgId, data_key: &[u8]) -> Result<OrgKey> {
    let key = OrgSigningKey::generate(&*app.entropy);
    let public = key.verifying_key();
    let secret = app.vault.seal(
        &*app.entropy,
        org,
        data_key,
        &place(&public),
        key.to_bytes().as_slice(),
    )?;
    Ok(OrgKey {
        public: public.to_bytes().to_vec(),
        secret,
        created_at: app.clock.now(),
        retired_at: None,
    })
}

/// Opens the key that signs for the organization today.
pub(crate) async fn org_signing_key(app: &App, tx: &mut Reader, org: &Org) -> Result<OrgSigningKey> {
    let row = tx
        .org_key(org.id)
        .await?
        .ok_or_else(|| Error::internal(format!("organization {} has no signing key", org.id)))?;
    let public = public_key(&row)?;
    let secret = app
        .vault
        .open(org.id, &org.data_key, &place(&public), &row.secret)?;
    let secret = secret
        .as_slice()
        .try_into()
        .map_err(|_| Error::internal("a signing key has the wrong length"))?;
    Ok(OrgSigningKey::from_bytes(secret))
}

/// The half of a stored key that devices pin.
pub(crate) fn public_key(row: &OrgKey) -> Result<OrgVerifyingKey> {
    let bytes = row.public.as_slice().try_into().map_err(Error::internal)?;
    OrgVerifyingKey::from_bytes(bytes).map_err(Error::internal)
}

fn place(public: &OrgVerifyingKey) -> String {
    format!("org_keys/{public}/secret")
}
