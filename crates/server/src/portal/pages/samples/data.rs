//! The people, machines and moments that samples share.

use crate::portal::pages::OwnDevice;
use crate::portal::view::{
    Change, ChangeKind, ChoiceLeaf, DeviceState, Diff, Frame, Layer, Lock, Meter, ModelLeaf, Moment, Mosaic,
    Nav, Opt, OrgLink, Pager, Person, Place, Select, Size, Sort, Source, Stat, SwitchLeaf, Tab, TeamLink,
    Tile, Tone,
};

pub(super) const ORG: &str = "/o/org_01jd8m5w3zf4gs8x7c2a9qk6tn";

pub(super) const PEOPLE: [(&str, &str); 12] = [
    ("Ines Okafor", "ines.okafor@meridian.example"),
    ("Tomasz Wieczorek", "tomasz@meridian.example"),
    ("Amara Lindqvist", "amara.lindqvist@meridian.example"),
    ("Jonas Feld", "jonas.feld@meridian.example"),
    ("Priya Raman", "priya@meridian.example"),
    ("Mateo Alvarado", "mateo.alvarado@meridian.example"),
    ("Sofie de Wit", "sofie.dewit@meridian.example"),
    ("Hana Kobayashi", "hana@meridian.example"),
    ("Luc Bernard", "luc.bernard@meridian.example"),
    ("Nadia Haddad", "nadia.haddad@meridian.example"),
    ("Owen Pritchard", "owen@meridian.example"),
    ("Elif Demir", "elif.demir@meridian.example"),
];

pub(super) const HOSTS: [(&str, &str); 6] = [
    ("ines-mbp", "macOS 15.2"),
    ("atelier-04", "Windows 11 24H2"),
    ("amara-x1", "Debian 13"),
    ("reading-room", "Ubuntu 24.04"),
    ("priya-air", "macOS 14.7"),
    ("archive-desk", "Windows 11 23H2"),
];

pub(super) fn ago(relative: &str) -> Moment {
    Moment::new("2026-11-22T01:15:50Z", relative, "22 November 2026, 01:15:50 UTC")
}

pub(super) fn person() -> Person {
    Person {
        name: PEOPLE[0].0.to_owned(),
        email: PEOPLE[0].1.to_owned(),
        picture: None,
        is_operator: false,
    }
}

/// The frame of a page before one is inside.
pub(super) fn outside() -> Frame {
    Frame::default()
}

/// The frame of somebody signed in, without an organization.
pub(super) fn signed_in() -> Frame {
    Frame {
        person: Some(person()),
        ..Frame::default()
    }
}

/// An owner's frame.
pub(super) fn owner(current: Place) -> Frame {
    let orgs = vec![
        OrgLink {
            name: "Meridian Museum".to_owned(),
            href: ORG.to_owned(),
            current: true,
        },
        OrgLink {
            name: "Friends of the Archive".to_owned(),
            href: "/o/org_2".to_owned(),
            current: false,
        },
    ];
    let nav = Nav {
        org_name: "Meridian Museum".to_owned(),
        logo: None,
        org_path: ORG.to_owned(),
        current,
        orgs,
        may_manage: true,
        may_invite: true,
        may_create_org: true,
        may_manage_teams: true,
        teams: ["Collections", "Conservation", "Visitor services"]
            .map(|name| TeamLink {
                name: name.to_owned(),
                href: format!("{ORG}/teams/{}", name.to_lowercase().replace(' ', "-")),
                current: false,
            })
            .to_vec(),
        more_teams: false,
    };
    Frame {
        person: Some(person()),
        nav: Some(nav),
        live: Some(format!("{ORG}/live")),
        ..Frame::default()
    }
}

/// A reader's frame: only what the role may see.
pub(super) fn reader(current: Place) -> Frame {
    let mut frame = owner(current);
    if let Some(nav) = &mut frame.nav {
        (nav.may_manage, nav.may_invite, nav.may_create_org) = (false, false, false);
        nav.may_manage_teams = false;
    }
    frame
}

/// A state that makes a believable rollout: mostly there, a few in trouble.
pub(super) fn state(index: usize) -> DeviceState {
    match index % 25 {
        7 => DeviceState::Failed,
        12 | 19 => DeviceState::Pending,
        16 => DeviceState::Behind,
        23 => DeviceState::Stale,
        _ => DeviceState::Applied,
    }
}

pub(super) fn mosaic(size: Size, count: usize) -> Mosaic {
    let tile = |index: usize| {
        let (member, host) = (PEOPLE[index % PEOPLE.len()].0, HOSTS[index % HOSTS.len()].0);
        Tile {
            id: format!("device_{index:05}"),
            label: format!("{member} · {host}"),
            href: format!("{ORG}/devices#device_{index:05}"),
            state: state(index),
        }
    };
    Mosaic::new(size, (0..count).map(tile).collect())
}

