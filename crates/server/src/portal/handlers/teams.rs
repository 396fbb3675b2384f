//! Teams, as a list.

use axum::response::Response;
use tessera_app::teams;
use tessera_domain::{Result, Right};
use tessera_ids::{OrgId, TeamId};

use super::answer::page;
use super::pages::{TeamRow, Teams};
use super::view::Place;
use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};

/// Members of a team that are looked through for its leads.
const LOOKED_AT: u64 = 200;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/o/{org}/teams",
        Access::Member(Right::SeeOrg),
        "Shows the teams.",
        list,
    )]
}

async fn list(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let found = teams::list(visit.app(), visit.actor()?, org).await?;
    let (_, frame) = visit.org_frame(org, Place::Teams).await?;
    let mut rows = Vec::with_capacity(found.len());
    for team in found {
        rows.push(TeamRow {
            name: team.name.to_string(),
            members: team.members,
            leads: leads(&visit, org, team.id).await?,
            has_settings: team.has_settings,
        });
    }
    Ok(page(Teams { frame, rows }))
}

async fn leads(visit: &Visit, org: OrgId, team: TeamId) -> Result<String> {
    let members = teams::members(visit.app(), visit.actor()?, org, team, None, LOOKED_AT).await?;
    let leads = members
        .iter()
        .filter(|member| member.lead)
        .map(|member| member.name.to_string());
    Ok(leads.collect::<Vec<_>>().join(", "))
}
