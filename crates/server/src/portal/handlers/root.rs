//! The front door: where an account goes first.

use axum::response::Response;
use tessera_app::{invitations, orgs};

use super::answer::{go, page};
use super::visit::{Visit, path};
use super::{assets, ending, pages, words};
use crate::http::Answer;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::get(
            "/",
            Access::SignedIn,
            "Leads to the account's organization, or to what it may do without one.",
            enter,
        ),
        Route::get(
            "/assets/{name}",
            Access::Public,
            "Gives a style sheet, script or picture.",
            assets::serve,
        ),
    ];
    routes.extend(gallery());
    routes
}

/// The page of all parts, whose samples only debug builds hold.
#[cfg(any(test, debug_assertions))]
fn gallery() -> Vec<Route> {
    let what = "Shows every part in every state.";
    vec![Route::get("/_parts", Access::Public, what, parts)]
}

#[cfg(not(any(test, debug_assertions)))]
fn gallery() -> Vec<Route> {
    Vec::new()
}

async fn enter(visit: Visit) -> Answer<Response> {
    let actor = visit.actor()?;
    let mine = orgs::mine(visit.app(), actor).await?;
    if let Some(org) = mine.first() {
        return Ok(go(&path(org.org)));
    }
    let now = visit.app().clock.now();
    let invited = invitations::mine(visit.app(), actor).await?;
    let waiting = |row: tessera_store::InvitationRow| pages::PendingInvitation {
        org_name: row.org_name.to_string(),
        role: row.invitation.role.title().to_owned(),
        inviter: row.invited_by_name.to_string(),
        href: format!("/invitations/mine/{}/{}", row.invitation.org, row.invitation.id),
        expires: words::expiry(&row.invitation.state, now),
    };
    Ok(page(pages::NoOrganization {
        frame: visit.frame().await?,
        may_create_org: orgs::may_create(visit.app(), actor).await?,
        invitations: invited.into_iter().map(waiting).collect(),
        restorable: ending::restorable(&visit).await?,
    }))
}

#[cfg(any(test, debug_assertions))]
async fn parts() -> Response {
    page(pages::samples::parts(super::view::Theme::System))
}
