//! Long-Term Memory → Applications, of the organization, of a team, and for one member: the lists and their switches.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::settings::{self, ApplicationPage, Fixed, ListedApplication, Shelf};
use tessera_domain::{Result, Right};
use tessera_policy::LayerName;
use tessera_policy::applications::{ApplicationKind, ApplicationRule};

use super::answer::{Refusal, again, go, page};
use super::pages::{ApplicationRow, Applications};
use super::review::{self, Intent};
use super::row_edits;
use super::scope::{Names, Scope, ScopePath};
use super::view::{Pager, Place, Tab};
use super::visit::Visit;
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route};

/// Applications on one page.
const PAGE: usize = 100;
/// Identifiers of one row.
const SHOWN: usize = 3;

const SEE: Access = Access::Member(Right::SeeSettings);
const CHANGE: Access = Access::Member(Right::ChangeSettings);

pub(super) fn routes() -> Vec<Route> {
    let org = "/o/{org}/memory/applications";
    let team = "/o/{org}/teams/{team}/settings/applications";
    let member = "/o/{org}/members/{member}/tighten/applications";
    let changes = "Reviews or saves which applications are blocked.";
    vec![
        Route::get(org, SEE, "Shows blocked and available applications.", show),
        changing(Route::post(org, CHANGE, changes, change)),
        Route::get(team, SEE, "Shows a team's applications.", show),
        changing(Route::post(team, CHANGE, changes, change)),
        Route::get(member, SEE, "Shows the applications of one member.", show),
        changing(Route::post(member, CHANGE, changes, change)),
    ]
}

/// A page of switches may be long.
fn changing(route: Route) -> Route {
    route.up_to(limits::CSV).takes_form()
}

/// What of the lists is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Listing {
    #[serde(default)]
    list: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    from: usize,
}

impl Listing {
    fn shelf(&self) -> Shelf {
        if self.list == "available" {
            Shelf::Available
        } else {
            Shelf::Blocked
        }
    }

    fn word(&self) -> &'static str {
        match self.shelf() {
            Shelf::Blocked => "blocked",
            Shelf::Available => "available",
        }
    }

    fn to(&self, list: &str, from: usize) -> String {
        let from = if from == 0 {
            String::new()
        } else {
            from.to_string()
        };
        words::query(&[("list", list), ("q", &self.q), ("from", &from)])
    }
}

async fn show(visit: Visit, Path(path): Path<ScopePath>, Query(listing): Query<Listing>) -> Answer<Response> {
    let scope = Scope::at(&visit, path).await?;
    Ok(page(shown(&visit, &scope, &listing, None, None).await?))
}

async fn change(visit: Visit, Path(path): Path<ScopePath>, fields: Fields) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let fields = fields.with("layer", scope.field());
    let listing = Listing {
        list: fields.get("list").to_owned(),
        q: fields.get("q").to_owned(),
        from: 0,
    };
    let back = scope.applications() + &listing.to(listing.word(), 0);
    match Intent::of(&fields) {
        Intent::Discard => Ok(go(&back)),
        intent => match review::act(&visit, scope.org, &fields, &back, intent).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let form = shown(&visit, &scope, &listing, Some(&fields), Some(&refusal)).await?;
                Ok(again(&refusal, form))
            }
        },
    }
}

/// The page again, with what was chosen in it and reviewed.
pub(super) async fn typed_again(
    visit: &Visit,
    scope: &Scope,
    query: &str,
    typed: &Fields,
) -> Answer<Response> {
    let asked = Fields::decode(query)?;
    let listing = Listing {
        list: asked.get("list").to_owned(),
        q: asked.get("q").to_owned(),
        from: asked.get("from").parse().unwrap_or_default(),
    };
    Ok(page(shown(visit, scope, &listing, Some(typed), None).await?))
}

