//! Samples of one's own pages: the account, organizations, activating a machine, My settings.

use super::data::{
    HOSTS, ORG, ago, org_source, outside, own_devices, owner, person, reader, signed_in, whole,
};
use super::{Sample, draw, orgs};
use crate::portal::pages::{
    Account, Activate, ActivateDone, ActivateReview, ApiToken, BlockedApplication, BlockedWebsite,
    ChangeEmail, CreateOrganization, DeleteAccount, EmailChange, Hit, JoinedOrg, Jump, MySettings,
    NoOrganization, OwnLeaf, OwnModel, OwnerlessOrg, PendingInvitation, Session,
};
use crate::portal::view::{Flash, Input, Layer, Opt, Place, Select, Source, Tone};

pub(super) fn all() -> Vec<Sample> {
    let invited = PendingInvitation {
        org_name: "Meridian Museum".to_owned(),
        role: "Write".to_owned(),
        inviter: "Tomasz Wieczorek".to_owned(),
        href: "/invitations/t".to_owned(),
        expires: ago("in 6 days"),
    };
    let alone = NoOrganization {
        frame: signed_in(),
        may_create_org: true,
        invitations: vec![invited],
        restorable: vec![orgs::restorable()],
    };
    let waiting = NoOrganization {
        frame: signed_in(),
        ..NoOrganization::default()
    };
    let create = CreateOrganization {
        frame: signed_in(),
        seats: "unlimited seats".to_owned(),
        ..CreateOrganization::default()
    };
    let mut samples = vec![
        draw("account", &account()),
        draw("account-refused", &account_refused()),
        draw("no-organization", &alone),
        draw("no-organization-waiting", &waiting),
        draw("create-organization", &create),
        draw("my-settings", &my_settings()),
        draw("jump", &jump()),
    ];
    samples.extend(farewells());
    samples.extend(activating());
    samples
}

fn account() -> Account {
    let org = |name: &str, role: &str, leave| JoinedOrg {
        name: name.to_owned(),
        href: ORG.to_owned(),
        role: role.to_owned(),
        manage: (role == "Owner").then(|| format!("{ORG}/settings")),
        leave,
    };
    let session = |browser: &str, address: &str, seen: &str, current| Session {
        id: "session_1".to_owned(),
        browser: browser.to_owned(),
        address: address.to_owned(),
        since: ago("12 days ago"),
        seen: ago(seen),
        current,
    };
    let token = ApiToken {
        id: "token_1".to_owned(),
        name: "Nightly export".to_owned(),
        created: ago("3 months ago"),
        used: Some(ago("9 hours ago")),
        expires: None,
    };
    let mut frame = owner(Place::Account);
    frame.flash = Some(Flash {
        tone: Tone::Good,
        link: None,
        text: "Your name is saved.".to_owned(),
    });
    Account {
        frame,
        name: Input::new(person().name),
        zone: select(&[("UTC", "UTC"), ("Europe/Rome", "Europe/Rome")], "Europe/Rome"),
        picture: Some(crate::portal::assets::asset_path("mark.svg").to_owned()),
        token_life: select(&[("30", "30 days"), ("90", "90 days")], "90"),
        email_change: Some(EmailChange {
            email: "ada@king.example".to_owned(),
            expires: ago("in 23 hours"),
        }),
        email: person().email,
        verified: true,
        orgs: vec![
            org("Meridian Museum", "Owner", None),
            org(
                "Friends of the Archive",
                "Read",
                Some("/o/org_2/leave".to_owned()),
            ),
        ],
        restorable: vec![orgs::restorable()],
        may_create_org: true,
        devices: own_devices(),
        tokens: vec![token],
        new_token: Some("tsr_7QmA2fYx0bKd9LwVn4RpEz".to_owned()),
        sessions: vec![
            session("Firefox 133 on macOS", "203.0.113.24", "now", true),
            session("Chrome 131 on Android", "198.51.100.7", "yesterday", false),
        ],
        ..Account::default()
    }
}

/// The same page with everything refused that can be.
fn account_refused() -> Account {
    Account {
        picture: None,
        picture_problem: Some(
            "SVG pictures are not taken, since they can hold scripts. Save it as PNG and choose that."
                .to_owned(),
        ),
        email_change: None,
        new_email: Input::refused("ada@", "\"\" is not a domain that receives mail."),
        present_password: Input::refused("", "This is not your password."),
        token_password: Some(Input::refused("", "Type your password again first.")),
        new_token: None,
        orgs: Vec::new(),
        tokens: Vec::new(),
        devices: Vec::new(),
        ..account()
    }
}

/// Another address, and the end of the account.
fn farewells() -> Vec<Sample> {
    let change = ChangeEmail {
        frame: signed_in(),
        action: "/change-email/tsl_0".to_owned(),
        present: person().email,
        wanted: Some("ada@king.example".to_owned()),
        problem: None,
    };
    let dead = ChangeEmail {
        frame: signed_in(),
        present: person().email,
        ..ChangeEmail::default()
    };
    let ownerless = |name: &str, is_deleted| OwnerlessOrg {
        name: name.to_owned(),
        transfer: format!("{ORG}/transfer"),
        settings: format!("{ORG}/settings"),
        is_deleted,
    };
    let delete = DeleteAccount {
        frame: owner(Place::Account),
        address: person().email,
        email: Input::refused("ada", "Type it exactly, as it stands here."),
        consequences: vec![
            "You leave 2 organizations.".to_owned(),
            "You are signed out everywhere.".to_owned(),
        ],
        ..DeleteAccount::default()
    };
    let last = DeleteAccount {
        frame: owner(Place::Account),
        address: person().email,
        ownerless: vec![
            ownerless("Meridian Museum", false),
            ownerless("Old Friends", true),
        ],
        ..DeleteAccount::default()
    };
    vec![
        draw("change-email", &change),
        draw("change-email-dead", &dead),
        draw("delete-account", &delete),
        draw("delete-account-last-owner", &last),
    ]
}

