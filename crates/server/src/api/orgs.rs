//! Organizations: the caller's, what one says of itself, a new one, and a deleted one's return.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use tessera_app::orgs::{self, DeletedOrg, OrgView, ProfileView};
use tessera_domain::{Error, OrgName, OrgProfile, ProfileEdit, ProfileField, Right, Role};
use tessera_ids::OrgId;
use tessera_store::OrgOfAccount;
use utoipa::ToSchema;

use super::Instant;
use super::settings::{etag, expected};
use crate::http::caller::Signed;
use crate::http::extract::{Json, Path, Raw};
use crate::http::pace::Pace;
use crate::http::{Answer, limits};
use crate::routes::{Access, Route, Say};
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
        Route::patch(
            "/api/v1/orgs/{org}",
            Access::Member(Right::ChangeSettings),
            "Changes what an organization says of itself.",
            change,
        )
        .says(&[Say {
            place: "header",
            name: "If-Match",
            text: "The version that the change was made of; another one is refused with 409.",
        }])
        .takes::<Patch>()
        .answers::<Profile>(),
        Route::put(
            "/api/v1/orgs/{org}/logo",
            Access::Member(Right::ChangeSettings),
            "Puts up the logo: the body is a PNG, JPEG, WebP or GIF, whose middle is kept as a square.",
            put_logo,
        )
        .up_to(limits::PICTURE)
        .takes_raw("application/octet-stream")
        .answers_empty(StatusCode::NO_CONTENT),
        Route::delete(
            "/api/v1/orgs/{org}/logo",
            Access::Member(Right::ChangeSettings),
            "Takes the logo down.",
            delete_logo,
        )
        .answers_empty(StatusCode::NO_CONTENT),
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

/// How seats stand.
#[derive(Debug, Serialize, ToSchema)]
struct Seats {
    /// How many there are; null for no limit.
    limit: Option<u32>,
    /// Members.
    used: u32,
    /// Held by invitations.
    held: u32,
}

/// What an organization says of itself.
#[derive(Debug, Serialize, ToSchema)]
struct Profile {
    /// Counts its changes; also the entity tag.
    version: u64,
    /// The fields.
    #[serde(flatten)]
    #[schema(inline)]
    fields: ProfileFields,
}

/// The fields of a profile; null where nothing is said.
#[derive(Debug, Serialize, ToSchema)]
struct ProfileFields {
    /// What it is called.
    name: String,
    /// Whom to ask for.
    contact_name: Option<String>,
    /// Where to write to.
    contact_email: Option<String>,
    /// Where to call.
    phone: Option<String>,
    /// Two letters of ISO 3166-1.
    country: Option<String>,
    /// Street and number.
    street: Option<String>,
    /// The town.
    city: Option<String>,
    /// The code of ISO 3166-2 where the country has states, else free text.
    state: Option<String>,
    /// The postal code.
    postal_code: Option<String>,
}

impl From<OrgProfile> for ProfileFields {
    fn from(profile: OrgProfile) -> Self {
        let said = |field| Some(profile.text(field)).filter(|text| !text.is_empty());
        Self {
            name: profile.name.to_string(),
            contact_name: said(ProfileField::ContactName),
            contact_email: said(ProfileField::ContactEmail),
            phone: said(ProfileField::Phone),
            country: said(ProfileField::Country),
            street: said(ProfileField::Street),
            city: said(ProfileField::City),
            state: said(ProfileField::State),
            postal_code: said(ProfileField::PostalCode),
        }
    }
}

impl From<ProfileView> for Profile {
    fn from(view: ProfileView) -> Self {
        Self {
            version: view.version,
            fields: view.profile.into(),
        }
    }
}

/// A field of a patch: left out, it stays; null or an empty text takes the value away.
#[derive(Debug, Default)]
struct Edit(Option<String>);

impl<'de> Deserialize<'de> for Edit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(Self(Some(text.unwrap_or_default())))
    }
}

/// Fields to change; what is left out stays, and null takes a value away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    /// What it is called; cannot be taken away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    name: Edit,
    /// Whom to ask for.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    contact_name: Edit,
    /// Where to write to.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    contact_email: Edit,
    /// Where to call.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: Edit,
    /// Two letters of ISO 3166-1.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    country: Edit,
    /// Street and number.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    street: Edit,
    /// The town.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    city: Edit,
    /// A state of the country, by code or name; free text where it lists none. A new country takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    state: Edit,
    /// The postal code.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    postal_code: Edit,
}

impl From<Patch> for ProfileEdit {
    fn from(patch: Patch) -> Self {
        let fields = [
            (ProfileField::Name, patch.name),
            (ProfileField::ContactName, patch.contact_name),
            (ProfileField::ContactEmail, patch.contact_email),
            (ProfileField::Phone, patch.phone),
            (ProfileField::Country, patch.country),
            (ProfileField::Street, patch.street),
            (ProfileField::City, patch.city),
            (ProfileField::State, patch.state),
            (ProfileField::PostalCode, patch.postal_code),
        ];
        let said = fields.into_iter();
        said.filter_map(|(field, Edit(text))| Some((field, text?)))
            .collect()
    }
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
        seats: Seats {
            limit: view.seats.limit,
            used: view.seats.used,
            held: view.seats.held,
        },
        profile: profile.map(Into::into),
    }
}

async fn change(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    headers: HeaderMap,
    Json(patch): Json<Patch>,
) -> Answer<Response> {
    let (base, edit): (_, ProfileEdit) = (expected(&headers)?, patch.into());
    if edit.is_empty() {
        return Err(Error::invalid("Name at least one field to change.").into());
    }
    let changed = site
        .run(|app| async move { orgs::change_profile(&app, &actor, org, base, &edit).await })
        .await?;
    Ok((etag(changed.version), axum::Json(Profile::from(changed))).into_response())
}

async fn put_logo(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Raw(picture): Raw,
) -> Answer<StatusCode> {
    site.run(|app| async move { orgs::set_logo(&app, &actor, org, picture).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_logo(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<StatusCode> {
    site.run(|app| async move { orgs::remove_logo(&app, &actor, org).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
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
