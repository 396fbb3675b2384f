//! Who is invited, and how seats stand. Inviting itself is in [`super::inviting`].

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::invitations::{self, Alteration};
use tessera_domain::invitation::MailState;
use tessera_domain::seats::Ledger;
use tessera_domain::{Error, InvitationState, Right, Role};
use tessera_ids::{InvitationId, OrgId, TeamId, Timestamp};
use tessera_store::{InvitationQuery, InvitationRow};
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

/// Invitations on one page, unless fewer are asked for.
const PAGE: u64 = 100;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::Invite);
    vec![
        Route::get(
            "/api/v1/orgs/{org}/invitations",
            may,
            "Lists pending invitations.",
            pending,
        )
        .says(&[
            Say {
                place: "query",
                name: "q",
                text: "Only addresses that contain this.",
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
        .answers::<Invitations>(),
        Route::patch(
            "/api/v1/orgs/{org}/invitations/{invitation}",
            may,
            "Changes role or teams of a pending invitation; its link stays.",
            change,
        )
        .takes::<ChangedInvitation>()
        .answers::<OneInvitation>(),
        Route::post(
            "/api/v1/orgs/{org}/invitations/{invitation}/resend",
            may,
            "Sends an invitation again; the old link dies.",
            resend,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::delete(
            "/api/v1/orgs/{org}/invitations/{invitation}",
            may,
            "Takes an invitation back.",
            revoke,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::get(
            "/api/v1/orgs/{org}/seats",
            may,
            "Says how many seats are used, held and free.",
            seats,
        )
        .answers::<Seats>(),
    ]
}

/// Pending invitations.
#[derive(Debug, Serialize, ToSchema)]
struct Invitations {
    /// The invitations, the newest first.
    invitations: Vec<OneInvitation>,
    /// Ask with `after` at this for the next page; null on the last.
    next: Option<String>,
}

/// One pending invitation.
#[derive(Debug, Serialize, ToSchema)]
struct OneInvitation {
    /// Its id.
    #[schema(value_type = String)]
    id: InvitationId,
    /// The invited address.
    email: String,
    /// As what.
    #[schema(value_type = String)]
    role: Role,
    /// Into which teams.
    #[schema(value_type = Vec<String>)]
    teams: Vec<TeamId>,
    /// Who invited.
    invited_by: String,
    /// When it was first made.
    invited_at: Instant,
    /// `pending`, or `expired` when its time is over and it can be sent again.
    state: &'static str,
    /// When it ends, while it is pending.
    expires_at: Option<Instant>,
    /// What became of its mail, while it is pending: `sent`, `not_sent_yet` or `gave_up`.
    #[schema(value_type = Option<String>)]
    mail: Option<MailState>,
}

impl From<InvitationRow> for OneInvitation {
    fn from(row: InvitationRow) -> Self {
        let invitation = row.invitation;
        let (state, expires_at, mail) = match invitation.state {
            InvitationState::Pending { expires_at, mail } => ("pending", Some(expires_at.into()), Some(mail)),
            InvitationState::Expired { .. } => ("expired", None, None),
            InvitationState::Accepted { .. } => ("accepted", None, None),
            InvitationState::Revoked { .. } => ("revoked", None, None),
        };
        Self {
            id: invitation.id,
            email: invitation.email.to_string(),
            role: invitation.role,
            teams: invitation.teams,
            invited_by: row.invited_by_name.to_string(),
            invited_at: invitation.invited_at.into(),
            state,
            expires_at,
            mail,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    q: String,
    after: Option<String>,
    limit: Option<u64>,
}

async fn pending(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(page): Query<Page>,
) -> Answer<Json<Invitations>> {
    let wanted = InvitationQuery {
        search: Some(page.q).filter(|text| !text.trim().is_empty()),
        after: page.after.as_deref().map(place).transpose()?,
    };
    let limit = page.limit.unwrap_or(PAGE);
    let found = invitations::list(&site.app, &actor, org, &wanted, limit).await?;
    let last = found.invitations.last().filter(|_| found.more);
    Ok(Json(Invitations {
        next: last.map(|row| format!("{}.{}", row.invitation.id, row.invitation.invited_at.as_micros())),
        invitations: found.invitations.into_iter().map(Into::into).collect(),
    }))
}

fn place(text: &str) -> Result<(Timestamp, InvitationId), Error> {
    let read = || {
        let (id, at) = text.split_once('.')?;
        Some((Timestamp::from_micros(at.parse().ok()?), id.parse().ok()?))
    };
    read().ok_or_else(|| Error::field("/after", "This is not the `next` of another page."))
}

/// What is to be different.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedInvitation {
    /// Another role: `owner`, `admin`, `write` or `read`, in any case.
    role: Option<String>,
    /// Other teams, by id or name; all that there are to be.
    teams: Option<Vec<String>>,
}

async fn change(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, invitation)): Path<(OrgId, InvitationId)>,
    extract::Json(wanted): extract::Json<ChangedInvitation>,
) -> Answer<Json<OneInvitation>> {
    let role = wanted.role.as_deref().map(str::parse::<Role>).transpose();
    let teams = match wanted.teams {
        Some(names) => Some(invitations::team_ids(&site.app, &actor, org, &names).await?),
        None => None,
    };
    let wanted = Alteration {
        role: role.map_err(|error| Error::field("/role", error.to_string()))?,
        teams,
    };
    let row = site
        .run(|app| async move { invitations::change(&app, &actor, org, invitation, wanted).await })
        .await?;
    Ok(Json(row.into()))
}

async fn resend(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, invitation)): Path<(OrgId, InvitationId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { invitations::resend(&app, &actor, org, invitation).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, invitation)): Path<(OrgId, InvitationId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { invitations::revoke(&app, &actor, org, invitation).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How seats stand.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Seats {
    /// How many there are; null for as many as wanted.
    total: Option<u32>,
    /// Members.
    used: u32,
    /// Live invitations to addresses that are not members'.
    held: u32,
    /// How many more people can be invited; null for as many as wanted.
    free: Option<u32>,
}

impl From<Ledger> for Seats {
    fn from(ledger: Ledger) -> Self {
        Self {
            total: ledger.limit,
            used: ledger.used,
            held: ledger.held,
            free: ledger.free(),
        }
    }
}

async fn seats(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Seats>> {
    let ledger = invitations::seats(&site.app, &actor, org).await?;
    Ok(Json(ledger.into()))
}
