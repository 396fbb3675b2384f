//! Access tokens: the form that asks for one, and its answers (RFC 6749, RFC 7523).

use serde::{Deserialize, Serialize};

use crate::{Envelope, Text, text};

/// The one grant type of the token address.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The one token type.
pub const TOKEN_TYPE: &str = "Bearer";

/// The form, as `application/x-www-form-urlencoded`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRequest {
    /// Must be [`GRANT_TYPE`].
    pub grant_type: String,
    /// What [`crate::assertion::make`] makes.
    pub assertion: String,
}

impl TokenRequest {
    /// The form around an assertion.
    pub fn new(assertion: String) -> Self {
        Self {
            grant_type: GRANT_TYPE.to_owned(),
            assertion,
        }
    }

    /// The body as it travels.
    pub fn to_form(&self) -> String {
        // An assertion is URL-safe as it is; of the grant type only the colons are not.
        format!(
            "grant_type={}&assertion={}",
            self.grant_type.replace(':', "%3A"),
            self.assertion
        )
    }
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRequest")
            .field("grant_type", &self.grant_type)
            .finish_non_exhaustive()
    }
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything a device may do.
    Sync,
    /// Only its tombstone and the place for its last receipt: the device has been removed.
    Tombstone,
}

/// The answer to a good assertion.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// An opaque text, sent as `Authorization: Bearer`.
    pub access_token: String,
    /// Always [`TOKEN_TYPE`].
    pub token_type: String,
    /// Seconds until it ends.
    pub expires_in: u64,
    /// What it is good for.
    pub scope: Scope,
    /// With [`Scope::Tombstone`]: the org's word that the device is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tombstone: Option<Envelope>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Why no token was given (400 or 401).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRefusal {
    /// The code to act on.
    pub error: TokenError,
    /// For a person.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text::clipped"
    )]
    pub error_description: Option<Text<500>>,
}

/// The error codes of the token address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenError {
    /// The form cannot be read.
    InvalidRequest,
    /// The assertion is refused. Try once more by the server's `Date`; then wait.
    InvalidGrant,
    /// No such device.
    InvalidClient,
    /// Another grant type.
    UnsupportedGrantType,
    /// What only a newer server says.
    #[serde(other)]
    Unknown,
}
