//! Home: what a member needs to start, what an owner or admin needs to know.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use tessera_app::devices::Overdue;
use tessera_app::orgs::OrgView;
use tessera_app::{accounts, alerts, devices, rollouts, settings};
use tessera_domain::device_state::{OVERDUE, STALE_DAYS};
use tessera_domain::rollout::RolloutState;
use tessera_domain::{AlertKind, DeviceState, Result, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Device, DeviceMark, DeviceQuery};

use super::answer::page;
use super::pages::{Download, DownloadFile, FailingDevice, Health, Home, LastChange, OwnDevice, RolloutLine};
use super::view::{self, Mosaic, Place, Size, Stat, Tile, Tone};
use super::visit::{Visit, path};
use super::words;
use crate::downloads::System;
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use crate::site::Site;

/// More devices than this are drawn from numbers, so that the page stays small.
const TILES: u64 = 400;
/// Failing devices that Home names.
const FAILING_SHOWN: u64 = 5;
/// Where the agent's own page usually is, seen from its machine.
const AGENT_PAGE: &str = "http://127.0.0.1:7471/";

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
    let mut own = devices::own(&site.app, actor, org).await?;
    own.retain(|(_, state)| !has_ended(state));
    let (standing, tone) = standing(&own);
    let sees_health = Right::ManageDevices.granted_to(view.role);
    Ok(page(Home {
        frame,
        email: accounts::me(&site.app, actor).await?.email.to_string(),
        downloads: downloads(&site, visit.header("user-agent").unwrap_or_default()),
        standing,
        tone,
        devices: own
            .iter()
            .map(|(device, state)| own_device(device, state, view.name.as_str(), now))
            .collect(),
        agent_page: AGENT_PAGE.to_owned(),
        health: if sees_health {
            Some(health(&visit, &view).await?)
        } else {
            None
        },
        recent: super::updates::recent(&visit, org, view.role).await?,
        resources: resources(org),
    }))
}

/// Whether the reader's machines are enrolled and have what they should, in one sentence.
fn standing(own: &[(Device, DeviceState)]) -> (String, Tone) {
    let current = |state: &DeviceState| matches!(state, DeviceState::Applied { .. });
    let late: Vec<_> = own
        .iter()
        .filter(|(_, state)| !current(state))
        .map(|(device, _)| device.host.as_str())
        .collect();
    match (own.len(), late.as_slice()) {
        (0, _) => ("None of your machines is enrolled yet.".to_owned(), Tone::Warn),
        (1, []) => ("Your machine is enrolled and up to date.".to_owned(), Tone::Good),
        (all, []) => (
            format!("Your {all} machines are enrolled and up to date."),
            Tone::Good,
        ),
        (1, [host]) => (
            format!("{host} is enrolled, but does not have the newest settings yet."),
            Tone::Warn,
        ),
        (all, [host]) => (
            format!("Of your {all} machines, {host} does not have the newest settings yet."),
            Tone::Warn,
        ),
        (all, late) => (
            format!(
                "{} of your {all} machines do not have the newest settings yet.",
                late.len()
            ),
            Tone::Warn,
        ),
    }
}

fn has_ended(state: &DeviceState) -> bool {
    matches!(state, DeviceState::SignedOut { .. } | DeviceState::Wiped { .. })
}

/// One of the reader's machines, as Home and the account page list it.
pub(super) fn own_device(device: &Device, state: &DeviceState, org_name: &str, now: Timestamp) -> OwnDevice {
    let ended = has_ended(state);
    OwnDevice {
        host: device.host.to_string(),
        system: device.os.to_string(),
        org_name: org_name.to_owned(),
        state: words::state(state),
        seen: Some(words::moment(device.last_contact, now)),
        sign_out: (!ended).then(|| format!("{}/devices/{}/sign-out", path(device.org), device.id)),
    }
}

/// One entry per platform, the reader's own first.
fn downloads(site: &Site, agent: &str) -> Vec<Download> {
    let entry = |system: System| {
        let offered = system
            .targets()
            .filter(|target| site.shelf.find(target).is_some());
        let files = offered.map(|target| DownloadFile {
            machine: target.machine.to_owned(),
            href: format!("/downloads/{}", target.file),
        });
        let files: Vec<_> = files.collect();
        Download {
            id: system.id().to_owned(),
            platform: system.name().to_owned(),
            command: system.command(&site.origin, !files.is_empty()),
            files,
            own: agent.contains(system.told()),
        }
    };
    let mut downloads = System::ALL.map(entry);
    downloads.sort_by_key(|download| !download.own);
    downloads.into()
}

