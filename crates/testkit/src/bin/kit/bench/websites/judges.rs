//! Who is asked: Tessera's guard, and what else one could take.

use tessera_policy::{Guard, Layer, LayerName, WebsiteList};

/// Says whether a page may be captured.
pub(super) trait Judge {
    /// A list in the form in which the judge takes it.
    type List;

    const NAME: &str;

    fn list(domains: &[String]) -> Self::List;
    fn build(list: &Self::List) -> Self;
    /// The rule that denies, as far as the judge can name it.
    fn denies<'a>(&'a self, address: &str) -> Option<Rule<'a>>;
}

/// A rule that denied.
pub(super) enum Rule<'a> {
    Named(std::borrow::Cow<'a, str>),
    #[cfg(feature = "peers")]
    Unnamed,
}

/// The guard of a device: a verdict with rule, layer and reason.
pub(super) struct Tessera(Guard);

impl Judge for Tessera {
    type List = [Layer; 1];

    const NAME: &str = "tessera";

    fn list(domains: &[String]) -> Self::List {
        [Layer {
            websites: WebsiteList::from_rows(domains.iter().map(String::as_str)),
            ..Layer::empty(LayerName::Org)
        }]
    }

    fn build(list: &Self::List) -> Self {
        Self(Guard::from_layers(list))
    }

    fn denies<'a>(&'a self, address: &str) -> Option<Rule<'a>> {
        let verdict = self.0.decide_url(address);
        (!verdict.is_allow()).then(|| Rule::Named(verdict.rule.unwrap_or_default().into()))
    }
}

#[cfg(feature = "peers")]
pub(super) use peers::{Brave, Walk};

#[cfg(feature = "peers")]
mod peers {
    use std::collections::HashSet;

    use adblock::Engine;
    use adblock::request::Request;

    use super::{Judge, Rule};

    /// The plainest exact judge: every suffix of the host is looked up in a set.
    pub(crate) struct Walk(HashSet<Box<str>, ahash::RandomState>);

    impl Judge for Walk {
        type List = Vec<String>;

        const NAME: &str = "hash set (ahash)";

        fn list(domains: &[String]) -> Self::List {
            domains.to_vec()
        }

        fn build(list: &Self::List) -> Self {
            let mut set = HashSet::with_capacity_and_hasher(list.len(), ahash::RandomState::with_seed(7));
            set.extend(list.iter().map(|domain| domain.as_str().into()));
            Self(set)
        }

        fn denies<'a>(&'a self, address: &str) -> Option<Rule<'a>> {
            super::suffixes(address)
                .find_map(|suffix| self.0.get(suffix))
                .map(|rule| Rule::Named((&**rule).into()))
        }
    }

    /// Brave's engine, with rules of the sort `||example.com^`.
    pub(crate) struct Brave(Engine);

    impl Judge for Brave {
        type List = String;

        const NAME: &str = "adblock (Brave)";

        fn list(domains: &[String]) -> String {
            domains.iter().flat_map(|domain| ["||", domain, "^\n"]).collect()
        }

        fn build(list: &String) -> Self {
            Self(Engine::new_with_list_text(list.as_str()))
        }

        fn denies<'a>(&'a self, address: &str) -> Option<Rule<'a>> {
            let request = Request::new(address, "https://opener.example/", "other", "GET").ok()?;
            let found = self.0.check_network_request(&request);
            found.should_block().then_some(Rule::Unnamed)
        }
    }
}

/// The host of a plain address and what it lies under, the longest first.
pub(super) fn suffixes(address: &str) -> impl Iterator<Item = &str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = &rest[..rest
        .bytes()
        .position(|byte| b"/?#:".contains(&byte))
        .unwrap_or(rest.len())];
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, above)| above))
}
