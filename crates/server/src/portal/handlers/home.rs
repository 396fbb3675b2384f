//! Home: what a member needs to start, what an owner or admin needs to know.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use tessera_app::orgs::OrgView;
use tessera_app::{accounts, devices, settings};
use tessera_domain::{DeviceState, Result, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Device, DeviceMark};

use super::answer::page;
use super::pages::{Download, Health, Home, LastChange, OwnDevice};
use super::view::{Mosaic, Place, Size, Stat, Tile, Tone};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use crate::site::Site;

/// The label of the figure about seats.
pub(super) const SEATS: &str = "Seats used";

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/o/{org}",
        Access::Member(Right::SeeOrg),
        "Shows Home.",
        home,
    )]
}

async fn home(State(site): State<Site>, visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let actor = visit.actor()?;
    let (view, frame) = visit.org_frame(org, Place::Home).await?;
    let now = site.app.clock.now();
    let own = devices::own(&site.app, actor, org).await?;
    let sees_health = Right::ManageDevices.granted_to(view.role);
    Ok(page(Home {
        frame,
        email: accounts::me(&site.app, actor).await?.email.to_string(),
        downloads: downloads(&site.origin, visit.header("user-agent").unwrap_or_default()),
        devices: own
            .iter()
            .map(|(device, state)| own_device(device, state, view.name.as_str(), now))
            .collect(),
        health: if sees_health {
            Some(health(&visit, &view).await?)
        } else {
            None
        },
        resources: resources(),
    }))
}

/// One of the reader's machines, as Home and the account page list it.
pub(super) fn own_device(device: &Device, state: &DeviceState, org_name: &str, now: Timestamp) -> OwnDevice {
    let ended = matches!(state, DeviceState::SignedOut { .. } | DeviceState::Wiped { .. });
    OwnDevice {
        host: device.host.to_string(),
        system: device.os.to_string(),
        org_name: org_name.to_owned(),
        state: words::state(state),
        seen: Some(words::moment(device.last_contact, now)),
        sign_out: (!ended).then(|| format!("{}/devices/{}/sign-out", path(device.org), device.id)),
    }
}

fn downloads(origin: &str, agent: &str) -> Vec<Download> {
    let platforms = [
        ("macos", "macOS", "Mac OS"),
        ("windows", "Windows", "Windows"),
        ("linux", "Linux", "Linux"),
    ];
    let mut downloads = platforms.map(|(id, platform, told)| Download {
        id: id.to_owned(),
        platform: platform.to_owned(),
        href: None,
        command: format!("tessera login {origin}"),
        own: agent.contains(told),
    });
    downloads.sort_by_key(|download| !download.own);
    downloads.into()
}

fn resources() -> Vec<(String, String, String)> {
    let entry =
        |title: &str, text: &str, address: &str| (title.to_owned(), text.to_owned(), address.to_owned());
    vec![entry(
        "API",
        "The document for scripts, in OpenAPI.",
        "/openapi.json",
    )]
}

async fn health(visit: &Visit, view: &OrgView) -> Result<Health> {
    let (app, actor, org) = (visit.app(), visit.actor()?, view.id);
    let states = devices::states(app, actor, org).await?;
    let marks = if view.revision > 0 {
        devices::marks(app, actor, org, view.revision).await?
    } else {
        Vec::new()
    };
    let last_change = match view.revision {
        0 => None,
        number => Some(last_change(visit, org, number).await?),
    };
    Ok(Health {
        stats: stats(&states, view),
        mosaic: mosaic(Size::Small, org, &marks),
        last_change,
    })
}

async fn last_change(visit: &Visit, org: OrgId, number: u64) -> Result<LastChange> {
    let detail = settings::revision(visit.app(), visit.actor()?, org, number).await?;
    Ok(LastChange {
        title: format!("Revision {number}"),
        href: format!("{}/rollouts/{number}", path(org)),
        author: detail.summary.author.to_string(),
        at: words::moment(detail.summary.at, visit.app().clock.now()),
    })
}

pub(super) fn stats(states: &BTreeMap<String, u64>, view: &OrgView) -> Vec<Stat> {
    let devices = path(view.id) + "/devices";
    let sum = |words: &[&str]| words.iter().filter_map(|word| states.get(*word)).sum::<u64>();
    let all = sum(&["applied", "pending", "behind", "stale", "failed", "cloned"]);
    let stat = |label: &str, number: u64, tone: Tone, state: &str| Stat {
        label: label.to_owned(),
        value: words::grouped(number),
        of: format!("of {}", words::count(all, "device")),
        tone: if number == 0 { Tone::Neutral } else { tone },
        href: Some(format!("{devices}?state={state}")),
    };
    let seats = Stat {
        label: SEATS.to_owned(),
        value: words::grouped(u64::from(view.seats.used)),
        of: view.seats.limit.map_or_else(
            || "unlimited".to_owned(),
            |limit| format!("of {}", words::grouped(u64::from(limit))),
        ),
        tone: if view.seats.free() == Some(0) {
            Tone::Warn
        } else {
            Tone::Neutral
        },
        href: Some(path(view.id) + "/members"),
    };
    vec![
        stat("Up to date", sum(&["applied"]), Tone::Good, "applied"),
        stat("Pending", sum(&["pending"]), Tone::Warn, "pending"),
        stat(
            "Behind or silent",
            sum(&["behind", "stale"]),
            Tone::Warn,
            "behind",
        ),
        stat("Failing", sum(&["failed", "cloned"]), Tone::Bad, "failed"),
        seats,
    ]
}

/// The picture of a revision: one tile per device.
pub(super) fn mosaic(size: Size, org: OrgId, marks: &[DeviceMark]) -> Mosaic {
    let tile = |mark: &DeviceMark| Tile {
        id: mark.id.to_string(),
        label: format!("{} · {}", mark.member_name, mark.host),
        href: format!("{}/devices?q={}", path(org), mark.host),
        state: words::state_word(&mark.state),
    };
    Mosaic::new(size, marks.iter().map(tile).collect())
}
