//! Reads a rule about websites as people type it, and says precisely what is wrong with it.

use std::fmt;

use super::{
    host::{self, Host, MAX_HOST, MAX_LABEL},
    path,
    rule::WebsiteRule,
};

/// The longest rule.
const MAX_RULE: usize = 2048;

/// A rule, and what was done to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedRule {
    /// The rule.
    pub rule: WebsiteRule,
    /// Whether `www.` was taken off; to be shown to the person who typed it.
    pub www_stripped: bool,
}

impl ParsedRule {
    /// Reads what a person typed.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        read(text, From::Person)
    }
}

/// Why a text is no rule about websites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// There is nothing.
    Empty,
    /// It is longer than a rule can be.
    TooLong,
    /// There is a space, a line break or another control character in it.
    Space,
    /// There is a backslash in it.
    Backslash,
    /// It begins with a dot.
    LeadingDot,
    /// There is a `*` somewhere else than in `*.` at the beginning.
    Wildcard,
    /// `*.` stands before something that has no subdomains.
    NoSubdomains(String),
    /// Websites are not reached by this scheme.
    Scheme(String),
    /// There is no host in it.
    NoHost,
    /// Two dots stand together in the host.
    EmptyLabel,
    /// The host is longer than names can be.
    HostTooLong,
    /// The host holds a character that names do not have.
    HostCharacter(char),
    /// The host is no name and no address.
    Host(String),
    /// The port is no number from 1 to 65535.
    Port(String),
    /// Strangers register under this name, so a rule would hit them all.
    PublicSuffix(String),
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is nothing in it"),
            Self::TooLong => write!(f, "a rule has at most {MAX_RULE} bytes"),
            Self::Space => f.write_str("a rule has no spaces or control characters inside"),
            Self::Backslash => f.write_str("a rule has no backslashes; paths are written with /"),
            Self::LeadingDot => f.write_str(
                "a rule does not begin with a dot; write example.com for the host and its subdomains, or \
                 *.example.com for the subdomains only",
            ),
            Self::Wildcard => {
                f.write_str("the only wildcard is *. at the beginning; a path is a prefix as it stands")
            }
            Self::NoSubdomains(host) => write!(f, "{host} has no subdomains that *. could mean"),
            Self::Scheme(scheme) => write!(f, "{scheme}: is not how websites are reached"),
            Self::NoHost => f.write_str("there is no host in it"),
            Self::EmptyLabel => f.write_str("two dots stand together in the host"),
            Self::HostTooLong => {
                write!(
                    f,
                    "a host has at most {MAX_HOST} characters, and {MAX_LABEL} between two dots"
                )
            }
            Self::HostCharacter(character) => write!(f, "a host cannot contain {character:?}"),
            Self::Host(host) => write!(f, "{host} is neither a name nor an address"),
            Self::Port(port) => write!(f, "the port {port:?} is not a number from 1 to 65535"),
            Self::PublicSuffix(suffix) => {
                write!(
                    f,
                    "{suffix} is a public suffix: the rule would deny every website under it"
                )
            }
        }
    }
}

impl std::error::Error for RuleError {}

/// Where a rule's text comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// Somebody typed it: what would deny too much is refused.
    Person,
    /// It was accepted once: what denies keeps denying.
    List,
}

pub(super) fn read(text: &str, from: From) -> Result<ParsedRule, RuleError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(RuleError::Empty);
    }
    if text.len() > MAX_RULE {
        return Err(RuleError::TooLong);
    }
    if text
        .chars()
        .any(|character| character.is_whitespace() || character.is_control())
    {
        return Err(RuleError::Space);
    }
    let rest = without_scheme(text)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if authority.contains('\\') || tail.contains('\\') {
        return Err(RuleError::Backslash);
    }
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (wildcard, authority) = match authority.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, authority),
    };
    let (host, port) = host_and_port(authority)?;
    let path = path_of(tail)?;
    let (host, www_stripped) = if wildcard {
        (host, false)
    } else {
        without_www(host)
    };
    check(&host, wildcard, from)?;
    let rule = WebsiteRule::of(host, wildcard, port, path);
    if is_too_long(&rule) {
        return Err(RuleError::TooLong);
    }
    Ok(ParsedRule { rule, www_stripped })
}

/// Whether a rule outgrew the limit by being brought into its form, in which `ü` is `%C3%BC`.
fn is_too_long(rule: &WebsiteRule) -> bool {
    let at_most = "*.:65535".len() + rule.host().len() + rule.path().map_or(0, str::len);
    at_most > MAX_RULE && rule.to_string().len() > MAX_RULE
}

