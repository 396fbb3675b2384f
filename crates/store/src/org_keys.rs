//! The keys that sign what an organization's devices obey.

use tessera_ids::{OrgId, Timestamp};

use crate::{Reader, Result, Tx, column::records};

records! {
    /// A signing key.
    pub struct OrgKey {
        /// The half that devices pin.
        pub public: Vec<u8>,
        /// The half that signs, sealed under the organization's data key.
        pub secret: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When another took its place.
        pub retired_at: Option<Timestamp>,
    }
}

impl Reader {
    /// The key that signs now.
    pub async fn org_key(&mut self, org: OrgId) -> Result<Option<OrgKey>> {
        const SQL: &str = "select public, secret, created_at, retired_at from org_keys
            where org = $1 and retired_at is null order by created_at, public limit 1";
        self.query(SQL).bind(org).optional().await
    }

    /// Every key there ever was, the newest first.
    pub async fn org_keys(&mut self, org: OrgId) -> Result<Vec<OrgKey>> {
        const SQL: &str = "select public, secret, created_at, retired_at from org_keys
            where org = $1 order by created_at desc, public";
        self.query(SQL).bind(org).all().await
    }
}

impl Tx {
    /// Keeps a new key.
    pub async fn insert_org_key(&mut self, org: OrgId, key: &OrgKey) -> Result<()> {
        const SQL: &str = "insert into org_keys (org, public, secret, created_at, retired_at)
            values ($1, $2, $3, $4, $5)";
        self.query(SQL)
            .bind(org)
            .bind(&key.public)
            .bind(&key.secret)
            .bind(key.created_at)
            .bind(key.retired_at)
            .run()
            .await
            .map(drop)
    }

    /// Stops signing with a key.
    pub async fn retire_org_key(&mut self, org: OrgId, public: &[u8], at: Timestamp) -> Result<bool> {
        const SQL: &str =
            "update org_keys set retired_at = $3 where org = $1 and public = $2 and retired_at is null";
        self.query(SQL).bind(org).bind(public).bind(at).touched().await
    }
}
