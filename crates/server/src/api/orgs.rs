//! Organizations: the caller's, what one says of itself, a new one, and a deleted one's return.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tessera_app::orgs::{self, DeletedOrg, OrgView, ProfileView};
use tessera_domain::{OrgName, Right, Role};
use tessera_ids::OrgId;
use tessera_store::OrgOfAccount;
use utoipa::ToSchema;

use super::Instant;
use super::invitations::Seats;
use super::org_profile::Profile;
use super::settings::etag;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{Json, Path};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs",
            Access::SignedIn,
            "Lists the caller's organizations, by name, and deleted ones that they can restore.",
            list,
        )
        .answers::<Orgs>(),
        Route::post(
            "/api/v1/orgs",
            Access::SignedIn,
            "Creates an organization that the caller owns.",
            create,
        )
        .paced(Pace::Guessable)
        .takes::<NewOrg>()
        .answers_as::<OneOrg>(StatusCode::CREATED),
        Route::get(
            "/api/v1/orgs/{org}",
            Access::Member(Right::SeeOrg),
            "Shows an organization; to owners and admins also what it says of itself.",
            show,
        )
        .answers::<Org>(),
        Route::post(
            "/api/v1/orgs/{org}/restore",
            Access::SignedIn,
            "Restores a deleted organization that the caller owns.",
            restore,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// The caller's organizations.
#[derive(Debug, Serialize, ToSchema)]
struct Orgs {
    /// Where the caller belongs.
    organizations: Vec<OneOrg>,
    /// Deleted ones that the caller owns and can still restore.
    deleted: Vec<GoneOrg>,
}

/// An organization as a member sees it.
#[derive(Debug, Serialize, ToSchema)]
struct OneOrg {
    /// Its id.
    #[schema(value_type = String)]
    id: OrgId,
    /// What it is called.
    name: String,
    /// What the caller is there: `owner`, `admin`, `write` or `read`.
    #[schema(value_type = String)]
    role: Role,
}

/// A deleted organization.
#[derive(Debug, Serialize, ToSchema)]
struct GoneOrg {
    /// Its id.
    #[schema(value_type = String)]
    id: OrgId,
    /// What it is called.
    name: String,
    /// When it was deleted.
    deleted_at: Instant,
    /// When its data goes for good.
    until: Instant,
}

/// One organization.
#[derive(Debug, Serialize, ToSchema)]
struct Org {
    /// Its id.
    #[schema(value_type = String)]
    id: OrgId,
    /// What it is called.
    name: String,
    /// What the caller is there.
    #[schema(value_type = String)]
    role: Role,
    /// The newest revision of its settings.
    revision: u64,
    /// How its seats stand.
    seats: Seats,
    /// What it says of itself; only to owners and admins.
    profile: Option<Profile>,
}

/// An organization to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrg {
    /// What it is called.
    name: String,
}

async fn list(State(site): State<Site>, Signed(actor): Signed) -> Answer<axum::Json<Orgs>> {
    let one = |org: OrgOfAccount| OneOrg {
        id: org.org,
        name: org.name.to_string(),
        role: org.role,
    };
    let gone = |org: DeletedOrg| GoneOrg {
        id: org.org,
        name: org.name.to_string(),
        deleted_at: org.deleted_at.into(),
        until: org.until.into(),
    };
    let mine = orgs::mine(&site.app, &actor).await?;
    let deleted = orgs::deleted(&site.app, &actor).await?;
    Ok(axum::Json(Orgs {
        organizations: mine.into_iter().map(one).collect(),
        deleted: deleted.into_iter().map(gone).collect(),
    }))
}

async fn create(
    State(site): State<Site>,
    Signed(actor): Signed,
    Json(new): Json<NewOrg>,
) -> Answer<Response> {
    let name: OrgName = new
        .name
        .parse()
        .map_err(|error: tessera_domain::text::TextError| error.at("/name"))?;
    let called = name.to_string();
    let id = site
        .run(|app| async move { orgs::create(&app, &actor, &name).await })
        .await?;
    let made = OneOrg {
        id,
        name: called,
        role: Role::Owner,
    };
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

async fn show(State(site): State<Site>, Signed(actor): Signed, Path(org): Path<OrgId>) -> Answer<Response> {
    let view = orgs::view(&site.app, &actor, org).await?;
    let profile = if Right::SeeSettings.granted_to(view.role) {
        Some(orgs::profile(&site.app, &actor, org).await?)
    } else {
        None
    };
    let tag = profile.as_ref().map(|profile| etag(profile.version));
    let body = axum::Json(one(&view, profile));
    Ok(match tag {
        Some(tag) => (tag, body).into_response(),
        None => body.into_response(),
    })
}

fn one(view: &OrgView, profile: Option<ProfileView>) -> Org {
    Org {
        id: view.id,
        name: view.name.to_string(),
        role: view.role,
        revision: view.revision,
        seats: view.seats.into(),
        profile: profile.map(Into::into),
    }
}

async fn restore(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<StatusCode> {
    site.run(|app| async move { orgs::restore(&app, &actor, org).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
