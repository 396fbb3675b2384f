//! Passwords: the rules for a new one, and what somebody typed at sign-in.
//!
//! Hashing is not here; it needs threads and belongs to the use cases.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::EmailAddress;

/// A new password that keeps the rules.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// What somebody typed as their password. No rule but an upper limit, so that old ones keep working.
#[derive(Clone)]
pub struct PasswordAttempt(Zeroizing<String>);

/// Why a new password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too few characters.
    #[error(
        "Use at least {} characters. A few words in a row work well.",
        Password::SHORTEST
    )]
    TooShort,
    /// Too many characters.
    #[error("Use at most {} characters.", Password::LONGEST)]
    TooLong,
    /// A control character.
    #[error("This holds an invisible character. Type the password instead of pasting it.")]
    Control,
    /// The account's own address, or the part before its @.
    #[error("Do not use your email address as your password.")]
    IsTheEmail,
    /// One of the first that anybody would try.
    #[error("This is one of the first passwords that anybody would try. Choose another.")]
    Common,
}

impl Password {
    /// The fewest characters.
    pub const SHORTEST: usize = 12;
    /// The most characters.
    pub const LONGEST: usize = 128;

    /// Checks a new password of whoever has that address.
    pub fn choose(text: &str, email: &EmailAddress) -> Result<Self, PasswordError> {
        let normal = normalise(text);
        if normal.chars().any(char::is_control) {
            return Err(PasswordError::Control);
        }
        match normal.chars().count() {
            length if length < Self::SHORTEST => return Err(PasswordError::TooShort),
            length if length > Self::LONGEST => return Err(PasswordError::TooLong),
            _ => {}
        }
        let folded = Zeroizing::new(crate::text::fold(&normal));
        let local = email.folded().split('@').next().unwrap_or_default();
        if *folded == email.folded() || *folded == local {
            return Err(PasswordError::IsTheEmail);
        }
        if is_common(&folded) {
            return Err(PasswordError::Common);
        }
        Ok(Self(normal))
    }

    /// The text itself, for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PasswordAttempt {
    /// What was typed, in the form that is hashed; `None` when no password could be that long.
    pub fn new(text: &str) -> Option<Self> {
        (text.len() <= Password::LONGEST * 8).then(|| Self(normalise(text)))
    }

    /// The text itself, for checking against a hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl fmt::Debug for PasswordAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordAttempt(…)")
    }
}

/// One keyboard writes é as one character, another as two: both must open the same door.
fn normalise(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.nfkc().collect())
}

/// Beginnings and wholes that lead every list of leaked passwords, at twelve characters or more.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "p@ssw0rd",
    "qwertyuiop",
    "qwerty",
    "1q2w3e4r",
    "1qaz2wsx",
    "zaq12wsx",
    "asdfghjkl",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "admin",
    "changeme",
    "default",
    "trustno1",
    "tessera",
    "football",
    "baseball",
    "superman",
    "batman",
    "dragon",
    "monkey",
    "sunshine",
    "princess",
    "michael",
    "master",
    "abcdefghijkl",
    "abc123",
    "secret",
    "correcthorsebatterystaple",
    "correct horse battery staple",
    "thisismypassword",
    "iamtheadministrator",
];

/// A common word followed by nothing but digits and signs, one thing repeated, or a run along the keyboard.
fn is_common(folded: &str) -> bool {
    let core = folded.trim_end_matches(|character: char| !character.is_alphabetic());
    let core = core.trim_start_matches(|character: char| !character.is_alphabetic());
    core.is_empty() && is_monotonous(folded)
        || COMMON.contains(&core)
        || COMMON.iter().any(|word| repeats(folded, word))
        || COMMON.contains(&folded)
        || is_monotonous(folded)
}

fn repeats(text: &str, word: &str) -> bool {
    !text.is_empty() && text.split(word).all(str::is_empty)
}

/// At most three different characters, or each the neighbour of the one before.
fn is_monotonous(text: &str) -> bool {
    let characters: Vec<u32> = text.chars().map(u32::from).collect();
    let mut different = characters.clone();
    different.sort_unstable();
    different.dedup();
    let runs = |step: fn(u32, u32) -> bool| characters.windows(2).all(|pair| step(pair[0], pair[1]));
    different.len() <= 3
        || runs(|a, b| b == a + 1 || (a, b) == (u32::from('9'), u32::from('0')))
        || runs(|a, b| a == b + 1 || (a, b) == (u32::from('0'), u32::from('9')))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn email() -> EmailAddress {
        "ana.the.first@example.com".parse().unwrap()
    }

    #[rstest]
    #[case("elevenchars", PasswordError::TooShort)]
    #[case("with\0a nul in it", PasswordError::Control)]
    #[case("Ana.The.First@Example.com", PasswordError::IsTheEmail)]
    #[case("ana.the.first", PasswordError::IsTheEmail)]
    #[case("Password12345!", PasswordError::Common)]
    #[case("123456789012", PasswordError::Common)]
    #[case("aaaaaaaaaaaa", PasswordError::Common)]
    #[case("passwordpassword", PasswordError::Common)]
    #[case("abcdefghijklmno", PasswordError::Common)]
    fn each_refusal_says_why(#[case] text: &str, #[case] why: PasswordError) {
        assert_eq!(Password::choose(text, &email()), Err(why));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Password::choose("жлтыйкрокодил", &email()).is_ok());
        assert!(Password::choose(&"long words, ".repeat(10), &email()).is_ok());
        assert_eq!(
            Password::choose(&"long words, ".repeat(11), &email()),
            Err(PasswordError::TooLong)
        );
        assert!(PasswordAttempt::new(&"x".repeat(1_025)).is_none());
    }

    #[test]
    fn two_ways_to_type_an_accent_are_one_password() {
        let composed = Password::choose("caf\u{e9} au lait s.v.p.", &email()).unwrap();
        let decomposed = PasswordAttempt::new("cafe\u{301} au lait s.v.p.").unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
        assert_eq!(
            format!("{composed:?} {decomposed:?}"),
            "Password(…) PasswordAttempt(…)"
        );
    }
}
