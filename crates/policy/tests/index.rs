//! The packed index gives what going through the rules one by one gives.

use proptest::{collection::vec, prelude::*};
use tessera_ids::{TeamId, TypedId};
use tessera_policy::{
    LayerName, WebsiteIndex, WebsiteList, WebsiteRule,
    websites::{Page, Subdomains, Website},
};

/// The most special rule about a website, found the slow way.
fn oracle(lists: &[(LayerName, WebsiteList)], website: &Website<'_>) -> Option<(LayerName, String)> {
    let rules = lists.iter().flat_map(|(layer, list)| {
        list.iter()
            .map(|row| (*layer, row.parse::<WebsiteRule>().expect("rows are rules")))
    });
    let about = rules.filter(|(_, rule)| rule.matches(website));
    let best = about.max_by_key(|(layer, rule)| {
        let path = rule.path().map_or(0, str::len);
        let plain = rule.subdomains() != Subdomains::Only;
        (
            rule.host().len(),
            path,
            rule.port().is_some(),
            plain,
            std::cmp::Reverse(*layer),
        )
    });
    best.map(|(layer, rule)| (layer, rule.to_string()))
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "([ab]\\.){0,4}[ab]\\.(com|co\\.uk)",
        1 => "[ab]",
        1 => "10\\.0\\.0\\.[12]",
        1 => "\\[::[12]\\]",
    ]
}

fn detail() -> impl Strategy<Value = String> {
    "(:(80|443|8443))?(/[ab]){0,4}/?"
}

fn list() -> impl Strategy<Value = WebsiteList> {
    let rule = ("(\\*\\.)?", host(), prop_oneof![Just(String::new()), detail()]);
    let rules = vec(rule, 0..30).prop_map(|rules| {
        let texts = rules
            .into_iter()
            .map(|(star, host, detail)| format!("{star}{host}{detail}"));
        texts
            .filter_map(|text| text.parse().ok())
            .collect::<Vec<WebsiteRule>>()
    });
    rules.prop_map(|rules| WebsiteList::from_rules(&rules))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_index_agrees_with_the_oracle(
        org in list(),
        team in list(),
        pages in vec(("https?", host(), detail()), 1..20),
    ) {
        let team_name = LayerName::Team(TeamId::from_uuid(uuid::Uuid::default()));
        let lists = [(LayerName::Org, org), (team_name, team)];
        let index = WebsiteIndex::build(lists.iter().map(|(layer, list)| (*layer, list)));
        for (scheme, host, detail) in pages {
            let address = format!("{scheme}://{host}{detail}");
            let Page::Website(website) = Page::read(&address) else { panic!("{address}") };
            let found = index.find(&website).map(|found| (found.layer, found.to_string()));
            prop_assert_eq!(found, oracle(&lists, &website), "{}", address);
        }
    }

    #[test]
    fn a_covering_rule_really_covers(rules in list(), pages in vec(("https?", host(), detail()), 1..20)) {
        let index = WebsiteIndex::build([(LayerName::Org, &rules)]);
        for row in rules.iter() {
            let rule: WebsiteRule = row.parse().unwrap();
            let Some(wider) = index.covering(&rule) else { continue };
            let wider: WebsiteRule = wider.to_string().parse().unwrap();
            prop_assert_ne!(&wider, &rule);
            prop_assert!(rules.contains(&wider));
            for (scheme, host, detail) in &pages {
                let address = format!("{scheme}://{host}{detail}");
                let Page::Website(website) = Page::read(&address) else { panic!("{address}") };
                prop_assert!(!rule.matches(&website) || wider.matches(&website), "{} {} {}", rule, wider, address);
            }
        }
    }
}

#[test]
fn a_row_that_nobody_can_read_is_noticed() {
    let list = WebsiteList::from_rows(["example.com", "~newer:syntax"]);
    let index = WebsiteIndex::build([(LayerName::Org, &list)]);
    assert_eq!(index.len(), 1);
    assert_eq!(index.unreadable(), Some((LayerName::Org, "~newer:syntax")));
    assert!(!index.is_empty());
}

#[test]
fn many_rules_on_one_host_are_told_apart() {
    let rows = (0..5_000).map(|number| format!("example.com/{number}"));
    let list = WebsiteList::from_rows(rows);
    let index = WebsiteIndex::build([(LayerName::Org, &list)]);
    let Page::Website(page) = Page::read("https://a.example.com/4321/x") else {
        panic!()
    };
    assert_eq!(
        index.find(&page).map(|found| found.to_string()).as_deref(),
        Some("example.com/4321")
    );
}
