//! Email addresses: shown as typed, compared folded.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::{self, is_invisible};

/// An address that mail can be sent to. Two are equal when their folded forms are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    typed: String,
    folded: String,
}

/// Why a text is no email address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but space.
    #[error("Type an email address.")]
    Empty,
    /// Longer than mail allows.
    #[error("This is longer than the 254 characters that an email address may have.")]
    TooLong,
    /// No `@`, or more than one.
    #[error("An email address has one @, as in name@example.com.")]
    At,
    /// Nothing, or too much, before the `@`.
    #[error("The part before the @ must have 1 to 64 characters.")]
    LocalLength,
    /// A character that the part before the `@` cannot have.
    #[error("The part before the @ cannot hold {0:?}.")]
    LocalCharacter(char),
    /// Dots at the ends or next to each other.
    #[error("The part before the @ has a dot too many.")]
    LocalDots,
    /// Nothing after the `@`.
    #[error("A domain must follow the @, as in name@example.com.")]
    NoDomain,
    /// What follows the `@` is no mail domain.
    #[error("{0:?} is not a domain that receives mail.")]
    Domain(String),
}

impl EmailAddress {
    /// The most bytes that an address may have.
    pub const LIMIT: usize = 254;

    /// As its owner typed it, without space around it.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The form by which addresses are compared: lower case, the domain in ASCII.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The folded domain, in ASCII.
    pub fn domain(&self) -> &str {
        self.folded.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The form that mail servers understand everywhere: the domain in ASCII.
    pub fn deliverable(&self) -> String {
        let local = self.typed.split('@').next().unwrap_or_default();
        format!("{local}@{}", self.domain())
    }

    /// Enough to recognise one's own address by, too little to learn another's: `a•••@example.com`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.typed.rsplit_once('@').unwrap_or((&self.typed, ""));
        let first: String = local.chars().take(1).collect();
        format!("{first}•••@{domain}")
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let typed: String = text.trim().nfc().collect();
        if typed.is_empty() {
            return Err(EmailError::Empty);
        }
        if typed.len() > Self::LIMIT {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = typed.split_once('@').ok_or(EmailError::At)?;
        if domain.contains('@') {
            return Err(EmailError::At);
        }
        check_local(local)?;
        // Not `text::fold`: letters of the same meaning, such as ａ and a, are two mailboxes all the same.
        let local: String = local.chars().flat_map(char::to_lowercase).nfc().collect();
        let folded = format!("{local}@{}", ascii_domain(domain)?);
        if folded.len() > Self::LIMIT {
            return Err(EmailError::TooLong);
        }
        Ok(Self { typed, folded })
    }
}

fn check_local(local: &str) -> Result<(), EmailError> {
    if local.is_empty() || local.len() > 64 {
        return Err(EmailError::LocalLength);
    }
    let foreign = |character: char| {
        let ascii_atom = character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character);
        let beyond_ascii = !character.is_ascii()
            && !character.is_whitespace()
            && !is_invisible(character)
            && !matches!(character, '\u{200C}' | '\u{200D}');
        !(ascii_atom || beyond_ascii)
    };
    if let Some(character) = local.chars().find(|&character| foreign(character)) {
        return Err(EmailError::LocalCharacter(character));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(EmailError::LocalDots);
    }
    Ok(())
}

fn ascii_domain(domain: &str) -> Result<String, EmailError> {
    if domain.is_empty() {
        return Err(EmailError::NoDomain);
    }
    let refused = || EmailError::Domain(text::clip(domain, 80));
    let Ok(url::Host::Domain(ascii)) = url::Host::parse(domain) else {
        return Err(refused());
    };
    let label_is_fine = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // The URL parser decodes percent-escapes; a mail domain has none.
    let fine = !domain.contains('%') && (ascii.contains('.') || ascii == "localhost");
    if fine && ascii.len() <= 253 && ascii.split('.').all(label_is_fine) {
        Ok(ascii)
    } else {
        Err(refused())
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for EmailAddress {}

impl PartialOrd for EmailAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EmailAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.typed
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn case_and_script_do_not_make_another_address() {
        let one: EmailAddress = " Ana.Núñez@Bücher.Example ".parse().unwrap();
        let other: EmailAddress = "ana.núñez@xn--bcher-kva.example".parse().unwrap();
        assert_eq!(one, other);
        assert_eq!(one.as_str(), "Ana.Núñez@Bücher.Example");
        assert_eq!(one.domain(), "xn--bcher-kva.example");
        assert_eq!(one.masked(), "A•••@Bücher.Example");
        assert_eq!(one.deliverable(), "Ana.Núñez@xn--bcher-kva.example");
    }

    #[test]
    fn letters_that_only_look_alike_are_other_mailboxes() {
        let ana: EmailAddress = "ana@example.com".parse().unwrap();
        for other in ["ａna@example.com", "ﬁana@example.com", "anª@example.com"] {
            assert_ne!(other.parse::<EmailAddress>().unwrap(), ana, "{other}");
        }
        assert_eq!("ANA@EXAMPLE.COM".parse::<EmailAddress>().unwrap(), ana);
        assert_eq!("ana@ｅxample.com".parse::<EmailAddress>().unwrap(), ana);
    }

    #[rstest]
    #[case("ana\u{200b}@example.com", EmailError::LocalCharacter('\u{200b}'))]
    #[case("ana\u{200d}@example.com", EmailError::LocalCharacter('\u{200d}'))]
    #[case("a\u{ad}na@example.com", EmailError::LocalCharacter('\u{ad}'))]
    #[case("ana\u{2060}@example.com", EmailError::LocalCharacter('\u{2060}'))]
    #[case("", EmailError::Empty)]
    #[case("ana", EmailError::At)]
    #[case("ana@b@example.com", EmailError::At)]
    #[case("@example.com", EmailError::LocalLength)]
    #[case("a b@example.com", EmailError::LocalCharacter(' '))]
    #[case("a\0b@example.com", EmailError::LocalCharacter('\0'))]
    #[case("<ana@example.com", EmailError::LocalCharacter('<'))]
    #[case("ana..b@example.com", EmailError::LocalDots)]
    #[case("ana@", EmailError::NoDomain)]
    #[case("ana@example", EmailError::Domain("example".into()))]
    #[case("ana@exa%6dple.com", EmailError::Domain("exa%6dple.com".into()))]
    #[case("ana@10.0.0.1", EmailError::Domain("10.0.0.1".into()))]
    #[case("ana@-x.com", EmailError::Domain("-x.com".into()))]
    #[case("ana@example.com.", EmailError::Domain("example.com.".into()))]
    #[case("ana@exa mple.com", EmailError::Domain("exa mple.com".into()))]
    #[case("ana@example.com\r\nBcc: x@y.z", EmailError::At)]
    fn each_refusal_says_why(#[case] text: &str, #[case] why: EmailError) {
        assert_eq!(text.parse::<EmailAddress>(), Err(why));
    }

    #[test]
    fn the_length_is_bounded() {
        let long = format!("ana@{}.com", "a".repeat(260));
        assert_eq!(long.parse::<EmailAddress>(), Err(EmailError::TooLong));
        let local = format!("{}@example.com", "a".repeat(65));
        assert_eq!(local.parse::<EmailAddress>(), Err(EmailError::LocalLength));
    }
}
