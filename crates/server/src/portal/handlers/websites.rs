//! Long-Term Memory → Websites: the list, adding a rule, removing ticked ones.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::settings::{self, SaveRequest, Saved, WebsitePage};
use tessera_domain::{Result, Right};
use tessera_ids::OrgId;
use tessera_policy::websites::Subdomains;
use tessera_policy::{Leaf, WebsiteRule};

use super::answer::{Refusal, again, go_refused, go_saying, page};
use super::pages::{WebsiteRow, Websites};
use super::scope::{Scope, ScopePath};
use super::view::{Input, Pager, Place};
use super::visit::Visit;
use super::{edits, review, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Rules on one page.
const PAGE: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    let (see, may) = (
        Access::Member(Right::SeeSettings),
        Access::Member(Right::ChangeSettings),
    );
    let org = "/o/{org}/memory/websites";
    let team = "/o/{org}/teams/{team}/settings/websites";
    let member = "/o/{org}/members/{member}/tighten/websites";
    let changes = "Adds a denied website, or removes the ticked ones.";
    vec![
        Route::get(org, see, "Shows the denied websites.", list),
        Route::post(org, may, changes, change).takes_form(),
        Route::get(
            team,
            see,
            "Shows the websites that a team denies beside the organization's.",
            list,
        ),
        Route::post(team, may, changes, change).takes_form(),
        Route::get(
            member,
            see,
            "Shows the websites that are denied for one member alone.",
            list,
        ),
        Route::post(member, may, changes, change).takes_form(),
    ]
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

async fn list(visit: Visit, Path(path): Path<ScopePath>, Query(listing): Query<Listing>) -> Answer<Response> {
    let scope = Scope::at(&visit, path).await?;
    Ok(page(websites_page(&visit, &scope, &listing).await?))
}

async fn websites_page(visit: &Visit, scope: &Scope, listing: &Listing) -> Result<Websites> {
    let (app, actor, org) = (visit.app(), visit.actor()?, scope.org);
    let frame = scope.frame(visit, Place::Websites).await?;
    let view = settings::standpoint(app, actor, org, scope.layer, None).await?;
    let after = Some(listing.after.as_str()).filter(|after| !after.is_empty());
    let found = settings::websites(app, actor, org, scope.layer, &listing.q, after, PAGE).await?;
    Ok(Websites {
        frame,
        of_whom: scope.of_whom(),
        import: scope.websites() + "/import",
        base_revision: found.revision,
        enforced: scope.layer.only_tightens() || view.effective().is_on(Leaf::ManagedWebsites),
        total: words::count(found.total as u64, "website"),
        website: Input::default(),
        query: listing.q.clone(),
        pager: pager(&found, listing),
        rows: found.rows.iter().map(|row| website(row)).collect(),
        problem: None,
    })
}

fn pager(found: &WebsitePage, listing: &Listing) -> Pager {
    let matching = words::grouped(found.matching as u64);
    let to = |after: &str| words::query(&[("q", &listing.q), ("after", after)]);
    Pager {
        shown: format!("{} of {matching}", words::grouped(found.rows.len() as u64)),
        first: (!listing.after.is_empty()).then(|| to("")),
        next: found.next.as_deref().map(to),
    }
}

/// A rule with its reading by people.
fn website(row: &str) -> WebsiteRow {
    let Ok(rule) = WebsiteRule::from_row(row) else {
        let reach = "not understood, and so denied".to_owned();
        return WebsiteRow {
            rule: row.to_owned(),
            unicode: String::new(),
            reach,
        };
    };
    WebsiteRow {
        rule: row.to_owned(),
        unicode: rule.unicode_host().unwrap_or_default(),
        reach: reach(&rule),
    }
}

/// What a rule takes in.
fn reach(rule: &WebsiteRule) -> String {
    let hosts = match rule.subdomains() {
        Subdomains::Included => "the site and its subdomains",
        Subdomains::Only => "its subdomains only",
        Subdomains::Excluded => "this host only",
    };
    let port = rule
        .port()
        .map(|port| format!(", port {port}"))
        .unwrap_or_default();
    let under = rule
        .path()
        .map(|path| format!(", pages under {path}"))
        .unwrap_or_default();
    format!("{hosts}{port}{under}")
}

async fn change(
    visit: Visit,
    Path(path): Path<ScopePath>,
    Query(listing): Query<Listing>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let fields = fields.with("layer", scope.field());
    let here = scope.websites() + words::query(&[("q", &listing.q)]).trim_end_matches('?');
    match try_change(&visit, scope.org, &fields).await {
        Ok(None) => Ok(go_saying(
            &visit.site,
            &here,
            "Nothing was ticked, so nothing was removed.",
        )),
        Ok(Some(saved)) => Ok(review::saved_answer(&visit, scope.org, &here, &saved)),
        Err(error) if fields.get("intent") == "remove" => go_refused(&visit.site, &here, error),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = Websites {
                problem: refusal.problem(&["/website"]),
                website: refusal.input("/website", fields.get("website")),
                ..websites_page(&visit, &scope, &listing).await?
            };
            Ok(again(&refusal, form))
        }
    }
}

/// Rows come and go without regard to what others did to other rows, so no revision is expected.
async fn try_change(visit: &Visit, org: OrgId, fields: &Fields) -> Result<Option<Saved>> {
    let draft = edits::read(visit, org, fields).await?;
    if draft.edits.is_empty() {
        return Ok(None);
    }
    let request = SaveRequest {
        layer: draft.layer,
        edits: draft.edits,
        team_defaults: Vec::new(),
        note: draft.note,
        expected: None,
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { settings::save(&app, &actor, org, request).await })
        .await
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_what_it_takes_in() {
        for (rule, reads) in [
            ("example.com", "the site and its subdomains"),
            ("*.example.com", "its subdomains only"),
            ("10.0.0.1", "this host only"),
            (
                "example.com:8443/hr",
                "the site and its subdomains, port 8443, pages under /hr",
            ),
        ] {
            assert_eq!(website(rule).reach, reads);
        }
        assert_eq!(website("xn--bcher-kva.example").unicode, "bücher.example");
    }
}
