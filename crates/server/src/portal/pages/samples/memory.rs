//! Samples of applications, of layers over the organization's, and of the test bench.

use super::data::{ORG, ago, org_source, owner, pager, tab};
use super::{Sample, draw};
use crate::portal::pages::{
    ApplicationEdit, ApplicationRow, Applications, LayerLeaf, LayerSection, LayerSettings, SeenApplications,
    SeenRow, TestAnswer, TestBench,
};
use crate::portal::view::{Input, Layer, Opt, Place, Select, Source};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = vec![
        draw("applications", &applications()),
        draw("applications-empty", &none_found()),
        draw("application-edit", &editor()),
        draw("application-new", &refused()),
        draw("applications-seen", &seen()),
        draw(
            "applications-seen-none",
            &SeenApplications {
                rows: Vec::new(),
                reported: false,
                ..seen()
            },
        ),
    ];
    samples.extend([
        draw("team-layer", &team()),
        draw("member-layer", &member()),
        draw("test-bench", &answered()),
        draw("test-bench-empty", &bench()),
    ]);
    samples
}

fn seen() -> SeenApplications {
    let row = |name: &str, known: &[(&str, &str)]| SeenRow {
        name: name.to_owned(),
        identifiers: known
            .iter()
            .map(|(system, pattern)| ((*system).to_owned(), (*pattern).to_owned()))
            .collect(),
        first: ago("3 days ago"),
        last: ago("12 minutes ago"),
        add: format!("{ORG}/memory/applications/edit?name={name}"),
    };
    SeenApplications {
        frame: owner(Place::Applications),
        tabs: vec![
            tab("Blocked Applications", None, false),
            tab("Available Applications", None, false),
            tab("Seen, unknown", Some(2), true),
        ],
        reported: true,
        rows: vec![
            row("Obsidian Clipper", &[("macOS", "md.obsidian.clipper")]),
            row(
                "<b>Frobnicate</b>",
                &[
                    ("program", "frobnicate"),
                    ("Linux app id", "org.example.Frobnicate.With.A.Long.Name"),
                ],
            ),
        ],
    }
}

fn row(key: &str, name: &str, category: &str) -> ApplicationRow {
    let text = |text: &str| text.to_owned();
    ApplicationRow {
        key: text(key),
        name: text(name),
        category: text(category),
        global: !category.is_empty(),
        identifiers: vec![
            (text("macOS"), format!("com.{key}.desktop")),
            (text("Program"), format!("{key}.exe")),
        ],
        blocked: true,
        saved: true,
        edit: Some(format!("{ORG}/memory/applications/edit?key={key}")),
        ..ApplicationRow::default()
    }
}

fn applications() -> Applications {
    Applications {
        frame: owner(Place::Applications),
        action: format!("{ORG}/memory/applications"),
        layer: "org".to_owned(),
        base_revision: 12,
        enforced: true,
        tabs: vec![
            tab("Blocked Applications", Some(58), true),
            tab("Available Applications", Some(160), false),
        ],
        list: "blocked".to_owned(),
        rows: vec![
            ApplicationRow {
                fixed: "always blocked".to_owned(),
                edit: None,
                more: 4,
                ..row("1password", "1Password", "Passwords")
            },
            ApplicationRow {
                blocked: false,
                ..row("anydesk", "AnyDesk", "Remote desktop")
            },
            ApplicationRow {
                source: org_source(),
                removable: true,
                removed: true,
                ..row(
                    "payroll",
                    "Payroll of Meridian Museum, the one with the very long name",
                    "",
                )
            },
        ],
        pager: pager(),
        add: format!("{ORG}/memory/applications/edit"),
        unsaved: 2,
        ..Applications::default()
    }
}

fn none_found() -> Applications {
    Applications {
        enforced: false,
        list: "available".to_owned(),
        query: "zoo<m".to_owned(),
        rows: Vec::new(),
        ..applications()
    }
}

