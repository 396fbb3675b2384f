//! Samples of inviting: the form, a list before and after it is sent, pending invitations.

use super::data::{ORG, ago, owner, roles, seats, tab, whole};
use super::{Sample, draw};
use crate::portal::pages::{
    InvitationEdit, Invite, InvitePreview, InviteProgress, InviteRow, InviteSent, ListRow, PendingInvites,
    PendingRow, TeamChoice,
};
use crate::portal::view::{Input, Pager, Place, RoleOption, Select};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = pending();
    samples.extend(forms());
    samples.extend(lists());
    samples
}

fn pending() -> Vec<Sample> {
    let page = || PendingInvites {
        frame: owner(Place::Members),
        seats: Some(seats()),
        tabs: vec![
            tab("Current Members", Some(12), false),
            tab("Pending Invites", Some(2), true),
        ],
        rows: vec![
            invited("rosa.marin@meridian.example", "Write", "mail sent", false),
            invited("ben@contractor.example", "Read", "mail not sent yet", true),
        ],
        pager: whole("2 of 2 invitations"),
        ..PendingInvites::default()
    };
    let copied = PendingInvites {
        copied: Some((
            "ben@contractor.example".to_owned(),
            format!("https://tessera.meridian.example/invitations/mine{ORG}/inv_1"),
        )),
        mail_folder: Some("/var/lib/tessera/mail".to_owned()),
        ..page()
    };
    let found_none = PendingInvites {
        query: "zz".to_owned(),
        rows: vec![],
        ..page()
    };
    let edit = InvitationEdit {
        frame: owner(Place::Members),
        email: "rosa.marin@meridian.example".to_owned(),
        action: format!("{ORG}/invitations/inv_1/edit"),
        back: format!("{ORG}/invitations"),
        problem: None,
        roles: role_options(),
        role: "write".to_owned(),
        teams: team_choices(),
    };
    let sent = InviteSent {
        frame: owner(Place::Members),
        email: "rosa.marin@meridian.example".to_owned(),
        role: "Write".to_owned(),
        link: "https://tessera.meridian.example/invitations/6fT2pX".to_owned(),
        mail: "The mail is on its way.".to_owned(),
        mail_folder: None,
    };
    vec![
        draw("pending-invites", &page()),
        draw(
            "pending-invites-empty",
            &PendingInvites {
                rows: vec![],
                ..page()
            },
        ),
        draw("pending-invites-none", &found_none),
        draw("pending-invites-link", &copied),
        draw("invitation-edit", &edit),
        draw("invite-sent", &sent),
    ]
}

fn invited(email: &str, role: &str, mail: &str, mail_trouble: bool) -> PendingRow {
    PendingRow {
        email: email.to_owned(),
        role: role.to_owned(),
        teams: if mail_trouble {
            ""
        } else {
            "Collections, Conservation"
        }
        .to_owned(),
        pending: true,
        inviter: "Tomasz Wieczorek".to_owned(),
        sent: ago("yesterday"),
        expires: ago("in 6 days"),
        mail: mail.to_owned(),
        mail_trouble,
        path: Some(format!("{ORG}/invitations/invitation_1")),
    }
}

fn role_options() -> Vec<RoleOption> {
    let role = |value: &str, label: &str, may: &str| RoleOption {
        value: value.to_owned(),
        label: label.to_owned(),
        may: may.to_owned(),
    };
    vec![
        role(
            "read",
            "Read",
            "Sees members, teams and updates; own devices and settings.",
        ),
        role("write", "Write", "Also posts updates and comments."),
        role("admin", "Admin", "Also decides settings, members and devices."),
        role("owner", "Owner", "Also deletes or hands over the organization."),
    ]
}

fn team_choices() -> Vec<TeamChoice> {
    let team = |name: &str, chosen| TeamChoice {
        id: format!("team_{name}"),
        name: name.to_owned(),
        chosen,
    };
    vec![
        team("Collections", true),
        team("Conservation", false),
        team("Visitor services", false),
    ]
}

fn invite() -> Invite {
    Invite {
        frame: owner(Place::Members),
        action: format!("{ORG}/members/invite"),
        rows: vec![InviteRow::default()],
        roles: role_options(),
        pasted_role: roles(""),
        seats: "5 of 20 seats are free.".to_owned(),
        ..Invite::default()
    }
}

