//! The front door: where an account goes first, and how it founds an organization.

use axum::response::Response;
use tessera_app::{invitations, orgs};
use tessera_domain::{Error, OrgName};

use super::answer::{Reading, Refusal, again, go, go_saying, page};
use super::view::Input;
use super::visit::{Visit, path};
use super::{assets, pages, words};
use crate::http::Answer;
use crate::http::extract::Fields;
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
            "/organizations/new",
            Access::SignedIn,
            "Asks for an organization's name.",
            ask,
        ),
        Route::post(
            "/organizations/new",
            Access::SignedIn,
            "Founds an organization.",
            found,
        )
        .takes_form(),
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
    }))
}

async fn ask(visit: Visit) -> Answer<Response> {
    if !orgs::may_create(visit.app(), visit.actor()?).await? {
        return Err(
            Error::forbidden("Only operators, and whom they named, create organizations here.").into(),
        );
    }
    Ok(page(form(&visit, Input::default()).await?))
}

async fn form(visit: &Visit, name: Input) -> Answer<pages::CreateOrganization> {
    let seats = visit.app().config.default_seats;
    let seats = seats.map_or_else(
        || "unlimited seats".to_owned(),
        |seats| words::count(seats, "seat"),
    );
    Ok(pages::CreateOrganization {
        frame: visit.frame().await?,
        name,
        seats,
    })
}

async fn found(visit: Visit, fields: Fields) -> Answer<Response> {
    match create(&visit, &fields).await {
        Ok(org) => Ok(go_saying(
            &visit.site,
            &path(org),
            "Your organization is there. Invite people next.",
        )),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let name = refusal.input("/name", fields.get("name"));
            Ok(again(&refusal, form(&visit, name).await?))
        }
    }
}

async fn create(visit: &Visit, fields: &Fields) -> tessera_domain::Result<tessera_ids::OrgId> {
    let mut reading = Reading::default();
    let Some(name) = reading.take("/name", fields.get("name").parse::<OrgName>()) else {
        return Err(reading.error());
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { orgs::create(&app, &actor, &name).await })
        .await
}

#[cfg(any(test, debug_assertions))]
async fn parts() -> Response {
    page(pages::samples::parts(super::view::Theme::System))
}
