//! Samples of the organization itself: Settings → General, its creation and its end.

use super::data::{ORG, ago, owner, reader, roles};
use super::{Sample, draw};
use crate::portal::pages::{
    ConfirmDeletion, DangerZone, DeleteOrganization, ProfileControl, Restorable, SettingsGeneral, TheirEdit,
    Welcome, WelcomeRow,
};
use crate::portal::view::{Input, Opt, Place, Step, StepState, Stepper};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = vec![
        draw("settings", &general()),
        draw("settings-overtaken", &overtaken()),
        draw("settings-refused", &refused()),
    ];
    samples.extend(deletion());
    samples.extend(welcome());
    samples
}

fn control(name: &'static str, title: &'static str, value: &str) -> ProfileControl {
    ProfileControl {
        name,
        title,
        kind: "text",
        autocomplete: "off",
        input: Input::new(value),
        saved: value.to_owned(),
        ..ProfileControl::default()
    }
}

fn general() -> SettingsGeneral {
    let choice = |name, title, value: &str, options: &[(&str, &str)], is_country| ProfileControl {
        options: options
            .iter()
            .map(|(value, label)| Opt::new(*value, *label))
            .collect(),
        unset: "None",
        is_country,
        ..control(name, title, value)
    };
    let name = ProfileControl {
        required: true,
        help: "Members see it on every page and in every invitation.",
        ..control("name", "Organization name", "Meridian Museum")
    };
    SettingsGeneral {
        frame: owner(Place::Settings),
        base_version: 4,
        logo_action: format!("{ORG}/settings/logo"),
        saw: vec![("saw.city".to_owned(), "Roma".to_owned())],
        organization: vec![name],
        contact: vec![
            control("contact_name", "Contact name", "Chiara Conti"),
            control("contact_email", "Contact email", "office@meridian.example"),
            control("phone", "Phone", "+39 06 0100 0123"),
        ],
        address: vec![
            choice(
                "country",
                "Country",
                "IT",
                &[("IT", "Italy"), ("SI", "Slovenia")],
                true,
            ),
            control("street", "Street", "Via Appia Antica 123"),
            control("city", "City", "Roma"),
            choice(
                "state",
                "State",
                "IT-RM",
                &[("IT-MI", "Milano"), ("IT-RM", "Roma")],
                false,
            ),
            control("postal_code", "Postal code", "00178"),
        ],
        org_id: "org_01jd8m5w3zf4gs8x7c2a9qk6tn".to_owned(),
        danger: Some(DangerZone {
            transfer: format!("{ORG}/transfer"),
            delete: format!("{ORG}/delete"),
        }),
        ..SettingsGeneral::default()
    }
}

fn overtaken() -> SettingsGeneral {
    let their = |title: &str, before: &str, after: &str, both| TheirEdit {
        title: title.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        both,
    };
    SettingsGeneral {
        theirs: vec![
            their("Phone", "", "+39 06 0100 0123", false),
            their("City", "Roma", "Milano", true),
        ],
        other: "Tomasz Wieczorek".to_owned(),
        at: Some(ago("2 minutes ago")),
        unsaved: 1,
        ..general()
    }
}

fn refused() -> SettingsGeneral {
    let mut page = SettingsGeneral {
        frame: reader(Place::Settings),
        danger: None,
        logo_error: Some("Choose a picture first.".to_owned()),
        problem: Some("2 fields need another look.".to_owned()),
        ..general()
    };
    page.contact[2].input = Input::refused(
        "none",
        "Write the number with digits, spaces and + - ( ) . / and an extension as x12.",
    );
    page.address[3].input.error = Some("Choose a state of Italy from the list.".to_owned());
    page
}

fn deletion() -> Vec<Sample> {
    let goes: Vec<String> = [
        "40 memberships",
        "6 teams",
        "38 devices, which wipe the organization's settings and memory",
        "2 pending invitations",
        "14 revisions of the settings, the lists of websites among them",
    ]
    .map(str::to_owned)
    .to_vec();
    let (action, back) = (format!("{ORG}/delete"), format!("{ORG}/settings"));
    let name = "Meridian Museum".to_owned();
    let ask = DeleteOrganization {
        frame: owner(Place::Settings),
        org_name: name.clone(),
        goes: goes.clone(),
        password: Some(Input::default()),
        action: action.clone(),
        back: back.clone(),
        ..DeleteOrganization::default()
    };
    let wrong = DeleteOrganization {
        frame: owner(Place::Settings),
        org_name: name.clone(),
        goes: goes.clone(),
        name: Input::refused(
            "meridian museum",
            "This is not its name. Type Meridian Museum, with the same capitals.",
        ),
        action: action.clone(),
        back: back.clone(),
        ..DeleteOrganization::default()
    };
    let last = ConfirmDeletion {
        frame: owner(Place::Settings),
        org_name: name,
        goes,
        action,
        back,
    };
    vec![
        draw("delete-organization", &ask),
        draw("delete-organization-refused", &wrong),
        draw("confirm-deletion", &last),
    ]
}

/// A deleted organization as the account page and the page without an organization show it.
pub(super) fn restorable() -> Restorable {
    Restorable {
        name: "Meridian Annex".to_owned(),
        deleted: ago("2 days ago"),
        left: "5 days".to_owned(),
        until: ago("in 5 days"),
        action: "/organizations/org_1/restore".to_owned(),
    }
}

fn welcome() -> Vec<Sample> {
    let row = |number, email: Input, role: &str| WelcomeRow {
        number,
        email,
        role: roles(role),
    };
    let step = |label: &str, state| Step {
        label: label.to_owned(),
        state,
    };
    let page = |rows, sent: Option<&str>, problem: Option<&str>| Welcome {
        frame: owner(Place::Home),
        org_name: "Meridian Museum".to_owned(),
        email: "chiara@meridian.example".to_owned(),
        steps: Stepper {
            steps: vec![
                step("Name the organization", StepState::Done),
                step("Invite people", StepState::Current),
            ],
        },
        may: vec![(
            "Read".to_owned(),
            "Sees everything, reacts to updates.".to_owned(),
        )],
        rows,
        may_add: true,
        sent: sent.map(str::to_owned),
        problem: problem.map(str::to_owned),
        mail_folder: None,
        action: format!("{ORG}/welcome"),
        home: ORG.to_owned(),
    };
    let empty = (1..=3).map(|number| row(number, Input::default(), "")).collect();
    let wrong = Input::refused("ada@meridian.example", "This address has an invitation already.");
    vec![
        draw("welcome", &page(empty, None, None)),
        draw(
            "welcome-refused",
            &page(
                vec![row(1, wrong, "write")],
                Some("2 invitations sent."),
                Some("1 row needs another look."),
            ),
        ),
    ]
}
