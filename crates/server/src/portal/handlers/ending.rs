//! Deleting an organization in two steps, and bringing it back.

use std::time::Duration;

use axum::response::Response;
use tessera_app::orgs::{self, DeletedOrg};
use tessera_domain::{Error, Kind, Result, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::OrgContents;

use super::answer::{Refusal, again, go_refused, go_saying, page};
use super::pages::{ConfirmDeletion, DeleteOrganization, Restorable};
use super::view::{Input, Place};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let own = Access::Member(Right::DeleteOrg);
    vec![
        Route::get(
            "/o/{org}/delete",
            own,
            "Says what goes when the organization is deleted.",
            ask,
        ),
        Route::post("/o/{org}/delete", own, "Deletes the organization.", delete)
            .paced(Pace::Guessable)
            .takes_form(),
        Route::post(
            "/organizations/{org}/restore",
            Access::SignedIn,
            "Restores a deleted organization.",
            restore,
        )
        .takes_form(),
    ]
}

async fn ask(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(deletion_page(&visit, org).await?))
}

async fn deletion_page(visit: &Visit, org: OrgId) -> Result<DeleteOrganization> {
    let (_, frame) = visit.org_frame(org, Place::Settings).await?;
    let actor = visit.actor()?;
    let (name, goes) = orgs::what_goes(visit.app(), actor, org).await?;
    Ok(DeleteOrganization {
        frame,
        org_name: name.to_string(),
        goes: what_goes(&goes),
        name: Input::default(),
        password: actor.require_recent().is_err().then(Input::default),
        problem: None,
        action: path(org) + "/delete",
        back: path(org) + "/settings",
    })
}

fn what_goes(goes: &OrgContents) -> Vec<String> {
    let all = [
        (goes.members, "membership"),
        (goes.teams, "team"),
        (goes.devices, "device"),
        (goes.invitations, "pending invitation"),
        (goes.updates, "update"),
        (goes.revisions, "revision"),
    ];
    let mut lines: Vec<String> = all
        .iter()
        .map(|(number, thing)| words::count(*number, thing))
        .collect();
    if let Some(devices) = lines.get_mut(2) {
        devices.push_str(", which wipe the organization's settings and memory");
    }
    if let Some(revisions) = lines.last_mut() {
        revisions.push_str(" of the settings, the lists of websites among them");
    }
    lines
}

async fn delete(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::DeleteOrg).await?;
    let form = deletion_page(&visit, org).await?;
    match step(&visit, org, &fields).await {
        Ok(None) => Ok(page(ConfirmDeletion {
            frame: form.frame,
            org_name: form.org_name,
            goes: form.goes,
            action: form.action,
            back: form.back,
        })),
        Ok(Some(until)) => {
            let by = words::moment(until, visit.app().clock.now()).exact;
            let said = format!(
                "{} is deleted. You can restore it on your account page until {by}.",
                form.org_name
            );
            Ok(go_saying(&visit.site, "/", said))
        }
        Err(error) => refused(&visit, org, &fields, error).await,
    }
}

/// Checks name and password; the second time, with everything confirmed, deletes, and gives the end of the grace.
async fn step(visit: &Visit, org: OrgId, fields: &Fields) -> Result<Option<Timestamp>> {
    let typed = fields.get("name").to_owned();
    let (name, _) = orgs::what_goes(visit.app(), visit.actor()?, org).await?;
    orgs::check_name(&name, &typed)?;
    let actor = visit.recent(fields).await?;
    if fields.get("intent") != "delete" {
        return Ok(None);
    }
    visit
        .site
        .run(|app| async move { orgs::delete(&app, &actor, org, &typed).await })
        .await
        .map(Some)
}

async fn refused(visit: &Visit, org: OrgId, fields: &Fields, error: Error) -> Answer<Response> {
    let error = match error.kind {
        Kind::Unauthenticated => Error::field("/password", error.public.into_owned()),
        _ => error,
    };
    let refusal = Refusal::of(error)?;
    let form = deletion_page(visit, org).await?;
    let password = refusal.field("/password").map(|why| Input::refused("", why));
    let again_with = DeleteOrganization {
        name: refusal.input("/name", fields.get("name")),
        password: password.or(form.password),
        problem: refusal.problem(&["/name", "/password"]),
        ..form
    };
    Ok(again(&refusal, again_with))
}

async fn restore(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { orgs::restore(&app, &actor, org).await })
        .await
    {
        Ok(name) => {
            let said = format!("{name} is back, with its members, teams, settings and devices.");
            Ok(go_saying(&visit.site, &path(org), said))
        }
        Err(error) => go_refused(&visit.site, "/account", error),
    }
}

/// Days that have begun count whole, down to the last one, which counts in hours.
fn left(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 86_400.. => words::count(seconds.div_ceil(86_400), "day"),
        _ => words::span(time),
    }
}

/// What the reader owned, deleted and can still restore: for the account page and the page without an organization.
pub(super) async fn restorable(visit: &Visit) -> Result<Vec<Restorable>> {
    let now = visit.app().clock.now();
    let deleted = orgs::deleted(visit.app(), visit.actor()?).await?;
    let shown = |deleted: DeletedOrg| Restorable {
        name: deleted.name.to_string(),
        deleted: words::moment(deleted.deleted_at, now),
        left: left(deleted.until.since(now)),
        until: words::moment(deleted.until, now),
        action: format!("/organizations/{}/restore", deleted.org),
    };
    Ok(deleted.into_iter().map(shown).collect())
}
