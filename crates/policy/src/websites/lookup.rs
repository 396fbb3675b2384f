//! Which rule of an index speaks about a website, and which rules say what another says already.

use std::{fmt, ops::ControlFlow};

use super::{
    Website, WebsiteIndex, WebsiteRule,
    record::{NOBODY, Record},
};
use crate::LayerName;

/// The rule that speaks, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebsiteMatch<'a> {
    /// The layer whose list holds it.
    pub layer: LayerName,
    host: &'a str,
    wild: bool,
    port: Option<u16>,
    path: &'a str,
}

impl WebsiteMatch<'_> {
    /// The rule as it stands in its list. Every verdict that denies says it, so it is put together by hand.
    pub fn rule(&self) -> String {
        let mut rule = String::with_capacity("*.:65535".len() + self.host.len() + self.path.len());
        if self.wild {
            rule.push_str("*.");
        }
        rule.push_str(self.host);
        if let Some(port) = self.port {
            rule.push(':');
            rule.push_str(&port.to_string());
        }
        rule.push_str(self.path);
        rule
    }
}

impl<'a> WebsiteMatch<'a> {
    /// The same of a record that is about a port or a path, too.
    fn with(self, port: Option<u16>, path: &'a [u8]) -> Self {
        let path = std::str::from_utf8(path).unwrap_or_default();
        Self { port, path, ..self }
    }
}

impl fmt::Display for WebsiteMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule())
    }
}

/// A host that the question lies under, and about which there are rules.
#[derive(Clone, Copy)]
struct Found<'a> {
    name: &'a str,
    hash: u64,
    record: Record<'a>,
    /// Whether it is the question's host itself.
    whole: bool,
}

/// Which of a record's rules are wanted.
#[derive(Clone, Copy)]
struct Want {
    plain: bool,
    wild: bool,
}

impl WebsiteIndex {
    /// The most special rule that speaks about the website: the longest host, then the longest path, then
    /// one that names the port, then one that is not about subdomains only, then the first layer's.
    pub fn find<'a>(&'a self, website: &'a Website<'_>) -> Option<WebsiteMatch<'a>> {
        let mut best = None;
        self.suffixes(website.host(), website.is_address(), |host| {
            let want = Want {
                plain: host.whole || !host.record.is_exact(),
                wild: !host.whole,
            };
            let details = host.record.has_details();
            let detail = details.then(|| self.detail(host, website, want)).flatten();
            best = detail.or_else(|| self.spoken(host, want)).or(best);
            ControlFlow::Continue(())
        });
        best
    }

    /// A rule that says at least what this one says, and is another one; the one with the shortest host.
    pub fn covering<'a>(&'a self, rule: &'a WebsiteRule) -> Option<WebsiteMatch<'a>> {
        let of_subdomains = rule.subdomains() == super::Subdomains::Only;
        let whole_host = rule.port().is_none() && rule.path().is_none();
        let mut found = None;
        self.suffixes(rule.host(), rule.host().starts_with('['), |host| {
            let below = !host.whole && !host.record.is_exact();
            let plain = below || (host.whole && (of_subdomains || !whole_host));
            let wild = below || (host.whole && of_subdomains && !whole_host);
            found = self.spoken(host, Want { plain, wild });
            if found.is_none() && host.record.has_details() && !whole_host {
                found = self.detail_covering(host, rule, below);
            }
            if found.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        found
    }

    /// Walks the host's suffixes that have a record, the shortest first.
    fn suffixes<'a>(
        &'a self,
        host: &'a str,
        address: bool,
        mut visit: impl FnMut(Found<'a>) -> ControlFlow<()>,
    ) {
        let mut look = |begin: usize, hash| {
            let name = &host[begin..];
            match self.hosts.find(hash, name.as_bytes()) {
                Some(record) => visit(Found {
                    name,
                    hash,
                    record,
                    whole: begin == 0,
                }),
                None => ControlFlow::Continue(()),
            }
        };
        // An address lies under nothing.
        let _ = if address {
            look(0, self.seed.host(host.as_bytes()))
        } else {
            self.seed.suffixes(host.as_bytes(), look)
        };
    }

    fn detail<'a>(&'a self, host: Found<'a>, website: &Website<'_>, want: Want) -> Option<WebsiteMatch<'a>> {
        let path = website.path();
        let mut best: Option<WebsiteMatch<'a>> = None;
        let ports = [None, website.port()];
        for port in ports.iter().take(if website.port().is_some() { 2 } else { 1 }) {
            self.prefixes(host, *port, path.as_bytes(), |record, _| {
                let Some(found) = self.spoken(Found { record, ..host }, want) else {
                    return;
                };
                let (port, path) = record.detail();
                let found = found.with(port, path);
                let order = |found: &WebsiteMatch<'_>| (found.path.len(), found.port.is_some());
                if best.as_ref().is_none_or(|best| order(&found) > order(best)) {
                    best = Some(found);
                }
            });
        }
        best
    }

    fn detail_covering<'a>(
        &'a self,
        host: Found<'a>,
        rule: &WebsiteRule,
        below: bool,
    ) -> Option<WebsiteMatch<'a>> {
        let path = rule.path().unwrap_or_default().as_bytes();
        let of_subdomains = rule.subdomains() == super::Subdomains::Only;
        let mut found = None;
        let ports = [None, rule.port()];
        for port in ports.iter().take(if rule.port().is_some() { 2 } else { 1 }) {
            self.prefixes(host, *port, path, |record, prefix| {
                let itself = !below && *port == rule.port() && prefix == path.len();
                let plain = !itself || of_subdomains;
                let wild = below || (of_subdomains && !itself);
                let speaks = || self.spoken(Found { record, ..host }, Want { plain, wild });
                let (port, path) = record.detail();
                found = found.or_else(|| Some(speaks()?.with(port, path)));
            });
        }
        found
    }

    fn prefixes<'a>(
        &'a self,
        host: Found<'_>,
        port: Option<u16>,
        path: &[u8],
        visit: impl FnMut(Record<'a>, usize),
    ) {
        let name = (host.hash, host.name.as_bytes());
        self.details.prefixes(self.seed, name, port, path, visit);
    }

    /// What a record says, as far as it is about the host.
    fn spoken<'a>(&self, host: Found<'a>, want: Want) -> Option<WebsiteMatch<'a>> {
        let (layer, wild) = match (host.record.plain(), host.record.wild()) {
            (layer, _) if want.plain && layer != NOBODY => (layer, false),
            (_, layer) if want.wild && layer != NOBODY => (layer, true),
            _ => return None,
        };
        Some(WebsiteMatch {
            layer: self.layers[usize::from(layer)],
            host: host.name,
            wild,
            port: None,
            path: "",
        })
    }
}
