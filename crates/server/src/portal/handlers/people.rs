//! Taking somebody out of an organization, and leaving it.

use axum::response::Response;
use tessera_app::members::{self, MemberView};
use tessera_domain::{Error, Result, Right, role};
use tessera_ids::{AccountId, OrgId};

use super::answer::{Refusal, again, go_refused, go_saying, page};
use super::pages::ConfirmRemoval;
use super::view::Place;
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::RemoveMembers);
    vec![
        Route::get(
            "/o/{org}/members/{account}/remove",
            may,
            "Asks before a member is removed.",
            ask,
        ),
        Route::post(
            "/o/{org}/members/{account}/remove",
            may,
            "Removes a member.",
            remove,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/leave",
            Access::Member(Right::Leave),
            "Leaves the organization.",
            leave,
        )
        .takes_form(),
    ]
}

async fn ask(visit: Visit, Path((org, who)): Path<(OrgId, AccountId)>) -> Answer<Response> {
    Ok(page(removal_page(&visit, org, who).await?.0))
}

async fn removal_page(visit: &Visit, org: OrgId, who: AccountId) -> Result<(ConfirmRemoval, MemberView)> {
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    Right::RemoveMembers.require(view.role)?;
    let member = members::member(visit.app(), visit.actor()?, org, who).await?;
    let back = path(org) + "/members";
    let form = ConfirmRemoval {
        frame,
        name: member.name.to_string(),
        email: member.email.to_string(),
        action: format!("{back}/{who}/remove"),
        consequences: consequences(view.name.as_str()),
        problem: role::may_touch(view.role, member.role)
            .err()
            .map(|refusal| refusal.to_string()),
        back,
    };
    Ok((form, member))
}

fn consequences(org: &str) -> Vec<String> {
    vec![
        format!("They lose access to {org}. Who belongs to no other organization is signed out everywhere."),
        "Each of their devices erases this organization's settings, keys and memory, and proves it with a signed receipt."
            .to_owned(),
        "Their seat is free. To have them back, invite them again.".to_owned(),
    ]
}

async fn remove(
    visit: Visit,
    Path((org, who)): Path<(OrgId, AccountId)>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(org, Right::RemoveMembers).await?;
    if fields.get("confirm") != "remove" {
        return Err(Error::invalid("Confirm that this member is to be removed.").into());
    }
    let (form, member) = removal_page(&visit, org, who).await?;
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { members::remove(&app, &actor, org, who).await })
        .await
    {
        Ok(()) => {
            let said = format!("{} is removed. Their devices are told to wipe.", member.name);
            Ok(go_saying(&visit.site, &form.back, said))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]);
            Ok(again(&refusal, ConfirmRemoval { problem, ..form }))
        }
    }
}

async fn leave(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { members::leave(&app, &actor, org).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            "/",
            "You left the organization. Your devices there are told to wipe.",
        )),
        Err(error) => go_refused(&visit.site, "/account", error),
    }
}
