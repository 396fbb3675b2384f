//! Who the caller is: account, picture, organizations.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tessera_app::accounts::{self, ProfileEdit};
use tessera_app::{Actor, orgs, picture};
use tessera_domain::{Error, PersonName, Role, Zone};
use tessera_ids::{AccountId, OrgId};
use tessera_wire::Digest;
use utoipa::ToSchema;

use crate::http::caller::Signed;
use crate::http::extract::{self, Raw};
use crate::http::{Answer, limits};
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    vec![
        Route::get(
            "/api/v1/me",
            own,
            "Says who the caller is and where they belong.",
            show,
        )
        .answers::<Me>(),
        Route::patch(
            "/api/v1/me",
            own,
            "Changes what the caller is called, or their time zone. Address and password are changed on the account page only.",
            edit,
        )
        .takes::<EditMe>()
        .answers::<Me>(),
        Route::get(
            "/api/v1/me/avatar",
            own,
            "Gives the caller's picture as PNG; 404 without one.",
            avatar,
        )
        .answers_raw("image/png"),
        Route::put(
            "/api/v1/me/avatar",
            own,
            "Gives the caller another picture: PNG, JPEG, WebP or GIF, cut square, shrunk and kept as PNG.",
            set_avatar,
        )
        .up_to(limits::PICTURE)
        .takes_raw("application/octet-stream")
        .answers::<Avatar>(),
        Route::delete(
            "/api/v1/me/avatar",
            own,
            "Takes the caller's picture away.",
            remove_avatar,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// The account.
    #[schema(value_type = String)]
    id: AccountId,
    /// What they are called.
    name: String,
    /// Their address.
    email: String,
    /// Whether the address was proven.
    email_verified: bool,
    /// The address that waits for its link to be used.
    pending_email: Option<String>,
    /// The zone that times are shown in, by its name in the time zone database.
    zone: String,
    /// SHA-256 of the picture that `/api/v1/me/avatar` gives.
    #[schema(value_type = Option<String>)]
    avatar: Option<Digest>,
    /// Where they belong.
    organizations: Vec<Belonging>,
}

/// One membership of the caller.
#[derive(Debug, Serialize, ToSchema)]
struct Belonging {
    /// The organization.
    #[schema(value_type = String)]
    id: OrgId,
    /// What it is called.
    name: String,
    /// `owner`, `admin`, `write` or `read`.
    #[schema(value_type = String)]
    role: Role,
}

async fn show(State(site): State<Site>, Signed(actor): Signed) -> Answer<Json<Me>> {
    told(&site, &actor).await
}

async fn told(site: &Site, actor: &Actor) -> Answer<Json<Me>> {
    let account = accounts::me(&site.app, actor).await?;
    let orgs = orgs::mine(&site.app, actor).await?;
    let waiting = accounts::pending_email(&site.app, actor).await?;
    let pictures = picture::avatars(&site.app, &[account.id]).await?;
    let belonging = |org: tessera_store::OrgOfAccount| Belonging {
        id: org.org,
        name: org.name.to_string(),
        role: org.role,
    };
    Ok(Json(Me {
        id: account.id,
        name: account.name.to_string(),
        email: account.email.to_string(),
        email_verified: account.verified_at.is_some(),
        pending_email: waiting.map(|change| change.email.to_string()),
        zone: Zone::kept(&account.zone).to_string(),
        avatar: pictures.get(&account.id).copied(),
        organizations: orgs.into_iter().map(belonging).collect(),
    }))
}

/// What of the caller is to be another; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EditMe {
    /// What they are called.
    #[serde(default)]
    name: Option<String>,
    /// A zone of the time zone database, as `Europe/Rome`.
    #[serde(default)]
    zone: Option<String>,
}

async fn edit(
    State(site): State<Site>,
    Signed(actor): Signed,
    extract::Json(wanted): extract::Json<EditMe>,
) -> Answer<Json<Me>> {
    let name = wanted.name.map(PersonName::try_from).transpose();
    let zone = wanted.zone.map(|zone| zone.parse::<Zone>()).transpose();
    let wanted = ProfileEdit {
        name: name.map_err(|error| error.at("/name"))?,
        zone: zone.map_err(|error| Error::field("/zone", error.to_string()))?,
    };
    let editing = actor.clone();
    site.run(|app| async move { accounts::edit(&app, &editing, &wanted).await })
        .await?;
    told(&site, &actor).await
}

/// The picture that is kept.
#[derive(Debug, Serialize, ToSchema)]
struct Avatar {
    /// Its SHA-256.
    #[schema(value_type = String)]
    avatar: Digest,
}

async fn avatar(State(site): State<Site>, Signed(actor): Signed) -> Answer<Response> {
    let me = actor.account()?;
    let pictures = picture::avatars(&site.app, &[me]).await?;
    let digest = pictures.get(&me).ok_or_else(|| Error::not_found("picture"))?;
    let png = picture::avatar(&site.app, &actor, me, *digest).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

async fn set_avatar(
    State(site): State<Site>,
    Signed(actor): Signed,
    Raw(upload): Raw,
) -> Answer<Json<Avatar>> {
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        picture::set_avatar(&app, &actor, upload).await
    };
    let avatar = site.run(work).await?;
    Ok(Json(Avatar { avatar }))
}

async fn remove_avatar(State(site): State<Site>, Signed(actor): Signed) -> Answer<StatusCode> {
    site.run(|app| async move { picture::remove_avatar(&app, &actor).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
