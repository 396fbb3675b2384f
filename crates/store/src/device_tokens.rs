//! Devices' short-lived access tokens, and the assertions they were given for.

use tessera_ids::{DeviceId, OrgId, Timestamp};

use crate::{Hash, Reader, Result, Tx, column::records};

/// An access token to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewDeviceToken {
    /// Of the token itself.
    pub token_hash: Hash,
    /// Whose it is.
    pub device: DeviceId,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
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
    /// Keeps an access token.
    pub async fn insert_device_token(&mut self, org: OrgId, new: &NewDeviceToken) -> Result<()> {
        const SQL: &str = "insert into device_tokens (token_hash, org, device, created_at, expires_at)
            values ($1, $2, $3, $4, $5)";
        self.query(SQL)
            .bind(new.token_hash)
            .bind(org)
            .bind(new.device)
            .bind(new.created_at)
            .bind(new.expires_at)
            .run()
            .await
            .map(drop)
    }

    /// Makes a device's tokens useless.
    pub async fn delete_device_tokens(&mut self, org: OrgId, device: DeviceId) -> Result<u64> {
        self.query("delete from device_tokens where org = $1 and device = $2")
            .bind(org)
            .bind(device)
            .run()
            .await
    }

    /// Uses an assertion up; false when it was used before.
    pub async fn use_assertion(
        &mut self,
        device: DeviceId,
        jti: &str,
        expires_at: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "insert into assertion_ids (device, jti, expires_at) values ($1, $2, $3)
            on conflict (device, jti) do nothing";
        self.query(SQL)
            .bind(device)
            .bind(jti)
            .bind(expires_at)
            .touched()
            .await
    }
}
