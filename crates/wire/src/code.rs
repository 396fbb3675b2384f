//! Codes that are drawn: the one a member types, and single-use nonces.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tessera_ids::{Entropy, ambient::random_bytes};

use crate::text::{from_base64url, to_base64url};

/// No vowels, so that no word appears; nothing that looks like a digit or like another letter.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// A text that is not a code of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a code as Tessera shows it")]
pub struct ParseCodeError;

/// The code that a member reads on the machine and types into the portal: shown as `BCDF-GHJK`, read in any
/// case and with any dashes and spaces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// A fresh code, every one equally likely.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut letters = [0; LENGTH];
        for letter in &mut letters {
            *letter = loop {
                let [byte] = random_bytes::<1>(entropy);
                // 240 is the largest multiple of 20 in a byte.
                if byte < 240 {
                    break ALPHABET[usize::from(byte % 20)];
                }
            };
        }
        Self(letters)
    }

    /// The eight letters without the dash: the form to store and to look up.
    pub fn compact(&self) -> String {
        self.0.iter().map(|letter| char::from(*letter)).collect()
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = self.compact();
        write!(f, "{}-{}", &letters[..4], &letters[4..])
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(redacted)")
    }
}

impl FromStr for UserCode {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        // Long pastes end here; the dashes are those that keyboards and word processors make.
        if text.len() > 64 {
            return Err(ParseCodeError);
        }
        let letters: Vec<u8> = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}'))
            .map(|c| u8::try_from(c.to_ascii_uppercase()).map_err(|_| ParseCodeError))
            .collect::<Result<_, _>>()?;
        let letters: [u8; LENGTH] = letters.try_into().map_err(|_| ParseCodeError)?;
        if letters.iter().all(|letter| ALPHABET.contains(letter)) {
            Ok(Self(letters))
        } else {
            Err(ParseCodeError)
        }
    }
}

impl TryFrom<String> for UserCode {
    type Error = ParseCodeError;

    fn try_from(text: String) -> Result<Self, ParseCodeError> {
        text.parse()
    }
}

impl From<UserCode> for String {
    fn from(code: UserCode) -> Self {
        code.to_string()
    }
}

/// 16 unpredictable bytes that are used once; as text 22 characters of URL-safe base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// A fresh nonce.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_bytes(entropy))
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_base64url(&self.0))
    }
}

impl FromStr for Nonce {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        let bytes = from_base64url(text).ok_or(ParseCodeError)?;
        bytes.try_into().map(Self).map_err(|_| ParseCodeError)
    }
}

impl TryFrom<String> for Nonce {
    type Error = ParseCodeError;

    fn try_from(text: String) -> Result<Self, ParseCodeError> {
        text.parse()
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        nonce.to_string()
    }
}
