//! The address of a portal, as a member types it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// An https address, or plain http to this machine itself. Never ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PortalAddress(String);

/// Why a text is not the address of a portal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL of a web server.
    #[error("`{0}` is not the address of a portal; it looks like https://tessera.example.com")]
    Malformed(String),
    /// Plain http over a network.
    #[error(
        "{0} is plain http, over which anybody could listen; use https (plain http is accepted to this machine only)"
    )]
    Plain(String),
    /// More than an address.
    #[error("`{0}` holds more than an address; give it without user name, query and fragment")]
    Extra(String),
}

impl PortalAddress {
    /// The address as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PortalAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let malformed = || AddressError::Malformed(text.to_owned());
        // `portal.example.com` is what people type; to a URL parser `host:443` has the scheme `host`.
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&whole).map_err(|_| malformed())?;
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(AddressError::Extra(text.to_owned()));
        }
        let loopback = match url.host().ok_or_else(malformed)? {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(AddressError::Plain(text.to_owned())),
            _ => return Err(malformed()),
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for PortalAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<PortalAddress> for String {
    fn from(address: PortalAddress) -> Self {
        address.0
    }
}

impl fmt::Display for PortalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://portal.example.com/", "https://portal.example.com")]
    #[case(" portal.example.com ", "https://portal.example.com")]
    #[case("portal.example.com:8443", "https://portal.example.com:8443")]
    #[case("https://example.com/tessera/", "https://example.com/tessera")]
    #[case("http://localhost:8080", "http://localhost:8080")]
    #[case("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    #[case("http://[::1]:8080", "http://[::1]:8080")]
    fn what_people_type_is_understood(#[case] typed: &str, #[case] kept: &str) {
        assert_eq!(typed.parse::<PortalAddress>().unwrap().as_str(), kept);
    }

    #[rstest]
    #[case("http://portal.example.com")]
    #[case("http://127.0.0.1.evil.example")]
    #[case("http://192.168.0.10:8080")]
    #[case("ftp://portal.example.com")]
    #[case("https://user:secret@portal.example.com")]
    #[case("https://portal.example.com/?next=/")]
    #[case("")]
    #[case("https://")]
    fn what_is_unsafe_or_no_address_is_refused(#[case] typed: &str) {
        assert!(typed.parse::<PortalAddress>().is_err());
    }
}
