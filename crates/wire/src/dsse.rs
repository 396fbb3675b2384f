//! Signed envelopes as DSSE 1 writes them.
//!
//! The bytes that are signed are the bytes that travel and are stored; they are parsed only after their
//! signature held. Each kind of message has its own payload type, which the signature covers, and its own kind
//! of key, so that no message can be passed off as another.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Digest, KeyId, format,
    keys::{Signs, Verifies},
    limits,
    text::Base64,
};

/// A message that is only believed when signed.
pub trait Payload: Serialize + DeserializeOwned {
    /// Names this kind of message, and nothing else.
    const TYPE: &'static str;
    /// The longest JSON of it that is written or read.
    const MAX_BYTES: usize = limits::SMALL_PAYLOAD_BYTES;
    /// Who signs it.
    type Signer: Signs;
    /// Who can be shown to have signed it.
    type Key: Verifies;

    /// Limits that its types alone do not keep; asked when signing and when reading.
    fn check(&self) -> Result<(), &'static str> {
        Ok(())
    }
}

/// Why an envelope was not signed or not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// More bytes than any message of this kind has.
    #[error("the envelope is larger than {0} bytes")]
    TooLarge(usize),
    /// Not the JSON of an envelope.
    #[error("this is not a signed envelope")]
    Malformed,
    /// Another kind of message.
    #[error("expected a message of type {expected}")]
    WrongType {
        /// The type that was asked for.
        expected: &'static str,
    },
    /// Nothing in it is signed by the key that was asked for.
    #[error("the message is not signed by the expected key")]
    ForeignKey,
    /// It names the right key, but what it says was changed.
    #[error("the signature does not fit the message")]
    BadSignature,
    /// Honestly signed, by a peer that writes a newer format.
    #[error("format {found} is not known to this version, which reads format {known}")]
    UnknownFormat {
        /// The number in the message.
        found: u64,
        /// The number that this version reads.
        known: u64,
    },
    /// Honestly signed, and still not a message of this kind.
    #[error("the signed message cannot be read: {0}")]
    Payload(String),
}

/// A DSSE envelope in its JSON form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// What kind of message this is.
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// The exact bytes that were signed.
    pub payload: Base64,
    /// Who signed them.
    pub signatures: Vec<EnvelopeSignature>,
}

/// One signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeSignature {
    /// The signer's fingerprint: a hint.
    #[serde(default)]
    pub keyid: String,
    /// The Ed25519 signature over the pre-authentication encoding.
    pub sig: Base64,
}

impl Envelope {
    /// Reads an envelope without believing it.
    pub fn from_json(json: &[u8]) -> Result<Self, EnvelopeError> {
        if json.len() > limits::ENVELOPE_BYTES {
            return Err(EnvelopeError::TooLarge(limits::ENVELOPE_BYTES));
        }
        serde_json::from_slice(json).map_err(|_| EnvelopeError::Malformed)
    }

    /// The bytes to send or to store.
    pub fn to_json(&self) -> Vec<u8> {
        let part = |text: &str| serde_json::Value::from(text).to_string();
        let signatures: Vec<_> = self
            .signatures
            .iter()
            .map(|s| {
                format!(
                    r#"{{"keyid":{},"sig":"{}"}}"#,
                    part(&s.keyid),
                    STANDARD.encode(&s.sig.0)
                )
            })
            .collect();
        format!(
            r#"{{"payloadType":{},"payload":"{}","signatures":[{}]}}"#,
            part(&self.payload_type),
            STANDARD.encode(&self.payload.0),
            signatures.join(",")
        )
        .into_bytes()
    }

    /// The digest of the signed bytes, by which receipts name a manifest.
    pub fn payload_digest(&self) -> Digest {
        Digest::of(&self.payload.0)
    }
}

/// A message just signed: made once, then sent and stored as often as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The envelope.
    pub envelope: Envelope,
    /// Its JSON: what is stored and sent.
    pub json: Vec<u8>,
    /// The digest of its payload.
    pub payload_digest: Digest,
    /// Who signed.
    pub key_id: KeyId,
}

/// A message whose signature held. There is no other way to make one than [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<P> {
    payload: P,
    payload_bytes: Vec<u8>,
    payload_digest: Digest,
}

impl<P> Verified<P> {
    /// What was said.
    pub fn payload(&self) -> &P {
        &self.payload
    }

