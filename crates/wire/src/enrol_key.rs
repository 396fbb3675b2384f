//! Enrolment by a key, without anybody typing a code: for machines that are set up by a fleet's management.
//!
//! The key says only which organization and by which rule; the machine still makes its own keys and signs with
//! them, so that whoever has the enrolment key alone holds no device's identity. See docs/adr/0021.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tessera_ids::Timestamp;

use crate::{
    DeviceSealingPublicKey, DeviceSigningKey, DeviceVerifyingKey, Envelope, Format, MachineFacts, Nonce,
    Payload, Text, Verified, dsse,
    enrol::{EnrolError, check_fresh},
    text::from_base64url,
    verify_envelope,
};

/// An enrolment key as an admin is shown it once. It is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnrolmentKey(String);

impl EnrolmentKey {
    /// What every key begins with, so that those who look for leaked secrets find it.
    pub const PREFIX: &'static str = "tsk_";

    /// The key itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A text that is no enrolment key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an enrolment key; one begins with tsk_ and is 47 characters long")]
pub struct ParseEnrolmentKeyError;

impl TryFrom<String> for EnrolmentKey {
    type Error = ParseEnrolmentKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let drawn = text.strip_prefix(Self::PREFIX).and_then(from_base64url);
        match drawn {
            Some(bytes) if bytes.len() == 32 => Ok(Self(text)),
            _ => Err(ParseEnrolmentKeyError),
        }
    }
}

impl FromStr for EnrolmentKey {
    type Err = ParseEnrolmentKeyError;

    /// Reads a key as it stands in a file, with space around it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().to_owned().try_into()
    }
}

impl From<EnrolmentKey> for String {
    fn from(key: EnrolmentKey) -> Self {
        key.0
    }
}

impl fmt::Debug for EnrolmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentKey(redacted)")
    }
}

/// A machine's signed request to become a device at once, by a key. Answered with [`crate::enrol::Enrolled`];
/// asked again by the same signing key, with the same device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRequest {
    /// How to read this.
    pub format: Format,
    /// The portal's `public_url`: a request to one portal is worth nothing at another.
    pub portal: Text<2048>,
    /// The enrolment key.
    pub key: EnrolmentKey,
    /// Whose device it is to be, where the key leaves that to who sets the machine up: an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Text<254>>,
    /// Who is logged in on the machine, as the system calls them, for keys that find the member by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Text<128>>,
    /// The key that signs this request and all that the device will say.
    pub signing_key: DeviceVerifyingKey,
    /// The key to which credentials will be sealed.
    pub sealing_key: DeviceSealingPublicKey,
    /// The machine.
    pub facts: MachineFacts,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// Used once.
    pub nonce: Nonce,
}

impl Payload for KeyRequest {
    const TYPE: &'static str = "application/vnd.tessera.enrol-key+json";
    type Signer = DeviceSigningKey;
    type Key = DeviceVerifyingKey;
}

/// Believes a request if it is signed by the device's key that it carries, for this portal, just now. Whether
/// the enrolment key is good is not asked here.
pub fn verify_key_request(
    json: &[u8],
    public_url: &str,
    now: Timestamp,
) -> Result<Verified<KeyRequest>, EnrolError> {
    let envelope = Envelope::from_json(json)?;
    let claimed = dsse::claimed::<KeyRequest>(&envelope)?;
    let verified: Verified<KeyRequest> = verify_envelope(&envelope, &claimed.signing_key)?;
    let said = verified.payload();
    check_fresh(said.portal.as_str(), said.at, public_url, now)?;
    Ok(verified)
}