fn resources(org: OrgId) -> Vec<(String, String, String)> {
    let entry = |title: &str, text: &str, address: String| (title.to_owned(), text.to_owned(), address);
    vec![
        entry(
            "Documentation",
            "Short guides, and what to do when something is stuck.",
            path(org) + "/help",
        ),
        entry(
            "API",
            "The document for scripts, in OpenAPI.",
            "/openapi.json".to_owned(),
        ),
    ]
}

async fn health(visit: &Visit, view: &OrgView) -> Result<Health> {
    let (app, actor, org) = (visit.app(), visit.actor()?, view.id);
    let states = devices::states(app, actor, org).await?;
    let unenrolled = devices::unenrolled(app, actor, org).await?;
    let mut stats = stats(&states, devices::overdue(app, actor, org).await?, view);
    stats.push(not_enrolled(org, unenrolled));
    stats.extend(alerted(org, &alerts::counts(app, actor, org).await?));
    Ok(Health {
        stats,
        failing: failing(visit, org, &states).await?,
        mosaic: picture(visit, Size::Small, org, view.revision).await?,
        last_change: last_change(visit, org, view.revision).await?,
        rollout: under_way(visit, org).await?,
    })
}

/// The rollout that is under way, as a line with where more of it is to be seen.
async fn under_way(visit: &Visit, org: OrgId) -> Result<Option<RolloutLine>> {
    let Some(rollout) = rollouts::under_way(visit.app(), visit.actor()?, org).await? else {
        return Ok(None);
    };
    let (word, tone) = super::stages::word(&rollout.state);
    let stage = rollout.state.released().unwrap_or_default();
    let text = match &rollout.state {
        RolloutState::Halted { why, .. } => why.clone(),
        _ => format!("Stage {stage} of {} is released.", rollout.plan.count()),
    };
    Ok(Some(RolloutLine {
        title: format!(
            "Rollout of revision {}: {}",
            rollout.revision,
            word.to_lowercase()
        ),
        href: format!("{}/rollouts/{}", path(org), rollout.last_revision),
        text,
        tone,
    }))
}

fn not_enrolled(org: OrgId, number: u64) -> Stat {
    Stat {
        label: "People without a device".to_owned(),
        value: words::grouped(number),
        of: String::new(),
        tone: if number == 0 { Tone::Neutral } else { Tone::Warn },
        href: Some(path(org) + "/members?device=none"),
    }
}

/// Keys in trouble, and all that is open.
fn alerted(org: OrgId, counts: &BTreeMap<AlertKind, u64>) -> [Stat; 2] {
    let sum = |kinds: &[AlertKind]| kinds.iter().filter_map(|kind| counts.get(kind)).sum::<u64>();
    let stat = |label: &str, number: u64, page: &str| Stat {
        label: label.to_owned(),
        value: words::grouped(number),
        of: String::new(),
        tone: if number == 0 { Tone::Neutral } else { Tone::Bad },
        href: Some(path(org) + page),
    };
    let keys = sum(&[AlertKind::KeyFailing, AlertKind::KeyExpiring]);
    [
        stat("Keys failing or expiring", keys, "/models/keys"),
        stat("Open alerts", counts.values().sum(), "/settings/alerts"),
    ]
}

/// The first devices that fail, with what they say of it.
async fn failing(visit: &Visit, org: OrgId, states: &BTreeMap<String, u64>) -> Result<Vec<FailingDevice>> {
    if !states.contains_key("failed") {
        return Ok(Vec::new());
    }
    let query = DeviceQuery {
        state: Some("failed".to_owned()),
        limit: FAILING_SHOWN,
        ..DeviceQuery::default()
    };
    let found = devices::devices(visit.app(), visit.actor()?, org, query).await?;
    let row = |(device, state): (Device, DeviceState)| FailingDevice {
        host: device.host.to_string(),
        member: device.member_name.to_string(),
        why: match state {
            DeviceState::Failed { section, reason, .. } => format!("{section}: {reason}"),
            _ => String::new(),
        },
        href: format!(
            "{}/devices{}#{}",
            path(org),
            words::query(&[("q", device.host.as_str())]),
            device.id
        ),
    };
    Ok(found.devices.into_iter().map(row).collect())
}

