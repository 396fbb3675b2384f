//! Search over all settings: their names, values and help, and the pages and guides that speak of them.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::settings;
use tessera_domain::{Right, Role, text};
use tessera_ids::OrgId;
use tessera_policy::{Effective, Leaf};

use super::answer::page;
use super::jump;
use super::pages::{Hit, LeafHit, SettingsSearch};
use super::view::Place;
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::portal::help;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/o/{org}/settings/search",
        Access::Member(Right::SeeSettings),
        "Searches all settings with their values, their pages and their help.",
        search,
    )]
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

async fn search(visit: Visit, Path(org): Path<OrgId>, Query(wanted): Query<Wanted>) -> Answer<Response> {
    let (view, mut frame) = visit.org_frame(org, Place::SettingsSearch).await?;
    let query = wanted.q.trim().to_owned();
    let current = settings::current(visit.app(), visit.actor()?, org).await?;
    frame.settings_query.clone_from(&query);
    Ok(page(SettingsSearch {
        frame,
        leaves: leaves(org, &query, &current.effective),
        pages: pages(org, view.role, &query),
        query,
    }))
}

/// Settings in whose names, help or page every word stands.
fn leaves(org: OrgId, query: &str, effective: &Effective) -> Vec<LeafHit> {
    let found = Leaf::ALL.iter().filter(|leaf| speaks_of(**leaf, query));
    let hit = |leaf: &Leaf| {
        let held = effective.get(*leaf);
        LeafHit {
            title: leaf.title().to_owned(),
            path: leaf.path().to_owned(),
            place: place(*leaf).0.to_owned(),
            help: words::help(*leaf),
            value: words::value(*leaf, &held.value),
            source: words::source(held.source, held.locked),
            href: href(org, *leaf),
        }
    };
    found.map(hit).collect()
}

/// Whether every word that is looked for stands in what is said of the leaf.
pub(super) fn speaks_of(leaf: Leaf, query: &str) -> bool {
    let said = [leaf.title(), leaf.path(), place(leaf).0, &words::help(leaf)].join(" ");
    let (said, query) = (text::fold(&said), text::fold(query));
    query.split_whitespace().all(|word| said.contains(word))
}

/// The page that a leaf's control stands on: in words, and its path below the organization's.
fn place(leaf: Leaf) -> (&'static str, &'static str) {
    match leaf {
        Leaf::Websites => ("Long-Term Memory → Websites", "/memory/websites"),
        Leaf::Applications => ("Long-Term Memory → Applications", "/memory/applications"),
        Leaf::CustomModels => ("Models → Custom models", "/models/custom"),
        leaf => match leaf.section() {
            tessera_policy::SectionName::Features => ("Settings → Features", "/settings/features"),
            tessera_policy::SectionName::Memory => ("Long-Term Memory → General", "/memory"),
            tessera_policy::SectionName::Models => ("Models", "/models"),
        },
    }
}

/// The control of a leaf on its page.
pub(super) fn href(org: OrgId, leaf: Leaf) -> String {
    format!("{}{}#{}", path(org), place(leaf).1, leaf.path())
}

/// Pages of settings, and guides.
fn pages(org: OrgId, role: Role, query: &str) -> Vec<Hit> {
    if query.is_empty() {
        return Vec::new();
    }
    let mut hits = jump::settings_pages(org, role, &text::fold(query));
    let guides = help::search(query, |_| true);
    hits.extend(guides.iter().map(|found| Hit {
        kind: "Guide".to_owned(),
        title: match found.section.heading.as_str() {
            "" => found.guide.title.clone(),
            heading => format!("{} · {heading}", found.guide.title),
        },
        detail: found.excerpt.clone(),
        href: format!("{}/help/{}#{}", path(org), found.guide.slug, found.section.anchor),
    }));
    hits
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes::table;

    #[test]
    fn each_leaf_is_on_a_page_that_is_there() {
        let routes = table();
        let paths: BTreeSet<&str> = routes.iter().map(|route| route.path).collect();
        for leaf in Leaf::ALL {
            let page = format!("/o/{{org}}{}", place(*leaf).1);
            assert!(paths.contains(page.as_str()), "{leaf}: {page}");
        }
    }

    #[test]
    fn a_leaf_is_found_by_its_name_its_help_and_its_page() {
        for query in [
            "telemetry",
            "features.telemetry",
            "usage FIGURES",
            "settings error",
            "",
        ] {
            assert!(speaks_of(Leaf::Telemetry, query), "{query}");
        }
        assert!(!speaks_of(Leaf::Telemetry, "telemetry websites"));
        let silent: Vec<_> = Leaf::ALL
            .iter()
            .filter(|leaf| !speaks_of(**leaf, leaf.title()))
            .collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
