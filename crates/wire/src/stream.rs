//! The events of the stream. Each event's id is the serial; a heartbeat is a comment.

use serde::{Deserialize, Serialize};

use crate::{Base64, Blob, Digest, Envelope, blob::BlobError, limits};

/// The name of the event that carries a [`ManifestEvent`].
pub const MANIFEST: &str = "manifest";
/// The name of the event that carries a [`TombstoneEvent`]; the stream ends after it.
pub const TOMBSTONE: &str = "tombstone";
/// The comment that shows that an idle stream lives.
pub const HEARTBEAT: &str = "heartbeat";

/// The `ETag` of a manifest, made of its payload's digest.
pub fn etag(payload: &Digest) -> String {
    format!("\"{payload}\"")
}

/// A new manifest, with as many of its new blobs as fit, so that most changes need no second request.
/// Also the body of `GET /sync/v1/manifest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEvent {
    /// The signed [`crate::Manifest`].
    pub envelope: Envelope,
    /// Blobs that the device may not have yet.
    #[serde(default)]
    pub blobs: Vec<EventBlob>,
}

/// A blob inside an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBlob {
    /// Its name.
    pub digest: Digest,
    /// Its compressed bytes.
    pub gzip: Base64,
}

/// The device has been removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TombstoneEvent {
    /// The signed [`crate::Tombstone`].
    pub envelope: Envelope,
}

impl ManifestEvent {
    /// An event with those of the compressed blobs, in order, that fit into 64 KiB of base64.
    pub fn new(envelope: Envelope, blobs: impl IntoIterator<Item = (Digest, Vec<u8>)>) -> Self {
        let mut left = limits::EVENT_BLOBS_BYTES;
        let fitting = blobs.into_iter().filter_map(|(digest, gzip)| {
            let size = gzip.len().div_ceil(3) * 4;
            left = left.checked_sub(size)?;
            Some(EventBlob {
                digest,
                gzip: Base64(gzip),
            })
        });
        let blobs = fitting.collect();
        Self { envelope, blobs }
    }
}

impl EventBlob {
    /// Unpacks the blob and checks its name.
    pub fn open(&self) -> Result<Blob, BlobError> {
        Blob::from_gzip(self.digest, &self.gzip.0, limits::BLOB_BYTES)
    }
}

/// Reads the data of a `manifest` event or the body of `GET /sync/v1/manifest`.
pub fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, ReadEventError> {
    if json.len() > limits::EVENT_BYTES {
        return Err(ReadEventError::TooLarge);
    }
    serde_json::from_slice(json).map_err(|_| ReadEventError::Malformed)
}

/// Why an event was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadEventError {
    /// More bytes than any event has.
    #[error("the event is larger than {max} bytes", max = limits::EVENT_BYTES)]
    TooLarge,
    /// Not the JSON of such an event.
    #[error("the event cannot be read")]
    Malformed,
}