fn editor() -> ApplicationEdit {
    ApplicationEdit {
        frame: owner(Place::Applications),
        action: format!("{ORG}/memory/applications/edit"),
        layer: "org".to_owned(),
        base_revision: 12,
        key: "signal".to_owned(),
        global: true,
        name: Input::new("Signal"),
        bundle_id: Input::new("org.whispersystems.signal-desktop"),
        exe: Input::new("Signal.exe\nsignal-desktop"),
        blocked: true,
        back: format!("{ORG}/memory/applications"),
        ..ApplicationEdit::default()
    }
}

fn refused() -> ApplicationEdit {
    ApplicationEdit {
        key: String::new(),
        global: false,
        of_whom: "for Mira Okafor".to_owned(),
        only_blocks: true,
        name: Input::refused("", "Say what people call it."),
        exe: Input::refused("*.exe", "*.exe: the only wildcard is .* at the end."),
        ..editor()
    }
}

fn leaf(path: &str, title: &str, holds: &str, source: Source) -> LayerLeaf {
    let text = |text: &str| text.to_owned();
    LayerLeaf {
        path: text(path),
        title: text(title),
        help: text("Lets the assistant send usage figures and error reports to its maker."),
        options: vec![
            Opt::new("inherit", "As it is: on"),
            Opt::new("on", "On"),
            Opt::new("off", "Off"),
        ],
        value: text("off"),
        saved: text("inherit"),
        holds: text(holds),
        source,
        spoke: vec![(Source::default(), text("on")), (org_source(), text("on"))],
        ..LayerLeaf::default()
    }
}

fn team() -> LayerSettings {
    let locked = Source {
        locked: true,
        ..org_source()
    };
    LayerSettings {
        frame: owner(Place::Teams),
        action: format!("{ORG}/teams/team_1/settings"),
        layer: "team_1".to_owned(),
        name: "Conservation".to_owned(),
        home: format!("{ORG}/teams/team_1"),
        base_revision: 12,
        sections: vec![
            LayerSection {
                id: "features",
                title: "Features",
                leaves: vec![
                    leaf("features.telemetry", "Telemetry", "on", org_source()),
                    LayerLeaf {
                        options: Vec::new(),
                        fixed: "Locked by the organization.".to_owned(),
                        ..leaf("features.cloud_sharing", "External cloud sharing", "off", locked)
                    },
                ],
            },
            LayerSection {
                id: "memory",
                title: "Long-Term Memory",
                leaves: vec![LayerLeaf {
                    text: true,
                    options: Vec::new(),
                    value: "gpt".to_owned(),
                    error: Some("Expected a model such as openai/gpt-5, or none.".to_owned()),
                    ..leaf(
                        "memory.event_model",
                        "Memory event processing",
                        "none",
                        Source::default(),
                    )
                }],
            },
        ],
        models: (
            "own list".to_owned(),
            format!("{ORG}/teams/team_1/settings/models"),
        ),
        applications: (
            "2 applications".to_owned(),
            format!("{ORG}/teams/team_1/settings/applications"),
        ),
        websites: (
            "0 websites".to_owned(),
            format!("{ORG}/teams/team_1/settings/websites"),
        ),
        unsaved: 1,
        ..LayerSettings::default()
    }
}

fn member() -> LayerSettings {
    LayerSettings {
        frame: owner(Place::Members),
        layer: "acct_1".to_owned(),
        name: "Mira Okafor".to_owned(),
        home: format!("{ORG}/members/acct_1"),
        tightens: true,
        ..team()
    }
}

fn bench() -> TestBench {
    TestBench {
        frame: owner(Place::TestBench),
        whom: Select {
            options: vec![Opt::new("team_1", "Conservation")],
            ..Select::default()
        },
        ..TestBench::default()
    }
}

fn answered() -> TestBench {
    TestBench {
        what: Input::new("pay.bank.example/login"),
        member: Input::new("mira@meridian.example"),
        answer: Some(TestAnswer {
            asked: "https://pay.bank.example/login".to_owned(),
            allowed: false,
            reason: "The website is on a list of denied websites.".to_owned(),
            rule: "bank.example".to_owned(),
            source: Source {
                layer: Layer::Team("Conservation".to_owned()),
                locked: false,
            },
            revision: 12,
            whom: "Mira Okafor".to_owned(),
        }),
        ..bench()
    }
}
