//! What an organization says of itself, and its logo.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use tessera_app::orgs::{self, ProfileView};
use tessera_domain::{Error, OrgProfile, ProfileEdit, ProfileField, Right};
use tessera_ids::OrgId;
use utoipa::ToSchema;

use super::settings::{etag, expected};
use crate::http::caller::Signed;
use crate::http::extract::{Json, Path, Raw};
use crate::http::{Answer, limits};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
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
    ]
}

/// What an organization says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Profile {
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
