//! Which rule of an index speaks about a website, and which rules say what another says already.

use std::{fmt, ops::ControlFlow};

use super::{
    Website, WebsiteIndex, WebsiteRule,
    index::{NOBODY, Record, segments},
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

impl fmt::Display for WebsiteMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.wild { "*." } else { "" };
        write!(f, "{star}{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
        f.write_str(self.path)
    }
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
    pub fn find(&self, website: &Website<'_>) -> Option<WebsiteMatch<'_>> {
        let mut best = None;
        self.suffixes(website.host(), website.is_address(), |record, hash, whole| {
            let want = Want {
                plain: whole || !record.is_exact(),
                wild: !whole,
            };
            let detail = record
                .has_details()
                .then(|| self.detail(hash, record, website, want))
                .flatten();
            best = detail.or_else(|| self.whole(record, want)).or(best);
            ControlFlow::Continue(())
        });
        best
    }

    /// A rule that says at least what this one says, and is another one; the one with the shortest host.
    pub fn covering(&self, rule: &WebsiteRule) -> Option<WebsiteMatch<'_>> {
        let of_subdomains = rule.subdomains() == super::Subdomains::Only;
        let whole_host = rule.port().is_none() && rule.path().is_none();
        let mut found = None;
        self.suffixes(
            rule.host(),
            rule.host().starts_with('['),
            |record, hash, same_host| {
                let below = !same_host && !record.is_exact();
                let plain = below || (same_host && (of_subdomains || !whole_host));
                let wild = below || (same_host && of_subdomains && !whole_host);
                found = self.whole(record, Want { plain, wild });
                if found.is_none() && record.has_details() && !whole_host {
                    found = self.detail_covering(hash, record, rule, below);
                }
                if found.is_some() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        found
    }

    /// Walks the host's suffixes that have a record, the shortest first.
    fn suffixes<'a>(
        &'a self,
        host: &str,
        address: bool,
        mut visit: impl FnMut(Record<'a>, u64, bool) -> ControlFlow<()>,
    ) {
        let bytes = host.as_bytes();
        let mut hash = self.seed.start();
        let mut end = bytes.len();
        loop {
            let start = bytes[..end]
                .iter()
                .rposition(|byte| *byte == b'.')
                .map_or(0, |dot| dot + 1);
            hash = self.seed.add(hash, &bytes[start..end]);
            let whole = start == 0;
            // A single label and an address have no subdomains.
            let worth = whole || (end < bytes.len() && !address);
            if worth {
                let suffix = &bytes[start..];
                let found = self
                    .hosts
                    .find(hash, |offset| Record::at(&self.arena, *offset).host() == suffix);
                if let Some(offset) = found
                    && visit(Record::at(&self.arena, *offset), hash, whole).is_break()
                {
                    return;
                }
            }
            if whole {
                return;
            }
            end = start - 1;
        }
    }

    fn whole<'a>(&'a self, record: Record<'a>, want: Want) -> Option<WebsiteMatch<'a>> {
        self.spoken(record, want, None, b"")
    }

    fn detail<'a>(
        &'a self,
        hash: u64,
        host: Record<'a>,
        website: &Website<'_>,
        want: Want,
    ) -> Option<WebsiteMatch<'a>> {
        let path = website.path();
        let mut best: Option<WebsiteMatch<'a>> = None;
        let ports = [None, website.port()];
        for port in ports.iter().take(if website.port().is_some() { 2 } else { 1 }) {
            self.prefixes(hash, host, *port, path.as_bytes(), |record, _| {
                let Some(found) = self.detailed(record, want) else {
                    return;
                };
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
        hash: u64,
        host: Record<'a>,
        rule: &WebsiteRule,
        below: bool,
    ) -> Option<WebsiteMatch<'a>> {
        let path = rule.path().unwrap_or_default().as_bytes();
        let of_subdomains = rule.subdomains() == super::Subdomains::Only;
        let mut found = None;
        let ports = [None, rule.port()];
        for port in ports.iter().take(if rule.port().is_some() { 2 } else { 1 }) {
            self.prefixes(hash, host, *port, path, |record, prefix| {
                let itself = !below && *port == rule.port() && prefix == path.len();
                let plain = !itself || of_subdomains;
                let wild = below || (of_subdomains && !itself);
                found = found.or_else(|| self.detailed(record, Want { plain, wild }));
            });
        }
        found
    }

    /// Visits the detailed records of a host and port whose path is a prefix of this one.
    fn prefixes<'a>(
        &'a self,
        host_hash: u64,
        host: Record<'a>,
        port: Option<u16>,
        path: &[u8],
        mut visit: impl FnMut(Record<'a>, usize),
    ) {
        let mut hash = self.seed.port(host_hash, port);
        let mut end = 0;
        let mut segments = segments(path).take(self.depth);
        loop {
            let prefix = &path[..end];
            let found = self.details.find(hash, |offset| {
                let record = Record::at(&self.arena, *offset);
                record.host() == host.host() && record.detail() == (port, prefix)
            });
            if let Some(offset) = found {
                visit(Record::at(&self.arena, *offset), end);
            }
            let Some(segment) = segments.next() else { return };
            hash = self.seed.add(hash, segment);
            end += 1 + segment.len();
        }
    }

    fn detailed<'a>(&'a self, record: Record<'a>, want: Want) -> Option<WebsiteMatch<'a>> {
        let (port, path) = record.detail();
        self.spoken(record, want, port, path)
    }

    fn spoken<'a>(
        &'a self,
        record: Record<'a>,
        want: Want,
        port: Option<u16>,
        path: &'a [u8],
    ) -> Option<WebsiteMatch<'a>> {
        let (layer, wild) = match (record.plain(), record.wild()) {
            (layer, _) if want.plain && layer != NOBODY => (layer, false),
            (_, layer) if want.wild && layer != NOBODY => (layer, true),
            _ => return None,
        };
        let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).unwrap_or_default();
        let layer = self.layers[usize::from(layer)];
        Some(WebsiteMatch {
            layer,
            host: text(record.host()),
            wild,
            port,
            path: text(path),
        })
    }
}
