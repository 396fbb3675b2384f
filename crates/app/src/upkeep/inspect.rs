//! Whether what an organization keeps is whole: its keys open, its audit log is as it was written, its blobs are what
//! their names say.

use tessera_domain::Result;
use tessera_ids::OrgId;
use tessera_store::Org;
use tessera_wire::{Blob, Digest, limits};

use super::OPERATOR;
use crate::{
    App,
    audit::verify::{self, Break},
    sync::org_signing_key,
};

/// Blobs that are read at a time.
const STEP: u64 = 64;

/// What was found out about one organization.
#[derive(Clone, Debug)]
pub struct OrgFindings {
    /// Why its keys do not open, if they do not.
    pub keys: Option<String>,
    /// Where its audit log is broken first.
    pub broken: Option<Break>,
    /// How many blobs it has.
    pub blobs: u64,
    /// Those that are not what their names say.
    pub wrong_blobs: Vec<Digest>,
}

/// Reads all that an organization keeps under a name or a chain, a part at a time.
pub async fn inspect(app: &App, org: &Org) -> Result<OrgFindings> {
    // One that is gone for good has no keys any more.
    let keys = if org.data_key.is_empty() {
        None
    } else {
        let mut tx = app.store.read().await?;
        let opened = org_signing_key(app, &mut tx, org).await;
        opened
            .err()
            .map(|error| error.internal.map_or(error.public.into_owned(), String::from))
    };
    let (blobs, wrong_blobs) = blobs(app, org.id).await?;
    Ok(OrgFindings {
        keys,
        broken: verify::verify(app, &OPERATOR, org.id).await?.broken,
        blobs,
        wrong_blobs,
    })
}

async fn blobs(app: &App, org: OrgId) -> Result<(u64, Vec<Digest>)> {
    let (mut count, mut wrong, mut last) = (0, Vec::new(), None);
    loop {
        let page = app.store.read().await?.blobs_after(org, last, STEP).await?;
        let Some(end) = page.last() else { break };
        last = Some(end.digest);
        for blob in &page {
            count += 1;
            let digest = Digest::from_bytes(blob.digest);
            if Blob::from_gzip(digest, &blob.bytes, limits::BLOB_BYTES).is_err() {
                wrong.push(digest);
            }
        }
    }
    Ok((count, wrong))
}
