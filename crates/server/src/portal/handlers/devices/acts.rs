//! What is done to a device: signing it out, wiping it, sending it the newest settings again.

use axum::response::Response;
use tessera_app::devices;
use tessera_domain::{DeviceState, Error, Result, Right};
use tessera_ids::{DeviceId, OrgId};
use tessera_wire::Removal;

use super::super::answer::{Refusal, again, go_refused, go_saying, page};
use super::super::pages::ConfirmWipe;
use super::super::view::{Input, Place};
use super::super::visit::{Visit, path};
use super::super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};

pub(super) async fn sign_out(visit: Visit, Path((org, id)): Path<(OrgId, DeviceId)>) -> Answer<Response> {
    let (actor, here) = (visit.owned()?, visit.came_from(&(path(org) + "/devices")));
    match visit
        .site
        .run(|app| async move { devices::end(&app, &actor, org, id, Removal::SignedOut).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &here,
            "The device is signed out. It erases what it had and confirms.",
        )),
        Err(error) => go_refused(&visit.site, &here, error),
    }
}

pub(super) async fn ask_wipe(visit: Visit, Path((org, id)): Path<(OrgId, DeviceId)>) -> Answer<Response> {
    Ok(page(wipe_page(&visit, org, id).await?))
}

async fn wipe_page(visit: &Visit, org: OrgId, id: DeviceId) -> Result<ConfirmWipe> {
    let (device, state) = devices::device(visit.app(), visit.actor()?, org, id).await?;
    let (_, frame) = visit.org_frame(org, Place::Devices).await?;
    let now = visit.app().clock.now();
    let silent = match state {
        DeviceState::Stale { last_contact: at }
        | DeviceState::Behind {
            last_contact: Some(at),
            ..
        } => {
            let since = words::moment(at, now).relative;
            format!("It was last heard of {since}: the wipe waits until it is back.")
        }
        _ => String::new(),
    };
    let back = path(org) + "/devices";
    Ok(ConfirmWipe {
        frame,
        host: device.host.to_string(),
        member: device.member_name.to_string(),
        silent,
        confirm: Input::default(),
        action: format!("{back}/{id}/wipe"),
        back,
    })
}

pub(super) async fn wipe(
    visit: Visit,
    Path((org, id)): Path<(OrgId, DeviceId)>,
    fields: Fields,
) -> Answer<Response> {
    let form = wipe_page(&visit, org, id).await?;
    if fields.get("confirm").trim() != form.host {
        let refusal = Refusal::of(Error::field("/confirm", format!("Type exactly: {}", form.host)))?;
        let confirm = refusal.input("/confirm", fields.get("confirm"));
        return Ok(again(&refusal, ConfirmWipe { confirm, ..form }));
    }
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { devices::end(&app, &actor, org, id, Removal::Wiped).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &form.back,
            format!("{} is told to wipe. It confirms when done.", form.host),
        )),
        Err(error) => go_refused(&visit.site, &form.back, error),
    }
}

pub(super) async fn send_again(visit: Visit, Path((org, id)): Path<(OrgId, DeviceId)>) -> Answer<Response> {
    visit.require(org, Right::ManageDevices).await?;
    devices::device(visit.app(), visit.actor()?, org, id).await?;
    let here = visit.came_from(&(path(org) + "/devices"));
    resent(&visit, org, &here).await
}

/// Issues the newest settings once more. Who has them acknowledges again; who failed tries again.
pub(in super::super) async fn resent(visit: &Visit, org: OrgId, here: &str) -> Answer<Response> {
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { devices::send_again(&app, &actor, org).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            here,
            "The newest settings are sent again.",
        )),
        Err(error) => go_refused(&visit.site, here, error),
    }
}
