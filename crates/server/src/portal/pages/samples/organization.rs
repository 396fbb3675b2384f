//! Samples of an organization's pages: Home, Members, inviting, Devices, a rollout, Teams.

use super::data::{
    HOSTS, ORG, PEOPLE, ago, mosaic, own_devices, owner, pager, person, reader, sort, stat, state,
};
use super::{Sample, draw};
use crate::portal::pages::{
    ConfirmRemoval, ConfirmWipe, DeviceRow, Devices, Download, DownloadFile, FailingDevice, Health, Home,
    LastChange, Rollout, RolloutLine, RolloutRow,
};
use crate::portal::view::{DeviceState, Flash, Input, Opt, Pager, Place, Size, Tone};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = vec![
        draw("home", &home()),
        draw(
            "home-read",
            &Home {
                health: None,
                standing: "None of your machines is enrolled yet.".to_owned(),
                devices: vec![],
                frame: reader(Place::Home),
                ..home()
            },
        ),
    ];
    samples.extend(people());
    samples.extend(machines());
    samples
}

fn home() -> Home {
    let download = |id: &str, platform: &str, machines: &[&str], command: &str, own| Download {
        id: id.to_owned(),
        platform: platform.to_owned(),
        files: machines
            .iter()
            .map(|machine| DownloadFile {
                machine: (*machine).to_owned(),
                href: format!("/downloads/tessera-{id}"),
            })
            .collect(),
        command: command.to_owned(),
        own,
    };
    let failing = |index: usize| FailingDevice {
        host: HOSTS[index].0.to_owned(),
        member: PEOPLE[index].0.to_owned(),
        why: "memory: disk full".to_owned(),
        href: format!("{ORG}/devices?q={}", HOSTS[index].0),
    };
    let health = Health {
        stats: vec![
            stat("Up to date", "20", "of 25", Tone::Good),
            stat("Pending", "1", "of 25", Tone::Warn),
            stat("Behind", "2", "of 25", Tone::Warn),
            stat("Silent for 7 days", "0", "of 25", Tone::Neutral),
            stat("Failing", "2", "of 25", Tone::Bad),
            stat("Seats used", "12", "of 20", Tone::Neutral),
            stat("People without a device", "3", "", Tone::Warn),
        ],
        failing: vec![failing(1), failing(3)],
        mosaic: mosaic(Size::Small, 25),
        rollout: Some(RolloutLine {
            title: "Rollout of revision 12: halted".to_owned(),
            href: format!("{ORG}/rollouts/12"),
            text: "1 of 2 devices that answered could not apply it: 50 %, and the limit is 10 %.".to_owned(),
            tone: Tone::Bad,
        }),
        last_change: Some(LastChange {
            title: "Revision 12".to_owned(),
            href: format!("{ORG}/rollouts/12"),
            author: "Tomasz Wieczorek".to_owned(),
            at: ago("4 minutes ago"),
            reach: "20 of 25 devices have it.".to_owned(),
        }),
    };
    let resource = |title: &str, line: &str| (title.to_owned(), line.to_owned(), "/help".to_owned());
    let unix = "curl -fsS https://tessera.meridian.example/install.sh | sh";
    Home {
        frame: owner(Place::Home),
        email: person().email,
        downloads: vec![
            download("macos", "macOS", &["Apple silicon", "Intel"], unix, true),
            download(
                "windows",
                "Windows",
                &[],
                "tessera login https://tessera.meridian.example; tessera agent",
                false,
            ),
            download("linux", "Linux", &["Intel and AMD"], unix, false),
        ],
        standing: "Of your 2 machines, reading-room does not have the newest settings yet.".to_owned(),
        tone: Tone::Warn,
        devices: own_devices(),
        agent_page: "http://127.0.0.1:7471/".to_owned(),
        health: Some(health),
        recent: super::updates::recent(),
        resources: vec![
            resource(
                "Documentation",
                "Short guides, and what to do when something is stuck.",
            ),
            resource("API", "The document for scripts, in OpenAPI."),
        ],
    }
}

fn people() -> Vec<Sample> {
    let mut samples = super::people::members();
    samples.extend(super::farewells::all());
    let removal = ConfirmRemoval {
        frame: owner(Place::Members),
        name: PEOPLE[3].0.to_owned(),
        email: PEOPLE[3].1.to_owned(),
        action: format!("{ORG}/members/account_3/remove"),
        consequences: [
            "Every session and token of theirs stops working here.",
            "2 devices wipe the organization's settings, keys and memory, and send a receipt.",
            "One seat becomes free.",
        ]
        .map(str::to_owned)
        .to_vec(),
        problem: None,
        back: format!("{ORG}/members"),
    };
    samples.push(draw("confirm-removal", &removal));
    samples
}

