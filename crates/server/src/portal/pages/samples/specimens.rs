//! The gallery of parts: each in every state.

use super::data::{
    PEOPLE, ago, diff, lock, mode, mosaic, org_source, owner, pager, roles, seats, sort, stat, switch, tab,
};
use crate::portal::pages::Parts;
use crate::portal::view::{
    Avatar, DeviceState, Frame, Input, Layer, Meter, Place, Select, Size, Source, Step, StepState, Stepper,
    SwitchLeaf, Theme, TimelineItem, Tone,
};

pub(super) fn parts(theme: Theme) -> Parts {
    Parts {
        frame: Frame {
            theme,
            ..owner(Place::Home)
        },
        fields: [
            Input::default(),
            Input::new("ada@example.org"),
            Input::refused(
                "ada@",
                "An address has a part after the @, such as ada@example.org.",
            ),
        ],
        selects: [
            roles("write"),
            Select {
                error: Some("Choose a role.".to_owned()),
                ..roles("")
            },
        ],
        switches: switches(),
        choice: mode(),
        states: DeviceState::ALL.to_vec(),
        meters: vec![
            Meter {
                label: "Seats".to_owned(),
                total: 20,
                text: "0 of 20 seats used".to_owned(),
                ..Meter::default()
            },
            seats(),
            Meter {
                used: 19,
                held: 1,
                text: "19 of 20 seats used, 1 held".to_owned(),
                ..seats()
            },
        ],
        stats: vec![
            stat("devices", "25", "", Tone::Neutral),
            stat("up to date", "21", "of 25", Tone::Good),
            stat("behind", "3", "", Tone::Warn),
            stat("failing", "1", "", Tone::Bad),
        ],
        mosaics: vec![
            mosaic(Size::Large, 25),
            mosaic(Size::Large, 400),
            mosaic(Size::Small, 25),
            mosaic(Size::Tiny, 25),
            mosaic(Size::Large, 5_000),
        ],
        diff: diff(),
        timeline: timeline(),
        stepper: stepper(),
        pager: pager(),
        tabs: vec![
            tab("Current Members", Some(12), true),
            tab("Pending Invites", Some(3), false),
            tab("Plain", None, false),
        ],
        sort: sort("ascending"),
        avatars: PEOPLE.iter().map(|(name, _)| Avatar::of(name)).collect(),
        sources: vec![
            Source::default(),
            org_source(),
            Source {
                layer: Layer::Team("Conservation".to_owned()),
                locked: false,
            },
            Source {
                layer: Layer::Member,
                locked: false,
            },
            Source {
                layer: Layer::Org,
                locked: true,
            },
        ],
    }
}

fn switches() -> Vec<SwitchLeaf> {
    vec![
        SwitchLeaf {
            source: Source::default(),
            ..switch(
                "specimen.on",
                "Telemetry",
                "Counts what is used, without content.",
                true,
            )
        },
        SwitchLeaf {
            lock: Some(lock("specimen.off", "Internal summary reports", false)),
            ..switch(
                "specimen.off",
                "Internal summary reports",
                "A weekly summary for owners and admins.",
                false,
            )
        },
        SwitchLeaf {
            source: Source {
                layer: Layer::Org,
                locked: true,
            },
            ..switch(
                "specimen.locked",
                "Sharing",
                "Members may publish snippets by link.",
                false,
            )
        },
        SwitchLeaf {
            error: Some("This needs connectivity, which is off.".to_owned()),
            ..switch(
                "specimen.refused",
                "Backups",
                "Copies memory to the cloud every night.",
                true,
            )
        },
    ]
}

fn timeline() -> Vec<TimelineItem> {
    [
        ("Sessions ended", Tone::Good),
        ("Wipe sent to atelier-04", Tone::Warn),
        ("amara-x1 did not answer", Tone::Bad),
        ("Removed from Organization", Tone::Neutral),
    ]
    .map(|(text, tone)| TimelineItem {
        text: text.to_owned(),
        actor: "Ines Okafor".to_owned(),
        at: ago("2 minutes ago"),
        href: None,
        tone,
    })
    .to_vec()
}

fn stepper() -> Stepper {
    let step = |label: &str, state| Step {
        label: label.to_owned(),
        state,
    };
    Stepper {
        steps: vec![
            step("Name", StepState::Done),
            step("Seats", StepState::Current),
            step("Invite people", StepState::Ahead),
        ],
    }
}