fn forms() -> Vec<Sample> {
    let row = |email: &str, role: &str| InviteRow {
        email: Input::new(email),
        role: role.to_owned(),
        role_error: None,
    };
    let several = Invite {
        rows: vec![
            row("rosa.marin@meridian.example", "write"),
            row("ben@contractor.example", "read"),
            row("", ""),
        ],
        teams: team_choices(),
        ..invite()
    };
    let refused = Invite {
        problem: Some("No seats available: 18 of 20 used, 2 held by invitations.".to_owned()),
        rows: vec![InviteRow {
            email: Input::refused("tomasz@meridian.example", "This person is a member already."),
            role: String::new(),
            role_error: Some("Select a role.".to_owned()),
        }],
        pasted: Input::refused("nobody", "There is nobody in this list."),
        pasted_role: Select {
            error: Some("Select a role.".to_owned()),
            ..roles("")
        },
        file_problem: Some("Line 3 holds a NUL, so this is no text file. Export it as CSV first.".to_owned()),
        seats: "No seats available. Revoke an invitation, or remove a member first.".to_owned(),
        no_seat: true,
        ..invite()
    };
    vec![
        draw("invite", &invite()),
        draw("invite-several", &several),
        draw("invite-refused", &refused),
    ]
}

fn list_row(
    line: u64,
    input: &str,
    (state, tone, sign): (&str, &'static str, &'static str),
    reason: &str,
) -> ListRow {
    let open = matches!(state, "ready" | "no seat left");
    ListRow {
        number: line - 2,
        line,
        input: input.to_owned(),
        gives: if state == "malformed" {
            ""
        } else {
            "Write, Collections"
        }
        .to_owned(),
        state: state.to_owned(),
        tone,
        sign,
        reason: reason.to_owned(),
        open,
        chosen: state == "ready",
    }
}

fn lists() -> Vec<Sample> {
    let rows = || {
        vec![
            list_row(
                2,
                "rosa.marin@meridian.example,write,Collections",
                ("ready", "good", "✓"),
                "",
            ),
            list_row(
                3,
                "ben@contractor.example,",
                ("malformed", "bad", "✕"),
                "role: It is missing. Write Owner, Admin, Write or Read.",
            ),
            list_row(
                4,
                "Rosa.Marin@meridian.example,read",
                ("duplicate", "neutral", "="),
                "This address stands on line 2 already.",
            ),
            list_row(
                5,
                "tomasz@meridian.example,write",
                ("already a member", "neutral", "="),
                "This person is a member already.",
            ),
            list_row(
                6,
                "noor@meridian.example,write",
                ("no seat left", "warn", "!"),
                "No seats available: the rows before take the last ones.",
            ),
        ]
    };
    let preview = InvitePreview {
        frame: owner(Place::Members),
        name: "spring-interns.csv".to_owned(),
        action: format!("{ORG}/members/invite/batch_1"),
        problem: None,
        tabs: vec![
            tab("All rows", Some(5), true),
            tab("Ready", Some(1), false),
            tab("Malformed", Some(1), false),
            tab("Duplicate", Some(1), false),
            tab("Already a member", Some(1), false),
            tab("No seat left", Some(1), false),
        ],
        rows: rows(),
        pager: Pager {
            shown: "5 of 5 rows".to_owned(),
            ..Pager::default()
        },
        chosen: 1,
        seats: "1 of 20 seats is free.".to_owned(),
        no_seat: 1,
        refused: 3,
        until: ago("in 29 minutes"),
    };
    let nobody = InvitePreview {
        frame: owner(Place::Members),
        name: "12 addresses".to_owned(),
        problem: Some("Choose at least one person.".to_owned()),
        seats: "Seats are unlimited.".to_owned(),
        until: ago("in 29 minutes"),
        ..InvitePreview::default()
    };
    let progress = |sending: bool, stopped: Option<&str>| InviteProgress {
        frame: owner(Place::Members),
        name: "spring-interns.csv".to_owned(),
        action: format!("{ORG}/members/invite/batch_1"),
        sending,
        stopped: stopped.map(str::to_owned),
        settled: if sending || stopped.is_some() {
            4_500
        } else {
            9_997
        },
        total: 9_997,
        invited: if sending || stopped.is_some() {
            4_498
        } else {
            9_995
        },
        refused: 4,
        rows: rows().split_off(1),
        mail_folder: None,
    };
    vec![
        draw("invite-preview", &preview),
        draw("invite-preview-nobody", &nobody),
        draw("invite-progress", &progress(true, None)),
        draw("invite-done", &progress(false, None)),
        draw(
            "invite-stopped",
            &progress(false, Some("Your role (Read) may not invite people.")),
        ),
    ]
}
