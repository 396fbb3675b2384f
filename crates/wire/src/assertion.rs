//! A device's proof of itself (RFC 7523): a compact JWS, signed with Ed25519, for an access token.

use serde::{Deserialize, Serialize};
use tessera_ids::{DeviceId, Timestamp};

use crate::{
    DeviceSigningKey, DeviceVerifyingKey, Nonce,
    keys::{Signs as _, Verifies as _},
    limits::{ASSERTION_BYTES, ASSERTION_LIFETIME},
    text::{from_base64url, to_base64url},
};

const HEADER: &str = r#"{"alg":"EdDSA","typ":"JWT"}"#;

/// What an assertion says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who speaks.
    pub iss: DeviceId,
    /// For whom: the same.
    pub sub: DeviceId,
    /// To whom: the token address made of the portal's `public_url`.
    pub aud: String,
    /// When it was made, in seconds.
    pub iat: i64,
    /// When it ends, in seconds; at most five minutes later.
    pub exp: i64,
    /// Used once. To be remembered until [`Claims::expires_at`].
    pub jti: Nonce,
}

impl Claims {
    /// The instant after which the assertion is refused anyway.
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.exp)
    }
}

/// Why an assertion was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Not a compact JWS of this kind.
    #[error("this is not an assertion")]
    Malformed,
    /// Another algorithm, or a header that demands what is not understood.
    #[error("the assertion is not signed as expected")]
    Algorithm,
    /// Not signed by the device's key.
    #[error("the signature does not fit the assertion")]
    BadSignature,
    /// Issuer and subject differ.
    #[error("the assertion speaks for somebody else")]
    Subject,
    /// Made for another address.
    #[error("the assertion was made for another address")]
    Audience,
    /// It ended, or the device's clock is slow.
    #[error("the assertion has expired")]
    Expired,
    /// It begins in the future: the device's clock is fast.
    #[error("the assertion begins in the future")]
    NotYet,
    /// It would live longer than five minutes.
    #[error("the assertion lives too long")]
    TooLong,
}

impl AssertionError {
    /// Whether trying once more by the server's `Date` can help.
    pub const fn is_clock(self) -> bool {
        matches!(self, Self::Expired | Self::NotYet)
    }
}

/// Makes an assertion that is good for five minutes from `now`.
#[expect(clippy::missing_panics_doc, reason = "texts and numbers always become JSON")]
pub fn make(device: DeviceId, key: &DeviceSigningKey, token_url: &str, now: Timestamp, jti: Nonce) -> String {
    let iat = now.as_seconds();
    let lifetime = i64::try_from(ASSERTION_LIFETIME.as_secs()).unwrap_or(0);
    let claims = Claims {
        iss: device,
        sub: device,
        aud: token_url.to_owned(),
        iat,
        exp: iat + lifetime,
        jti,
    };
    let claims = serde_json::to_vec(&claims).expect("claims are texts and numbers");
    let signed = format!("{}.{}", to_base64url(HEADER.as_bytes()), to_base64url(&claims));
    let signature = key.sign_bytes(signed.as_bytes());
    format!("{signed}.{}", to_base64url(&signature))
}

/// Who an assertion says it is from: to find the key to verify it with, and for nothing else.
pub fn claimed_device(assertion: &str) -> Result<DeviceId, AssertionError> {
    Ok(split(assertion)?.claims.iss)
}

/// Believes an assertion that `key` signed for `token_url` and that holds now. The caller refuses a `jti` that
/// was used before.
pub fn verify(
    assertion: &str,
    key: &DeviceVerifyingKey,
    token_url: &str,
    now: Timestamp,
) -> Result<Claims, AssertionError> {
    let Parts {
        signed,
        signature,
        claims,
    } = split(assertion)?;
    if !key.verify_bytes(signed.as_bytes(), &signature) {
        return Err(AssertionError::BadSignature);
    }
    if claims.iss != claims.sub {
        return Err(AssertionError::Subject);
    }
    if claims.aud != token_url {
        return Err(AssertionError::Audience);
    }
    check_times(claims.iat, claims.exp, now.as_seconds())?;
    Ok(claims)
}

/// An honest device makes `exp` five minutes after `iat`, so a clock up to five minutes slow is inside `exp`,
/// and one up to five minutes fast inside the allowance on `iat`.
fn check_times(iat: i64, exp: i64, now: i64) -> Result<(), AssertionError> {
    let allowance = i64::try_from(ASSERTION_LIFETIME.as_secs()).unwrap_or(0);
    if exp <= iat || exp.saturating_sub(iat) > allowance {
        return Err(AssertionError::TooLong);
    }
    if exp <= now {
        return Err(AssertionError::Expired);
    }
    if iat > now.saturating_add(allowance) {
        return Err(AssertionError::NotYet);
    }
    Ok(())
}

struct Parts<'a> {
    signed: &'a str,
    signature: [u8; 64],
    claims: Claims,
}

fn split(assertion: &str) -> Result<Parts<'_>, AssertionError> {
    #[derive(Deserialize)]
    struct Header {
        alg: String,
        crit: Option<serde::de::IgnoredAny>,
    }
    if assertion.len() > ASSERTION_BYTES {
        return Err(AssertionError::Malformed);
    }
    let part = |text: &str| from_base64url(text).ok_or(AssertionError::Malformed);
    let (signed, signature) = assertion.rsplit_once('.').ok_or(AssertionError::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(AssertionError::Malformed)?;
    let header: Header = serde_json::from_slice(&part(header)?).map_err(|_| AssertionError::Malformed)?;
    if header.alg != "EdDSA" || header.crit.is_some() {
        return Err(AssertionError::Algorithm);
    }
    let claims = serde_json::from_slice(&part(claims)?).map_err(|_| AssertionError::Malformed)?;
    let signature = part(signature)?
        .try_into()
        .map_err(|_| AssertionError::Malformed)?;
    Ok(Parts {
        signed,
        signature,
        claims,
    })
}
