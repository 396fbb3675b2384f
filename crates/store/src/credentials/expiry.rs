//! When providers end keys, as people noted it.

use tessera_ids::{CredentialId, OrgId, Timestamp};

use crate::{Reader, Result, Tx, column::records};

records! {
    /// When a key ends.
    pub struct CredentialExpiry {
        /// The key.
        pub id: CredentialId,
        /// When.
        pub expires_at: Timestamp,
    }
}

impl Reader {
    /// The ends that were noted, by key.
    pub async fn credential_expiries(&mut self, org: OrgId) -> Result<Vec<CredentialExpiry>> {
        const SQL: &str = "select id, expires_at from credentials
            where org = $1 and expires_at is not null and state <> 'retired' order by id";
        self.query(SQL).bind(org).all().await
    }
}

impl Tx {
    /// Notes when a key ends, or that nobody knows.
    pub async fn set_credential_expiry(
        &mut self,
        org: OrgId,
        id: CredentialId,
        at: Option<Timestamp>,
    ) -> Result<bool> {
        self.query("update credentials set expires_at = $3 where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .bind(at)
            .touched()
            .await
    }
}
