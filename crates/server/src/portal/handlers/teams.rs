//! Teams as lists: for everybody, and for who manages them.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::teams::{self, ListedTeam, TeamPage};
use tessera_domain::{Result, Right};
use tessera_ids::{OrgId, TeamId};
use tessera_store::{TeamLead, TeamQuery};

use super::answer::page;
use super::pages::{TeamRow, TeamSettings, Teams};
use super::view::{Pager, Place};
use super::visit::{Visit, path, team_path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route};

/// Teams on one page.
const PAGE: u64 = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/teams",
            Access::Member(Right::SeeOrg),
            "Shows the teams.",
            list,
        ),
        Route::get(
            "/o/{org}/settings/teams",
            Access::Member(Right::ManageTeams),
            "Shows the teams to who manages them.",
            settings,
        ),
    ]
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

impl Listing {
    fn query(&self) -> Result<TeamQuery> {
        Ok(TeamQuery {
            search: words::searched(&self.q),
            after: words::place::<TeamId>(&self.after)?,
            limit: PAGE,
        })
    }

    fn pager(&self, found: &TeamPage) -> Pager {
        let link = |after: &str| words::query(&[("q", &self.q), ("after", after)]);
        let last = found.teams.last().filter(|_| found.more);
        Pager {
            shown: format!("{} of {}", found.teams.len(), words::count(found.total, "team")),
            first: (!self.after.is_empty()).then(|| link("")),
            next: last.map(|last| link(&format!("{} {}", last.team.id, last.team.name_key))),
        }
    }
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let found = teams::page(visit.app(), visit.actor()?, org, &listing.query()?).await?;
    let (_, frame) = visit.org_frame(org, Place::Teams).await?;
    let may_create = Right::ManageTeams.granted_to(found.role);
    Ok(page(Teams {
        frame,
        pager: listing.pager(&found),
        rows: rows(org, &found),
        create: may_create.then(|| path(org) + "/teams/new"),
        query: listing.q,
    }))
}

async fn settings(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let found = teams::page(visit.app(), visit.actor()?, org, &listing.query()?).await?;
    Right::ManageTeams.require(found.role)?;
    let (_, frame) = visit.org_frame(org, Place::TeamSettings).await?;
    Ok(page(TeamSettings {
        frame,
        pager: listing.pager(&found),
        rows: rows(org, &found),
        create: path(org) + "/teams/new",
        query: listing.q,
    }))
}

fn rows(org: OrgId, found: &TeamPage) -> Vec<TeamRow> {
    let row = |listed: &ListedTeam| TeamRow {
        name: listed.team.name.to_string(),
        path: team_path(org, listed.team.id),
        members: words::grouped(listed.team.members),
        leads: led_by(&listed.leads),
        has_settings: listed.team.has_settings,
    };
    found.teams.iter().map(row).collect()
}

/// The leads' names; of many, the first three and how many others.
pub(super) fn led_by(leads: &[TeamLead]) -> String {
    let named: Vec<_> = leads.iter().take(3).map(|lead| lead.name.as_str()).collect();
    match leads.len().saturating_sub(3) {
        0 => named.join(", "),
        others => format!(
            "{} and {}",
            named.join(", "),
            words::count(others as u64, "other")
        ),
    }
}
