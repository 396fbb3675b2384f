//! The replacement of an org's signing key. Nothing sends it yet; its form is fixed so that devices of today
//! will understand it.

use serde::{Deserialize, Serialize};
use tessera_ids::{OrgId, Timestamp};

use crate::{Format, OrgSigningKey, OrgVerifyingKey, Payload, Serial};

/// An org's word, signed with its old key, that a new one takes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgKeyStatement {
    /// How to read this.
    pub format: Format,
    /// Whose key.
    pub org: OrgId,
    /// The key that signs this statement.
    pub old: OrgVerifyingKey,
    /// The key that takes over.
    pub new: OrgVerifyingKey,
    /// Manifests from this serial on are signed with the new key.
    pub from_serial: Serial,
    /// When the server made this.
    pub at: Timestamp,
}

impl Payload for OrgKeyStatement {
    const TYPE: &'static str = "application/vnd.tessera.org-key+json";
    type Signer = OrgSigningKey;
    type Key = OrgVerifyingKey;
}
