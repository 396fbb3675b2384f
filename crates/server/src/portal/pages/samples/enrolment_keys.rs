//! Samples of *Devices → Enrolment keys*: none, several, a new one, and a form that was refused.

use super::data::{ORG, PEOPLE, ago, owner};
use super::{Sample, draw};
use crate::portal::pages::{EnrolmentKeyRow, EnrolmentKeys, MadeEnrolmentKey};
use crate::portal::view::{Input, Opt, Place, Select, Tone};

pub(super) fn all() -> Vec<Sample> {
    let made = MadeEnrolmentKey {
        name: "Laptops, Berlin".to_owned(),
        key: "tsk_made-up".to_owned(),
        command: "tessera login https://portal.example --enrolment-key-file /path/to/key".to_owned(),
    };
    let refused = EnrolmentKeys {
        rule: String::new(),
        rule_problem: Some("Choose whom the key enrols.".to_owned()),
        max_uses: Input {
            value: "20000".to_owned(),
            error: Some("A key enrols from 1 to 10000 machines.".to_owned()),
        },
        problem: Some("200 enrolment keys work already. Revoke one that nobody needs.".to_owned()),
        ..keys(rows())
    };
    vec![
        draw("enrolment-keys-none", &keys(vec![])),
        draw("enrolment-keys", &keys(rows())),
        draw(
            "enrolment-keys-made",
            &EnrolmentKeys {
                made: Some(made),
                ..keys(rows())
            },
        ),
        draw("enrolment-keys-refused", &refused),
    ]
}

fn keys(rows: Vec<EnrolmentKeyRow>) -> EnrolmentKeys {
    EnrolmentKeys {
        frame: owner(Place::Devices),
        made: None,
        rows,
        name: Input::default(),
        rule: "member".to_owned(),
        rule_problem: None,
        member: Input::default(),
        domain: Input::default(),
        max_uses: Input::new("1"),
        days: Select {
            options: vec![Opt::new("7", "7 days"), Opt::new("365", "A year")],
            value: "7".to_owned(),
            error: None,
        },
        problem: None,
        action: format!("{ORG}/devices/enrolment-keys"),
        devices: format!("{ORG}/devices"),
    }
}

fn rows() -> Vec<EnrolmentKeyRow> {
    let row = |name: &str, whom: &str, uses: &str, state: (Tone, &str)| EnrolmentKeyRow {
        id: format!("ekey_{}", name.len()),
        name: name.to_owned(),
        last_four: "…x8Qa".to_owned(),
        whom: whom.to_owned(),
        uses: uses.to_owned(),
        devices: Some(format!("{ORG}/devices?key=ekey_{}", name.len())),
        used: Some(ago("3 minutes ago")),
        expires: ago("in 6 days"),
        made_by: PEOPLE[0].0.to_owned(),
        made: ago("yesterday"),
        state: (state.0, state.1.to_owned()),
        ended: None,
        revoke: Some(format!("{ORG}/devices/enrolment-keys/ekey_1/revoke")),
    };
    vec![
        EnrolmentKeyRow {
            devices: None,
            used: None,
            ..row(
                "Laptops, Berlin",
                "Whoever is logged in, at example.com",
                "0 of 200",
                (Tone::Good, "usable"),
            )
        },
        EnrolmentKeyRow {
            revoke: None,
            ..row("Front desk", PEOPLE[2].0, "1 of 1", (Tone::Neutral, "spent"))
        },
        EnrolmentKeyRow {
            revoke: None,
            ended: Some((PEOPLE[1].0.to_owned(), ago("2 hours ago"))),
            ..row(
                "Old image",
                "Whom --member names",
                "17 of 500",
                (Tone::Warn, "revoked"),
            )
        },
    ]
}
