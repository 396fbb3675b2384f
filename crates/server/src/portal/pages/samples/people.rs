//! Samples of members' pages: the list, one member, a review of edits.

use super::data::{ORG, PEOPLE, ago, owner, reader, roles, seats, sort, state, tab, whole};
use super::{Sample, draw};
use crate::portal::pages::{
    Bulk, Filter, Member, MemberDevice, MemberReview, MemberRow, MemberTeam, Members, ReviewedMember,
};
use crate::portal::view::{Opt, Place, Select, Tone};

pub(super) fn members() -> Vec<Sample> {
    let page = Members {
        frame: owner(Place::Members),
        seats: Some(seats()),
        tabs: vec![
            tab("Current Members", Some(12), true),
            tab("Pending Invites", Some(3), false),
        ],
        filters: filters(),
        by_name: sort("ascending"),
        by_role: sort("none"),
        by_joined: sort("none"),
        bulk: Some(bulk()),
        action: format!("{ORG}/members?"),
        export: Some(format!("{ORG}/members.csv")),
        removals: Some(format!("{ORG}/removals")),
        rows: (0..12).map(row).collect(),
        pager: whole("12 members"),
        may_manage: true,
        ..Members::default()
    };
    let read = Members {
        frame: reader(Place::Members),
        tabs: vec![tab("Current Members", Some(12), true)],
        filters: filters(),
        by_name: sort("ascending"),
        by_role: sort("none"),
        by_joined: sort("none"),
        rows: (0..5).map(row).map(plain).collect(),
        pager: whole("5 members"),
        ..Members::default()
    };
    let nobody = Members {
        frame: owner(Place::Members),
        query: "zz".to_owned(),
        narrowed: true,
        ..Members::default()
    };
    vec![
        draw("members", &page),
        draw("members-read", &read),
        draw("members-none", &nobody),
        draw("member-review", &review(false)),
        draw("member-review-refused", &review(true)),
        draw("member", &member(true)),
        draw("member-read", &member(false)),
    ]
}

fn row(index: usize) -> MemberRow {
    let (word, tone) = [
        ("up to date", Tone::Good),
        ("up to date", Tone::Good),
        ("behind", Tone::Warn),
        ("no device", Tone::Neutral),
        ("failing", Tone::Bad),
    ][index % 5];
    let below = |rest: &str| format!("{ORG}/members/account_{index}{rest}");
    let is_owner = index < 2;
    MemberRow {
        account: format!("account_{index}"),
        path: below(""),
        name: PEOPLE[index].0.to_owned(),
        email: PEOPLE[index].1.to_owned(),
        picture: (index == 1).then(|| crate::portal::assets::asset_path("mark.svg").to_owned()),
        role: if is_owner { "Owner" } else { "Read" }.to_owned(),
        was: if is_owner { "owner" } else { "read" }.to_owned(),
        roles: roles(if is_owner { "owner" } else { "read" }),
        picked: false,
        teams: [
            "Collections",
            "",
            "Conservation, Visitor services",
            "Collections, Conservation and 2 more",
        ][index % 4]
            .to_owned(),
        devices: "1 device".to_owned(),
        state: word.to_owned(),
        tone,
        devices_href: (word != "no device").then(|| format!("{ORG}/devices?member=account_{index}")),
        joined: ago("5 months ago"),
        own: index == 0,
        settings: Some(below("/settings")),
        tighten: Some(below("/tighten")),
        sign_out: (index > 0).then(|| below("/sign-out")),
        transfer: (!is_owner).then(|| format!("{ORG}/transfer?to=account_{index}")),
        remove: (index > 0).then(|| below("/remove")),
    }
}

/// The same row for who may not touch it.
fn plain(row: MemberRow) -> MemberRow {
    MemberRow {
        roles: Select::default(),
        devices_href: None,
        settings: None,
        tighten: None,
        sign_out: None,
        transfer: None,
        remove: None,
        ..row
    }
}