    /// What was said, without the proof.
    pub fn into_payload(self) -> P {
        self.payload
    }

    /// The exact bytes that were signed.
    pub fn payload_bytes(&self) -> &[u8] {
        &self.payload_bytes
    }

    /// Their digest.
    pub fn payload_digest(&self) -> Digest {
        self.payload_digest
    }
}

/// Signs a message.
pub fn sign<P: Payload>(payload: &P, key: &P::Signer) -> Result<Signed, EnvelopeError> {
    payload
        .check()
        .map_err(|reason| EnvelopeError::Payload(reason.to_owned()))?;
    let bytes = serde_json::to_vec(payload).map_err(|error| EnvelopeError::Payload(error.to_string()))?;
    if bytes.len() > P::MAX_BYTES {
        return Err(EnvelopeError::TooLarge(P::MAX_BYTES));
    }
    let key_id = key.key_id();
    let signature = EnvelopeSignature {
        keyid: key_id.as_str().to_owned(),
        sig: Base64(key.sign_bytes(&pae(P::TYPE, &bytes)).to_vec()),
    };
    let payload_digest = Digest::of(&bytes);
    let envelope = Envelope {
        payload_type: P::TYPE.to_owned(),
        payload: Base64(bytes),
        signatures: vec![signature],
    };
    Ok(Signed {
        json: envelope.to_json(),
        envelope,
        payload_digest,
        key_id,
    })
}

/// Reads the JSON of an envelope and believes it only if `key` signed it as a message of this very kind.
pub fn verify<P: Payload>(json: &[u8], key: &P::Key) -> Result<Verified<P>, EnvelopeError> {
    verify_envelope(&Envelope::from_json(json)?, key)
}

/// The same for an envelope that came inside another body.
pub fn verify_envelope<P: Payload>(envelope: &Envelope, key: &P::Key) -> Result<Verified<P>, EnvelopeError> {
    check_shape::<P>(envelope)?;
    check_signature(envelope, key)?;
    let payload = read_payload(&envelope.payload.0)?;
    Ok(Verified {
        payload,
        payload_bytes: envelope.payload.0.clone(),
        payload_digest: envelope.payload_digest(),
    })
}

/// Reads what an envelope claims, for the one purpose of finding the key to verify it with.
pub(crate) fn claimed<P: Payload>(envelope: &Envelope) -> Result<P, EnvelopeError> {
    check_shape::<P>(envelope)?;
    read_payload(&envelope.payload.0)
}

fn check_shape<P: Payload>(envelope: &Envelope) -> Result<(), EnvelopeError> {
    if envelope.payload_type != P::TYPE {
        return Err(EnvelopeError::WrongType { expected: P::TYPE });
    }
    if envelope.payload.0.len() > P::MAX_BYTES {
        return Err(EnvelopeError::TooLarge(P::MAX_BYTES));
    }
    if envelope.signatures.len() > limits::ENVELOPE_SIGNATURES {
        return Err(EnvelopeError::Malformed);
    }
    Ok(())
}

fn check_signature(envelope: &Envelope, key: &impl Verifies) -> Result<(), EnvelopeError> {
    let key_id = key.key_id();
    let signed = pae(&envelope.payload_type, &envelope.payload.0);
    let mut refusal = EnvelopeError::ForeignKey;
    for signature in &envelope.signatures {
        if !signature.keyid.is_empty() && signature.keyid != key_id.as_str() {
            continue;
        }
        match signature.sig.0.first_chunk::<64>() {
            Some(sig) if signature.sig.0.len() == 64 && key.verify_bytes(&signed, sig) => return Ok(()),
            _ => refusal = EnvelopeError::BadSignature,
        }
    }
    Err(refusal)
}

fn read_payload<P: Payload>(bytes: &[u8]) -> Result<P, EnvelopeError> {
    let known = format::Format::NUMBER;
    if let Some(found) = format::peek(bytes).filter(|found| *found != known) {
        return Err(EnvelopeError::UnknownFormat { found, known });
    }
    let payload: P =
        serde_json::from_slice(bytes).map_err(|error| EnvelopeError::Payload(error.to_string()))?;
    payload
        .check()
        .map_err(|reason| EnvelopeError::Payload(reason.to_owned()))?;
    Ok(payload)
}

/// DSSE's pre-authentication encoding: the bytes over which a signature is made.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}
