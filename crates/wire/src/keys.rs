//! Keys, each of its own type, so that none can stand in for another. Secret ones are wiped when dropped and
//! never printed.

use std::{borrow::Cow, fmt, str::FromStr};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tessera_ids::{Entropy, ambient::random_bytes};
use zeroize::Zeroizing;

use crate::{
    Digest,
    text::{from_base64url, to_base64url},
};

/// A text or bytes that are not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a public key of the expected kind")]
pub struct ReadKeyError;

/// The short fingerprint of a public key: the first 16 hexadecimal digits of its SHA-256. A hint for finding
/// the key, never a reason to trust it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    fn of(public: &[u8; 32]) -> Self {
        let mut text = Digest::of(public).to_string();
        text.truncate(16);
        Self(text)
    }

    /// The fingerprint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What signs an envelope.
pub trait Signs {
    /// Signs exactly these bytes.
    fn sign_bytes(&self, bytes: &[u8]) -> [u8; 64];
    /// The fingerprint of the public half.
    fn key_id(&self) -> KeyId;
}

/// What verifies an envelope.
pub trait Verifies {
    /// Whether the signature is this key's over exactly these bytes; strict: no weak keys, no malleability.
    fn verify_bytes(&self, bytes: &[u8], signature: &[u8; 64]) -> bool;
    /// The fingerprint of this key.
    fn key_id(&self) -> KeyId;
}

macro_rules! public_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The bytes to store or send.
            pub const fn to_bytes(&self) -> [u8; 32] {
                self.0
            }

            /// The short fingerprint.
            pub fn key_id(&self) -> KeyId {
                KeyId::of(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&to_base64url(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ReadKeyError;

            fn from_str(text: &str) -> Result<Self, ReadKeyError> {
                let bytes = from_base64url(text).ok_or(ReadKeyError)?;
                Self::from_bytes(bytes.try_into().map_err(|_| ReadKeyError)?)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

macro_rules! signing_pair {
    ($(#[$secret_doc:meta])* $secret:ident, $(#[$public_doc:meta])* $public:ident) => {
        $(#[$secret_doc])*
        pub struct $secret(SigningKey);

        impl $secret {
            /// A fresh key.
            pub fn generate(entropy: &dyn Entropy) -> Self {
                Self::from_bytes(&Zeroizing::new(random_bytes(entropy)))
            }

            /// Gives stored secret bytes their type back.
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                Self(SigningKey::from_bytes(bytes))
            }

            /// The secret bytes to store, sealed.
            pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
                Zeroizing::new(self.0.to_bytes())
            }

            /// The public half.
            pub fn verifying_key(&self) -> $public {
                $public(self.0.verifying_key().to_bytes())
            }
        }

        impl fmt::Debug for $secret {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($secret), "(redacted)"))
            }
        }

        impl Signs for $secret {
            fn sign_bytes(&self, bytes: &[u8]) -> [u8; 64] {
                self.0.sign(bytes).to_bytes()
            }

            fn key_id(&self) -> KeyId {
                self.verifying_key().key_id()
            }
        }

        public_key! { $(#[$public_doc])* $public }

        impl $public {
            /// Reads a public key; bytes that are no key, or a weak one, are refused.
            pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, ReadKeyError> {
                let key = VerifyingKey::from_bytes(&bytes).map_err(|_| ReadKeyError)?;
                if key.is_weak() {
                    return Err(ReadKeyError);
                }
                Ok(Self(bytes))
            }
        }

        impl Verifies for $public {
            fn verify_bytes(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
                VerifyingKey::from_bytes(&self.0)
                    .and_then(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)))
                    .is_ok()
            }

            fn key_id(&self) -> KeyId {
                KeyId::of(&self.0)
            }
        }
    };
}

signing_pair! {
    /// An org's secret Ed25519 key: signs manifests, tombstones and key statements.
    OrgSigningKey,
    /// An org's public Ed25519 key, which devices pin when they enrol.
    OrgVerifyingKey
}

signing_pair! {
    /// A device's secret Ed25519 key: signs enrolment, assertions and receipts.
    DeviceSigningKey,
    /// A device's public Ed25519 key.
    DeviceVerifyingKey
}

public_key! {
    /// A device's public X25519 key, to which credentials are sealed.
    DeviceSealingPublicKey
}

impl DeviceSealingPublicKey {
    /// Reads a public key; one with which no secret can be shared is refused.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, ReadKeyError> {
        let probe = x25519_dalek::StaticSecret::from([0x55; 32]);
        let shared = probe.diffie_hellman(&x25519_dalek::PublicKey::from(bytes));
        if shared.was_contributory() {
            Ok(Self(bytes))
        } else {
            Err(ReadKeyError)
        }
    }
}

/// A device's secret X25519 key: opens what is sealed to the device.
pub struct DeviceSealingKey(x25519_dalek::StaticSecret);

impl DeviceSealingKey {
    /// A fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(&Zeroizing::new(random_bytes(entropy)))
    }

    /// Gives stored secret bytes their type back.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(x25519_dalek::StaticSecret::from(*bytes))
    }

    /// The secret bytes to store, sealed.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public_key(&self) -> DeviceSealingPublicKey {
        DeviceSealingPublicKey(x25519_dalek::PublicKey::from(&self.0).to_bytes())
    }
}

impl fmt::Debug for DeviceSealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSealingKey(redacted)")
    }
}
