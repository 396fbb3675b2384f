//! Hosts in the one form in which they are compared: ASCII, lower case, without trailing dots.

use std::net::{IpAddr, Ipv6Addr};

use super::word;

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
/// (punycode, a digit where the last label begins, anything long), for which there is the full reader.
pub(super) fn is_plain_domain(text: &str) -> bool {
    text.len() <= MAX_LABEL && last_label(text.as_bytes()).is_some_and(|begins| begins > 0)
}

/// Whether the text means itself to every URL parser: lower-case ASCII, and neither punycode nor an address. Says
/// no in every doubtful case.
pub(super) fn is_plain(text: &[u8]) -> bool {
    last_label(text).is_some()
}

/// Where the last label of a plain host begins; nothing for other texts.
fn last_label(text: &[u8]) -> Option<usize> {
    let (left, words) = word::from_right(text);
    let (mut end, mut last) = (text.len(), None);
    // Beyond either end there is a dot: an empty label stands between two.
    let (mut strange, mut hyphen_pairs) = (0, 0);
    let (mut dots_after, mut hyphens_after) = (u64::MAX, 0);
    let mut see = |word, end| {
        let (mut dots, hyphens) = (word::equal(word, b'.'), word::equal(word, b'-'));
        strange |= dots & (dots >> 8 | dots_after << 56) | word::not_of_hosts(word);
        hyphen_pairs |= hyphens & (hyphens >> 8 | hyphens_after << 56);
        (dots_after, hyphens_after) = (dots, hyphens);
        if last.is_none() {
            last = word::bytes_after_last(&mut dots).map(|after| end - after);
        }
    };
    for word in words {
        see(word, end);
        end -= 8;
    }
    see(word::filled(left, end), end);
    let (first, last) = (*text.first()?, last.unwrap_or(0));
    let plain = strange == 0 && first != b'.' && !text[last].is_ascii_digit();
    let punycode = || {
        text.split(|byte| *byte == b'.')
            .any(|label| label.starts_with(b"xn--"))
    };
    (plain && (hyphen_pairs == 0 || !punycode())).then_some(last)
}

/// The longest name that DNS carries.
pub(super) const MAX_HOST: usize = 253;
/// The longest label that DNS carries.
pub(super) const MAX_LABEL: usize = 63;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::websites::{Subdomains, WebsiteRule};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn a_plain_domain_is_what_the_full_reader_makes_of_it(
            text in prop_oneof![
                "[a-z0-9_-]{0,9}(\\.[a-z0-9_-]{0,9}){0,4}",
                "[a-z`/_0-9:A-Z.-]{1,20}",
                "[a-z]{1,8}\\.(xn--|x--|-)?[a-zé\u{ae}]{1,8}(\\.[0-9a-z]{1,3}){0,2}",
                "[a-z]{60,70}\\.com",
            ],
        ) {
            if !is_plain_domain(&text) || text.starts_with("www.") {
                return Ok(());
            }
            let rule = crate::websites::parse::read(&text, crate::websites::parse::From::List);
            let rule = rule.map(|parsed| parsed.rule);
            let expected = WebsiteRule {
                host: text.as_str().into(),
                subdomains: Subdomains::Included,
                port: None,
                path: None,
            };
            prop_assert_eq!(rule, Ok(expected));
        }
    }

    #[test]
    fn ordinary_domains_are_plain() {
        for text in [
            "example.com",
            "a.b",
            "r3---sn.a-b_c.example.co.uk",
            "a.b2",
            "24.example",
            "12345678.abcdefgh",
        ] {
            assert!(is_plain_domain(text), "{text}");
        }
        for text in [
            "", "a", ".a.b", "a..b", "a.b.", "a.xn--b", "xn--a.b", "1.2.3.4", "a.B", "a/b.c", "a`.b", "é.com",
        ] {
            assert!(!is_plain_domain(text), "{text}");
        }
    }
}
