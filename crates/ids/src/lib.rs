//! The vocabulary that every other crate shares: typed ids, instants, and the two ambient
//! sources (clock and entropy) from which they are made.
//!
//! No database, no network and no serialisation format beyond text lives here. Nothing else in
//! Tessera reads the machine's clock or its random source: see [`ambient`].

pub mod ambient;
mod base32;
mod time;
mod typed;

pub use ambient::{Clock, Entropy};
pub use time::Timestamp;
pub use typed::{
    AccountId, AlertEndpointId, AlertId, ApiTokenId, AuditEntryId, CommentId, CredentialId, DeviceId,
    EnrollmentId, EnrollmentKeyId, InvitationBatchId, InvitationId, JobId, MailId, OrgId, ParseIdError,
    RolloutId, SessionId, TeamId, TypedId, UpdateId,
};