/// How far a revision has come, as a picture: one tile per device where somebody could point at it, else from numbers.
pub(super) async fn picture(visit: &Visit, size: Size, org: OrgId, revision: u64) -> Result<Mosaic> {
    let (app, actor) = (visit.app(), visit.actor()?);
    if revision == 0 {
        return Ok(Mosaic::new(size, Vec::new()));
    }
    let numbers = devices::rollout(app, actor, org, revision).await?.numbers;
    let most = if size == Size::Large {
        devices::TILES
    } else {
        TILES
    };
    if numbers.audience <= most {
        let marks = devices::marks(app, actor, org, revision).await?;
        return Ok(mosaic(size, org, &marks));
    }
    let counts = [
        (view::DeviceState::Applied, numbers.applied),
        (view::DeviceState::Pending, numbers.pending),
        (view::DeviceState::Waiting, numbers.waiting),
        (view::DeviceState::Behind, numbers.behind),
        (view::DeviceState::Failed, numbers.failed),
    ];
    Ok(Mosaic::of_counts(size, &counts))
}

/// The newest revision and how far it has come; nothing before the first.
async fn last_change(visit: &Visit, org: OrgId, number: u64) -> Result<Option<LastChange>> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let newest = settings::history(app, actor, org, None, 1).await?;
    let Some(newest) = newest.revisions.into_iter().next().filter(|_| number > 0) else {
        return Ok(None);
    };
    let numbers = devices::rollout(app, actor, org, newest.number).await?.numbers;
    Ok(Some(LastChange {
        title: format!("Revision {}", newest.number),
        href: format!("{}/rollouts/{}", path(org), newest.number),
        author: newest.author.to_string(),
        at: words::moment(newest.at, app.clock.now()),
        reach: match (numbers.audience, numbers.applied) {
            (0, _) => "no device is enrolled yet.".to_owned(),
            (1, 1) => "the one device has it.".to_owned(),
            (all, have) if all == have => format!("all {} have it.", words::count(all, "device")),
            (all, have) => format!(
                "{} of {} have it.",
                words::grouped(have),
                words::count(all, "device")
            ),
        },
    }))
}

/// Devices by state, those that are silent for as long as the organization is alerted of, and seats.
pub(super) fn stats(states: &BTreeMap<String, u64>, overdue: Overdue, view: &OrgView) -> Vec<Stat> {
    let devices = path(view.id) + "/devices";
    let sum = |words: &[&str]| words.iter().filter_map(|word| states.get(*word)).sum::<u64>();
    let all = sum(&["applied", "pending", "behind", "stale", "failed", "cloned"]);
    let stat = |label: &str, number: u64, tone: Tone, state: &str| Stat {
        label: label.to_owned(),
        value: words::grouped(number),
        of: format!("of {}", words::grouped(all)),
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
    let mut stats = vec![
        stat("Up to date", sum(&["applied"]), Tone::Good, "applied"),
        stat("Pending", sum(&["pending"]), Tone::Warn, "pending"),
        stat("Behind", sum(&["behind"]), Tone::Warn, "behind"),
        stat(
            &words::silent_for(STALE_DAYS),
            sum(&["stale"]),
            Tone::Warn,
            "stale",
        ),
        stat("Failing", sum(&["failed"]), Tone::Bad, "failed"),
    ];
    // With the usual limit both are the same devices.
    if overdue.days != STALE_DAYS {
        let label = words::silent_for(overdue.days);
        stats.insert(4, stat(&label, overdue.devices, Tone::Warn, OVERDUE));
    }
    if sum(&["cloned"]) > 0 {
        stats.push(stat("Cloned", sum(&["cloned"]), Tone::Bad, "cloned"));
    }
    stats.push(seats);
    stats
}

/// The picture of a revision: one tile per device.
fn mosaic(size: Size, org: OrgId, marks: &[DeviceMark]) -> Mosaic {
    let tile = |mark: &DeviceMark| Tile {
        id: mark.id.to_string(),
        label: format!("{} · {}", mark.member_name, mark.host),
        href: format!("{}/devices?q={}", path(org), mark.host),
        state: words::state_word(&mark.state),
    };
    Mosaic::new(size, marks.iter().map(tile).collect())
}