fn device(index: usize, own: bool) -> DeviceRow {
    let state = state(index + 5);
    let (member, email) = PEOPLE[index % PEOPLE.len()];
    let (host, system) = HOSTS[index % HOSTS.len()];
    DeviceRow {
        id: format!("device_{index}"),
        member: member.to_owned(),
        member_href: Some(format!("{ORG}/members/account_{index}")),
        email: email.to_owned(),
        host: host.to_owned(),
        system: system.to_owned(),
        agent: "0.1.0".to_owned(),
        keys: if index % 3 == 2 { "0600 file" } else { "OS keyring" }.to_owned(),
        seen: (state != DeviceState::Pending).then(|| ago("8 seconds ago")),
        revision: (state != DeviceState::Pending).then_some(if state == DeviceState::Applied {
            12
        } else {
            11
        }),
        state,
        why: if state == DeviceState::Failed {
            "memory: disk full, kept revision 11"
        } else {
            ""
        }
        .to_owned(),
        silent: matches!(state, DeviceState::Stale | DeviceState::Behind).then(|| ago("9 days ago")),
        too_old: index == 7,
        enrolled_by: (index % 4 == 1).then(|| "Laptops, Berlin".to_owned()),
        path: (!own || index == 0).then(|| format!("{ORG}/devices/device_{index}")),
    }
}

fn machines() -> Vec<Sample> {
    let page = |own: bool, rows: Vec<DeviceRow>| Devices {
        frame: if own {
            reader(Place::Devices)
        } else {
            owner(Place::Devices)
        },
        own,
        stats: vec![],
        mosaic: None,
        query: String::new(),
        states: DeviceState::ALL
            .map(|state| Opt::new(state.class(), state.word()))
            .to_vec(),
        state: String::new(),
        by_member: sort("none"),
        by_seen: sort("descending"),
        rows,
        pager: Pager::default(),
        export: None,
        rollout: None,
        missing: String::new(),
        kept: own
            .then(|| "Meridian Museum lets only administrators sign machines out. Ask Ada Byron.".to_owned()),
        keys: (!own).then(|| format!("{ORG}/devices/enrolment-keys")),
        only_key: None,
    };
    let mut devices = page(false, (0..12).map(|index| device(index, false)).collect());
    devices.stats = vec![
        stat("devices", "25", "", Tone::Neutral),
        stat("applied", "20", "", Tone::Good),
        stat("pending", "2", "", Tone::Neutral),
        stat("behind or stale", "2", "", Tone::Warn),
        stat("failed", "1", "", Tone::Bad),
    ];
    devices.mosaic = Some(mosaic(Size::Small, 25));
    devices.rollout = Some(format!("{ORG}/rollouts/12"));
    devices.export = Some(format!("{ORG}/devices.csv"));
    devices.missing += "3 members have no device yet.";
    devices.pager = pager();
    let own = page(true, (0..2).map(|index| device(index, true)).collect());
    let wipe = ConfirmWipe {
        frame: owner(Place::Devices),
        host: HOSTS[1].0.to_owned(),
        member: PEOPLE[1].0.to_owned(),
        silent: "It was last heard of 9 days ago: the wipe waits until it is back.".to_owned(),
        confirm: Input::default(),
        action: format!("{ORG}/devices/device_1/wipe"),
        back: format!("{ORG}/devices"),
    };
    vec![
        draw("devices", &devices),
        draw("devices-own", &own),
        draw("devices-empty", &page(false, vec![])),
        draw("confirm-wipe", &wipe),
        draw("rollout", &rollout(25)),
        draw("rollout-large", &rollout(5_000)),
        draw("rollout-empty", &rollout(0)),
    ]
}

pub(super) fn rollout(count: usize) -> Rollout {
    let row = |index: usize| {
        let state = state(index);
        RolloutRow {
            member: PEOPLE[index % PEOPLE.len()].0.to_owned(),
            host: HOSTS[index % HOSTS.len()].0.to_owned(),
            href: format!("{ORG}/devices#device_{index}"),
            state,
            why: match state {
                DeviceState::Failed => "memory: disk full, kept revision 11",
                DeviceState::Stale => "last heard of 9 days ago",
                DeviceState::Behind => "runs revision 11, offline for 2 hours",
                _ => "sent, no receipt yet",
            }
            .to_owned(),
            receipt: (state == DeviceState::Applied).then(|| ago("4 minutes ago")),
        }
    };
    let (applied, missing): (Vec<_>, Vec<_>) = (0..count.min(25))
        .map(row)
        .partition(|row| row.state == DeviceState::Applied);
    let counts = DeviceState::ALL
        .map(|state| {
            (
                state,
                (0..count)
                    .map(super::data::state)
                    .filter(|other| *other == state)
                    .count() as u64,
            )
        })
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect();
    let mut frame = owner(Place::Devices);
    if count == 25 {
        frame.flash = Some(Flash {
            tone: Tone::Good,
            link: None,
            text: "Revision 12 saved.".to_owned(),
        });
    }
    Rollout {
        frame,
        number: 12,
        action: format!("{ORG}/rollouts/12"),
        revision: format!("{ORG}/settings/history/12"),
        author: "Tomasz Wieczorek".to_owned(),
        at: ago("4 minutes ago"),
        note: "Block payroll and clinic portals before the audit".to_owned(),
        mosaic: mosaic(Size::Large, count),
        headline: if count == 0 {
            "No device yet.".to_owned()
        } else {
            format!("{} of {count} devices have it.", count * 4 / 5)
        },
        speed: if count == 0 {
            String::new()
        } else {
            "The last receipt came 214 ms after saving.".to_owned()
        },
        counts,
        may_send_again: count > 0,
        missing,
        applied,
        more: (count as u64).saturating_sub(25),
        staged: None,
    }
}