async fn shown(
    visit: &Visit,
    scope: &Scope,
    listing: &Listing,
    typed: Option<&Fields>,
    refusal: Option<&Refusal>,
) -> Result<Applications> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let frame = scope.frame(visit, Place::Applications).await?;
    let place = (listing.from, PAGE);
    let found = settings::applications(
        app,
        actor,
        scope.org,
        scope.layer,
        listing.shelf(),
        &listing.q,
        place,
    )
    .await?;
    let chosen = typed.map(row_edits::chosen).transpose()?.unwrap_or_default();
    let names = Names::of(visit, scope.org).await?;
    let rows: Vec<_> = (found.rows.iter())
        .map(|row| application(scope, row, &chosen, &names))
        .collect();
    Ok(Applications {
        frame,
        action: scope.applications(),
        layer: scope.field(),
        of_whom: scope.of_whom(),
        base_revision: found.revision,
        enforced: found.enforced,
        tabs: tabs(listing, &found).into_iter().chain(seen_tab(scope)).collect(),
        list: listing.word().to_owned(),
        query: listing.q.clone(),
        pager: pager(listing, &found),
        add: scope.applications() + "/edit",
        purge: typed.is_some_and(|typed| typed.get("purge") == "on"),
        problem: refusal.and_then(|refusal| refusal.problem(&[])),
        unsaved: rows
            .iter()
            .filter(|row| row.blocked != row.saved || row.removed)
            .count(),
        rows,
    })
}

fn tabs(listing: &Listing, found: &ApplicationPage) -> Vec<Tab> {
    let tab = |label: &str, list: &str, count: usize| Tab {
        label: label.to_owned(),
        href: listing.to(list, 0),
        count: Some(count as u64),
        current: listing.word() == list,
    };
    vec![
        tab("Blocked Applications", "blocked", found.blocked),
        tab("Available Applications", "available", found.available),
    ]
}

/// Where an admin sees what was seen on machines and nobody decided on.
fn seen_tab(scope: &Scope) -> Option<Tab> {
    (scope.layer == LayerName::Org).then(|| Tab {
        label: "Seen, unknown".to_owned(),
        href: scope.applications() + "/seen",
        count: None,
        current: false,
    })
}

fn pager(listing: &Listing, found: &ApplicationPage) -> Pager {
    let total = match listing.shelf() {
        Shelf::Blocked => found.blocked,
        Shelf::Available => found.available,
    };
    let to = |from| listing.to(listing.word(), from);
    Pager {
        shown: format!(
            "{} of {}",
            found.rows.len(),
            words::count(total as u64, "application")
        ),
        first: (listing.from > 0).then(|| to(0)),
        next: found.next.map(to),
    }
}

fn application(
    scope: &Scope,
    row: &ListedApplication,
    chosen: &BTreeMap<String, Option<bool>>,
    names: &Names,
) -> ApplicationRow {
    let wish = chosen.get(&row.key);
    let may_edit = row.fixed.is_none() || row.said.is_some();
    let edit = scope.applications() + "/edit" + &words::query(&[("key", &row.key)]);
    ApplicationRow {
        key: row.key.clone(),
        name: row.name.clone(),
        global: row.known.is_some(),
        category: row
            .known
            .map_or(String::new(), |known| known.category.title().to_owned()),
        identifiers: row.identifiers.iter().take(SHOWN).map(identifier).collect(),
        more: row.identifiers.len().saturating_sub(SHOWN),
        blocked: wish.and_then(|wish| *wish).unwrap_or(row.blocked),
        saved: row.blocked,
        source: scope.source(row.source, false, names),
        fixed: row.fixed.map_or(String::new(), |fixed| why(fixed).to_owned()),
        edit: may_edit.then_some(edit),
        removable: row.said.is_some(),
        removed: wish == Some(&None),
    }
}

/// Why a layer cannot change an application.
fn why(fixed: Fixed) -> &'static str {
    match fixed {
        Fixed::Always => "always blocked",
        Fixed::By(LayerName::BuiltIn) => "only the organization can make it available",
        Fixed::By(LayerName::Org) => "blocked by the organization",
        Fixed::By(_) => "blocked by a team",
    }
}

/// Which system says so, and what.
pub(super) fn identifier(rule: &ApplicationRule) -> (String, String) {
    let system = match rule.kind() {
        ApplicationKind::BundleId => "macOS",
        ApplicationKind::Aumid => "Windows",
        ApplicationKind::Exe => "Program",
        ApplicationKind::AppId => "Linux",
        ApplicationKind::Name => "Name",
    };
    (system.to_owned(), rule.pattern())
}
