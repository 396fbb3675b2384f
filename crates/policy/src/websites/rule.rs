//! A rule about websites, in the form in which it is stored and compared.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    host::{self, Host},
    parse::{self, RuleError},
    path,
};

/// How far a rule reaches below its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subdomains {
    /// The host and everything under it: `example.com`.
    Included,
    /// Only what is under it: `*.example.com`.
    Only,
    /// The host alone, because it is an IP address or a single label: `10.0.0.1`, `intranet`.
    Excluded,
}

/// A rule about websites. Its text ([`fmt::Display`]) is canonical: it reads back to the same rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebsiteRule {
    pub(super) host: Box<str>,
    pub(super) subdomains: Subdomains,
    pub(super) port: Option<u16>,
    pub(super) path: Option<Box<str>>,
}

impl WebsiteRule {
    /// The host in ASCII: a domain in punycode, an IPv4 address, or an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// How far the rule reaches below the host.
    pub fn subdomains(&self) -> Subdomains {
        self.subdomains
    }

    /// The only port it is about, if it names one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The prefix of paths it is about, if it names one: begins with a slash, ends without.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The host as people write it, where that differs from its ASCII form; to be shown beside it.
    pub fn unicode_host(&self) -> Option<String> {
        host::unicode(&self.host)
    }

    /// Whether the rule is about this website.
    pub fn matches(&self, website: &super::Website<'_>) -> bool {
        self.matches_host(website.host(), website.is_address())
            && self.port.is_none_or(|port| website.port() == Some(port))
            && self
                .path()
                .is_none_or(|prefix| path::covers(prefix, &website.path()))
    }

    pub(super) fn matches_host(&self, page: &str, address: bool) -> bool {
        let under = || {
            let rest = page.strip_suffix(&*self.host);
            !address && rest.is_some_and(|rest| rest.ends_with('.'))
        };
        match self.subdomains {
            Subdomains::Included => page == &*self.host || under(),
            Subdomains::Only => under(),
            Subdomains::Excluded => page == &*self.host,
        }
    }

    /// Reads a row of a stored list. Unlike what people type, such a row may name what has become a public
    /// suffix since it was saved: it still denies.
    pub fn from_row(row: &str) -> Result<Self, RuleError> {
        if host::is_plain_domain(row) && !row.starts_with("www.") {
            let subdomains = Subdomains::Included;
            return Ok(Self {
                host: row.into(),
                subdomains,
                port: None,
                path: None,
            });
        }
        parse::read(row, parse::From::List).map(|parsed| parsed.rule)
    }

    pub(super) fn of(host: Host, wildcard: bool, port: Option<u16>, path: Option<Box<str>>) -> Self {
        let subdomains = match host {
            _ if wildcard => Subdomains::Only,
            Host::Domain(ref domain) if domain.contains('.') => Subdomains::Included,
            Host::Domain(_) | Host::Address(_) => Subdomains::Excluded,
        };
        let (Host::Domain(host) | Host::Address(host)) = host;
        Self {
            host: host.into_boxed_str(),
            subdomains,
            port,
            path,
        }
    }
}

impl fmt::Display for WebsiteRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.subdomains == Subdomains::Only {
            f.write_str("*.")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(self.path().unwrap_or_default())
    }
}

impl FromStr for WebsiteRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        super::ParsedRule::parse(text).map(|parsed| parsed.rule)
    }
}

impl Serialize for WebsiteRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WebsiteRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
