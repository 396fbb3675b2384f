//! The page behind an invitation's link. Opening it changes nothing; a button accepts.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tessera_app::invitations::{self, Fit, InvitationView, LinkState};
use tessera_app::{accounts, orgs};
use tessera_domain::{Error, Kind, Result, Role};
use tessera_ids::{InvitationId, OrgId, Timestamp};
use tessera_store::InvitationRow;

use super::answer::{go, go_saying, page};
use super::pages::{Invitation, InvitationState};
use super::view::Moment;
use super::visit::{Visit, path};
use super::{sign_in_address, words};
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let mine = "/invitations/mine/{org}/{invitation}";
    vec![
        Route::get(
            "/invitations/{token}",
            Access::Public,
            "Shows what an invitation offers.",
            open,
        ),
        Route::post(
            "/invitations/{token}",
            Access::SignedIn,
            "Accepts an invitation.",
            accept,
        )
        .takes_form(),
        Route::post(
            "/invitations/{token}/ask",
            Access::Public,
            "Asks for a new invitation.",
            ask_again,
        )
        .paced(Pace::Guessable)
        .takes_form(),
        Route::get(
            mine,
            Access::SignedIn,
            "Shows an invitation of one's own address.",
            open_mine,
        ),
        Route::post(
            mine,
            Access::SignedIn,
            "Accepts an invitation of one's own address.",
            accept_mine,
        )
        .takes_form(),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    asked: bool,
}

async fn open(
    visit: Visit,
    Path(token): Path<String>,
    Query(Asked { asked }): Query<Asked>,
) -> Answer<Response> {
    let found = match invitations::open(visit.app(), visit.caller.as_ref(), &token).await {
        Ok(found) => found,
        Err(error) if error.kind == Kind::NotFound => return unknown(&visit).await,
        Err(error) => return Err(error.into()),
    };
    let action = format!("/invitations/{token}");
    let state = state(&visit, &found, &token, asked).await?;
    let status = match state {
        InvitationState::Gone => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    };
    let shown = page(Invitation {
        frame: visit.frame().await?,
        org_name: found.org_name.to_string(),
        inviter: found.invited_by.to_string(),
        action,
        state,
    });
    Ok((status, shown).into_response())
}

/// What a link leads to that no invitation has: it was replaced by a newer one, or cut on its way.
async fn unknown(visit: &Visit) -> Answer<Response> {
    let shown = page(Invitation {
        frame: visit.frame().await?,
        org_name: String::new(),
        inviter: String::new(),
        action: String::new(),
        state: InvitationState::Unknown,
    });
    Ok((StatusCode::NOT_FOUND, shown).into_response())
}

async fn state(visit: &Visit, found: &InvitationView, token: &str, asked: bool) -> Result<InvitationState> {
    let now = visit.app().clock.now();
    let sign_in = sign_in_address(Some(&format!("/invitations/{token}")));
    let role = found.role;
    Ok(match &found.state {
        LinkState::Open(Fit::Yours) => ready(role, words::moment(found.ends_at, now)),
        LinkState::Open(Fit::Another { masked }) => InvitationState::WrongAccount {
            masked: masked.clone(),
            current: accounts::me(visit.app(), visit.actor()?).await?.email.to_string(),
        },
        LinkState::Open(Fit::SignIn { email }) => InvitationState::SignedOut {
            role: role.title().to_owned(),
            masked: email.masked(),
            sign_in,
            sign_up: None,
        },
        LinkState::Open(Fit::SignUp { email }) => InvitationState::SignedOut {
            role: role.title().to_owned(),
            masked: email.masked(),
            sign_in,
            sign_up: Some(format!("/sign-up?invitation={token}")),
        },
        LinkState::Expired => InvitationState::Expired {
            at: words::moment(found.ends_at, now),
            asked,
        },
        LinkState::Revoked => InvitationState::Revoked { asked },
        LinkState::Gone => InvitationState::Gone,
        LinkState::Accepted => InvitationState::Used {
            home: home(visit, found.org).await?,
        },
    })
}

