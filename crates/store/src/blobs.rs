//! Content-addressed layers and list chunks: compressed, immutable, an organization's own.

use serde::Serialize;
use tessera_ids::{OrgId, Timestamp};

use crate::{
    Hash, Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// A blob as it is stored and served.
    pub struct Blob {
        /// Of the uncompressed bytes.
        pub digest: Hash,
        /// Compressed.
        pub bytes: Vec<u8>,
        /// Uncompressed length.
        pub size: u64,
    }

    struct Digest {
        digest: Hash,
    }
}

/// A blob to be kept.
pub type NewBlob = Blob;

#[derive(Serialize)]
struct BlobRow {
    digest: String,
    bytes: String,
    size: u64,
}

#[derive(Serialize)]
struct DigestRow {
    digest: String,
}

fn digest_rows(digests: &[Hash]) -> Vec<DigestRow> {
    digests
        .iter()
        .map(|digest| DigestRow { digest: hex(digest) })
        .collect()
}

impl Reader {
    /// Those of the named blobs that are there, in order of their digests.
    pub async fn blobs(&mut self, org: OrgId, digests: &[Hash]) -> Result<Vec<Blob>> {
        const SQL: Sql = bulk!(
            "select digest, bytes, size from blobs where org = $1 and digest in (select r.digest from ",
            "$2" { digest: bytes },
            ") order by digest"
        );
        self.query(SQL).bind(org).rows(&digest_rows(digests)).all().await
    }

    /// One blob.
    pub async fn blob(&mut self, org: OrgId, digest: Hash) -> Result<Option<Blob>> {
        const SQL: &str = "select digest, bytes, size from blobs where org = $1 and digest = $2";
        self.query(SQL).bind(org).bind(digest).optional().await
    }

    /// Some of an organization's blobs, in order of their digests, after that one.
    pub async fn blobs_after(&mut self, org: OrgId, after: Option<Hash>, limit: u64) -> Result<Vec<Blob>> {
        const SQL: &str = "select digest, bytes, size from blobs
            where org = $1 and ($2 is null or digest > $2) order by digest limit $3";
        self.query(SQL).bind(org).bind(after).bind(limit).all().await
    }

    /// Those of the named blobs that are there; without reading their bytes.
    pub async fn blobs_present(&mut self, org: OrgId, digests: &[Hash]) -> Result<Vec<Hash>> {
        const SQL: Sql = bulk!(
            "select digest from blobs where org = $1 and digest in (select r.digest from ",
            "$2" { digest: bytes },
            ") order by digest"
        );
        let present: Vec<Digest> = self
            .query(SQL)
            .bind(org)
            .rows(&digest_rows(digests))
            .all()
            .await?;
        Ok(present.into_iter().map(|row| row.digest).collect())
    }
}

impl Tx {
    /// Keeps blobs; how many were not there before.
    pub async fn insert_blobs(&mut self, org: OrgId, blobs: &[NewBlob], at: Timestamp) -> Result<u64> {
        const SQL: Sql = bulk!(
            "insert into blobs (org, digest, bytes, size, created_at)
             select $1, r.digest, r.bytes, r.size, $2 from ",
            "$3" { digest: bytes, bytes: bytes, size: int },
            " where true on conflict (org, digest) do nothing"
        );
        let rows: Vec<_> = blobs
            .iter()
            .map(|blob| BlobRow {
                digest: hex(&blob.digest),
                bytes: hex(&blob.bytes),
                size: blob.size,
            })
            .collect();
        self.query(SQL).bind(org).bind(at).rows(&rows).run().await
    }
}
