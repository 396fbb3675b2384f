//! Samples of the pages by which somebody is signed out, leaves, is removed, or hands the organization over.

use super::data::{ORG, PEOPLE, ago, owner};
use super::{Sample, draw};
use crate::portal::pages::{
    ConfirmLeave, ConfirmSignOut, Heir, Removal, RemovalStep, Removals, RemovedDevice, Transfer,
};
use crate::portal::view::{Input, Place, Tone};

pub(super) fn all() -> Vec<Sample> {
    vec![
        draw("confirm-sign-out", &sign_out()),
        draw("confirm-leave", &leave(None)),
        draw(
            "confirm-leave-last-owner",
            &leave(Some(
                "This is the organization's last owner. Make somebody else an owner first.",
            )),
        ),
        draw("removal", &removal(false)),
        draw("removal-done", &removal(true)),
        draw("removals", &removals()),
        draw("transfer-choose", &transfer(false)),
        draw("transfer", &transfer(true)),
    ]
}

fn sign_out() -> ConfirmSignOut {
    ConfirmSignOut {
        frame: owner(Place::Members),
        name: PEOPLE[3].0.to_owned(),
        email: PEOPLE[3].1.to_owned(),
        consequences: [
            "Every browser is signed out. To go on, they sign in again.",
            "Their access tokens end.",
            "Their devices stay enrolled and obey as before.",
            "They are told by mail.",
        ]
        .map(str::to_owned)
        .to_vec(),
        action: format!("{ORG}/members/account_3/sign-out"),
        problem: None,
        back: format!("{ORG}/members"),
    }
}

fn leave(problem: Option<&str>) -> ConfirmLeave {
    ConfirmLeave {
        frame: owner(Place::Account),
        org_name: "Meridian Museum".to_owned(),
        consequences: [
            "You lose access to Meridian Museum.",
            "Each of your devices here erases this organization's settings, keys and memory.",
            "To come back, somebody must invite you again.",
        ]
        .map(str::to_owned)
        .to_vec(),
        action: format!("{ORG}/leave"),
        problem: problem.map(str::to_owned),
        ways: vec![
            (
                "Transfer ownership to another member".to_owned(),
                format!("{ORG}/transfer"),
            ),
            (
                "Make another member an owner".to_owned(),
                format!("{ORG}/members"),
            ),
        ],
        back: "/account".to_owned(),
    }
}

fn removal(complete: bool) -> Removal {
    let step = |text: &str, detail: &str, tone| RemovalStep {
        text: text.to_owned(),
        detail: detail.to_owned(),
        tone,
    };
    let device = |host: &str, wiped: bool| RemovedDevice {
        host: host.to_owned(),
        system: "Debian 13".to_owned(),
        seen: ago("3 minutes ago"),
        wiped: wiped.then(|| ago("2 minutes ago")),
    };
    Removal {
        frame: owner(Place::Members),
        name: PEOPLE[3].0.to_owned(),
        email: PEOPLE[3].1.to_owned(),
        how: "Removed by Ines Okafor".to_owned(),
        at: ago("3 minutes ago"),
        steps: vec![
            step(
                "Membership ended",
                "They were Write. Their seat is free.",
                Tone::Good,
            ),
            step("Signed out of every browser", "2 sessions", Tone::Good),
            step("Access tokens ended", "1 token", Tone::Good),
            step("Devices refused", "2 devices", Tone::Good),
        ],
        devices: vec![device("atelier-04", true), device("reading-room", complete)],
        standing: if complete {
            "All done. All 2 devices proved that they wiped what they had."
        } else {
            "1 of 2 receipts are in. This page shows each as it comes."
        }
        .to_owned(),
        complete,
        again: None,
        all: format!("{ORG}/removals"),
    }
}

fn removals() -> Removals {
    let row = |index: usize, how: &str| {
        (
            format!("{ORG}/removals/account_{index}"),
            PEOPLE[index].0.to_owned(),
            PEOPLE[index].1.to_owned(),
            how.to_owned(),
            ago("3 minutes ago"),
        )
    };
    Removals {
        frame: owner(Place::Members),
        rows: vec![row(3, "Removed by Ines Okafor"), row(7, "Left by themselves")],
        back: format!("{ORG}/members"),
    }
}

fn transfer(chosen: bool) -> Transfer {
    let choice = |index: usize, role: &str| {
        (
            format!("{ORG}/transfer?to=account_{index}"),
            PEOPLE[index].0.to_owned(),
            PEOPLE[index].1.to_owned(),
            role.to_owned(),
        )
    };
    Transfer {
        frame: owner(Place::Members),
        org_name: "Meridian Museum".to_owned(),
        from: PEOPLE[0].0.to_owned(),
        to: chosen.then(|| Heir {
            account: "account_2".to_owned(),
            name: PEOPLE[2].0.to_owned(),
            email: PEOPLE[2].1.to_owned(),
            role: "Admin".to_owned(),
        }),
        choices: if chosen {
            vec![]
        } else {
            vec![choice(2, "Admin"), choice(4, "Write"), choice(5, "Read")]
        },
        query: String::new(),
        password: chosen.then(Input::default),
        action: format!("{ORG}/transfer"),
        problem: None,
        back: format!("{ORG}/members"),
    }
}
