//! The keys of one device, sealed to it when it asks. Nothing sealed is kept: a device that comes gets its own seals,
//! one that goes gets none.

use tessera_domain::{Error, Result};
use tessera_store::{Credential, Device, Org, Reader};
use tessera_wire::{
    Bound, CredentialsAnswer, DeliveredKey, DeviceSealingPublicKey, OrgSigningKey, SealedCredential, sign,
};

use super::{DeviceActor, org_signing_key};
use crate::{App, credentials::open_secret};

/// Every key that the device may have, each in an envelope that the organization signed.
pub async fn credentials(app: &App, device: &DeviceActor) -> Result<CredentialsAnswer> {
    device.require_sync()?;
    let mut tx = app.store.read().await?;
    let org = tx
        .org(device.org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let own = tx
        .device(device.org, device.device)
        .await?
        .ok_or_else(|| Error::not_found("device"))?;
    let teams = device.place(app, &mut tx, &org).await?.audience.teams;
    let rows = tx.delivered_credentials(org.id, teams, app.clock.now()).await?;
    if rows.is_empty() {
        return Ok(CredentialsAnswer::default());
    }
    let sealer = Sealer {
        app,
        org: &org,
        to: sealing_key(&own)?,
        device: &own,
        signing: org_signing_key(app, &mut tx, &org).await?,
    };
    let mut answer = CredentialsAnswer::default();
    for row in rows {
        answer.credentials.push(sealer.envelope(&mut tx, &row).await?);
    }
    Ok(answer)
}

/// What seals keys to one device.
struct Sealer<'a> {
    app: &'a App,
    org: &'a Org,
    device: &'a Device,
    to: DeviceSealingPublicKey,
    signing: OrgSigningKey,
}

impl Sealer<'_> {
    async fn envelope(&self, tx: &mut Reader, row: &Credential) -> Result<tessera_wire::Envelope> {
        let secret = open_secret(self.app, tx, self.org, row.id).await?;
        let kind = row.settings.kind();
        let entries = row.settings.entries();
        let plain = entries.iter().map(|(name, text)| (*name, text.as_str()));
        let provider = kind.as_str().parse().map_err(Error::internal)?;
        let fields = plain.chain(secret.parts(kind));
        let key = DeliveredKey::new(row.name.as_str(), provider, &row.last_four, fields);
        let bound = Bound {
            org: self.org.id,
            device: self.device.id,
            credential: row.id,
            version: row.version,
        };
        let sealed =
            SealedCredential::seal(bound, &key, &self.to, &*self.app.entropy).map_err(Error::internal)?;
        Ok(sign(&sealed, &self.signing).map_err(Error::internal)?.envelope)
    }
}

fn sealing_key(device: &Device) -> Result<DeviceSealingPublicKey> {
    let bytes = device
        .sealing_key
        .as_slice()
        .try_into()
        .map_err(Error::internal)?;
    DeviceSealingPublicKey::from_bytes(bytes).map_err(Error::internal)
}