fn ready(role: Role, expires: Moment) -> InvitationState {
    InvitationState::Ready {
        role: role.title().to_owned(),
        may: role.summary().to_owned(),
        expires,
    }
}

/// The organization's page, for who belongs to it.
async fn home(visit: &Visit, org: OrgId) -> Result<Option<String>> {
    let Some(actor) = &visit.caller else {
        return Ok(None);
    };
    let mine = orgs::mine(visit.app(), actor).await?;
    Ok(mine.iter().any(|known| known.org == org).then(|| path(org)))
}

async fn accept(visit: Visit, Path(token): Path<String>) -> Answer<Response> {
    let (actor, link) = (visit.owned()?, token.clone());
    let joined = visit
        .site
        .run(|app| async move { invitations::accept(&app, &actor, &link).await })
        .await;
    joined_answer(
        &visit,
        joined,
        || invited(&visit, &token),
        &format!("/invitations/{token}"),
    )
    .await
}

async fn invited(visit: &Visit, token: &str) -> Result<(String, String)> {
    let found = invitations::open(visit.app(), visit.caller.as_ref(), token).await?;
    Ok((found.org_name.to_string(), found.invited_by.to_string()))
}

/// Goes to the organization; where all its seats are taken, says so and keeps the link.
async fn joined_answer<F: Future<Output = Result<(String, String)>>>(
    visit: &Visit,
    joined: Result<OrgId>,
    names: impl FnOnce() -> F,
    action: &str,
) -> Answer<Response> {
    match joined {
        Ok(org) => Ok(go_saying(
            &visit.site,
            &path(org),
            "You have joined. Enrol your machine next.",
        )),
        Err(error) if is_full(&error) => {
            let (org_name, inviter) = names().await?;
            let (frame, action) = (visit.frame().await?, action.to_owned());
            Ok(page(Invitation {
                frame,
                org_name,
                inviter,
                action,
                state: InvitationState::NoSeat,
            }))
        }
        // The page says best what stands against it now.
        Err(error) if matches!(error.kind, Kind::Conflict | Kind::Forbidden | Kind::NotFound) => {
            Ok(go(action))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_full(error: &Error) -> bool {
    error
        .current
        .as_ref()
        .is_some_and(|current| current.get("seats").is_some())
}

async fn ask_again(visit: Visit, Path(token): Path<String>) -> Answer<Response> {
    let (visitor, link) = (visit.visitor(), token.clone());
    visit
        .site
        .run(|app| async move { invitations::ask_again(&app, &visitor, &link).await })
        .await?;
    Ok(go(&format!("/invitations/{token}?asked=true")))
}

async fn find_mine(visit: &Visit, org: OrgId, id: InvitationId) -> Result<InvitationRow> {
    let mine = invitations::mine(visit.app(), visit.actor()?).await?;
    let found = mine
        .into_iter()
        .find(|row| row.invitation.org == org && row.invitation.id == id);
    found.ok_or_else(|| {
        let told = "No such invitation waits for the address that you are signed in with. It may be for another \
                    address, or over.";
        Error::new(Kind::NotFound, told)
    })
}

async fn open_mine(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    let row = find_mine(&visit, org, id).await?;
    let now: Timestamp = visit.app().clock.now();
    Ok(page(Invitation {
        frame: visit.frame().await?,
        org_name: row.org_name.to_string(),
        inviter: row.invited_by_name.to_string(),
        action: format!("/invitations/mine/{org}/{id}"),
        state: ready(row.invitation.role, words::expiry(&row.invitation.state, now)),
    }))
}

async fn accept_mine(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    let actor = visit.owned()?;
    let joined = visit
        .site
        .run(|app| async move { invitations::accept_mine(&app, &actor, org, id).await })
        .await;
    let names = || async {
        let row = find_mine(&visit, org, id).await?;
        Ok((row.org_name.to_string(), row.invited_by_name.to_string()))
    };
    joined_answer(
        &visit,
        joined.map(|()| org),
        names,
        &format!("/invitations/mine/{org}/{id}"),
    )
    .await
}
