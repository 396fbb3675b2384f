//! Devices' short-lived access tokens, and the assertions they were given for.

use std::collections::BTreeSet;

use serde::Serialize;
use tessera_ids::{DeviceId, OrgId, Timestamp, TypedId};

use crate::{
    Hash, Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

/// An access token to be given for an assertion.
#[derive(Clone, Debug)]
pub struct NewDeviceToken {
    /// Of the token itself.
    pub token_hash: Hash,
    /// The tenant.
    pub org: OrgId,
    /// Whose it is.
    pub device: DeviceId,
    /// The name of the assertion (RFC 7519, *jti*), which buys one token.
    pub assertion: String,
    /// Until when the assertion would be taken, and so is remembered.
    pub assertion_expires_at: Timestamp,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

#[derive(Serialize)]
struct Row<'a> {
    token_hash: String,
    org: String,
    device: String,
    jti: &'a str,
    used_until: i64,
    created_at: i64,
    expires_at: i64,
}

impl NewDeviceToken {
    fn row(&self) -> Row<'_> {
        Row {
            token_hash: hex(&self.token_hash),
            org: hex(self.org.uuid().as_bytes()),
            device: hex(self.device.uuid().as_bytes()),
            jti: &self.assertion,
            used_until: self.assertion_expires_at.as_micros(),
            created_at: self.created_at.as_micros(),
            expires_at: self.expires_at.as_micros(),
        }
    }
}

records! {
    /// What a live access token stands for.
    pub struct DeviceToken {
        /// The tenant.
        pub org: OrgId,
        /// Whose it is.
        pub device: DeviceId,
        /// When it stops working.
        pub expires_at: Timestamp,
    }

    struct Used {
        device: DeviceId,
        jti: String,
    }
}

impl Reader {
    /// What a live token stands for, whatever became of the device since.
    pub async fn device_token(&mut self, hash: Hash, now: Timestamp) -> Result<Option<DeviceToken>> {
        const SQL: &str =
            "select org, device, expires_at from device_tokens where token_hash = $1 and expires_at > $2";
        self.query(SQL).bind(hash).bind(now).optional().await
    }
}

impl Tx {
    /// Uses assertions up and keeps a token for each that was not used before, many in one go. Whether each was
    /// given stands in the order of the tokens; a device that is gone gets none.
    pub async fn give_device_tokens(&mut self, tokens: &[NewDeviceToken]) -> Result<Vec<bool>> {
        const USE: Sql = bulk!(
            "insert into assertion_ids (device, jti, expires_at)
             select d.id, r.jti, r.used_until from devices d join ",
            "$1" { org: uuid, device: uuid, jti: text, used_until: int },
            " on d.org = r.org and d.id = r.device where true
             on conflict (device, jti) do nothing returning device, jti"
        );
        const KEEP: Sql = bulk!(
            "insert into device_tokens (token_hash, org, device, created_at, expires_at)
             select r.token_hash, r.org, r.device, r.created_at, r.expires_at from ",
            "$1" { token_hash: bytes, org: uuid, device: uuid, created_at: int, expires_at: int },
            " where true"
        );
        // One order for everybody, so that two replicas with the same assertions wait, not deadlock.
        let mut sorted: Vec<_> = tokens.iter().collect();
        sorted.sort_by(|a, b| (a.device, &a.assertion).cmp(&(b.device, &b.assertion)));
        let rows: Vec<_> = sorted.into_iter().map(NewDeviceToken::row).collect();
        let used: Vec<Used> = self.query(USE).rows(&rows).all().await?;
        let mut first: BTreeSet<_> = used.into_iter().map(|row| (row.device, row.jti)).collect();
        let given: Vec<bool> = tokens
            .iter()
            .map(|token| first.remove(&(token.device, token.assertion.clone())))
            .collect();
        let kept = tokens.iter().zip(&given).filter(|(_, given)| **given);
        let kept: Vec<_> = kept.map(|(token, _)| token.row()).collect();
        self.query(KEEP).rows(&kept).run().await?;
        Ok(given)
    }

    /// Makes a device's tokens useless.
    pub async fn delete_device_tokens(&mut self, org: OrgId, device: DeviceId) -> Result<u64> {
        self.query("delete from device_tokens where org = $1 and device = $2")
            .bind(org)
            .bind(device)
            .run()
            .await
    }
}
