//! The teams of an organization.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tessera_app::teams;
use tessera_domain::Right;
use tessera_ids::{OrgId, TeamId};
use tessera_store::Team;
use utoipa::ToSchema;

use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/teams",
            Access::Member(Right::SeeOrg),
            "Lists teams.",
            list_teams,
        )
        .answers::<Teams>(),
    ]
}

/// The teams of an organization.
#[derive(Debug, Serialize, ToSchema)]
struct Teams {
    /// The teams, by name.
    teams: Vec<OneTeam>,
}

/// One team.
#[derive(Debug, Serialize, ToSchema)]
struct OneTeam {
    /// Its id.
    #[schema(value_type = String)]
    id: TeamId,
    /// What it is called.
    name: String,
    /// How many members it has.
    members: u64,
    /// Whether it carries settings of its own.
    has_settings: bool,
}

impl From<Team> for OneTeam {
    fn from(team: Team) -> Self {
        Self {
            id: team.id,
            name: team.name.to_string(),
            members: team.members,
            has_settings: team.has_settings,
        }
    }
}

async fn list_teams(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Teams>> {
    let found = teams::list(&site.app, &actor, org).await?;
    Ok(Json(Teams {
        teams: found.into_iter().map(Into::into).collect(),
    }))
}
