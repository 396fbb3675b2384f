//! Asking for several blobs at once, so that a first list of a hundred thousand rows takes a few requests
//! and not one for each of its chunks.

use serde::{Deserialize, Serialize};

use crate::{Digest, limits, stream::EventBlob};

/// What a device is missing. At most [`limits::BATCH_BLOBS`] names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobsRequest {
    /// The blobs' names, the most wanted first.
    pub digests: Vec<Digest>,
}

/// Some of what was asked for: never more than fits, never one that the organization does not have.
/// Whoever misses one asks again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobsAnswer {
    /// The blobs.
    pub blobs: Vec<EventBlob>,
}

/// Takes blobs into an answer until it is full.
#[derive(Debug, Default)]
pub struct Filling {
    answer: BlobsAnswer,
    bytes: usize,
}

impl Filling {
    /// Takes one more compressed blob, unless the answer is full; whether it was taken. The first always is.
    pub fn take(&mut self, digest: Digest, gzip: Vec<u8>) -> bool {
        let bytes = self.bytes.saturating_add(gzip.len());
        if !self.answer.blobs.is_empty() && bytes > limits::BATCH_GZIP_BYTES {
            return false;
        }
        self.bytes = bytes;
        self.answer.blobs.push(EventBlob {
            digest,
            gzip: crate::Base64(gzip),
        });
        true
    }

    /// The answer as it goes out.
    pub fn done(self) -> BlobsAnswer {
        self.answer
    }
}
