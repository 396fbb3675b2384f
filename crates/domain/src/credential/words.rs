//! The short texts of a key's settings. They become parts of addresses and headers, so each takes only what cannot
//! become anything else there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Why a text of the settings was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Not a word.
    #[error("Use up to {0} letters, digits, dots, colons, dashes and underscores.")]
    Word(usize),
    /// Not a region.
    #[error("Name the region as the provider does, such as us-east-1.")]
    Region,
    /// Not an address.
    #[error("Type a whole address, such as https://host.example/v1.")]
    Address,
    /// Plain http.
    #[error("The address must begin with https://. Only this machine's own addresses may be plain http.")]
    PlainHttp,
    /// More than an address.
    #[error("Leave out user name, password, ? and #. The key has a field of its own.")]
    Extra,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident by $read:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = WordError;

            fn from_str(text: &str) -> Result<Self, WordError> {
                $read(text.trim()).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = WordError;

            fn try_from(text: String) -> Result<Self, WordError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

words! {
    /// An id, a version, a deployment: a word that stands in a header or between two slashes.
    ProviderWord by word;
    /// A cloud's region; it becomes part of a host's name.
    Region by region;
    /// Where an endpoint is: https, or http on this machine, without a slash at its end.
    ProviderUrl by address;
}

const LONGEST_WORD: usize = 128;
const LONGEST_REGION: usize = 40;
const LONGEST_ADDRESS: usize = 500;

fn word(text: &str) -> Result<String, WordError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_');
    let has_sense = text.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if has_sense && text.len() <= LONGEST_WORD && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err(WordError::Word(LONGEST_WORD))
}

fn region(text: &str) -> Result<String, WordError> {
    let text = text.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let edges = !text.starts_with('-') && !text.ends_with('-');
    if edges && (1..=LONGEST_REGION).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(text);
    }
    Err(WordError::Region)
}

fn address(text: &str) -> Result<String, WordError> {
    if text.len() > LONGEST_ADDRESS || text.contains(['\\', ' ']) {
        return Err(WordError::Address);
    }
    let url = Url::parse(text).map_err(|_| WordError::Address)?;
    let host = url.host().ok_or(WordError::Address)?;
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&host) => {}
        "http" => return Err(WordError::PlainHttp),
        _ => return Err(WordError::Address),
    }
    let has_extra = !url.username().is_empty() || url.password().is_some();
    if has_extra || url.query().is_some() || url.fragment().is_some() {
        return Err(WordError::Extra);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://api.example/v1/", Ok("https://api.example/v1"))]
    #[case(" HTTPS://Api.Example ", Ok("https://api.example"))]
    #[case("http://127.0.0.1:4010/v1", Ok("http://127.0.0.1:4010/v1"))]
    #[case("http://[::1]:4010", Ok("http://[::1]:4010"))]
    #[case("http://api.example/v1", Err(WordError::PlainHttp))]
    #[case("http://127.0.0.1.evil.example", Err(WordError::PlainHttp))]
    #[case("ftp://api.example", Err(WordError::Address))]
    #[case("api.example/v1", Err(WordError::Address))]
    #[case("https://", Err(WordError::Address))]
    #[case("https://api.example\\@evil.example", Err(WordError::Address))]
    #[case("https://key@api.example", Err(WordError::Extra))]
    #[case("https://api.example/?key=x", Err(WordError::Extra))]
    #[case("https://api.example/#x", Err(WordError::Extra))]
    fn an_address_is_https_and_nothing_more(#[case] text: &str, #[case] wanted: Result<&str, WordError>) {
        let read = text.parse::<ProviderUrl>();
        assert_eq!(
            read.as_ref().map(ProviderUrl::as_str),
            wanted.as_ref().copied(),
            "{text}"
        );
    }

    #[test]
    fn words_cannot_become_anything_else() {
        for good in ["org-AbC", "proj_1", "2024-10-21", "example.com:project", "gpt-5"] {
            assert!(good.parse::<ProviderWord>().is_ok(), "{good}");
        }
        for bad in ["", "..", "a/b", "a b", "a?b", "a\r\nb", "ä", &"x".repeat(129)] {
            assert!(bad.parse::<ProviderWord>().is_err(), "{bad}");
        }
        assert_eq!("US-East-1".parse::<Region>().unwrap().as_str(), "us-east-1");
        for bad in ["", "us.east", "-us", "evil.example/", "us_east"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
