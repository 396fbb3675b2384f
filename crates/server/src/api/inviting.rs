//! Inviting one person or a list of them, and what a list would come to.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use tessera_app::Actor;
use tessera_app::invitations::{self, List, Offer};
use tessera_domain::people_import::{Counts, Preview, Row, Written};
use tessera_domain::{EmailAddress, Error, FieldError, Right, Role};
use tessera_ids::{InvitationId, OrgId};
use utoipa::ToSchema;

use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, CsvOrJson, Path};
use crate::http::limits;
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::Invite);
    vec![
        Route::post(
            "/api/v1/orgs/{org}/invitations",
            may,
            "Invites one person, or everybody of a list whom nothing stands against, by mail. One person is answered \
             with 201 and the invitation's id, a list with 200 and what became of each row.",
            invite,
        )
        .up_to(limits::INVITING)
        .takes::<NewInvitations>()
        .answers_as::<Invited>(StatusCode::CREATED),
        Route::post(
            "/api/v1/orgs/{org}/invitations/preview",
            may,
            "Says of every row of a CSV (`email,role[,teams]`, teams parted by `|`), or of a JSON list, what inviting \
             would come to. Changes nothing.",
            preview,
        )
        .up_to(limits::INVITING)
        .takes_raw("text/csv")
        .answers::<Previewed>(),
    ]
}

/// Whom to invite: one person, or a list of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum NewInvitations {
    /// A list, of at most 10,000.
    Many(Vec<NewInvitation>),
    /// One person.
    One(NewInvitation),
}

/// Reads one form or the other, so that what is wrong is said of that form alone.
impl<'de> Deserialize<'de> for NewInvitations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let read = if value.is_array() {
            serde_json::from_value(value).map(Self::Many)
        } else {
            serde_json::from_value(value).map(Self::One)
        };
        read.map_err(D::Error::custom)
    }
}

/// Whom to invite.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    /// The address.
    #[serde(default)]
    email: String,
    /// `owner`, `admin`, `write` or `read`, in any case.
    role: Option<String>,
    /// Teams to join at once, by id or name.
    #[serde(default)]
    teams: Vec<String>,
}

/// The invitation that was made.
#[derive(Debug, Serialize, ToSchema)]
struct Invited {
    /// Its id.
    #[schema(value_type = String)]
    id: InvitationId,
}

/// What became of a list.
#[derive(Debug, Serialize)]
struct SentList {
    /// Every row.
    rows: Vec<SentRow>,
    /// How many rows there are of each state.
    counts: Counts,
}

/// What became of a row.
#[derive(Debug, Serialize)]
struct SentRow {
    #[serde(flatten)]
    row: Row,
    /// The invitation that was made.
    id: Option<InvitationId>,
}

/// What every row of a list would come to.
#[derive(Debug, Serialize, ToSchema)]
struct Previewed {
    /// Every row: `line`, `input`, `state` (`ready`, `malformed`, `duplicate`, `invited`, `member`, `no_seat`), `reason`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Row>,
    /// How many rows there are of each state.
    #[schema(value_type = Object)]
    counts: Counts,
}

impl From<Preview> for Previewed {
    fn from(found: Preview) -> Self {
        Self {
            rows: found.rows,
            counts: found.counts,
        }
    }
}

fn list(people: Vec<NewInvitation>) -> List {
    let row = |(index, person): (usize, NewInvitation)| {
        Written::typed(
            index + 1,
            &person.email,
            person.role.as_deref().unwrap_or_default(),
            person.teams,
        )
    };
    List::Rows(people.into_iter().enumerate().map(row).collect())
}

async fn invite(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(wanted): extract::Json<NewInvitations>,
) -> Answer<Response> {
    let wanted = match wanted {
        NewInvitations::Many(people) => return invite_list(&site, actor, org, list(people)).await,
        NewInvitations::One(person) => person,
    };
    let offer = offer(&site, &actor, org, wanted).await?;
    let id = site
        .run(|app| async move { invitations::invite_one(&app, &actor, org, offer).await })
        .await?;
    Ok((StatusCode::CREATED, Json(Invited { id })).into_response())
}

async fn invite_list(site: &Site, actor: Actor, org: OrgId, list: List) -> Answer<Response> {
    let sent = site
        .run(|app| async move { invitations::invite_list(&app, &actor, org, list).await })
        .await?;
    let row = |(row, id)| SentRow { row, id };
    Ok(Json(SentList {
        rows: sent.rows.into_iter().map(row).collect(),
        counts: sent.counts,
    })
    .into_response())
}

async fn offer(site: &Site, actor: &Actor, org: OrgId, wanted: NewInvitation) -> Result<Offer, Error> {
    let mut wrong = Vec::new();
    let mut refuse = |pointer: &str, message: String| {
        wrong.push(FieldError {
            pointer: pointer.to_owned(),
            message,
        });
    };
    let email = wanted.email.parse::<EmailAddress>();
    let role = wanted.role.unwrap_or_default().parse::<Role>();
    if let Err(error) = &email {
        refuse("/email", error.to_string());
    }
    if let Err(error) = &role {
        refuse("/role", error.to_string());
    }
    match (email, role) {
        (Ok(email), Ok(role)) => Ok(Offer {
            email,
            role,
            teams: invitations::team_ids(&site.app, actor, org, &wanted.teams).await?,
        }),
        _ => Err(Error::invalid_fields(wrong)),
    }
}

async fn preview(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    body: CsvOrJson<Vec<NewInvitation>>,
) -> Answer<Json<Previewed>> {
    let list = match body {
        CsvOrJson::Csv(file) => List::Csv(file),
        CsvOrJson::Json(people) => list(people),
    };
    let found = invitations::preview(&site.app, &actor, org, list).await?;
    Ok(Json(found.into()))
}