/// Takes `https://` off. `://` is sought before anything else, since to a URL parser `bank.com:443/x` has
/// the scheme `bank.com`.
fn without_scheme(text: &str) -> Result<&str, RuleError> {
    const WEB: &[&str] = &["http", "https", "ws", "wss", "ftp"];
    const OTHER: &[&str] = &[
        "about",
        "blob",
        "chrome",
        "data",
        "file",
        "filesystem",
        "javascript",
        "mailto",
        "tel",
        "view-source",
    ];
    let known = |names: &[&str], scheme: &str| names.iter().any(|name| name.eq_ignore_ascii_case(scheme));
    let Some((scheme, after)) = text.split_once(':') else {
        return Ok(text);
    };
    if known(OTHER, scheme) && !after.starts_with(|next: char| next.is_ascii_digit()) {
        return Err(RuleError::Scheme(scheme.to_ascii_lowercase()));
    }
    match after.strip_prefix("//") {
        Some(rest) if known(WEB, scheme) => Ok(rest),
        Some(_)
            if scheme
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next)) =>
        {
            Err(RuleError::Scheme(scheme.to_ascii_lowercase()))
        }
        _ => Ok(text),
    }
}

fn host_and_port(authority: &str) -> Result<(Host, Option<u16>), RuleError> {
    if let Some(address) = host::bare_v6(authority) {
        return Ok((address, None));
    }
    if authority.contains('[') && !authority.contains(']') {
        return Err(RuleError::Host(authority.to_owned()));
    }
    let colon = authority
        .rfind(':')
        .filter(|colon| !authority[*colon..].contains(']'));
    let (host, port) = match colon {
        None => (authority, None),
        Some(colon) => {
            let digits = &authority[colon + 1..];
            let wrong = || RuleError::Port(digits.to_owned());
            let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            let port = digits.parse::<u16>().ok().filter(|port| plain && *port > 0);
            (&authority[..colon], Some(port.ok_or_else(wrong)?))
        }
    };
    Ok((read_host(host)?, port))
}

fn read_host(text: &str) -> Result<Host, RuleError> {
    match text.chars().next() {
        None => return Err(RuleError::NoHost),
        Some('.') => return Err(RuleError::LeadingDot),
        Some(_) if text.contains('*') => return Err(RuleError::Wildcard),
        Some(_) => {}
    }
    let host = match host::read(text) {
        Ok(host) => host,
        Err(url::ParseError::EmptyHost) => return Err(RuleError::NoHost),
        Err(_) => return Err(wrong_host(text)),
    };
    if let Host::Domain(domain) = &host {
        if domain.starts_with('.') {
            return Err(RuleError::LeadingDot);
        }
        if domain.contains("..") {
            return Err(RuleError::EmptyLabel);
        }
        if let Some(strange) = domain.chars().find(|next| !is_of_names(*next)) {
            return Err(RuleError::HostCharacter(strange));
        }
        if domain.len() > MAX_HOST || domain.split('.').any(|label| label.len() > MAX_LABEL) {
            return Err(RuleError::HostTooLong);
        }
    }
    Ok(host)
}

fn wrong_host(text: &str) -> RuleError {
    let strange = text
        .chars()
        .find(|next| next.is_ascii() && *next != '.' && !is_of_names(*next));
    match strange {
        Some(strange) if !text.contains(['[', ']', '%']) => RuleError::HostCharacter(strange),
        _ => RuleError::Host(text.to_owned()),
    }
}

fn is_of_names(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.".contains(character)
}

fn path_of(tail: &str) -> Result<Option<Box<str>>, RuleError> {
    let raw = &tail[..tail.find(['?', '#']).unwrap_or(tail.len())];
    if raw.contains('*') {
        return Err(RuleError::Wildcard);
    }
    let path = path::normal(raw);
    let path = path.trim_end_matches('/');
    Ok((!path.is_empty()).then(|| path.into()))
}

/// Takes leading `www.` off where a name that somebody can own is left.
fn without_www(host: Host) -> (Host, bool) {
    let Host::Domain(domain) = &host else {
        return (host, false);
    };
    let mut rest = domain.as_str();
    while let Some(shorter) = rest.strip_prefix("www.") {
        if !shorter.contains('.') || host::is_public_suffix(shorter) {
            break;
        }
        rest = shorter;
    }
    if rest.len() == domain.len() {
        return (host, false);
    }
    // What is left may be a number, and so an address.
    match host::read(rest) {
        Ok(host) => (host, true),
        Err(_) => (host, false),
    }
}

fn check(host: &Host, wildcard: bool, from: From) -> Result<(), RuleError> {
    match host {
        Host::Domain(domain) if from == From::Person && host::is_public_suffix(domain) => {
            Err(RuleError::PublicSuffix(domain.clone()))
        }
        Host::Domain(domain) if domain.contains('.') => Ok(()),
        Host::Domain(_) | Host::Address(_) if wildcard => {
            Err(RuleError::NoSubdomains(host.as_str().to_owned()))
        }
        Host::Domain(_) | Host::Address(_) => Ok(()),
    }
}
