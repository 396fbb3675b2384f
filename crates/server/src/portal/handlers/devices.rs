//! Devices: everyone's for who manages them, one's own for everybody.

mod acts;
mod listing;
mod row;

use axum::response::Response;
use tessera_app::orgs::OrgView;
use tessera_app::{devices, enrollment_keys};
use tessera_domain::device_state::{OVERDUE, SILENT, STALE_DAYS};
use tessera_domain::{DeviceState, Result, Right};
use tessera_ids::OrgId;
use tessera_store::Device;

use super::answer::page;
use super::pages::{DeviceRow, Devices};
use super::view::{self, Frame, Mosaic, Opt, Pager, Place, Size, Sort};
use super::visit::{Visit, path};
use super::{devices_export, enrolment_keys, home, words};
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route};

pub(super) use acts::resent;
use listing::Listing;

pub(super) fn routes() -> Vec<Route> {
    let own = Access::Member(Right::UseOwnDevices);
    let manage = Access::Member(Right::ManageDevices);
    vec![
        Route::get(
            "/o/{org}/devices",
            own,
            "Shows devices: everyone's, or the reader's own.",
            list,
        ),
        Route::get(
            "/o/{org}/devices.csv",
            manage,
            "Gives every device as CSV.",
            devices_export::export,
        )
        .answers_raw("text/csv"),
        Route::post(
            "/o/{org}/devices/{device}/sign-out",
            own,
            "Signs a device out.",
            acts::sign_out,
        )
        .takes_form(),
        Route::get(
            "/o/{org}/devices/{device}/wipe",
            own,
            "Asks before a device is wiped.",
            acts::ask_wipe,
        ),
        Route::post(
            "/o/{org}/devices/{device}/wipe",
            own,
            "Wipes a device.",
            acts::wipe,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/devices/{device}/send-again",
            manage,
            "Sends the newest settings again.",
            acts::send_again,
        )
        .takes_form(),
    ]
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let (view, frame) = visit.org_frame(org, Place::Devices).await?;
    if Right::ManageDevices.granted_to(view.role) {
        Ok(page(everyones(&visit, &view, frame, &listing).await?))
    } else {
        Ok(page(own(&visit, org, frame).await?))
    }
}

async fn everyones(visit: &Visit, view: &OrgView, frame: Frame, listing: &Listing) -> Result<Devices> {
    let (app, actor, org) = (visit.app(), visit.actor()?, view.id);
    let found = devices::devices(app, actor, org, listing.query()?).await?;
    let states = devices::states(app, actor, org).await?;
    let overdue = devices::overdue(app, actor, org).await?;
    let stats = home::stats(&states, overdue, view)
        .into_iter()
        .filter(|stat| stat.label != home::SEATS);
    let now = app.clock.now();
    let base = path(org);
    Ok(Devices {
        frame,
        own: false,
        stats: stats.collect(),
        mosaic: Some(newest(visit, view).await?),
        query: listing.q.clone(),
        states: view::DeviceState::ALL
            .iter()
            // Who waits for a stage has what is meant for it: that is no state of its own here.
            .filter(|state| **state != view::DeviceState::Waiting)
            .map(|state| Opt::new(state.class(), words::capital(state.word())))
            .chain([Opt::new(SILENT, words::capital(SILENT))])
            .chain((overdue.days != STALE_DAYS).then(|| Opt::new(OVERDUE, words::silent_for(overdue.days))))
            .collect(),
        state: listing.state.clone(),
        by_member: listing.sort("", "ascending"),
        by_seen: listing.sort("contact", "descending"),
        pager: listing.pager(&found),
        rows: found
            .devices
            .iter()
            .map(|(device, state)| row::row(device, state, now))
            .collect(),
        export: Some(format!("{base}/devices.csv")),
        rollout: (view.revision > 0).then(|| format!("{base}/rollouts/{}", view.revision)),
        missing: String::new(),
        kept: None,
        keys: Some(enrolment_keys::keys_path(org)),
        only_key: only_key(visit, org, listing).await?,
    })
}

/// The key whose devices alone are shown: its id and its name.
async fn only_key(visit: &Visit, org: OrgId, listing: &Listing) -> Result<Option<(String, String)>> {
    let Ok(id) = listing.key.parse() else {
        return Ok(None);
    };
    let (key, _) = enrollment_keys::one(visit.app(), visit.actor()?, org, id).await?;
    Ok(Some((key.id.to_string(), key.name.to_string())))
}

async fn newest(visit: &Visit, view: &OrgView) -> Result<Mosaic> {
    home::picture(visit, Size::Small, view.id, view.revision).await
}

async fn own(visit: &Visit, org: OrgId, frame: Frame) -> Result<Devices> {
    let now = visit.app().clock.now();
    let found = devices::own(visit.app(), visit.actor()?, org).await?;
    let kept = devices::why_kept(visit.app(), visit.actor()?, org).await?;
    let own_row = |(device, state): &(Device, DeviceState)| {
        let row = row::row(device, state, now);
        DeviceRow {
            path: row.path.filter(|_| kept.is_none()),
            ..row
        }
    };
    Ok(Devices {
        frame,
        own: true,
        stats: Vec::new(),
        mosaic: None,
        query: String::new(),
        states: Vec::new(),
        state: String::new(),
        by_member: Sort::default(),
        by_seen: Sort {
            href: "?".to_owned(),
            order: "none".to_owned(),
        },
        pager: Pager {
            shown: words::count(found.len() as u64, "device"),
            first: None,
            next: None,
        },
        rows: found.iter().map(own_row).collect(),
        export: None,
        rollout: None,
        missing: String::new(),
        kept,
        keys: None,
        only_key: None,
    })
}
