//! A device that proved who it is.

use std::sync::Arc;

use tessera_domain::{Error, Result};
use tessera_ids::{AccountId, DeviceId, OrgId, Timestamp};
use tessera_store::{Device, DeviceLife, Org, Reader, TeamOfAccount};
use tessera_wire::{Audience, DeviceVerifyingKey, Serial, token::Scope};

use super::{audience::Placing, badges::Badge, manifests::Slot};
use crate::App;

/// An authenticated device; what it may do depends on the scope of its token.
#[derive(Clone, Debug)]
pub struct DeviceActor {
    /// The tenant.
    pub org: OrgId,
    /// Which device.
    pub device: DeviceId,
    /// Whose device it is.
    pub account: AccountId,
    /// What its token is good for.
    pub scope: Scope,
    /// When its token ends.
    pub expires_at: Timestamp,
    pub(crate) key: DeviceVerifyingKey,
    pub(super) badge: Arc<Badge>,
}

/// The audience that a device was in at one state of the organization.
#[derive(Clone, Debug)]
pub(super) struct Placement {
    pub(super) audience: Audience,
    /// The organization's audience epoch then; at another one the audience may be another too.
    pub(super) epoch: i64,
    /// Where that audience's manifest is kept.
    pub(super) slot: Arc<Slot>,
}

impl DeviceActor {
    pub(super) fn new(row: &Device, expires_at: Timestamp, badge: Badge) -> Result<Self> {
        let scope = match row.life {
            DeviceLife::Active => Scope::Sync,
            _ => Scope::Tombstone,
        };
        let key = signing_key(&row.signing_key)?;
        Ok(Self {
            org: row.org,
            device: row.id,
            account: row.account,
            scope,
            expires_at,
            key,
            badge: Arc::new(badge),
        })
    }

    /// Refuses a removed device everything but its end.
    pub(super) fn require_sync(&self) -> Result<()> {
        match self.scope {
            Scope::Sync => Ok(()),
            Scope::Tombstone => Err(Error::forbidden(
                "This device has been removed. Ask for its tombstone.",
            )),
        }
    }

    /// Who gets the same settings as this device. The organization is read before: what changes in between
    /// then shows as a later epoch, never as an earlier one.
    pub(super) async fn place(&self, app: &App, tx: &mut Reader, org: &Org) -> Result<Placement> {
        let placing = Placing::read(tx, self.org, &[self.account]).await?;
        let audience = placing.audience(self.account, self.device);
        let placement = Placement {
            slot: app.manifests.slot(&audience),
            audience,
            epoch: org.audience_epoch,
        };
        self.badge.keep_place(&placement, Serial::new(org.last_serial));
        Ok(placement)
    }

    /// The same and the oldest serial that will do, from memory while that is good.
    pub(super) async fn placed(&self, app: &App) -> Result<(Placement, Serial)> {
        if let Some((placement, least)) = self.badge.place() {
            return Ok((placement.clone(), least));
        }
        let mut tx = app.store.read().await?;
        let org = tx
            .org(self.org)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        let placement = self.place(app, &mut tx, &org).await?;
        Ok((placement, Serial::new(org.last_serial)))
    }
}

/// The teams of a member that carry settings of their own.
pub(crate) async fn settings_teams(
    tx: &mut Reader,
    org: OrgId,
    account: AccountId,
) -> Result<Vec<TeamOfAccount>> {
    let mut teams = tx.teams_of(org, &[account]).await?;
    teams.retain(|team| team.has_settings);
    Ok(teams)
}

/// Reads a device's stored public key.
pub(super) fn signing_key(bytes: &[u8]) -> Result<DeviceVerifyingKey> {
    DeviceVerifyingKey::from_bytes(bytes.try_into().map_err(Error::internal)?).map_err(Error::internal)
}
