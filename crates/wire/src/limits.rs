//! How large anything said between server and agent may be, written in this one place.

use std::time::Duration;

/// Whether a number fits the databases' signed 64 bits; serials, revisions and counters must.
pub(crate) fn is_storable(number: u64) -> bool {
    i64::try_from(number).is_ok()
}

/// The JSON of a DSSE envelope, whatever it carries.
pub const ENVELOPE_BYTES: usize = 512 * 1024;
/// Signatures in one envelope; more than one only while a key is being replaced.
pub const ENVELOPE_SIGNATURES: usize = 4;
/// A manifest's payload.
pub const MANIFEST_BYTES: usize = 256 * 1024;
/// Layers in a manifest.
pub const MANIFEST_LAYERS: usize = 128;
/// Sections or lists in one layer, and credentials in a manifest.
pub const MANIFEST_NAMES: usize = 256;
/// The payload of one sealed credential.
pub const CREDENTIAL_BYTES: usize = 64 * 1024;
/// The body of an answer with every credential of a device.
pub const CREDENTIALS_BYTES: usize = 8 * 1024 * 1024;
/// A receipt's payload.
pub const RECEIPT_BYTES: usize = 256 * 1024;
/// Lines in a receipt.
pub const RECEIPT_SECTIONS: usize = 1_024;
/// The payload of a tombstone, a last receipt, a key statement or an enrolment message.
pub const SMALL_PAYLOAD_BYTES: usize = 16 * 1024;
/// One section of one layer, uncompressed.
pub const SECTION_BYTES: usize = 1024 * 1024;
/// Any blob as it travels, compressed.
pub const BLOB_GZIP_BYTES: usize = 8 * 1024 * 1024;
/// Any blob, uncompressed.
pub const BLOB_BYTES: usize = 8 * 1024 * 1024;
/// What the blobs inside one stream event may add to it, as base64.
pub const EVENT_BLOBS_BYTES: usize = 64 * 1024;
/// Blobs that a device may ask for at once.
pub const BATCH_BLOBS: usize = 64;
/// Where an answer with several blobs ends, in compressed bytes; its first blob may be larger.
pub const BATCH_GZIP_BYTES: usize = 1024 * 1024;
/// The body of an answer with several blobs: base64, names and punctuation included.
pub const BATCH_BYTES: usize = (BATCH_GZIP_BYTES + BLOB_GZIP_BYTES) / 3 * 4 + BATCH_BLOBS * 256;
/// The body of one stream event: an envelope and its blobs.
pub const EVENT_BYTES: usize = ENVELOPE_BYTES + 2 * EVENT_BLOBS_BYTES;

/// Rows in a list.
pub const LIST_ROWS: usize = 1_000_000;
/// Bytes in one row.
pub const LIST_ROW_BYTES: usize = 2_048;
/// All rows of one list together.
pub const LIST_BYTES: usize = 256 * 1024 * 1024;
/// A chunk is cut when it reaches this size.
pub const CHUNK_TARGET_BYTES: usize = 24 * 1024;
/// What a chunk can hold at most: one byte short of the cut, then one more row.
pub const CHUNK_BYTES: usize = CHUNK_TARGET_BYTES + LIST_ROW_BYTES;
/// Chunks in one list.
pub const LIST_CHUNKS: usize = 65_536;

/// A compact JWS assertion.
pub const ASSERTION_BYTES: usize = 4 * 1024;
/// How long an assertion is good for, and how far a device's clock may be off.
pub const ASSERTION_LIFETIME: Duration = Duration::from_mins(5);
/// How far the clock of an enrolling device may be off.
pub const ENROL_SKEW: Duration = Duration::from_mins(5);
/// How long a device code lives.
pub const ENROL_LIFETIME: Duration = Duration::from_mins(10);
/// How long a device waits between two polls.
pub const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// How long an access token lives.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_mins(10);
/// How often an idle stream sends a heartbeat.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long an agent waits for anything on a stream before it connects anew.
pub const STREAM_SILENCE: Duration = Duration::from_secs(45);
/// An answer body that an agent reads where no other limit is given.
pub const SMALL_BODY_BYTES: usize = 64 * 1024;