pub(super) fn switch(path: &str, title: &str, help: &str, on: bool) -> SwitchLeaf {
    SwitchLeaf {
        path: path.to_owned(),
        title: title.to_owned(),
        help: help.to_owned(),
        on,
        saved: on,
        source: org_source(),
        lock: Some(lock(path, title, false)),
        ..SwitchLeaf::default()
    }
}

pub(super) fn lock(path: &str, title: &str, on: bool) -> Lock {
    Lock {
        path: path.to_owned(),
        title: title.to_owned(),
        on,
        saved: on,
    }
}

pub(super) fn model(path: &str, title: &str, value: &str) -> ModelLeaf {
    ModelLeaf {
        path: path.to_owned(),
        title: title.to_owned(),
        help: "Turns what was captured into memories.".to_owned(),
        value: value.to_owned(),
        saved: value.to_owned(),
        source: org_source(),
        ..ModelLeaf::default()
    }
}

pub(super) fn org_source() -> Source {
    Source {
        layer: Layer::Org,
        locked: false,
    }
}

pub(super) fn mode() -> ChoiceLeaf {
    ChoiceLeaf {
        path: "features.processing_mode".to_owned(),
        title: "Processing mode".to_owned(),
        help: "Local keeps all work on the machine. Blended uses the cloud where the machine is too slow. Cloud always uses it.".to_owned(),
        options: vec![Opt::new("local", "Local"), Opt::new("blended", "Blended"), Opt::new("cloud", "Cloud")],
        value: "blended".to_owned(),
        saved: "blended".to_owned(),
        source: Source { locked: true, ..org_source() },
        lock: Some(lock("features.processing_mode", "Processing mode", true)),
        error: None,
    }
}

pub(super) fn diff() -> Diff {
    let telemetry = ChangeKind::Value {
        before: "on".to_owned(),
        after: "off".to_owned(),
    };
    let rows = ChangeKind::Rows {
        added: 1_204,
        added_sample: ["bank.example", "clinic.example/portal", "*.payroll.example"]
            .map(str::to_owned)
            .to_vec(),
        changed: 1,
        changed_sample: vec!["Slack: available → blocked".to_owned()],
        removed: 1,
        removed_sample: vec!["intranet.meridian.example:8443".to_owned()],
    };
    let change = |title: &str, path: &str, kind, effect: &str| Change {
        title: title.to_owned(),
        path: path.to_owned(),
        kind,
        effect: effect.to_owned(),
    };
    Diff {
        changes: vec![
            change(
                "Telemetry",
                "features.telemetry",
                telemetry,
                "The agent stops sending counts of what it used.",
            ),
            change(
                "Websites",
                "memory.websites",
                rows,
                "Pages there are no longer captured; what was captured stays.",
            ),
        ],
    }
}

pub(super) fn pager() -> Pager {
    Pager {
        shown: "51 to 100 of 1,204".to_owned(),
        first: Some("?".to_owned()),
        next: Some("?after=b".to_owned()),
    }
}

pub(super) fn whole(shown: &str) -> Pager {
    Pager {
        shown: shown.to_owned(),
        ..Pager::default()
    }
}

pub(super) fn sort(order: &str) -> Sort {
    Sort {
        href: "?sort=name".to_owned(),
        order: order.to_owned(),
    }
}

pub(super) fn stat(label: &str, value: &str, of: &str, tone: Tone) -> Stat {
    Stat {
        label: label.to_owned(),
        value: value.to_owned(),
        of: of.to_owned(),
        tone,
        href: Some(format!("{ORG}/devices")),
    }
}

pub(super) fn seats() -> Meter {
    Meter {
        label: "Seats".to_owned(),
        used: 12,
        held: 3,
        total: 20,
        text: "12 of 20 seats used, 3 held by invitations".to_owned(),
    }
}

pub(super) fn tab(label: &str, count: Option<u64>, current: bool) -> Tab {
    Tab {
        label: label.to_owned(),
        href: "?tab".to_owned(),
        count,
        current,
    }
}

pub(super) fn roles(value: &str) -> Select {
    Select {
        options: ["Read", "Write", "Admin", "Owner"]
            .map(|role| Opt::new(role.to_lowercase(), role))
            .to_vec(),
        value: value.to_owned(),
        error: None,
    }
}

pub(super) fn own_devices() -> Vec<OwnDevice> {
    let device = |index: usize, state, seen: Option<&str>| OwnDevice {
        host: HOSTS[index].0.to_owned(),
        system: HOSTS[index].1.to_owned(),
        org_name: "Meridian Museum".to_owned(),
        state,
        seen: seen.map(ago),
        sign_out: Some(format!("/account/devices/device_{index}/sign-out")),
    };
    vec![
        device(0, DeviceState::Applied, Some("12 seconds ago")),
        device(3, DeviceState::Behind, Some("3 days ago")),
    ]
}
