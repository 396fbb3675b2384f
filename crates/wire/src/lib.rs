//! What is said between server and agent: digests, serials, manifests, blobs, chunked lists, receipts,
//! tombstones, enrolment and tokens, with the signatures that make them trustworthy.
//!
//! Everything here is pure: no I/O, no clock, no random source but those passed in. Every incoming structure
//! is read with a limit. Fields that a newer peer adds are ignored; a `format` number that is not known is
//! refused, so that a peer never half understands what it is told.

pub mod accept;
pub mod assertion;
mod audience;
pub mod batch;
pub mod blob;
mod code;
mod credential;
mod digest;
pub mod dsse;
pub mod enrol;
pub mod enrol_key;
mod format;
pub mod keys;
mod leave;
pub mod limits;
pub mod list;
mod manifest;
mod names;
mod org_key;
pub mod paths;
mod problem;
mod receipt;
mod serial;
mod sightings;
pub mod skill;
pub mod stream;
mod text;
pub mod token;
mod tombstone;
mod words;

pub use accept::{Acceptance, Accepted, accept};
pub use audience::{Audience, AudienceId};
pub use blob::Blob;
pub use code::{Nonce, ParseCodeError, UserCode};
pub use credential::{Bound, CredentialsAnswer, DeliveredKey, SealError, SealedCredential};
pub use digest::{Digest, ParseDigestError};
pub use dsse::{Envelope, EnvelopeError, Payload, Signed, Verified, sign, verify, verify_envelope};
pub use format::Format;
pub use keys::{
    DeviceSealingKey, DeviceSealingPublicKey, DeviceSigningKey, DeviceVerifyingKey, KeyId, OrgSigningKey,
    OrgVerifyingKey, ReadKeyError,
};

pub use leave::LeaveAnswer;
pub use list::{ChunkedList, ListError, ListIndex, Rows};
pub use manifest::{Manifest, ManifestLayer};
pub use names::{Name, ParseNameError};
pub use org_key::OrgKeyStatement;
pub use problem::Problem;
pub use receipt::{KeyStorage, MachineFacts, Outcome, Receipt, SectionReceipt};
pub use serial::Serial;
pub use sightings::{SIGHTING_RULES, SIGHTINGS, Sighting, SightingsReport};
pub use tessera_policy::LayerName;
pub use text::{Base64, Text, TextError};
pub use tombstone::{LastReceipt, Removal, Tombstone, Wiped};
pub use words::key_words;
