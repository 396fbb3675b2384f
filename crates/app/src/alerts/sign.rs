//! Signatures by the Standard Webhooks specification: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use tessera_domain::{Error, Result};
use tessera_ids::{Entropy, ambient::random_bytes};
use zeroize::Zeroizing;

/// What every secret begins with.
pub const SIGNED_PREFIX: &str = "whsec_";
/// Bytes of a key; the specification wants 24 to 64.
const LENGTH: usize = 32;

/// What messages are signed with. Never printed; wiped when dropped.
pub struct Signer(Zeroizing<Vec<u8>>);

impl Signer {
    /// Draws a fresh key.
    pub(super) fn generate(entropy: &dyn Entropy) -> Self {
        let bytes: Zeroizing<[u8; LENGTH]> = Zeroizing::new(random_bytes(entropy));
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The key that somebody typed: `whsec_…`.
    pub fn read(text: &str) -> Option<Self> {
        let key = BASE64_STANDARD
            .decode(text.trim().strip_prefix(SIGNED_PREFIX)?)
            .ok()?;
        (24..=64).contains(&key.len()).then(|| Self(Zeroizing::new(key)))
    }

    /// The key's bytes, as they were sealed.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The key's bytes, to be sealed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text that is shown once.
    pub(super) fn secret(&self) -> SecretString {
        format!("{SIGNED_PREFIX}{}", BASE64_STANDARD.encode(self.bytes())).into()
    }

    /// Whether a typed text is this key, in a time that tells nothing of it.
    pub(super) fn is(&self, typed: &SecretString) -> bool {
        use subtle::ConstantTimeEq as _;
        Self::read(typed.expose_secret()).is_some_and(|typed| self.0.ct_eq(&typed.0).into())
    }

    /// `v1,…` for one message.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &str) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(Error::internal)?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Ok(format!(
            "v1,{}",
            BASE64_STANDARD.encode(mac.finalize().into_bytes())
        ))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn it_signs_as_the_published_example_does() {
        let signer = Signer::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signature = signer
            .sign(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                "{\"test\": 2432232314}",
            )
            .expect("it signs");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(signer.is(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()));
        assert!(!signer.is(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx".into()));
    }

    #[test]
    fn a_secret_is_long_enough_and_read_back() {
        let signer = Signer::generate(&tessera_ids::ambient::SystemEntropy);
        assert!(signer.is(&signer.secret()));
        for bad in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!!",
        ] {
            assert!(Signer::read(bad).is_none(), "{bad}");
        }
    }
}
