//! My settings: all that an organization imposes on the reader, and all that it can see of them.

use std::collections::HashMap;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::models::MyModels;
use tessera_app::orgs::OrgView;
use tessera_app::settings::{self, Mine};
use tessera_app::{members, teams};
use tessera_domain::{Result, Right};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_policy::{Explanation, Layer, LayerName, Leaf, SectionName, Value};

use super::answer::page;
use super::pages::{BlockedApplication, BlockedWebsite, MySettings, OwnLeaf, OwnModel};
use super::view::{self, Frame, Pager, Place, Source};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route};

/// Websites on one page.
const PAGE: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/my-settings",
            Access::Member(Right::SeeOwnSettings),
            "Shows what binds the reader, and what is seen of them.",
            show,
        ),
        Route::get(
            "/o/{org}/members/{member}/settings",
            Access::Member(Right::SeeSettings),
            "Shows what binds a member.",
            show_members,
        ),
    ]
}

/// What of the blocked websites is shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    q: String,
    /// Rows to leave out, which were on the pages before.
    #[serde(default)]
    after: usize,
}

async fn show(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let mine = settings::mine(visit.app(), visit.actor()?, org).await?;
    let (view, frame) = visit.org_frame(org, Place::MySettings).await?;
    let names = Names::of(&visit, org, true).await?;
    let models = tessera_app::models::of_member(visit.app(), org, &mine).await?;
    let shown = settings_page(&view, frame, (&mine, &models), &listing, &names);
    Ok(page(shown))
}

async fn show_members(
    visit: Visit,
    Path((org, who)): Path<(OrgId, AccountId)>,
    Query(listing): Query<Listing>,
) -> Answer<Response> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let theirs = settings::effective_for(app, actor, org, who).await?;
    let member = members::member(app, actor, org, who).await?;
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let names = Names::of(&visit, org, false).await?;
    let models = tessera_app::models::of_member(app, org, &theirs).await?;
    let found = settings_page(&view, frame, (&theirs, &models), &listing, &names);
    let whose = (member.name.to_string(), format!("{}/members/{who}", path(org)));
    Ok(page(MySettings {
        whose: Some(whose),
        ..found
    }))
}

fn settings_page(
    view: &OrgView,
    frame: Frame,
    (mine, models): (&Mine, &MyModels),
    listing: &Listing,
    names: &Names,
) -> MySettings {
    let own = |section| {
        mine.leaves
            .iter()
            .filter_map(|(leaf, why)| own_leaf(*leaf, why, section, names))
            .collect()
    };
    let applications = applications(&mine.layers, names);
    let managed = |leaf| {
        let why = mine.leaves.iter().find(|(other, _)| *other == leaf);
        why.is_some_and(|(_, why)| why.value == Value::Switch(true))
    };
    let (websites, pager) = websites(&mine.layers, listing, names);
    let total: usize = mine.layers.iter().map(|layer| layer.websites.len()).sum();
    MySettings {
        frame,
        org_name: view.name.to_string(),
        whose: None,
        until_then: mine.until_then,
        revision: Some(mine.revision).filter(|revision| *revision > 0),
        features: own(SectionName::Features),
        memory: own(SectionName::Memory),
        models_managed: models.effective.is_on(Leaf::ManagedModels),
        models_summary: models_summary(models),
        models: own_models(models, names),
        applications_enforced: managed(Leaf::ManagedApplications),
        applications,
        websites_enforced: managed(Leaf::ManagedWebsites),
        websites_total: words::count(total as u64, "website"),
        query: listing.q.clone(),
        websites,
        pager,
        visible: visible(),
        hidden: hidden(),
    }
}

/// What teams are called, and whether the reader reads of themselves.
#[derive(Default)]
struct Names {
    teams: HashMap<TeamId, String>,
    own: bool,
}

impl Names {
    async fn of(visit: &Visit, org: OrgId, own: bool) -> Result<Self> {
        let teams = teams::list(visit.app(), visit.actor()?, org).await?;
        let named = teams.into_iter().map(|team| (team.id, team.name.to_string()));
        Ok(Self {
            teams: named.collect(),
            own,
        })
    }
}

fn own_leaf(leaf: Leaf, why: &Explanation, section: SectionName, names: &Names) -> Option<OwnLeaf> {
    if leaf.section() != section || leaf.kind().is_list() {
        return None;
    }
    Some(OwnLeaf {
        path: leaf.path().to_owned(),
        title: leaf.title().to_owned(),
        help: words::help(leaf),
        value: words::value(leaf, &why.value),
        source: named(why.source, why.locked, names),
    })
}

