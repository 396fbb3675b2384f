//! Hosts in the one form in which they are compared: ASCII, lower case, without trailing dots.

use std::net::{IpAddr, Ipv6Addr};

/// A host after reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A name, in punycode where it has to be.
    Domain(String),
    /// An IP address; version 6 in brackets, version 4 where version 6 only wraps it.
    Address(String),
}

impl Host {
    pub(super) fn as_str(&self) -> &str {
        let (Self::Domain(text) | Self::Address(text)) = self;
        text
    }
}

/// Reads a host as a browser would, then strips trailing dots, and again until nothing changes.
pub(super) fn read(text: &str) -> Result<Host, url::ParseError> {
    settle(url::Host::parse(text)?)
}

/// Brings a parser's host into the form in which hosts are compared.
pub(super) fn settle(parsed: url::Host<impl AsRef<str>>) -> Result<Host, url::ParseError> {
    match parsed {
        url::Host::Ipv4(address) => Ok(Host::Address(address.to_string())),
        url::Host::Ipv6(address) => Ok(Host::Address(v6(address))),
        url::Host::Domain(domain) => {
            let domain = domain.as_ref();
            let bare = domain.trim_end_matches('.');
            match bare {
                "" => Err(url::ParseError::EmptyHost),
                _ if bare.len() < domain.len() => read(bare),
                _ => Ok(Host::Domain(bare.to_owned())),
            }
        }
    }
}

/// An address that was written without brackets.
pub(super) fn bare_v6(text: &str) -> Option<Host> {
    let address: Ipv6Addr = text.parse().ok()?;
    Some(Host::Address(v6(address)))
}

fn v6(address: Ipv6Addr) -> String {
    match IpAddr::V6(address).to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => url::Host::<String>::Ipv6(address).to_string(),
    }
}

/// The host as people write it, where that differs.
pub(super) fn unicode(ascii: &str) -> Option<String> {
    let punycoded = ascii.split('.').any(|label| label.starts_with("xn--"));
    let (text, outcome) = if punycoded {
        idna::domain_to_unicode(ascii)
    } else {
        return None;
    };
    (outcome.is_ok() && text != ascii).then_some(text)
}

/// Whether the name is one under which strangers register their own: `com`, `co.uk`, `github.io`.
pub(super) fn is_public_suffix(domain: &str) -> bool {
    let listed = |name: &str| {
        let suffix = psl::suffix(name.as_bytes());
        suffix.is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes())
    };
    listed(domain) || unicode(domain).is_some_and(|name| listed(&name))
}

/// Whether the text is, as it stands, a settled domain of several labels. Says no in every doubtful case
/// (punycode, numeric last label, underscores at odd places), for which there is the full reader.
pub(super) fn is_plain_domain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut labels = 0;
    let mut start = 0;
    if bytes.is_empty() || bytes.len() > MAX_HOST {
        return false;
    }
    for end in 0..=bytes.len() {
        match bytes.get(end) {
            Some(byte) if PLAIN[usize::from(*byte)] => {}
            None | Some(b'.') => {
                let label = &bytes[start..end];
                if label.is_empty() || label.len() > MAX_LABEL || label.starts_with(b"xn--") {
                    return false;
                }
                if end == bytes.len() && label[0].is_ascii_digit() {
                    return false;
                }
                labels += 1;
                start = end + 1;
            }
            Some(_) => return false,
        }
    }
    labels >= 2
}

/// The longest name that DNS carries.
pub(super) const MAX_HOST: usize = 253;
/// The longest label that DNS carries.
pub(super) const MAX_LABEL: usize = 63;

/// Characters of a host that mean themselves to every URL parser.
pub(super) const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        byte += 1;
    }
    table
};
