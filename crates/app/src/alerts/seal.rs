//! How an endpoint's address and secrets lie in the store: sealed for their row and column.

use tessera_domain::{Error, Result, WebhookUrl};
use tessera_ids::AlertEndpointId;
use tessera_store::{EndpointSeals, Org};
use zeroize::Zeroizing;

use super::sign::Signer;
use crate::App;

/// Columns that are sealed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    Address,
    Secret,
    OldSecret,
}

impl Cell {
    fn place(self, id: AlertEndpointId) -> String {
        let column = match self {
            Self::Address => "address",
            Self::Secret => "secret",
            Self::OldSecret => "old_secret",
        };
        format!("alert_endpoints/{id}/{column}")
    }
}

pub(super) fn seal(app: &App, org: &Org, id: AlertEndpointId, cell: Cell, plain: &[u8]) -> Result<Vec<u8>> {
    app.vault
        .seal(&*app.entropy, org.id, &org.data_key, &cell.place(id), plain)
}

fn open(app: &App, org: &Org, id: AlertEndpointId, cell: Cell, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    app.vault.open(org.id, &org.data_key, &cell.place(id), sealed)
}

pub(super) fn open_address(
    app: &App,
    org: &Org,
    id: AlertEndpointId,
    seals: &EndpointSeals,
) -> Result<WebhookUrl> {
    let plain = open(app, org, id, Cell::Address, &seals.address)?;
    let text = std::str::from_utf8(&plain).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::internal(format!("the address of {id} cannot be read")))
}

pub(super) fn open_secret(
    app: &App,
    org: &Org,
    id: AlertEndpointId,
    seals: &EndpointSeals,
) -> Result<Option<Signer>> {
    let sealed = seals.secret.as_deref();
    let opened = sealed
        .map(|sealed| open(app, org, id, Cell::Secret, sealed))
        .transpose()?;
    Ok(opened.map(|plain| Signer::from_bytes(&plain)))
}

pub(super) fn open_old_secret(
    app: &App,
    org: &Org,
    id: AlertEndpointId,
    seals: &EndpointSeals,
) -> Result<Option<Signer>> {
    let sealed = seals.old_secret.as_deref();
    let opened = sealed
        .map(|sealed| open(app, org, id, Cell::OldSecret, sealed))
        .transpose()?;
    Ok(opened.map(|plain| Signer::from_bytes(&plain)))
}
