//! What an address comes down to: a website, a page of another class, or nothing that can be read.

use std::borrow::Cow;

use url::Url;

use super::{host, path, word};

/// How many wrappings (`view-source:`, `blob:`, reader pages) are taken off.
const MAX_WRAPPINGS: usize = 3;

/// What an address comes down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page<'a> {
    /// A website.
    Website(Website<'a>),
    /// A page that belongs to no website.
    Class(PageClass),
    /// Nothing that can be read.
    Unreadable(Unreadable),
}

/// Pages that belong to no website.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageClass {
    /// A file of the machine.
    File,
    /// A page of a browser's extension.
    Extension,
    /// A page of the browser itself, such as its settings.
    Internal,
    /// A page that is its own address (`data:`), so that nobody knows where it comes from.
    Data,
}

/// Why an address cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no address.
    NotAnAddress,
    /// It is wrapped in more than three others.
    TooDeep,
}

/// Where a page is: what rules are compared with.
#[derive(Clone, Debug)]
pub struct Website<'a> {
    host: Cow<'a, str>,
    address: bool,
    port: Option<u16>,
    path: RawPath<'a>,
}

/// Most questions are settled without looking at the path, so it is brought into its form only on demand.
#[derive(Clone, Debug)]
enum RawPath<'a> {
    /// With what follows it.
    AsTyped(&'a str),
    Settled(String),
}

impl Website<'_> {
    /// The host in the form of [`super::WebsiteRule::host`].
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host is an IP address.
    pub fn is_address(&self) -> bool {
        self.address
    }

    /// The port, also where it is the scheme's own; an address without a scheme is taken for https.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path, with dot segments resolved and unreserved characters decoded.
    pub fn path(&self) -> Cow<'_, str> {
        match &self.path {
            RawPath::AsTyped(raw) => path::normal(raw),
            RawPath::Settled(path) => Cow::Borrowed(path),
        }
    }
}

impl PartialEq for Website<'_> {
    fn eq(&self, other: &Self) -> bool {
        let parts = |site: &Self| (site.address, site.port);
        self.host == other.host && parts(self) == parts(other) && self.path() == other.path()
    }
}

impl Eq for Website<'_> {}

impl<'a> Page<'a> {
    /// Reads an address as a browser gives it, with or without a scheme.
    pub fn read(address: &'a str) -> Self {
        match plain(address) {
            Some(website) => Self::Website(website),
            None => Self::read_any(address),
        }
    }

    /// Reads any address with the full parser; [`Page::read`] gives the same, but faster where it can.
    pub(super) fn read_any(address: &str) -> Page<'static> {
        // A URL parser ignores these wherever they stand, and so hides a scheme from a plainer look.
        let address: String = address
            .chars()
            .filter(|next| !matches!(next, '\t' | '\n' | '\r'))
            .collect();
        unwrap(&address, 0)
    }
}

/// Reads `http(s)://host[:port][/…]` in lower-case ASCII without copying; gives up on anything unusual.
fn plain(address: &str) -> Option<Website<'_>> {
    let (rest, default) = match address.strip_prefix("https://") {
        Some(rest) => (rest, 443),
        None => (address.strip_prefix("http://")?, 80),
    };
    let bytes = rest.as_bytes();
    let mut end = 0;
    let strange = loop {
        match word::not_of_hosts(word::first(&bytes[end..])) {
            0 => end += 8,
            strange => break strange,
        }
    };
    end += strange.trailing_zeros() as usize / 8;
    if !host::is_plain(&bytes[..end]) {
        return None;
    }
    let (port, path) = match bytes.get(end) {
        None | Some(b'/' | b'?' | b'#') => (default, end),
        Some(b':') => port(bytes, end + 1)?,
        Some(_) => return None,
    };
    Some(Website {
        host: Cow::Borrowed(&rest[..end]),
        address: false,
        port: Some(port),
        path: RawPath::AsTyped(&rest[path..]),
    })
}

/// The port at this place, and where the path begins.
fn port(bytes: &[u8], start: usize) -> Option<(u16, usize)> {
    let mut port = 0_u16;
    let mut end = start;
    while let Some(digit) = bytes.get(end).filter(|byte| byte.is_ascii_digit()) {
        port = port.checked_mul(10)?.checked_add(u16::from(digit - b'0'))?;
        end += 1;
    }
    let ends = matches!(bytes.get(end), None | Some(b'/' | b'?' | b'#'));
    (ends && end > start).then_some((port, end))
}

