//! Who is invited.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tessera_app::invitations;
use tessera_domain::{EmailAddress, Error, InvitationState, Right, Role};
use tessera_ids::{InvitationId, OrgId, TeamId};
use tessera_store::InvitationRow;
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path};
use crate::routes::{Access, Route};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/invitations",
            Access::Member(Right::Invite),
            "Lists pending invitations.",
            pending,
        )
        .answers::<Invitations>(),
        Route::post(
            "/api/v1/orgs/{org}/invitations",
            Access::Member(Right::Invite),
            "Invites one person by mail.",
            invite,
        )
        .takes::<NewInvitation>()
        .answers_as::<Invited>(StatusCode::CREATED),
        Route::post(
            "/api/v1/orgs/{org}/invitations/{invitation}/resend",
            Access::Member(Right::Invite),
            "Sends an invitation again; the old link dies.",
            resend,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::delete(
            "/api/v1/orgs/{org}/invitations/{invitation}",
            Access::Member(Right::Invite),
            "Takes an invitation back.",
            revoke,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

/// Pending invitations.
#[derive(Debug, Serialize, ToSchema)]
struct Invitations {
    /// The invitations, the newest first.
    invitations: Vec<OneInvitation>,
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
    /// Who invited.
    invited_by: String,
    /// When it ends, while it is pending.
    expires_at: Option<Instant>,
}

impl From<InvitationRow> for OneInvitation {
    fn from(row: InvitationRow) -> Self {
        let invitation = row.invitation;
        let expires_at = match &invitation.state {
            InvitationState::Pending { expires_at, .. } => Some((*expires_at).into()),
            _ => None,
        };
        Self {
            id: invitation.id,
            email: invitation.email.to_string(),
            role: invitation.role,
            invited_by: row.invited_by_name.to_string(),
            expires_at,
        }
    }
}

async fn pending(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Invitations>> {
    let found = invitations::list(&site.app, &actor, org, None, 200).await?;
    Ok(Json(Invitations {
        invitations: found.invitations.into_iter().map(Into::into).collect(),
    }))
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    /// The address.
    email: String,
    /// `owner`, `admin`, `write` or `read`.
    #[schema(value_type = String)]
    role: Role,
    /// Teams to join at once, by id.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    teams: Vec<TeamId>,
}

/// The invitation that was made.
#[derive(Debug, Serialize, ToSchema)]
struct Invited {
    /// Its id.
    #[schema(value_type = String)]
    id: InvitationId,
}

async fn invite(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(wanted): extract::Json<NewInvitation>,
) -> Answer<(StatusCode, Json<Invited>)> {
    let email =
        EmailAddress::try_from(wanted.email).map_err(|error| Error::field("/email", error.to_string()))?;
    let offer = invitations::Offer {
        email,
        role: wanted.role,
        teams: wanted.teams,
    };
    let id = site
        .run(|app| async move { invitations::invite_one(&app, &actor, org, offer).await })
        .await?;
    Ok((StatusCode::CREATED, Json(Invited { id })))
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
