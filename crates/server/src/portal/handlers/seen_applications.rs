//! Long-Term Memory → Applications → Seen, unknown: what members' machines asked about and no list speaks of.

use axum::response::Response;
use tessera_app::settings::{self, UnknownApplication};
use tessera_domain::{Result, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_policy::Leaf;
use tessera_policy::applications::ApplicationKind;

use super::answer::page;
use super::applications::identifier;
use super::pages::{SeenApplications, SeenRow};
use super::scope::Scope;
use super::view::{Place, Tab};
use super::visit::Visit;
use super::words;
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/o/{org}/memory/applications/seen",
        Access::Member(Right::SeeSettings),
        "Shows applications that were seen and that no list speaks of.",
        show,
    )]
}

async fn show(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(seen_page(&visit, &Scope::of_org(org)).await?))
}

async fn seen_page(visit: &Visit, scope: &Scope) -> Result<SeenApplications> {
    let (app, actor, org) = (visit.app(), visit.actor()?, scope.org);
    let frame = scope.frame(visit, Place::Applications).await?;
    let seen = settings::unknown_applications(app, actor, org).await?;
    let current = settings::current(app, actor, org).await?;
    let (add, now) = (scope.applications() + "/edit", app.clock.now());
    Ok(SeenApplications {
        frame,
        tabs: tabs(scope, seen.len()),
        reported: current.effective.is_on(Leaf::ManagedApplications),
        rows: seen.iter().map(|seen| row(seen, &add, now)).collect(),
    })
}

fn tabs(scope: &Scope, seen: usize) -> Vec<Tab> {
    let list = |label: &str, list: &str| Tab {
        label: label.to_owned(),
        href: scope.applications() + &words::query(&[("list", list)]),
        count: None,
        current: false,
    };
    let own = Tab {
        label: "Seen, unknown".to_owned(),
        href: scope.applications() + "/seen",
        count: Some(seen as u64),
        current: true,
    };
    vec![
        list("Blocked Applications", "blocked"),
        list("Available Applications", "available"),
        own,
    ]
}

fn row(seen: &UnknownApplication, add: &str, now: Timestamp) -> SeenRow {
    let known = words::query(&[
        ("name", &seen.name),
        ("bundle_id", &seen.pattern(ApplicationKind::BundleId)),
        ("aumid", &seen.pattern(ApplicationKind::Aumid)),
        ("exe", &seen.pattern(ApplicationKind::Exe)),
        ("app_id", &seen.pattern(ApplicationKind::AppId)),
    ]);
    SeenRow {
        name: seen.name.clone(),
        identifiers: seen.rules.iter().map(identifier).collect(),
        first: words::moment(seen.first_seen, now),
        last: words::moment(seen.last_seen, now),
        add: format!("{add}{known}"),
    }
}
