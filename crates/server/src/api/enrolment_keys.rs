//! Enrolment keys. A key is in one answer, the one that makes it, and in no other.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::enrollment_keys::{self, Draft};
use tessera_domain::{EnrollmentKeyState, Right};
use tessera_ids::{AccountId, EnrollmentKeyId, OrgId};
use tessera_store::EnrollmentKey;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path};
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageDevices);
    vec![
        Route::get(
            "/api/v1/orgs/{org}/enrolment-keys",
            may,
            "Lists the keys by which machines are enrolled, without what is secret of them.",
            list,
        )
        .answers::<Listed>(),
        Route::post(
            "/api/v1/orgs/{org}/enrolment-keys",
            may,
            "Makes an enrolment key. It is in this answer alone.",
            create,
        )
        .takes::<Body>()
        .answers_as::<Made>(StatusCode::CREATED),
        Route::get(
            "/api/v1/orgs/{org}/enrolment-keys/{enrolment_key}",
            may,
            "Gives one enrolment key, without what is secret of it.",
            one,
        )
        .answers::<OneKey>(),
        Route::post(
            "/api/v1/orgs/{org}/enrolment-keys/{enrolment_key}/revoke",
            may,
            "Revokes an enrolment key. The devices that it enrolled stay.",
            revoke,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
struct Body {
    /// At most 80 characters.
    #[serde(default)]
    name: String,
    /// Whom it enrols: `member`, `login` (whoever is logged in, at `domain`) or `told` (whom `tessera login
    /// --member` names).
    #[serde(default)]
    rule: String,
    /// With `member`: their account id or address.
    #[serde(default)]
    member: String,
    /// With `login`: the mail domain.
    #[serde(default)]
    domain: String,
    /// How many machines it may enrol: 1 to 10,000. 1 when left out.
    #[serde(default = "once")]
    max_uses: u64,
    /// For how many days it works: 1 to 365. 7 when left out.
    #[serde(default = "a_week")]
    days: u64,
}

const fn once() -> u64 {
    1
}

const fn a_week() -> u64 {
    7
}

/// An organization's keys, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct Listed {
    /// They.
    enrolment_keys: Vec<OneKey>,
}

/// A key that was made just now.
#[derive(Serialize, ToSchema)]
struct Made {
    /// The key itself. It is not shown again.
    key: String,
    /// What is known of it from now on.
    #[serde(flatten)]
    about: OneKey,
}

/// One key.
#[derive(Debug, Serialize, ToSchema)]
struct OneKey {
    /// Its id.
    #[schema(value_type = String)]
    id: EnrollmentKeyId,
    /// What it is called.
    name: String,
    /// What the key ends in.
    last_four: String,
    /// `usable`, `spent`, `expired` or `revoked`.
    state: String,
    /// `member`, `login` or `told`.
    rule: String,
    /// With `member`: whose machines it enrols.
    #[schema(value_type = Option<String>)]
    member: Option<AccountId>,
    /// With `login`: the mail domain.
    domain: Option<String>,
    /// How many machines it may enrol.
    max_uses: u64,
    /// How many it enrolled.
    uses: u64,
    /// How many are left.
    left: u64,
    /// When it was made.
    created_at: Instant,
    /// Who made it.
    created_by: String,
    /// When it stops working.
    expires_at: Instant,
    /// When it last enrolled a machine.
    used_at: Option<Instant>,
    /// When it was revoked.
    revoked_at: Option<Instant>,
    /// Who revoked it.
    revoked_by: Option<String>,
}

impl From<(EnrollmentKey, EnrollmentKeyState)> for OneKey {
    fn from((key, state): (EnrollmentKey, EnrollmentKeyState)) -> Self {
        Self {
            id: key.id,
            name: key.name.to_string(),
            last_four: key.last_four,
            state: state.to_string(),
            rule: key.rule.to_string(),
            member: key.account,
            domain: key.domain.map(String::from),
            max_uses: key.max_uses,
            uses: key.uses,
            left: key.max_uses.saturating_sub(key.uses),
            created_at: key.created_at.into(),
            created_by: key.created_by_name.to_string(),
            expires_at: key.expires_at.into(),
            used_at: key.used_at.map(Into::into),
            revoked_at: key.revoked_at.map(Into::into),
            revoked_by: key.revoked_by_name.map(String::from),
        }
    }
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Listed>> {
    let keys = enrollment_keys::list(&site.app, &actor, org).await?;
    Ok(Json(Listed {
        enrolment_keys: keys.into_iter().map(Into::into).collect(),
    }))
}

async fn create(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(body): extract::Json<Body>,
) -> Answer<(StatusCode, Json<Made>)> {
    let draft = Draft {
        name: body.name,
        rule: body.rule,
        member: body.member,
        domain: body.domain,
        max_uses: body.max_uses,
        days: body.days,
    };
    let (row, secret) = site
        .run(|app| async move { enrollment_keys::create(&app, &actor, org, draft).await })
        .await?;
    let made = Made {
        key: secret.reveal().to_owned(),
        about: (row, EnrollmentKeyState::Usable).into(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

async fn one(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, EnrollmentKeyId)>,
) -> Answer<Json<OneKey>> {
    let found = enrollment_keys::one(&site.app, &actor, org, id).await?;
    Ok(Json(found.into()))
}

async fn revoke(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, EnrollmentKeyId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { enrollment_keys::revoke(&app, &actor, org, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
