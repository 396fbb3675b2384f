//! Manifests: signed once, kept as the bytes that every replica serves.

use tessera_ids::{OrgId, Timestamp};

use crate::{Hash, Reader, Result, Tx, column::records};

records! {
    /// A signed manifest.
    pub struct Manifest {
        /// Whom it is for.
        pub audience: String,
        /// Its place in the organization's one order.
        pub serial: u64,
        /// The revision that it carries.
        pub revision: u64,
        /// Of the payload.
        pub digest: Hash,
        /// The signed envelope, exactly as it is sent.
        pub envelope: Vec<u8>,
        /// When it was issued.
        pub issued_at: Timestamp,
    }
}

/// A manifest that was just signed.
pub type NewManifest = Manifest;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select audience, serial, revision, digest, envelope, issued_at from manifests where org = $1 ",
            $rest
        )
    };
}

impl Reader {
    /// The newest manifest of an audience.
    pub async fn latest_manifest(&mut self, org: OrgId, audience: &str) -> Result<Option<Manifest>> {
        const SQL: &str = select!("and audience = $2 order by serial desc limit 1");
        self.query(SQL).bind(org).bind(audience).optional().await
    }

    /// The manifest that an audience got at that serial.
    pub async fn manifest(&mut self, org: OrgId, audience: &str, serial: u64) -> Result<Option<Manifest>> {
        const SQL: &str = select!("and audience = $2 and serial = $3");
        self.query(SQL)
            .bind(org)
            .bind(audience)
            .bind(serial)
            .optional()
            .await
    }
}

impl Reader {
    /// The manifest with these signed bytes at that serial, whoever it was for.
    pub async fn manifest_by_digest(
        &mut self,
        org: OrgId,
        serial: u64,
        digest: Hash,
    ) -> Result<Option<Manifest>> {
        self.query(select!("and serial = $2 and digest = $3"))
            .bind(org)
            .bind(serial)
            .bind(digest)
            .optional()
            .await
    }
}

impl Tx {
    /// Keeps a manifest, unless another replica signed one for that serial first; the one that is
    /// kept, which is the one to serve.
    pub async fn insert_manifest(&mut self, org: OrgId, new: &NewManifest) -> Result<Manifest> {
        const INSERT: &str =
            "insert into manifests (org, audience, serial, revision, digest, envelope, issued_at)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (org, audience, serial) do nothing";
        const WINNER: &str = select!("and audience = $2 and serial = $3");
        const NEWEST: &str = "update audiences set serial = $3, revision = $4, digest = $5, issued_at = $6
            where org = $1 and id = $2 and serial <= $3";
        self.query(INSERT)
            .bind(org)
            .bind(&new.audience)
            .bind(new.serial)
            .bind(new.revision)
            .bind(new.digest)
            .bind(&new.envelope)
            .bind(new.issued_at)
            .run()
            .await?;
        let winner: Manifest = self
            .query(WINNER)
            .bind(org)
            .bind(&new.audience)
            .bind(new.serial)
            .one()
            .await?;
        self.query(NEWEST)
            .bind(org)
            .bind(&winner.audience)
            .bind(winner.serial)
            .bind(winner.revision)
            .bind(winner.digest)
            .bind(winner.issued_at)
            .run()
            .await?;
        Ok(winner)
    }

    /// Forgets an audience's manifests below a serial; how many there were.
    pub async fn prune_manifests(&mut self, org: OrgId, audience: &str, below: u64) -> Result<u64> {
        const SQL: &str = "delete from manifests where org = $1 and audience = $2 and serial < $3";
        self.query(SQL).bind(org).bind(audience).bind(below).run().await
    }
}
