//! The teams of an organization.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::teams::{self, ListedTeam};
use tessera_domain::{Error, Right, TeamName};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::TeamQuery;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

/// How every list of teams and of their members is asked for.
pub(super) const PAGED: &[Say] = &[
    Say {
        place: "query",
        name: "q",
        text: "Only those whose name (or address) contains this.",
    },
    Say {
        place: "query",
        name: "after",
        text: "The `next` of the page before.",
    },
    Say {
        place: "query",
        name: "limit",
        text: "How many, at most 200.",
    },
];

pub(super) fn routes() -> Vec<Route> {
    let (see, manage) = (Access::Member(Right::SeeOrg), Access::Member(Right::ManageTeams));
    let team = "/api/v1/orgs/{org}/teams/{team}";
    vec![
        Route::get("/api/v1/orgs/{org}/teams", see, "Lists teams, by name.", list)
            .says(PAGED)
            .answers::<Teams>(),
        Route::post("/api/v1/orgs/{org}/teams", manage, "Creates a team.", create)
            .takes::<TeamBody>()
            .answers_as::<OneTeam>(StatusCode::CREATED),
        Route::get(team, see, "Reads a team.", read).answers::<OneTeam>(),
        Route::patch(team, manage, "Renames a team.", rename)
            .takes::<TeamBody>()
            .answers::<OneTeam>(),
        Route::delete(
            team,
            manage,
            "Deletes a team, its settings and its updates; its members stay in the organization.",
            delete,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// A page of teams.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the contract with scripts"
)]
struct Teams {
    /// The teams.
    teams: Vec<OneTeam>,
    /// How many match, over all pages.
    total: u64,
    /// Ask with `after` at this text for the next page.
    next: Option<String>,
}

/// One team.
#[derive(Debug, Serialize, ToSchema)]
struct OneTeam {
    /// Its id.
    #[schema(value_type = String)]
    id: TeamId,
    /// What it is called.
    name: String,
    /// Since when it is there.
    created_at: Instant,
    /// How many members it has.
    members: u64,
    /// Whether it carries settings of its own.
    has_settings: bool,
    /// The accounts that lead it, by name.
    #[schema(value_type = Vec<String>)]
    leads: Vec<AccountId>,
}

impl From<ListedTeam> for OneTeam {
    fn from(listed: ListedTeam) -> Self {
        let team = listed.team;
        Self {
            id: team.id,
            name: team.name.to_string(),
            created_at: team.created_at.into(),
            members: team.members,
            has_settings: team.has_settings,
            leads: listed.leads.into_iter().map(|lead| lead.account).collect(),
        }
    }
}

/// Which page of a list is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// Somewhere in the name or address.
    pub(super) q: Option<String>,
    /// The `next` of the page before.
    pub(super) after: Option<String>,
    /// How many.
    pub(super) limit: Option<u64>,
}

impl Page {
    /// What is searched for, if anything.
    pub(super) fn search(&self) -> Option<String> {
        self.q.clone().filter(|text| !text.is_empty())
    }

    /// Where the page begins.
    pub(super) fn place<I: std::str::FromStr>(&self) -> Result<Option<(String, I)>, Error> {
        let Some(after) = self.after.as_deref() else {
            return Ok(None);
        };
        let parts = after.split_once(' ');
        parts
            .and_then(|(id, key)| Some((key.to_owned(), id.parse().ok()?)))
            .map(Some)
            .ok_or_else(|| Error::invalid("`after` is not the `next` of a page."))
    }
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(page): Query<Page>,
) -> Answer<Json<Teams>> {
    let query = TeamQuery {
        search: page.search(),
        after: page.place()?,
        limit: page.limit.unwrap_or(100),
    };
    let found = teams::page(&site.app, &actor, org, &query).await?;
    let last = found.teams.last().filter(|_| found.more);
    let next = last.map(|last| format!("{} {}", last.team.id, last.team.name_key));
    Ok(Json(Teams {
        total: found.total,
        teams: found.teams.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// What a team is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamBody {
    /// At most 60 characters, and another name than every other team's.
    name: String,
}

impl TeamBody {
    fn name(self) -> Result<TeamName, Error> {
        TeamName::try_from(self.name).map_err(|error| Error::field("/name", error.to_string()))
    }
}

async fn create(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(new): extract::Json<TeamBody>,
) -> Answer<(StatusCode, Json<OneTeam>)> {
    let name = new.name()?;
    let team = site
        .run(|app| async move {
            let id = teams::create(&app, &actor, org, &name).await?;
            teams::view(&app, &actor, org, id).await
        })
        .await?;
    Ok((StatusCode::CREATED, Json(team.listed().into())))
}

async fn read(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team)): Path<(OrgId, TeamId)>,
) -> Answer<Json<OneTeam>> {
    let found = teams::view(&site.app, &actor, org, team).await?;
    Ok(Json(found.listed().into()))
}

async fn rename(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team)): Path<(OrgId, TeamId)>,
    extract::Json(new): extract::Json<TeamBody>,
) -> Answer<Json<OneTeam>> {
    let name = new.name()?;
    let renamed = site
        .run(|app| async move {
            teams::rename(&app, &actor, org, team, &name).await?;
            teams::view(&app, &actor, org, team).await
        })
        .await?;
    Ok(Json(renamed.listed().into()))
}

async fn delete(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team)): Path<(OrgId, TeamId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { teams::delete(&app, &actor, org, team).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
