//! Samples of *Alerts*, of an endpoint's pages, and of the operator's screen.

use super::data::{ORG, ago, owner, pager, signed_in};
use super::{Sample, draw};
use crate::portal::pages::{
    AlertEndpoint, AlertRotation, AlertRow, AlertSecret, Alerts, DeliveryRow, EndpointRow, JobRow,
    KindChoice, OperatedOrg, Operator, PersonRow,
};
use crate::portal::view::{Input, Opt, Place, Select, Tone};

pub(super) fn all() -> Vec<Sample> {
    let quiet = Alerts {
        frame: owner(Place::Alerts),
        base: base(),
        silent_days: Input::new("7"),
        mail: kinds(),
        email: "ines@meridian.example".to_owned(),
        ..Alerts::default()
    };
    vec![
        draw("alerts", &alerts()),
        draw("alerts-quiet", &quiet),
        draw("alert-endpoint-new", &endpoint(None)),
        draw("alert-endpoint", &endpoint(Some("On-call pager"))),
        draw("alert-secret", &secret()),
        draw("alert-rotate", &rotation()),
        draw("operator", &operator()),
    ]
}

fn base() -> String {
    format!("{ORG}/settings/alerts")
}

fn alert(kind: &str, name: &str, detail: &str) -> AlertRow {
    AlertRow {
        kind: kind.to_owned(),
        name: name.to_owned(),
        detail: detail.to_owned(),
        href: format!("{ORG}/devices"),
        opened: ago("3 minutes ago"),
        told: Some(ago("3 minutes ago")),
        closed: None,
    }
}

fn kinds() -> Vec<KindChoice> {
    let kind = |value: &str, title: &str, chosen| KindChoice {
        value: value.to_owned(),
        title: title.to_owned(),
        help: "A device says that it could not apply the settings.".to_owned(),
        chosen,
    };
    vec![
        kind("device_failing", "Device failing", true),
        kind("device_silent", "Device silent", true),
        kind("key_failing", "Key failing", true),
        kind("key_expiring", "Key expiring", true),
        kind("seats_full", "Seats full", false),
        kind("rollout_halted", "Rollout halted", true),
    ]
}

fn alerts() -> Alerts {
    let row = |name: &str, format: &str, state: (Tone, &str)| EndpointRow {
        name: name.to_owned(),
        path: format!("{}/endpoints/hook_1", base()),
        format: format.to_owned(),
        address: "https://hooks.meridian.example/…8f1c".to_owned(),
        kinds: vec!["Device failing".to_owned(), "Rollout halted".to_owned()],
        state: (state.0, state.1.to_owned()),
        last: Some((ago("3 minutes ago"), None)),
        is_signed: format == "Signed webhook",
        ..EndpointRow::default()
    };
    let failing = EndpointRow {
        last: Some((
            ago("an hour ago"),
            Some("It answered with the status 503.".to_owned()),
        )),
        overlap: Some(ago("in 20 hours")),
        ..row("On-call pager", "Signed webhook", (Tone::Bad, "failing"))
    };
    let paused = EndpointRow {
        is_paused: true,
        last: None,
        ..row(
            "Visitor services, evenings and weekends",
            "Microsoft Teams",
            (Tone::Neutral, "paused"),
        )
    };
    let untold = AlertRow {
        told: None,
        ..alert(
            "Device silent",
            "reading-room",
            "Last heard of on 12 November 2026, 10:00 UTC.",
        )
    };
    let ended = AlertRow {
        closed: Some(ago("an hour ago")),
        ..alert("Seats full", "", "All 40 seats are used or held by invitations.")
    };
    Alerts {
        frame: owner(Place::Alerts),
        base: base(),
        open: vec![
            alert("Device failing", "archive-desk", "memory: the disk is full"),
            untold,
        ],
        more: 1_204,
        recent: vec![ended],
        endpoints: vec![
            row("Collections channel", "Slack", (Tone::Good, "active")),
            failing,
            paused,
        ],
        given_up: vec![DeliveryRow {
            path: format!("{}/deliveries/job_1", base()),
            title: "Meridian Museum: 12 devices are silent".to_owned(),
            endpoint: "On-call pager".to_owned(),
            failed: ago("an hour ago"),
            problem: "It answered with the status 503.".to_owned(),
        }],
        silent_days: Input::refused("a week", "Type a number of days."),
        mail: kinds(),
        email: "ines@meridian.example".to_owned(),
    }
}

