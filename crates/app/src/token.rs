//! Bearer secrets: drawn once, shown once, kept only as a hash.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tessera_ids::{Entropy, ambient::random_bytes};

/// SHA-256 of a bearer secret: what the database knows of it.
pub type TokenHash = [u8; 32];

/// What kind of bearer secret a text is; its prefix, so that leaked ones can be recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A browser's session.
    Session,
    /// A personal access token.
    Api,
    /// A link in a mail, or the set-up link.
    Link,
    /// A device's ten-minute access token.
    Device,
    /// The code by which an enrolling agent polls (RFC 8628, `device_code`).
    Enrollment,
    /// What enrols machines without a code; the wire reads it.
    EnrollmentKey,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "tss_",
            Self::Api => "tsa_",
            Self::Link => "tsl_",
            Self::Device => "tsd_",
            Self::Enrollment => "tse_",
            Self::EnrollmentKey => tessera_wire::enrol_key::EnrolmentKey::PREFIX,
        }
    }
}

/// A freshly drawn bearer secret with 256 bits of entropy.
#[derive(Debug)]
pub struct Token {
    secret: SecretString,
    hash: TokenHash,
}

impl Token {
    /// Draws a secret of that kind.
    pub fn generate(kind: TokenKind, entropy: &dyn Entropy) -> Self {
        let bytes: [u8; 32] = random_bytes(entropy);
        let text = format!("{}{}", kind.prefix(), BASE64_URL_SAFE_NO_PAD.encode(bytes));
        Self {
            hash: hash(&text),
            secret: text.into(),
        }
    }

    /// What is stored.
    pub const fn hash(&self) -> TokenHash {
        self.hash
    }

    /// What of it may be shown afterwards, so that people know which one is meant.
    pub fn last_four(&self) -> String {
        let text = self.secret.expose_secret();
        text.get(text.len().saturating_sub(4)..)
            .unwrap_or_default()
            .to_owned()
    }

    /// What its owner is given, once.
    pub fn reveal(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// The hash under which a presented secret would be stored.
///
/// A plain hash is enough: the secrets have 256 bits of entropy, so there is nothing to guess.
pub fn hash(presented: &str) -> TokenHash {
    Sha256::digest(presented.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::SystemEntropy;

    use super::*;

    #[test]
    fn a_token_is_found_again_by_its_text_and_never_printed() {
        let token = Token::generate(TokenKind::Session, &SystemEntropy);
        assert_eq!(hash(token.reveal()), token.hash());
        assert!(!format!("{token:?}").contains(token.reveal()));
    }
}
