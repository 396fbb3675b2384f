//! Who belongs to an organization.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::members::{self, ListedMember, MemberEdit};
use tessera_domain::{Error, Right, Role};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::TeamOfAccount;
use utoipa::ToSchema;

use super::{Instant, MemberList};
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route, Say};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/members",
            Access::Member(Right::SeeOrg),
            "Lists members.",
            list,
        )
        .says(ASKED)
        .answers::<Members>(),
        Route::patch(
            "/api/v1/orgs/{org}/members",
            Access::Member(Right::ChangeRoles),
            "Changes roles and teams of many members at once: every change, or none.",
            change_many,
        )
        .up_to(limits::MANY_MEMBERS)
        .takes::<ManyChanges>()
        .answers::<Changed>(),
        Route::get(
            "/api/v1/orgs/{org}/members/{member}",
            Access::Member(Right::SeeOrg),
            "Shows a member.",
            one,
        )
        .answers::<MemberDetails>(),
        Route::patch(
            "/api/v1/orgs/{org}/members/{member}",
            Access::Member(Right::ChangeRoles),
            "Gives a member another role.",
            change_role,
        )
        .takes::<NewRole>()
        .answers_empty(StatusCode::NO_CONTENT),
        Route::delete(
            "/api/v1/orgs/{org}/members/{member}",
            Access::Member(Right::RemoveMembers),
            "Removes a member; their devices wipe.",
            remove,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/members/{member}/sign-out",
            Access::Member(Right::RemoveMembers),
            "Signs a member out everywhere; their devices stay enrolled.",
            sign_out,
        )
        .answers::<SignedOut>(),
    ]
}

const ASKED: &[Say] = &[
    Say {
        place: "query",
        name: "q",
        text: "Only members whose name or address contains this.",
    },
    Say {
        place: "query",
        name: "role",
        text: "Only members with this role.",
    },
    Say {
        place: "query",
        name: "team",
        text: "Only members of this team, by its id.",
    },
    Say {
        place: "query",
        name: "device",
        text: "Only members whose devices are all `current`, some `behind`, some `failing`, or who have `none`.",
    },
    Say {
        place: "query",
        name: "sort",
        text: "`name` (the default), `joined` (the last first) or `role` (owners first).",
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

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the contract with scripts"
)]
struct Members {
    /// The members.
    members: Vec<OneMember>,
    /// How many match, over all pages.
    total: u64,
    /// Ask with `after` at this text for the next page.
    next: Option<String>,
}

/// One member.
#[derive(Debug, Serialize, ToSchema)]
struct OneMember {
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
    /// Since when.
    joined_at: Instant,
    /// The names of their teams.
    teams: Vec<String>,
    /// Their active devices.
    devices: u64,
    /// Those of them that have the newest settings.
    devices_current: u64,
    /// How they stand: `current`, `behind`, `failing` or `none`, as the worst of them does.
    device: &'static str,
}

/// A member by themselves.
#[derive(Debug, Serialize, ToSchema)]
struct MemberDetails {
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
    /// Since when.
    joined_at: Instant,
    /// Their teams, by name.
    teams: Vec<OneTeamOf>,
}

/// A team that somebody is in.
#[derive(Debug, Serialize, ToSchema)]
struct OneTeamOf {
    /// Its id.
    #[schema(value_type = String)]
    id: TeamId,
    /// What it is called.
    name: String,
    /// Whether they lead it.
    lead: bool,
}

impl From<TeamOfAccount> for OneTeamOf {
    fn from(team: TeamOfAccount) -> Self {
        Self {
            id: team.team,
            name: team.name.to_string(),
            lead: team.lead,
        }
    }
}