fn models_summary(models: &MyModels) -> String {
    let allowed = models
        .known
        .iter()
        .filter(|known| known.verdict.is_allow())
        .count() as u64;
    if models.effective.is_on(Leaf::ManagedModels) {
        let all = words::count(models.known.len() as u64, "known model");
        return format!("{} of {all} may be used.", words::grouped(allowed));
    }
    "Every model of every provider that has a key may be used.".to_owned()
}

/// The models that may be used, while a list says which.
fn own_models(models: &MyModels, names: &Names) -> Vec<OwnModel> {
    if !models.effective.is_on(Leaf::ManagedModels) {
        return Vec::new();
    }
    let allowed = models.known.iter().filter(|known| known.verdict.is_allow());
    let own = allowed.map(|known| OwnModel {
        title: known.model.title.clone(),
        name: known.model.name.to_string(),
        label: known.model.label.map_or("", |label| label.title()).to_owned(),
        source: named(known.verdict.layer, false, names),
    });
    own.collect()
}

/// Where a value comes from, with the team's name in place of its id.
fn named(layer: LayerName, locked: bool, names: &Names) -> Source {
    let source = words::source(layer, locked);
    match layer {
        LayerName::Team(team) => {
            let name = names
                .teams
                .get(&team)
                .cloned()
                .unwrap_or_else(|| team.to_string());
            Source {
                layer: view::Layer::Team(name),
                ..source
            }
        }
        LayerName::Tightened(_) if names.own => Source {
            layer: view::Layer::TightenedForYou,
            ..source
        },
        LayerName::BuiltIn | LayerName::Org | LayerName::Tightened(_) | LayerName::Member => source,
    }
}

/// Every blocked application with whose word that is, by name.
fn applications(layers: &[Layer], names: &Names) -> Vec<BlockedApplication> {
    let Some((own, below)) = layers.split_last() else {
        return Vec::new();
    };
    let blocked = settings::seen_from(below, own)
        .into_iter()
        .filter(|row| row.blocked);
    blocked
        .map(|row| BlockedApplication {
            global: row.known.is_some(),
            source: named(row.source, false, names),
            name: row.name,
        })
        .collect()
}

/// A page of the blocked websites of all layers, the organization's first.
fn websites(layers: &[Layer], listing: &Listing, names: &Names) -> (Vec<BlockedWebsite>, Pager) {
    let search = listing.q.trim().to_lowercase();
    let all = layers
        .iter()
        .flat_map(|layer| layer.websites.iter().map(|row| (layer.name, row)));
    let matching = all.filter(|(_, row)| search.is_empty() || row.contains(&search));
    let mut rows: Vec<_> = matching.skip(listing.after).take(PAGE + 1).collect();
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let to = |after: usize| words::query(&[("q", &listing.q), ("after", &after.to_string())]);
    let pager = Pager {
        shown: words::count(rows.len() as u64, "website"),
        first: (listing.after > 0).then(|| words::query(&[("q", &listing.q)])),
        next: more.then(|| to(listing.after.saturating_add(PAGE))),
    };
    let blocked = |(layer, row): (LayerName, &str)| BlockedWebsite {
        rule: row.to_owned(),
        source: named(layer, false, names),
    };
    (rows.into_iter().map(blocked).collect(), pager)
}

fn visible() -> Vec<(String, String)> {
    let line = |what: &str, words: &str| (what.to_owned(), words.to_owned());
    vec![
        line("You", "your name, your email address, your role and your teams"),
        line(
            "Your machines",
            "name, system, agent version, network address, where keys are kept, last contact",
        ),
        line(
            "What they obey",
            "which revision each runs, and why one could not be applied",
        ),
        line(
            "Applications that no list knows",
            "name and id of each, while the organization manages applications; not on whose machine",
        ),
    ]
}

fn hidden() -> Vec<String> {
    [
        "Which websites you visit, which applications you yourself use, or which of them were denied.",
        "What your assistant captured or remembers.",
        "Stricter rules that you set for yourself on your machine.",
    ]
    .map(str::to_owned)
    .into()
}

#[cfg(test)]
mod tests {
    use tessera_policy::WebsiteList;

    use super::*;

    #[test]
    fn websites_of_all_layers_are_paged_as_one_list() {
        let mut layer = Layer::empty(LayerName::Org);
        layer.websites = WebsiteList::from_rows((0..150).map(|n| format!("s{n:03}.example")));
        let names = Names::default();
        let (rows, pager) = websites(std::slice::from_ref(&layer), &Listing::default(), &names);
        assert_eq!((rows.len(), pager.next.as_deref()), (100, Some("?after=100")));
        let listing = Listing {
            q: "S14".to_owned(),
            after: 0,
        };
        let (rows, pager) = websites(&[layer], &listing, &names);
        assert_eq!((rows.len(), pager.next), (10, None));
    }
}