fn select(options: &[(&str, &str)], value: &str) -> Select {
    Select {
        options: options
            .iter()
            .map(|(value, label)| Opt::new(*value, *label))
            .collect(),
        value: value.to_owned(),
        error: None,
    }
}

#[expect(clippy::too_many_lines, reason = "one page, whole")]
fn my_settings() -> MySettings {
    let leaf = |path: &str, title: &str, help: &str, value: &str, source| OwnLeaf {
        path: path.to_owned(),
        title: title.to_owned(),
        help: help.to_owned(),
        value: value.to_owned(),
        source,
    };
    let blocked = |rule: &str| BlockedWebsite {
        rule: rule.to_owned(),
        source: org_source(),
    };
    let locked = Source {
        locked: true,
        ..org_source()
    };
    MySettings {
        until_then: Some(11),
        models_managed: true,
        models_summary: "2 of 422 known models may be used.".to_owned(),
        models: [
            ("Large", "openai/large", "Accurate"),
            ("Small", "openai/small", "Fast"),
        ]
        .map(|(title, name, label)| OwnModel {
            title: title.to_owned(),
            name: name.to_owned(),
            label: label.to_owned(),
            source: org_source(),
        })
        .to_vec(),
        frame: reader(Place::MySettings),
        org_name: "Meridian Museum".to_owned(),
        whose: None,
        revision: Some(12),
        features: vec![
            leaf(
                "features.telemetry",
                "Telemetry",
                "Counts which features are used, without content.",
                "off",
                locked,
            ),
            leaf(
                "features.processing_mode",
                "Processing mode",
                "Where captured context is worked on.",
                "blended",
                org_source(),
            ),
            leaf(
                "features.cloud_backups",
                "Backups",
                "Copies memory to the cloud every night.",
                "on",
                Source::default(),
            ),
        ],
        memory: vec![leaf(
            "memory.audio_capture",
            "Audio Context Capture",
            "Records what is said in calls.",
            "off",
            org_source(),
        )],
        applications_enforced: true,
        applications: vec![
            BlockedApplication {
                name: "1Password".to_owned(),
                global: true,
                source: Source::default(),
            },
            BlockedApplication {
                name: "Payroll".to_owned(),
                global: false,
                source: Source {
                    layer: Layer::TightenedForYou,
                    locked: false,
                },
            },
        ],
        websites_enforced: true,
        websites_total: "1,204".to_owned(),
        query: String::new(),
        websites: ["bank.example", "clinic.example/portal", "*.payroll.example"]
            .map(blocked)
            .to_vec(),
        pager: whole("1 to 3 of 1,204"),
        visible: [
            ("Your devices", "Name, system, agent version, last contact"),
            (
                "What they obey",
                "The revision each runs, and its signed word on it",
            ),
            ("You", "Name, address, role, the day you joined"),
        ]
        .map(|(what, words)| (what.to_owned(), words.to_owned()))
        .to_vec(),
        hidden: [
            "Pages you visit, or whether one was blocked",
            "What your assistant captured or remembers",
            "What you ask an assistant, and what it answers",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

fn jump() -> Jump {
    let hit = |kind: &str, title: &str, detail: &str| Hit {
        kind: kind.to_owned(),
        title: title.to_owned(),
        detail: detail.to_owned(),
        href: ORG.to_owned(),
    };
    Jump {
        frame: owner(Place::Home),
        query: "am".to_owned(),
        hits: vec![
            hit("Member", "Amara Lindqvist", "amara.lindqvist@meridian.example"),
            hit("Device", "amara-x1", "Amara Lindqvist, Debian 13"),
            hit("Page", "Members", ""),
        ],
    }
}

fn activating() -> Vec<Sample> {
    let refused = Activate {
        frame: signed_in(),
        code: Input::refused(
            "KXPR-7QMZ",
            "No machine waits with this code. It may be older than 10 minutes.",
        ),
        problem: None,
    };
    let org = Select {
        options: vec![Opt::new("org_1", "Meridian Museum")],
        value: "org_1".to_owned(),
        error: None,
    };
    let review = |differ: bool| ActivateReview {
        frame: signed_in(),
        code: "KXPR-7QMT".to_owned(),
        host: HOSTS[0].0.to_owned(),
        system: HOSTS[0].1.to_owned(),
        agent: "0.1.0".to_owned(),
        keys: "OS keyring".to_owned(),
        device_address: if differ { "198.51.100.7" } else { "203.0.113.24" }.to_owned(),
        browser_address: "203.0.113.24".to_owned(),
        addresses_differ: differ,
        key_words: ["amber", "harbour", "linen", "osprey"]
            .map(str::to_owned)
            .to_vec(),
        orgs: org.clone(),
        ask_password: differ,
        ..ActivateReview::default()
    };
    let done = |approved| ActivateDone {
        frame: signed_in(),
        host: HOSTS[0].0.to_owned(),
        org_name: "Meridian Museum".to_owned(),
        approved,
        home: ORG.to_owned(),
    };
    vec![
        draw(
            "activate",
            &Activate {
                frame: outside(),
                ..Activate::default()
            },
        ),
        draw("activate-refused", &refused),
        draw("activate-review", &review(false)),
        draw("activate-warned", &review(true)),
        draw("activate-approved", &done(true)),
        draw("activate-denied", &done(false)),
    ]
}
