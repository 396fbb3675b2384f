//! What is kept: every SQL statement of Tessera, one file per aggregate, on SQLite and PostgreSQL.
//!
//! [`Store::read`] gives a [`Reader`], whose methods find; [`Store::begin`] and
//! [`Store::transact`] give a [`Tx`], whose methods also write. The tenant's id is the first
//! argument of every finder that has a tenant. What may be done, by whom, is decided in the app
//! layer; nothing here checks a right.

pub mod archive;
mod column;
mod dialect;
mod error;
mod query;
mod store;

mod account_tokens;
mod accounts;
mod alerts;
mod api_tokens;
mod attempts;
mod audiences;
mod audit;
mod blobs;
mod credentials;
mod device_tokens;
mod devices;
mod email_changes;
mod enrollment_keys;
mod enrollments;
mod housekeeping;
mod installation;
mod invitation_batches;
mod invitations;
mod manifests;
mod member_list;
mod members;
mod operators;
mod org_keys;
mod org_profiles;
mod orgs;
mod outbox;
mod pictures;
mod policy_files;
mod provider_models;
pub mod purge;
mod receipts;
mod removals;
mod revisions;
mod rollouts;
mod seen_applications;
mod sessions;
mod staged_rollouts;
mod team_candidates;
mod team_members;
mod teams;
mod tightened;
mod updates;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use account_tokens::TokenKind;
pub use accounts::{Account, NewAccount};
pub use alerts::{
    Alert, AlertCount, Untold,
    conditions::{Condition, QueueTrouble},
    endpoints::{AlertEndpoint, DeliveryOutcome, EndpointSeals, NewAlertEndpoint},
};
pub use api_tokens::{ApiToken, NewApiToken};
pub use attempts::Attempts;
pub use audiences::{Audience, AudienceInUse};
pub use audit::{ActorKind, AuditEntry, AuditHead, AuditLine, AuditPlace, AuditQuery, NewAuditEntry};
pub use blobs::{Blob, NewBlob};
pub use credentials::{
    Credential, CredentialContent, CredentialLife, CredentialReach, CredentialTeam, DrainedCredential,
    NewCredential, SealedSecret, expiry::CredentialExpiry,
};
pub use device_tokens::{DeviceToken, NewDeviceToken};
pub use devices::{Device, DeviceEnd, DeviceLife, DevicePlace, EndedFrom, NewDevice};
pub use dialect::{DatabaseClock, Durability, Heard, Listener, Location, OpenOptions};
pub use email_changes::EmailChange;
pub use enrollment_keys::{EnrollmentKey, EnrollmentRule, NewEnrollmentKey};
pub use enrollments::{Enrollment, EnrollmentState, NewEnrollment};
pub use error::{Error, Result, Unique};
pub use housekeeping::Swept;
pub use installation::{Installation, LastBackup};
pub use invitation_batches::{
    BatchCount, BatchRow, BatchRowQuery, BatchState, InvitationBatch, NewBatchRow, NewInvitationBatch,
    SettledRow,
};
pub use invitations::{InvitationQuery, InvitationRow, InvitationStanding, NewInvitation};
pub use manifests::{Manifest, NewManifest};
pub use member_list::{DeviceStanding, Member, MemberQuery, MemberSort};
pub use members::{MemberBrief, Membership, OrgOfAccount, Standing};
pub use operators::{DatabaseFacts, OrgFigures};
pub use org_keys::OrgKey;
pub use org_profiles::StoredProfile;
pub use orgs::{NewOrg, Org, OrgSerial, Reach, Seats};
pub use outbox::{Job, JobKind, NewJob, OutboxHealth};
pub use pictures::{AvatarOf, Picture};
pub use policy_files::{PolicyFile, PolicySection};
pub use provider_models::{FoundModel, ProviderList};
pub use purge::OrgContents;
pub use receipts::{NewReceipt, Receipt, Recorded};
pub use removals::Removal;
pub use revisions::{NewRevision, Revision, RevisionSummary};
pub use rollouts::{DeviceMark, DeviceQuery, DeviceSort, MarkFilter, Rollout, StateCount, WaveCount};
pub use seen_applications::SeenApplication;
pub use sessions::{NewSession, Session};
pub use staged_rollouts::{NewRollout, StagedRollout, WantedRevision};
pub use store::{Attempt, Reader, Store, Tx};
pub use team_candidates::TeamCandidate;
pub use team_members::{TeamLead, TeamMember, TeamMemberQuery, TeamOfAccount};
pub use teams::{Team, TeamLabel, TeamQuery};
pub use tightened::TightenedMember;
pub use updates::{
    AuthorCount, Comment, Feed, NewComment, NewUpdate, ReactionCount, TagCount, TagOfUpdate, Update,
    UpdateEdit, UpdateQuery,
};

/// A SHA-256: of a token, a blob, a manifest's payload.
pub type Hash = [u8; 32];

/// The pattern that finds `text` anywhere in a folded column, with `like … escape '\'`.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in tessera_domain::text::fold(text.trim()).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// How bytes travel in the JSON array of a bulk statement.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digits = bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    digits.map(char::from).collect()
}
