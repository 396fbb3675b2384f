//! Enrolment by code (RFC 8628), in which the device signs its request and every poll with the key that it
//! enrols, so that whoever overhears a device code can do nothing with it.

use std::fmt;

use serde::{Deserialize, Serialize};
use tessera_ids::{DeviceId, Entropy, OrgId, Timestamp, ambient::random_bytes};

use crate::{
    DeviceSealingPublicKey, DeviceSigningKey, DeviceVerifyingKey, Digest, Envelope, EnvelopeError, Format,
    MachineFacts, Nonce, OrgVerifyingKey, Payload, Text, UserCode, Verified, dsse, limits,
    text::{self, from_base64url, to_base64url},
    verify_envelope,
};

/// A device's signed request to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginRequest {
    /// How to read this.
    pub format: Format,
    /// The portal's `public_url`: a request to one portal is worth nothing at another.
    pub portal: Text<2048>,
    /// The key that signs this request and all that the device will say.
    pub signing_key: DeviceVerifyingKey,
    /// The key to which credentials will be sealed.
    pub sealing_key: DeviceSealingPublicKey,
    /// The machine, as the approving page shows it.
    pub facts: MachineFacts,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// Used once.
    pub nonce: Nonce,
}

impl Payload for BeginRequest {
    const TYPE: &'static str = "application/vnd.tessera.enrol-begin+json";
    type Signer = DeviceSigningKey;
    type Key = DeviceVerifyingKey;
}

/// A device's signed question whether it has been approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRequest {
    /// How to read this.
    pub format: Format,
    /// The portal's `public_url`.
    pub portal: Text<2048>,
    /// The attempt that is asked about.
    pub device_code: DeviceCode,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// Used once.
    pub nonce: Nonce,
}

impl Payload for PollRequest {
    const TYPE: &'static str = "application/vnd.tessera.enrol-poll+json";
    type Signer = DeviceSigningKey;
    type Key = DeviceVerifyingKey;
}

/// Why an enrolment message was not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Signed for another portal.
    #[error("the request was signed for another portal")]
    OtherPortal,
    /// Signed too long ago, or in the future.
    #[error("the device's clock is more than five minutes off")]
    Clock,
}

/// Believes a request to begin if it is signed by the key that it carries, for this portal, just now.
pub fn verify_begin(
    json: &[u8],
    public_url: &str,
    now: Timestamp,
) -> Result<Verified<BeginRequest>, EnrolError> {
    let envelope = Envelope::from_json(json)?;
    let claimed = dsse::claimed::<BeginRequest>(&envelope)?;
    let verified: Verified<BeginRequest> = verify_envelope(&envelope, &claimed.signing_key)?;
    check_fresh(
        verified.payload().portal.as_str(),
        verified.payload().at,
        public_url,
        now,
    )?;
    Ok(verified)
}

/// Which attempt a poll says it belongs to: to find the key to verify it with, and for nothing else.
pub fn claimed_device_code(json: &[u8]) -> Result<DeviceCode, EnrolError> {
    let envelope = Envelope::from_json(json)?;
    Ok(dsse::claimed::<PollRequest>(&envelope)?.device_code)
}

/// Believes a poll if it is signed by the key with which the attempt began, for this portal, just now.
pub fn verify_poll(
    json: &[u8],
    key: &DeviceVerifyingKey,
    public_url: &str,
    now: Timestamp,
) -> Result<Verified<PollRequest>, EnrolError> {
    let verified: Verified<PollRequest> = dsse::verify(json, key)?;
    check_fresh(
        verified.payload().portal.as_str(),
        verified.payload().at,
        public_url,
        now,
    )?;
    Ok(verified)
}

pub(crate) fn check_fresh(
    portal: &str,
    at: Timestamp,
    public_url: &str,
    now: Timestamp,
) -> Result<(), EnrolError> {
    if portal.trim_end_matches('/') != public_url.trim_end_matches('/') {
        return Err(EnrolError::OtherPortal);
    }
    if now.since(at).max(at.since(now)) > limits::ENROL_SKEW {
        return Err(EnrolError::Clock);
    }
    Ok(())
}

/// The secret that names an attempt to enrol. The server keeps only its digest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceCode([u8; 32]);

impl DeviceCode {
    /// A fresh code.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_bytes(entropy))
    }

    /// What the server stores and looks up.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceCode(redacted)")
    }
}

impl TryFrom<String> for DeviceCode {
    type Error = crate::ParseCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = from_base64url(&text).ok_or(crate::ParseCodeError)?;
        bytes.try_into().map(Self).map_err(|_| crate::ParseCodeError)
    }
}

impl From<DeviceCode> for String {
    fn from(code: DeviceCode) -> Self {
        to_base64url(&code.0)
    }
}

/// The server's answer to a request to begin (RFC 8628, 3.2). There is no complete link: the member types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginResponse {
    /// For the device's polls.
    pub device_code: DeviceCode,
    /// For the member to type.
    pub user_code: UserCode,
    /// Where to type it.
    pub verification_uri: Text<2048>,
    /// Seconds until both codes end.
    pub expires_in: u64,
    /// Seconds to wait between polls.
    pub interval: u64,
}

/// Why a poll was answered with 400 (RFC 8628, 3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRefusal {
    /// The code to act on.
    pub error: PollError,
    /// For a person.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text::clipped"
    )]
    pub error_description: Option<Text<500>>,
}

/// The error codes of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PollError {
    /// Nobody has typed the code yet: poll again.
    AuthorizationPending,
    /// Poll again, and wait five seconds longer from now on.
    SlowDown,
    /// A member said no, or the code was tried too often.
    AccessDenied,
    /// Ten minutes are over.
    ExpiredToken,
    /// The poll itself is wrong: badly signed, an unknown code.
    InvalidGrant,
    /// The poll cannot be read.
    InvalidRequest,
    /// What only a newer server says: give up.
    #[serde(other)]
    Unknown,
}

impl PollError {
    /// Whether to poll again.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::AuthorizationPending | Self::SlowDown)
    }
}

/// The server's answer to a poll once a member has approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// How to read this.
    pub format: Format,
    /// The org that the device now belongs to.
    pub org: OrgId,
    /// The device's own id.
    pub device: DeviceId,
    /// The key to pin: every manifest must be signed with it.
    pub org_key: OrgVerifyingKey,
    /// What the portal calls itself.
    pub portal_name: Text<200>,
    /// What the org is called.
    pub org_name: Text<200>,
    /// Who approved, and whose device this is.
    pub member_email: Text<254>,
}