impl From<ListedMember> for OneMember {
    fn from(listed: ListedMember) -> Self {
        let member = listed.member;
        Self {
            id: member.account,
            name: member.name.to_string(),
            email: member.email.to_string(),
            role: member.role,
            joined_at: member.joined_at.into(),
            teams: listed
                .teams
                .into_iter()
                .map(|team| team.name.to_string())
                .collect(),
            devices: member.devices,
            device: member.standing().as_str(),
            devices_current: member.devices_current,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(flatten)]
    list: MemberList,
    /// Query parameters under `flatten` are read as text.
    limit: Option<String>,
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(asked): Query<Asked>,
) -> Answer<Json<Members>> {
    let limit = asked.limit.as_deref().map(str::parse).transpose();
    let limit = limit.map_err(|_| Error::field("/limit", "Give a number."))?;
    let query = asked.list.query(limit.unwrap_or(100))?;
    let found = members::list(&site.app, &actor, org, &query).await?;
    let last = found.members.last().filter(|_| found.more);
    Ok(Json(Members {
        total: found.total,
        next: last.map(|listed| asked.list.next(&listed.member)),
        members: found.members.into_iter().map(Into::into).collect(),
    }))
}

async fn one(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, who)): Path<(OrgId, AccountId)>,
) -> Answer<Json<MemberDetails>> {
    let found = members::member(&site.app, &actor, org, who).await?;
    Ok(Json(MemberDetails {
        id: found.account,
        name: found.name.to_string(),
        email: found.email.to_string(),
        role: found.role,
        joined_at: found.joined_at.into(),
        teams: found.teams.into_iter().map(Into::into).collect(),
    }))
}

/// Another role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    /// `owner`, `admin`, `write` or `read`.
    #[schema(value_type = String)]
    role: Role,
}

async fn change_role(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, who)): Path<(OrgId, AccountId)>,
    extract::Json(new): extract::Json<NewRole>,
) -> Answer<StatusCode> {
    site.run(|app| async move { members::change_role(&app, &actor, org, who, new.role).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes of several members. All are made, or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberChanges)]
struct ManyChanges {
    /// What becomes of each; nobody twice, 10,000 at most.
    members: Vec<OneChange>,
}

/// What becomes of one member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberChange)]
struct OneChange {
    /// The account.
    #[schema(value_type = String)]
    id: AccountId,
    /// Another role.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// The role that you saw. When it is another by now, nothing is changed and the answer is 409.
    #[schema(value_type = Option<String>)]
    was: Option<Role>,
    /// Teams to be in, by id.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    join: Vec<TeamId>,
    /// Teams to be in no longer, by id.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    leave: Vec<TeamId>,
}

impl From<OneChange> for MemberEdit {
    fn from(change: OneChange) -> Self {
        Self {
            member: change.id,
            was: change.was,
            role: change.role,
            join: change.join,
            leave: change.leave,
        }
    }
}

/// What was changed.
#[derive(Debug, Serialize, ToSchema)]
struct Changed {
    /// Members who have another role.
    roles: u64,
    /// Places in teams that were taken or left.
    places: u64,
}

async fn change_many(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(wanted): extract::Json<ManyChanges>,
) -> Answer<Json<Changed>> {
    let edits: Vec<MemberEdit> = wanted.members.into_iter().map(Into::into).collect();
    let done = site
        .run(|app| async move { members::apply(&app, &actor, org, &edits).await })
        .await?;
    Ok(Json(Changed {
        roles: done.roles,
        places: done.places,
    }))
}

/// What a member was signed out of.
#[derive(Debug, Serialize, ToSchema)]
struct SignedOut {
    /// How many browsers.
    sessions: u64,
    /// How many access tokens ended; null where they were left, since the account belongs elsewhere too.
    tokens: Option<u64>,
}

async fn sign_out(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, who)): Path<(OrgId, AccountId)>,
) -> Answer<Json<SignedOut>> {
    let done = site
        .run(|app| async move { members::sign_out(&app, &actor, org, who).await })
        .await?;
    Ok(Json(SignedOut {
        sessions: done.sessions,
        tokens: done.tokens,
    }))
}

async fn remove(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, who)): Path<(OrgId, AccountId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { members::remove(&app, &actor, org, who).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
