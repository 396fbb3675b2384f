//! Content-addressed bytes and their compressed form. A blob's name is the digest of its uncompressed bytes.

use std::io::{Read as _, Write as _};

use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};

use crate::Digest;

/// Bytes and their name. What is inside always fits the name.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    digest: Digest,
    bytes: Vec<u8>,
}

/// Why a blob was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// It unpacks to more bytes than allowed.
    #[error("the blob is larger than {0} bytes")]
    TooLarge(usize),
    /// Not gzip, cut off, or followed by something else.
    #[error("the blob cannot be unpacked")]
    Malformed,
    /// Other bytes than its name says.
    #[error("the blob is not {0}")]
    WrongDigest(Digest),
}

impl Blob {
    /// Names the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            digest: Digest::of(&bytes),
            bytes,
        }
    }

    /// Takes bytes that should have this name.
    pub fn checked(digest: Digest, bytes: Vec<u8>) -> Result<Self, BlobError> {
        let blob = Self::new(bytes);
        if blob.digest == digest {
            Ok(blob)
        } else {
            Err(BlobError::WrongDigest(digest))
        }
    }

    /// Unpacks at most `max` bytes that should have this name.
    pub fn from_gzip(digest: Digest, gzip: &[u8], max: usize) -> Result<Self, BlobError> {
        Self::checked(digest, decompress(gzip, max)?)
    }

    /// The compressed form, to store and to send.
    pub fn to_gzip(&self) -> Vec<u8> {
        compress(&self.bytes)
    }

    /// The name.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The uncompressed bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The uncompressed bytes, moved out.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({}, {} bytes)", self.digest, self.bytes.len())
    }
}

/// Packs bytes with gzip: no time, no file name, so equal bytes pack to equal bytes.
#[expect(clippy::missing_panics_doc, reason = "writing to memory cannot fail")]
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
}

/// Unpacks one gzip member of at most `max` bytes; stops reading there.
pub fn decompress(gzip: &[u8], max: usize) -> Result<Vec<u8>, BlobError> {
    let mut bytes = Vec::new();
    let mut decoder = GzDecoder::new(gzip);
    let allowed = u64::try_from(max).unwrap_or(u64::MAX);
    decoder
        .by_ref()
        .take(allowed.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| BlobError::Malformed)?;
    if bytes.len() > max {
        return Err(BlobError::TooLarge(max));
    }
    if decoder.into_inner().is_empty() {
        Ok(bytes)
    } else {
        Err(BlobError::Malformed)
    }
}