fn unwrap(address: &str, wrappings: usize) -> Page<'static> {
    const NOTHING: Page<'static> = Page::Unreadable(Unreadable::NotAnAddress);
    let address = address.trim_matches(|next: char| next <= ' ');
    if address.is_empty() {
        return NOTHING;
    }
    let (scheme, rest) = scheme_of(address).unwrap_or_default();
    let hierarchical = rest.starts_with("//");
    let deeper = |inner: &str| match wrappings {
        MAX_WRAPPINGS.. => Page::Unreadable(Unreadable::TooDeep),
        _ => unwrap(inner, wrappings + 1),
    };
    match scheme.as_str() {
        "view-source" => deeper(rest),
        // These name an origin; `blob:null/…` names none.
        "blob" | "filesystem" if scheme_of(rest).is_some() => deeper(rest),
        "about" if rest.to_ascii_lowercase().starts_with("reader") => {
            read_page(address).map_or(NOTHING, |inner| deeper(&inner))
        }
        "chrome-distiller" | "read" | "reader" if hierarchical => {
            read_page(address).map_or(NOTHING, |inner| deeper(&inner))
        }
        "about" => Page::Class(PageClass::Internal),
        "chrome" | "edge" | "brave" | "opera" | "vivaldi" | "arc" | "devtools" | "resource"
        | "chrome-search" | "chrome-untrusted"
            if hierarchical =>
        {
            Page::Class(PageClass::Internal)
        }
        "file" => Page::Class(PageClass::File),
        "data" => Page::Class(PageClass::Data),
        "blob" | "filesystem" | "javascript" | "mailto" | "tel" => NOTHING,
        extension if extension.ends_with("-extension") && hierarchical => Page::Class(PageClass::Extension),
        "http" | "https" | "ws" | "wss" | "ftp" => website(address).unwrap_or(NOTHING),
        _ if hierarchical => website(address).unwrap_or(NOTHING),
        // No scheme: what stands before a colon is a host.
        _ => website(&format!("https://{address}")).unwrap_or(NOTHING),
    }
}

/// The scheme in lower case and what follows its colon.
fn scheme_of(address: &str) -> Option<(String, &str)> {
    let (scheme, rest) = address.split_once(':')?;
    let first = scheme.chars().next()?;
    let fits = scheme
        .chars()
        .all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next));
    (first.is_ascii_alphabetic() && fits).then(|| (scheme.to_ascii_lowercase(), rest))
}

/// The address of the page that a reader page shows.
fn read_page(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    url.query_pairs()
        .find(|(key, _)| key == "url")
        .map(|(_, inner)| inner.into_owned())
}

fn website(address: &str) -> Option<Page<'static>> {
    let url = Url::parse(address).ok()?;
    // The parser leaves the hosts of unknown schemes as they are typed.
    let host = match url.host()? {
        url::Host::Domain(domain) => host::read(domain),
        other => host::settle(other),
    };
    let (host, address) = match host.ok()? {
        host::Host::Domain(host) => (host, false),
        host::Host::Address(host) => (host, true),
    };
    let path = match url.path() {
        "" => "/".to_owned(),
        path => path::unescape(path),
    };
    Some(Page::Website(Website {
        host: Cow::Owned(host),
        address,
        port: url.port_or_known_default(),
        path: RawPath::Settled(path),
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn host() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z0-9_-]{0,6}(\\.[a-z0-9_-]{0,6}){0,4}\\.?",
            "(xn--)?[a-z0-9-]{0,9}\\.[a-z]{1,3}",
            "[0-9x.]{1,12}",
            "[a-zA-Z0-9%@\\\\ß。\\[\\]:\t-]{0,12}",
            "[a-z]{60,70}\\.com",
        ]
    }

    fn rest() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            "(:[0-9]{0,6})?(/[a-z.%0-9A-F]{0,5}){0,4}",
            "(:[0-9]{0,3})?[/?#@\\\\:.a-z \tü%*'\"<>^`{|}~!$&()+,;=-]{0,12}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_fast_way_reads_what_the_full_parser_reads(
            scheme in prop_oneof![Just("https://"), Just("http://"), Just("HTTP://"), Just("ws://"), Just("")],
            host in host(),
            rest in rest(),
        ) {
            let address = format!("{scheme}{host}{rest}");
            prop_assert_eq!(Page::read(&address), Page::read_any(&address), "{}", address);
        }

        #[test]
        fn nothing_makes_the_reader_fall_over(address in ".{0,60}") {
            let _ = Page::read(&address);
        }

        #[test]
        fn a_path_in_its_form_stays_as_it_is(raw in "(/[a-z.%0-9A-Fü*]{0,6}){1,4}") {
            let once = path::normal(&raw).into_owned();
            prop_assert_eq!(path::normal(&once), once.as_str());
        }
    }

    #[test]
    fn an_ordinary_address_takes_the_fast_way() {
        for address in [
            "https://example.com",
            "http://a.b-c.d_e.org:8443/x/../y?q#f",
            "https://localhost/%41",
        ] {
            assert!(plain(address).is_some(), "{address}");
        }
    }
}
