//! Where things are on the server.

use crate::Digest;

/// Begin to enrol (POST an envelope of [`crate::enrol::BeginRequest`]).
pub const ENROL: &str = "/sync/v1/enrol";
/// Ask whether the member has approved (POST an envelope of [`crate::enrol::PollRequest`]).
pub const ENROL_POLL: &str = "/sync/v1/enrol/poll";
/// Become a device at once, by an enrolment key (POST an envelope of [`crate::enrol_key::KeyRequest`]).
pub const ENROL_KEY: &str = "/sync/v1/enrol/key";
/// Get an access token (POST the form of [`crate::token::TokenRequest`]).
pub const TOKEN: &str = "/sync/v1/token";
/// Follow what changes (GET, server-sent events).
pub const STREAM: &str = "/sync/v1/stream";
/// The newest manifest (GET, with an `ETag`); a device that was offered an older one POSTs its own here.
pub const MANIFEST: &str = "/sync/v1/manifest";
/// The template of a blob's address.
pub const BLOB: &str = "/sync/v1/blobs/{digest}";
/// Several blobs at once (POST a [`crate::batch::BlobsRequest`]).
pub const BLOBS: &str = "/sync/v1/blobs";
/// Every credential of the device, sealed to it (GET; answers a [`crate::CredentialsAnswer`]).
pub const CREDENTIALS: &str = "/sync/v1/credentials";
/// Whether the member may sign this device out (GET; answers a [`crate::LeaveAnswer`]).
pub const LEAVE: &str = "/sync/v1/leave";
/// Deliver a receipt (POST an envelope of [`crate::Receipt`]).
pub const RECEIPTS: &str = "/sync/v1/receipts";
/// Tell which unknown applications were seen (POST a [`crate::SightingsReport`]).
pub const SIGHTINGS: &str = "/sync/v1/sightings";
/// A removed device's tombstone (GET) and the place for its last receipt (POST).
pub const TOMBSTONE: &str = "/sync/v1/tombstone";

/// Where one blob is.
pub fn blob(digest: &Digest) -> String {
    format!("/sync/v1/blobs/{digest}")
}

/// An absolute address on a server, from its `public_url` with or without a slash at its end.
pub fn absolute(public_url: &str, path: &str) -> String {
    format!("{}{path}", public_url.trim_end_matches('/'))
}