fn filters() -> Vec<Filter> {
    let filter = |name: &str, label: &str, all: &str, options: &[&str]| Filter {
        name: name.to_owned(),
        label: label.to_owned(),
        all: all.to_owned(),
        options: options.iter().map(|word| Opt::new(*word, *word)).collect(),
        value: String::new(),
    };
    vec![
        filter("role", "Role", "All roles", &["Owner", "Admin", "Write", "Read"]),
        filter("team", "Team", "All teams", &["Collections", "Conservation"]),
        filter(
            "device",
            "Devices",
            "All devices",
            &["Up to date", "Behind", "Failing", "No device"],
        ),
    ]
}

fn bulk() -> Bulk {
    let teams = Select {
        options: ["Collections", "Conservation"]
            .map(|team| Opt::new(team, team))
            .to_vec(),
        ..Select::default()
    };
    Bulk {
        scope: Select {
            options: vec![
                Opt::new("picked", "the ticked members"),
                Opt::new("all", "all 12 members"),
            ],
            ..Select::default()
        },
        role: roles(""),
        join: teams.clone(),
        leave: teams,
        open: true,
    }
}

fn review(refused: bool) -> MemberReview {
    let person = |index: usize, before: &str, after: Option<&str>| ReviewedMember {
        name: PEOPLE[index].0.to_owned(),
        email: PEOPLE[index].1.to_owned(),
        before: before.to_owned(),
        after: after.map(str::to_owned),
        ..ReviewedMember::default()
    };
    let last_owner = ReviewedMember {
        refused: Some("This is the organization's last owner. Make somebody else an owner first.".to_owned()),
        ..person(1, "Owner", Some("Read"))
    };
    let overtaken = ReviewedMember {
        overtaken: Some("Write".to_owned()),
        ..person(4, "Admin", Some("Read"))
    };
    let mut rows = vec![
        ReviewedMember {
            leads_lost: vec!["Collections".to_owned()],
            ..person(2, "Write", Some("Read"))
        },
        ReviewedMember {
            joins: vec!["Conservation".to_owned()],
            leaves: vec!["Collections".to_owned()],
            ..person(5, "Read", None)
        },
    ];
    if refused {
        rows.splice(0..0, [last_owner, overtaken]);
    }
    MemberReview {
        frame: owner(Place::Members),
        summary: if refused {
            "214 members: 213 roles, 2 places in teams"
        } else {
            "2 members: 1 role, 2 places in teams"
        }
        .to_owned(),
        rows,
        more: if refused { 210 } else { 0 },
        losses: vec!["Write → Read (1 member) may no longer: post updates; comment on updates; edit and delete own posts.".to_owned()],
        moves_settings: true,
        refused: u64::from(refused),
        overtaken: u64::from(refused),
        all_refused: false,
        pending: "account_2 write read".to_owned(),
        kept: vec![],
        action: format!("{ORG}/members/review"),
    }
}

fn member(manages: bool) -> Member {
    let team = |index: usize, name: &str, is_in: bool| MemberTeam {
        id: format!("team_{index}"),
        name: name.to_owned(),
        was_in: is_in,
        is_in,
        lead: index == 0,
    };
    let device = |index: usize, host: &str| MemberDevice {
        host: host.to_owned(),
        system: "Debian 13".to_owned(),
        state: state(index),
        seen: ago("8 seconds ago"),
    };
    let act = |label: &str, destroys| (label.to_owned(), format!("{ORG}/members/account_2"), destroys);
    Member {
        frame: if manages {
            owner(Place::Members)
        } else {
            reader(Place::Members)
        },
        path: format!("{ORG}/members/account_2"),
        name: PEOPLE[2].0.to_owned(),
        email: PEOPLE[2].1.to_owned(),
        role: "Write".to_owned(),
        role_summary: "As Read, and posts updates and comments; may lead a team.".to_owned(),
        was: "write".to_owned(),
        roles: if manages {
            roles("write")
        } else {
            Select::default()
        },
        joined: ago("5 months ago"),
        own: false,
        teams: vec![
            team(0, "Collections", true),
            team(1, "Conservation", !manages),
            team(2, "Visitor services", !manages),
        ],
        may_assign: manages,
        devices: manages.then(|| vec![device(0, "amara-x1"), device(3, "reading-room")]),
        acts: if manages {
            vec![
                act("View effective settings", false),
                act("What they did, in the audit log", false),
                act("Sign out everywhere…", false),
                act("Transfer ownership…", false),
                act("Remove from Organization", true),
            ]
        } else {
            vec![]
        },
    }
}
