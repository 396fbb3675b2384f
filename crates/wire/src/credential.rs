//! A provider's key on its way to one device: sealed to the device's own key (HPKE, RFC 9180), inside an envelope that
//! the org signs. What the seal is bound to stands beside it in clear, and is authenticated with it.

use std::{collections::BTreeMap, convert::Infallible, fmt};

use hpke::{
    Deserializable as _, HpkeError, OpModeR, OpModeS, Serializable as _,
    aead::ChaCha20Poly1305,
    kdf::HkdfSha256,
    kem::X25519HkdfSha256 as Kem,
    rand_core::{TryCryptoRng, TryRng},
};
use serde::{Deserialize, Serialize};
use tessera_ids::{CredentialId, DeviceId, Entropy, OrgId};
use zeroize::Zeroizing;

use crate::{
    Base64, DeviceSealingKey, DeviceSealingPublicKey, Envelope, Format, Name, OrgSigningKey, OrgVerifyingKey,
    Payload, Text, limits,
};

/// What a seal of this kind is for, and nothing else is.
const INFO: &[u8] = b"tessera credential 1";

/// What a sealed key is bound to. Another device, org, key or version does not open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Whose key it is.
    pub org: OrgId,
    /// For which device it is sealed.
    pub device: DeviceId,
    /// Which key.
    pub credential: CredentialId,
    /// Its version, as the manifest names it.
    pub version: u64,
}

impl Bound {
    fn aad(&self) -> Vec<u8> {
        let Self {
            org,
            device,
            credential,
            version,
        } = self;
        format!("{org}\n{device}\n{credential}\n{version}").into_bytes()
    }
}

/// A key that only one device can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedCredential {
    /// How to read this.
    pub format: Format,
    /// Whose key it is.
    pub org: OrgId,
    /// For which device it is sealed.
    pub device: DeviceId,
    /// Which key.
    pub credential: CredentialId,
    /// Its version, as the manifest names it.
    pub version: u64,
    /// The encapsulated key.
    pub enc: Base64,
    /// The sealed [`DeliveredKey`].
    pub ciphertext: Base64,
}

/// Why a key was not sealed or not opened. Says nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The device's public key, or the encapsulated one, is none.
    #[error("the sealing key is not usable")]
    Key,
    /// The seal does not fit this device, or what it is bound to.
    #[error("the key is not sealed to this device")]
    Foreign,
    /// The seal fits, and what is inside is not a key that this version reads.
    #[error("what was sealed cannot be read")]
    Unreadable,
}

impl SealedCredential {
    /// Seals a key to one device.
    ///
    /// # Errors
    /// [`SealError::Key`] when the device's public key is none.
    pub fn seal(
        bound: Bound,
        key: &DeliveredKey,
        to: &DeviceSealingPublicKey,
        entropy: &dyn Entropy,
    ) -> Result<Self, SealError> {
        type PublicKey = <Kem as hpke::Kem>::PublicKey;
        let to = PublicKey::from_bytes(&to.to_bytes()).map_err(|_| SealError::Key)?;
        let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeS::Base,
            &to,
            INFO,
            &key.to_bytes(),
            &bound.aad(),
            &mut Drawn(entropy),
        )
        .map_err(|_| SealError::Key)?;
        Ok(Self {
            format: Format,
            org: bound.org,
            device: bound.device,
            credential: bound.credential,
            version: bound.version,
            enc: Base64(enc.to_bytes().to_vec()),
            ciphertext: Base64(ciphertext),
        })
    }

    /// What it says that it is bound to.
    pub const fn bound(&self) -> Bound {
        Bound {
            org: self.org,
            device: self.device,
            credential: self.credential,
            version: self.version,
        }
    }

    /// Opens it with the device's own key.
    ///
    /// # Errors
    /// When it is not for this device, or was bound to something else than it says.
    pub fn open(&self, own: &DeviceSealingKey) -> Result<DeliveredKey, SealError> {
        type PrivateKey = <Kem as hpke::Kem>::PrivateKey;
        type EncappedKey = <Kem as hpke::Kem>::EncappedKey;
        let own = PrivateKey::from_bytes(own.to_bytes().as_slice()).map_err(|_| SealError::Key)?;
        let enc = EncappedKey::from_bytes(&self.enc.0).map_err(|_| SealError::Key)?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &own,
            &enc,
            INFO,
            &self.ciphertext.0,
            &self.bound().aad(),
        );
        let opened = Zeroizing::new(opened.map_err(|error| match error {
            HpkeError::DecapError => SealError::Key,
            _ => SealError::Foreign,
        })?);
        DeliveredKey::from_bytes(&opened).ok_or(SealError::Unreadable)
    }
}

impl Payload for SealedCredential {
    const TYPE: &'static str = "application/vnd.tessera.credential+json";
    const MAX_BYTES: usize = limits::CREDENTIAL_BYTES;
    type Signer = OrgSigningKey;
    type Key = OrgVerifyingKey;

    fn check(&self) -> Result<(), &'static str> {
        if limits::is_storable(self.version) {
            Ok(())
        } else {
            Err("a number in the envelope is too large")
        }
    }
}

/// What a device gets: the key's fields by their names, the secret ones among them. Wiped when dropped.
#[derive(Clone)]
pub struct DeliveredKey {
    /// What the org calls it.
    pub name: Text<400>,
    /// Whose key it is: `openai`, `vertex_ai`.
    pub provider: Name,
    /// Its last characters, by which people know it; may be empty.
    pub last_four: Text<8>,
    fields: BTreeMap<String, Zeroizing<String>>,
}

/// How it lies under the seal.
#[derive(Serialize, Deserialize)]
struct Plain {
    format: Format,
    name: Text<400>,
    provider: Name,
    last_four: Text<8>,
    fields: BTreeMap<String, String>,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.fields.values_mut().for_each(zeroize::Zeroize::zeroize);
    }
}

impl DeliveredKey {
    /// A key of these fields.
    pub fn new<'a>(
        name: &str,
        provider: Name,
        last_four: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let own = |(name, text): (&str, &str)| (name.to_owned(), Zeroizing::new(text.to_owned()));
        Self {
            name: Text::clip(name),
            provider,
            last_four: Text::clip(last_four),
            fields: fields.into_iter().map(own).collect(),
        }
    }

    /// A field's text: `key`, `base_url`, `region`. May be secret.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|text| text.as_str())
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let plain = Plain {
            format: Format,
            name: self.name.clone(),
            provider: self.provider.clone(),
            last_four: self.last_four.clone(),
            fields: self
                .fields
                .iter()
                .map(|(name, text)| (name.clone(), text.to_string()))
                .collect(),
        };
        Zeroizing::new(serde_json::to_vec(&plain).expect("texts are JSON"))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut plain: Plain = serde_json::from_slice(bytes).ok()?;
        let fields = std::mem::take(&mut plain.fields);
        Some(Self {
            name: plain.name.clone(),
            provider: plain.provider.clone(),
            last_four: plain.last_four.clone(),
            fields: fields
                .into_iter()
                .map(|(name, text)| (name, Zeroizing::new(text)))
                .collect(),
        })
    }
}

impl fmt::Debug for DeliveredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveredKey")
            .field("name", &self.name)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// Every key that a device may have, each in an envelope of [`SealedCredential`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialsAnswer {
    /// The envelopes.
    pub credentials: Vec<Envelope>,
}

/// Our entropy, as `hpke` asks for it.
struct Drawn<'a>(&'a dyn Entropy);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(buffer);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}
