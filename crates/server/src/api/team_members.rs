//! Who is in a team, and who leads it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::teams::{self, Placed};
use tessera_domain::address_list;
use tessera_domain::{Error, Right, Role};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{TeamMember, TeamMemberQuery};
use utoipa::ToSchema;

use super::teams::{PAGED, Page};
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::http::{Answer, limits};
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    let (lead, manage) = (
        Access::Member(Right::LeadTeam),
        Access::Member(Right::ManageTeams),
    );
    let members = "/api/v1/orgs/{org}/teams/{team}/members";
    let lead_path = "/api/v1/orgs/{org}/teams/{team}/leads/{member}";
    vec![
        Route::get(
            members,
            Access::Member(Right::SeeOrg),
            "Lists a team's members, by name.",
            list,
        )
        .says(PAGED)
        .answers::<TeamMembers>(),
        Route::post(
            members,
            lead,
            "Puts members into a team, by account or by address.",
            add,
        )
        .up_to(limits::PEOPLE)
        .takes::<People>()
        .answers::<Added>(),
        Route::post(
            "/api/v1/orgs/{org}/teams/{team}/members/remove",
            lead,
            "Takes members out of a team.",
            remove,
        )
        .up_to(limits::PEOPLE)
        .takes::<Accounts>()
        .answers::<Removed>(),
        Route::delete(
            "/api/v1/orgs/{org}/teams/{team}/members/{member}",
            lead,
            "Takes one member out of a team.",
            remove_one,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::put(lead_path, manage, "Makes a member of a team its lead.", make_lead)
            .answers_empty(StatusCode::NO_CONTENT),
        Route::delete(
            lead_path,
            manage,
            "Takes the lead away; they stay in the team.",
            end_lead,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// A page of a team's members.
#[derive(Debug, Serialize, ToSchema)]
struct TeamMembers {
    /// The members.
    members: Vec<OneTeamMember>,
    /// How many match, over all pages.
    total: u64,
    /// Ask with `after` at this text for the next page.
    next: Option<String>,
}

/// One member of a team.
#[derive(Debug, Serialize, ToSchema)]
struct OneTeamMember {
    /// The account.
    #[schema(value_type = String)]
    id: AccountId,
    /// What they are called.
    name: String,
    /// Their address.
    email: String,
    /// `owner`, `admin`, `write` or `read`.
    #[schema(value_type = String)]
    role: Role,
    /// Whether they lead the team.
    lead: bool,
}

impl From<TeamMember> for OneTeamMember {
    fn from(member: TeamMember) -> Self {
        Self {
            id: member.account,
            name: member.name.to_string(),
            email: member.email.to_string(),
            role: member.role,
            lead: member.lead,
        }
    }
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team)): Path<(OrgId, TeamId)>,
    Query(page): Query<Page>,
) -> Answer<Json<TeamMembers>> {
    let query = TeamMemberQuery {
        search: page.search(),
        after: page.place()?,
        limit: page.limit.unwrap_or(100),
    };
    let found = teams::members(&site.app, &actor, org, team, &query).await?;
    let last = found.members.last().filter(|_| found.more);
    let next = last.map(|last| format!("{} {}", last.account, last.name_key));
    Ok(Json(TeamMembers {
        total: found.total,
        members: found.members.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// Who is to be put into a team.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct People {
    /// Their accounts. Who is no member of the organization is passed over.
    #[schema(value_type = Vec<String>)]
    members: Vec<AccountId>,
    /// Their addresses; each gets a result.
    emails: Vec<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
struct Added {
    /// How many are in the team now who were not.
    added: u64,
    /// What became of each of `emails`, in their order.
    results: Vec<AddressResult>,
}

/// What became of one address.
#[derive(Debug, Serialize, ToSchema)]
struct AddressResult {
    /// The address, as it was sent.
    email: String,
    /// `added`, `already_in_team`, `no_member`, `duplicate` or `malformed`.
    result: &'static str,
    /// Why it is malformed.
    detail: Option<String>,
}

async fn add(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team)): Path<(OrgId, TeamId)>,
    extract::Json(people): extract::Json<People>,
) -> Answer<Json<Added>> {
    let People { members, emails } = people;
    let pasted = address_list::entries_of(&emails)?;
    let (by_account, placed) = site
        .run(|app| async move {
            let placed = teams::add_addresses(&app, &actor, org, team, &pasted).await?;
            let added = teams::add(&app, &actor, org, team, &members).await?;
            Ok((added, placed))
        })
        .await?;
    let by_address = placed.iter().filter(|placed| **placed == Placed::Added).count() as u64;
    Ok(Json(Added {
        added: by_account + by_address,
        results: emails.into_iter().zip(placed).map(result).collect(),
    }))
}

fn result((email, placed): (String, Placed)) -> AddressResult {
    let (result, detail) = match placed {
        Placed::Added => ("added", None),
        Placed::Inside => ("already_in_team", None),
        Placed::NoMember => ("no_member", None),
        Placed::Again => ("duplicate", None),
        Placed::Malformed(why) => ("malformed", Some(why)),
    };
    AddressResult {
        email,
        result,
        detail,
    }
}

/// Who is to be taken out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Accounts {
    /// Their accounts.
    #[schema(value_type = Vec<String>)]
    members: Vec<AccountId>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
struct Removed {
    /// How many were in the team.
    removed: u64,
}

async fn remove(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team)): Path<(OrgId, TeamId)>,
    extract::Json(who): extract::Json<Accounts>,
) -> Answer<Json<Removed>> {
    let removed = site
        .run(|app| async move { teams::remove(&app, &actor, org, team, &who.members).await })
        .await?;
    Ok(Json(Removed { removed }))
}

async fn remove_one(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team, who)): Path<(OrgId, TeamId, AccountId)>,
) -> Answer<StatusCode> {
    let removed = site
        .run(|app| async move { teams::remove(&app, &actor, org, team, &[who]).await })
        .await?;
    if removed == 0 {
        return Err(Error::not_found("member of the team").into());
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn make_lead(
    site: State<Site>,
    signed: Signed,
    path: Path<(OrgId, TeamId, AccountId)>,
) -> Answer<StatusCode> {
    set_lead(site, signed, path, true).await
}

async fn end_lead(
    site: State<Site>,
    signed: Signed,
    path: Path<(OrgId, TeamId, AccountId)>,
) -> Answer<StatusCode> {
    set_lead(site, signed, path, false).await
}

async fn set_lead(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, team, who)): Path<(OrgId, TeamId, AccountId)>,
    lead: bool,
) -> Answer<StatusCode> {
    site.run(|app| async move { teams::set_lead(&app, &actor, org, team, who, lead).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