fn endpoint(present: Option<&str>) -> AlertEndpoint {
    let format = |value: &str, title: &str, what: &str| (value.to_owned(), title.to_owned(), what.to_owned());
    AlertEndpoint {
        frame: owner(Place::Alerts),
        present: present.map(str::to_owned),
        action: format!("{}/endpoints", base()),
        name: present.map_or_else(|| Input::refused("", "Fill this in."), Input::new),
        formats: vec![
            format(
                "standard",
                "Signed webhook",
                "JSON, signed as the Standard Webhooks specification says.",
            ),
            format(
                "slack",
                "Slack",
                "The address of an incoming webhook of a Slack channel.",
            ),
            format("teams", "Microsoft Teams", "The address of a Teams workflow."),
        ],
        format: "standard".to_owned(),
        address: "https://hooks.meridian.example/…8f1c".to_owned(),
        is_signed: true,
        kinds: kinds(),
        kinds_problem: present.map(|_| "Choose at least one condition of the organization.".to_owned()),
        back: base(),
        ..AlertEndpoint::default()
    }
}

fn secret() -> AlertSecret {
    AlertSecret {
        frame: owner(Place::Alerts),
        name: "On-call pager".to_owned(),
        what: "Its messages are signed with this secret.".to_owned(),
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
        back: base(),
    }
}

fn rotation() -> AlertRotation {
    AlertRotation {
        frame: owner(Place::Alerts),
        name: "On-call pager".to_owned(),
        action: format!("{}/endpoints/hook_1/rotate", base()),
        overlap: Select {
            options: vec![Opt::new("0", "no time"), Opt::new("86400", "a day")],
            value: "86400".to_owned(),
            error: None,
        },
        back: base(),
    }
}

fn operator() -> Operator {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let person = |name: &str, email: &str| PersonRow {
        name: name.to_owned(),
        email: email.to_owned(),
    };
    let job = |what: &str, again| JobRow {
        path: "/operator/jobs/job_1".to_owned(),
        what: what.to_owned(),
        org: "Meridian Museum".to_owned(),
        queued: ago("3 hours ago"),
        tries: "12".to_owned(),
        again,
        problem: "not now: connection refused".to_owned(),
    };
    let org = |id: &str, name: &str, seats: &str, is_deleted| OperatedOrg {
        id: id.to_owned(),
        path: format!("/operator/organizations/{id}"),
        name: name.to_owned(),
        created: ago("2 years ago"),
        is_deleted,
        members: "1,204".to_owned(),
        devices: "980".to_owned(),
        seats: seats.to_owned(),
    };
    Operator {
        frame: signed_in(),
        alerts: vec![alert(
            "Mail stuck",
            "",
            "3 mails did not leave. The last try: connection refused",
        )],
        facts: vec![
            pair("Version", "0.1.0"),
            pair(
                "Database",
                "SQLite, 48 MiB, schema 15; it answers, with 7 of 8 connections idle",
            ),
            pair("Disk", "12,288 MiB free of 40,960 MiB"),
            pair("Last backup", "not known yet"),
        ],
        mail: vec![
            pair("Goes by", "SMTP to mail.meridian.example (mail.smtp_url)"),
            pair("Last sent", "3 hours ago"),
        ],
        failing: vec![job("Mail to priya@meridian.example", Some(ago("in 4 minutes")))],
        given_up: vec![job("Alert to an endpoint", None)],
        orgs: vec![
            org("org_1", "Meridian Museum", "1500", false),
            org("org_2", "Friends of the Archive", "", true),
        ],
        pager: pager(),
        sign_up: "An account is made by invitation only.".to_owned(),
        sign_up_act: Some(pair("yes", "Open sign-up")),
        creating: "Operators may, and these people:".to_owned(),
        makers: vec![person("Tomasz Wieczorek", "tomasz@meridian.example")],
        operators: vec![person("Ines Okafor", "ines@meridian.example")],
        named: vec!["ops@meridian.example".to_owned()],
        operator: Input::refused("nobody@meridian.example", "No account has proven this address."),
        configured: vec![pair("sign_up.open", "no"), pair("operator.webhook_url", "set")],
        ..Operator::default()
    }
}
