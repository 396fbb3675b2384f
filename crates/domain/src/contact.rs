//! How an organization is reached: telephone numbers and postal codes, read leniently, since every country writes
//! them otherwise.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::text::{TextError, clean_line};

/// Why a telephone number or a postal code was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// It is no text that can be kept.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Something that no number is written with.
    #[error("Write the number with digits, spaces and + - ( ) . / and an extension as x12.")]
    Phone,
    /// Nobody can be called by so few or so many digits.
    #[error("A telephone number has 3 to 20 digits; this has {0}.")]
    Digits(usize),
    /// Something that no postal code is written with.
    #[error("A postal code has letters, digits, spaces and hyphens.")]
    PostalCode,
}

macro_rules! contact {
    ($($(#[$doc:meta])* $name:ident by $check:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = ContactError;

            fn from_str(text: &str) -> Result<Self, ContactError> {
                $check(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ContactError;

            fn try_from(text: String) -> Result<Self, ContactError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

contact! {
    /// A telephone number as it was written, at most 40 characters.
    PhoneNumber by phone;
    /// A postal code in capitals, at most 16 characters.
    PostalCode by postal_code;
}

fn phone(text: &str) -> Result<String, ContactError> {
    let clean = clean_line(text, 40)?;
    let lower = clean.to_lowercase();
    let (number, extension) = match lower.split_once('x') {
        Some((before, after)) => (before.trim_end_matches(['e', ' ']), Some(after)),
        None => (lower.as_str(), None),
    };
    let written = |character: char| character.is_ascii_digit() || " +-().,/".contains(character);
    let extension_fits = extension.is_none_or(|after| {
        let digits = after.trim_start_matches('t').trim_start_matches(['.', ' ']);
        !digits.is_empty() && digits.chars().all(|character| character.is_ascii_digit())
    });
    if !number.chars().all(written)
        || number.trim_start_matches('(').rfind('+').is_some_and(|at| at > 0)
        || !extension_fits
    {
        return Err(ContactError::Phone);
    }
    match number.chars().filter(char::is_ascii_digit).count() {
        3..=20 => Ok(clean),
        digits => Err(ContactError::Digits(digits)),
    }
}

fn postal_code(text: &str) -> Result<String, ContactError> {
    let clean = clean_line(text, 16)?.to_uppercase();
    let written = |character: char| character.is_alphanumeric() || matches!(character, ' ' | '-');
    if clean.chars().all(written) && clean.chars().any(char::is_alphanumeric) {
        Ok(clean)
    } else {
        Err(ContactError::PostalCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_as_people_write_them() {
        for text in [
            "+39 06 1234-5678",
            "(0)30 / 123.456",
            "112",
            "+1 (555) 010-0199 x12",
            "555-0100 ext. 7",
            "555-0100ext7",
        ] {
            assert_eq!(text.parse::<PhoneNumber>().expect(text).to_string(), text);
        }
        for text in [
            "",
            "12",
            "call me",
            "0123456789 0123456789 0",
            "5+5 55",
            "555x",
            "555 x1x2",
            "555\u{202e}0100",
            "<script>",
            "0100;drop table orgs",
        ] {
            assert!(text.parse::<PhoneNumber>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn postal_codes_are_those_of_any_country() {
        for (text, kept) in [
            (" sw1a  1aa ", "SW1A 1AA"),
            ("00184", "00184"),
            ("1234-567", "1234-567"),
        ] {
            assert_eq!(text.parse::<PostalCode>().expect(text).to_string(), kept);
        }
        for text in ["", "-", "12345678901234567", "12<3", "1\n2"] {
            assert!(text.parse::<PostalCode>().is_err(), "{text:?}");
        }
    }
}
