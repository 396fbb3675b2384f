//! All rules of all lists, packed so that a verdict is exact, fast and small.

use std::num::NonZeroU64;

use super::{
    Subdomains, WebsiteList, WebsiteRule,
    details::Details,
    hash::Seed,
    host,
    hosts::{Hosts, Plan},
    record::Said,
};
use crate::LayerName;

/// Every rule of the lists it was built from.
///
/// Built anew when a list changes. Rows that cannot be read are counted: while there is one, every website
/// is denied, since nobody can say which the row means.
#[derive(Debug)]
pub struct WebsiteIndex {
    pub(super) hosts: Hosts,
    pub(super) details: Details,
    pub(super) layers: Vec<LayerName>,
    pub(super) seed: Seed,
    rules: usize,
    unreadable: Option<(LayerName, Box<str>)>,
}

impl WebsiteIndex {
    /// Packs these lists. Of equal rules in several lists, the first layer's is named in verdicts.
    pub fn build<'a>(lists: impl IntoIterator<Item = (LayerName, &'a WebsiteList)>) -> Self {
        let mut lists: Vec<(LayerName, &WebsiteList)> = lists.into_iter().collect();
        lists.sort_by_key(|(layer, _)| *layer);
        // Names in verdicts are all that suffers beyond 65,535 layers.
        let numbered = || (0..u16::MAX).chain(std::iter::repeat(u16::MAX - 1)).zip(&lists);

        let mut draft = Draft::of(lists.iter().map(|(_, list)| list.len()).sum());
        for (number, (layer, list)) in numbered() {
            for row in list.iter() {
                draft.read(row, *layer, number);
            }
        }
        let mut hosts = draft.plan.lay_out();
        let mut hashes = draft.hashes.iter();
        for (number, (_, list)) in numbered() {
            for (row, hash) in list.iter().zip(&mut hashes) {
                if let Some(hash) = hash {
                    hosts.insert(hash.get(), row.as_bytes(), Said::plain(number));
                }
            }
        }
        let mut index = Self {
            hosts,
            details: Details::default(),
            layers: lists.iter().map(|(layer, _)| *layer).collect(),
            seed: draft.seed,
            rules: draft.plain_rows + draft.rules.len(),
            unreadable: draft.unreadable,
        };
        for (rule, number) in &draft.rules {
            index.insert(rule, *number);
        }
        index
    }

    /// How many rows were understood.
    pub fn len(&self) -> usize {
        self.rules
    }

    /// Whether there is nothing to enforce.
    pub fn is_empty(&self) -> bool {
        self.rules == 0 && self.unreadable.is_none()
    }

    /// The first row that could not be read, if there is one.
    pub fn unreadable(&self) -> Option<(LayerName, &str)> {
        self.unreadable.as_ref().map(|(layer, row)| (*layer, &**row))
    }

    /// How many bytes it takes.
    pub fn memory(&self) -> usize {
        self.hosts.memory() + self.details.memory()
    }

    fn insert(&mut self, rule: &WebsiteRule, layer: u16) {
        let host = rule.host.as_bytes();
        let hash = self.seed.host(host);
        let said = match rule.subdomains {
            Subdomains::Included => Said::plain(layer),
            Subdomains::Only => Said::wild(layer),
            Subdomains::Excluded => Said::exact(layer),
        };
        if rule.port.is_none() && rule.path.is_none() {
            return self.hosts.insert(hash, host, said);
        }
        self.hosts.insert(hash, host, said.of_details());
        if !self.details.insert(self.seed, hash, rule, said) {
            let whose = self.layers[usize::from(layer)];
            self.unreadable
                .get_or_insert_with(|| (whose, rule.to_string().into()));
        }
    }
}

/// What is known of the rows before any of them has its place.
struct Draft {
    seed: Seed,
    plan: Plan,
    /// One per row: the hash of what is nothing but a domain.
    hashes: Vec<Option<NonZeroU64>>,
    plain_rows: usize,
    /// The other rules, each with its layer's number.
    rules: Vec<(WebsiteRule, u16)>,
    unreadable: Option<(LayerName, Box<str>)>,
}

impl Draft {
    fn of(rows: usize) -> Self {
        Self {
            seed: Seed::fresh(),
            plan: Plan::of(rows),
            hashes: Vec::with_capacity(rows),
            plain_rows: 0,
            rules: Vec::new(),
            unreadable: None,
        }
    }

    fn read(&mut self, row: &str, layer: LayerName, number: u16) {
        let Self { seed, plan, .. } = self;
        let mut fits = |hash, host: &str| plan.reserve(hash, host.as_bytes());
        let plain = host::is_plain_domain(row) && !row.starts_with("www.");
        let hash = plain.then(|| seed.host(row.as_bytes())).and_then(NonZeroU64::new);
        let hash = hash.filter(|hash| fits(hash.get(), row));
        self.hashes.push(hash);
        if hash.is_some() {
            self.plain_rows += 1;
            return;
        }
        match WebsiteRule::from_row(row) {
            Ok(rule) if fits(seed.host(rule.host.as_bytes()), &rule.host) => self.rules.push((rule, number)),
            _ => {
                self.unreadable.get_or_insert_with(|| (layer, row.into()));
            }
        }
    }
}
