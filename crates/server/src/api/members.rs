//! Who belongs to an organization.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::members::{self, ListedMember};
use tessera_domain::{Error, Right, Role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::{MemberQuery, MemberSort};
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/members",
            Access::Member(Right::SeeOrg),
            "Lists members, by name.",
            list,
        )
        .says(&[
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
                name: "after",
                text: "The `next` of the page before.",
            },
            Say {
                place: "query",
                name: "limit",
                text: "How many, at most 200.",
            },
        ])
        .answers::<Members>(),
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
    ]
}

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
            devices_current: member.devices_current,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Page {
    q: Option<String>,
    role: Option<Role>,
    after: Option<String>,
    limit: Option<u64>,
}

impl Page {
    fn query(self) -> Result<MemberQuery, Error> {
        let unknown = || Error::invalid("`after` is not the `next` of a page.");
        let after = match self.after {
            Some(after) => {
                let (id, name) = after.split_once(' ').ok_or_else(unknown)?;
                Some((name.to_owned(), id.parse().map_err(|_| unknown())?))
            }
            None => None,
        };
        Ok(MemberQuery {
            search: self.q.filter(|text| !text.is_empty()),
            role: self.role,
            team: None,
            sort: MemberSort::Name(after),
            limit: self.limit.unwrap_or(100),
        })
    }
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(page): Query<Page>,
) -> Answer<Json<Members>> {
    let found = members::list(&site.app, &actor, org, &page.query()?).await?;
    let last = found.members.last().filter(|_| found.more);
    let next = last.map(|listed| format!("{} {}", listed.member.account, listed.member.name_key));
    Ok(Json(Members {
        total: found.total,
        members: found.members.into_iter().map(Into::into).collect(),
        next,
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

async fn remove(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, who)): Path<(OrgId, AccountId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { members::remove(&app, &actor, org, who).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
