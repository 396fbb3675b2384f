//! Taking somebody out of an organization, and leaving it: each is asked about first.

use axum::response::Response;
use tessera_app::members;
use tessera_domain::{Error, Result, Right, Role, role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::MemberQuery;

use super::answer::{Refusal, again, go, go_saying, page};
use super::pages::{ConfirmLeave, ConfirmRemoval};
use super::view::Place;
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::RemoveMembers);
    vec![
        Route::get(
            "/o/{org}/members/{member}/remove",
            may,
            "Asks before a member is removed.",
            ask,
        ),
        Route::post(
            "/o/{org}/members/{member}/remove",
            may,
            "Removes a member.",
            remove,
        )
        .takes_form(),
        Route::get(
            "/o/{org}/leave",
            Access::Member(Right::Leave),
            "Asks before the reader leaves.",
            ask_leave,
        ),
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
    Ok(page(removal_page(&visit, org, who).await?))
}

async fn removal_page(visit: &Visit, org: OrgId, who: AccountId) -> Result<ConfirmRemoval> {
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    Right::RemoveMembers.require(view.role)?;
    let member = members::member(visit.app(), visit.actor()?, org, who).await?;
    let back = path(org) + "/members";
    let devices = members::devices_of(visit.app(), visit.actor()?, org, who).await?;
    let devices = devices.iter().filter(|(_, state)| state.is_enrolled()).count();
    Ok(ConfirmRemoval {
        frame,
        name: member.name.to_string(),
        email: member.email.to_string(),
        action: format!("{back}/{who}/remove"),
        consequences: consequences(view.name.as_str(), devices as u64),
        problem: role::may_touch(view.role, member.role)
            .err()
            .map(|refusal| refusal.to_string()),
        back,
    })
}

fn consequences(org: &str, devices: u64) -> Vec<String> {
    let wipe = match devices {
        0 => "They have no device here.".to_owned(),
        1 => "Their device is refused at once, erases this organization's settings, keys and memory, and proves it with a signed receipt.".to_owned(),
        many => format!("Their {many} devices are refused at once, erase this organization's settings, keys and memory, and prove it with signed receipts."),
    };
    vec![
        format!(
            "They lose access to {org}. Who belongs to no other organization is signed out everywhere, and their access tokens end."
        ),
        wipe,
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
    let form = removal_page(&visit, org, who).await?;
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { members::remove(&app, &actor, org, who).await })
        .await
    {
        Ok(()) => Ok(go(&format!("{}/removals/{who}", path(org)))),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]);
            Ok(again(&refusal, ConfirmRemoval { problem, ..form }))
        }
    }
}

async fn ask_leave(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(leave_page(&visit, org).await?))
}

async fn leave_page(visit: &Visit, org: OrgId) -> Result<ConfirmLeave> {
    let (view, frame) = visit.org_frame(org, Place::Account).await?;
    let owners = MemberQuery {
        role: Some(Role::Owner),
        limit: 1,
        ..MemberQuery::default()
    };
    let owners = members::list(visit.app(), visit.actor()?, org, &owners)
        .await?
        .total;
    let home = path(org);
    Ok(ConfirmLeave {
        frame,
        consequences: vec![
            format!("You lose access to {}. If you belong to no other organization, you are signed out everywhere.", view.name),
            "Each of your devices here erases this organization's settings, keys and memory, and proves it with a signed receipt.".to_owned(),
            "To come back, somebody must invite you again.".to_owned(),
        ],
        org_name: view.name.to_string(),
        action: home.clone() + "/leave",
        problem: role::keeps_an_owner(owners, view.role, None).err().map(|refusal| refusal.to_string()),
        ways: vec![
            ("Transfer ownership to another member".to_owned(), home.clone() + "/transfer"),
            ("Make another member an owner".to_owned(), home.clone() + "/members"),
            ("Delete the organization".to_owned(), home.clone() + "/settings"),
        ],
        back: "/account".to_owned(),
    })
}

async fn leave(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    if fields.get("confirm") != "leave" {
        return Ok(go(&(path(org) + "/leave")));
    }
    let form = leave_page(&visit, org).await?;
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { members::leave(&app, &actor, org).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            "/",
            format!("You left {}. Your devices there are told to wipe.", form.org_name),
        )),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]);
            Ok(again(&refusal, ConfirmLeave { problem, ..form }))
        }
    }
}
