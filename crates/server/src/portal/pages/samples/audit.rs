//! The audit log with entries of every kind, empty, and broken.

use super::data::{ORG, PEOPLE, ago, owner, pager};
use super::{Sample, draw};
use crate::portal::pages::{AuditChange, AuditLog, AuditRow, Chain};
use crate::portal::view::{Opt, Place, Select, Tone};

pub(super) fn all() -> Vec<Sample> {
    let log = AuditLog {
        rows: rows(),
        pager: pager(),
        newest: true,
        ..empty()
    };
    let mut broken = empty();
    broken.chain = Chain {
        text: "The chain is broken: entry 1,187 is not as it was written".to_owned(),
        tone: Tone::Bad,
        note: "312 entries before them are older than the chain and stand outside it.".to_owned(),
        ..broken.chain
    };
    vec![draw("audit-log", &log), draw("audit-log-broken", &broken)]
}

fn empty() -> AuditLog {
    AuditLog {
        frame: owner(Place::AuditLog),
        home: format!("{ORG}/settings/audit"),
        families: Select {
            options: vec![Opt::new("people", "People"), Opt::new("teams", "Teams")],
            ..Select::default()
        },
        chain: Chain {
            text: "Entries 1 to 1,204 are unbroken".to_owned(),
            checked: Some(ago("just now")),
            tone: Tone::Good,
            digest: "9f2c".repeat(16),
            ..Chain::default()
        },
        ..AuditLog::default()
    }
}

fn rows() -> Vec<AuditRow> {
    let text = |text: &str| Some(text.to_owned());
    let row = |number: u32, actor: usize, deed: &str, action: &str| AuditRow {
        number: format!("1,{number}"),
        actor: PEOPLE[actor].0.to_owned(),
        email: PEOPLE[actor].1.to_owned(),
        actor_href: text("?actor=acct_1"),
        deed: deed.to_owned(),
        at: ago("4 minutes ago"),
        from: "203.0.113.7".to_owned(),
        action: action.to_owned(),
        id: format!("aud_{number}"),
        target: "acct_01jd8m5w3zf4gs8x7c2a9qk6tn".to_owned(),
        digest: "9f2c".repeat(16),
        ..AuditRow::default()
    };
    let change = |name: &str, before: Option<String>, after: Option<String>| AuditChange {
        name: name.to_owned(),
        before,
        after,
    };
    vec![
        AuditRow {
            changes: vec![change("", text("read"), text("write"))],
            ..row(
                204,
                0,
                "changed the role of Mateo Alvarado from Read to Write",
                "member.role_changed",
            )
        },
        AuditRow {
            kind: "access token".to_owned(),
            changes: vec![
                change("email", None, text("new@meridian.example")),
                change("role", None, text("read")),
            ],
            ..row(203, 1, "invited new@meridian.example as Read", "invitation.sent")
        },
        AuditRow {
            kind: "device".to_owned(),
            actor: "reading-room".to_owned(),
            email: String::new(),
            ..row(202, 2, "wiped itself", "device.wiped_itself")
        },
        AuditRow {
            number: String::new(),
            actor: "Tessera".to_owned(),
            kind: "receipts".to_owned(),
            actor_href: None,
            from: String::new(),
            digest: String::new(),
            ..row(
                1,
                3,
                "found two machines that answer as archive-desk",
                "device.cloned",
            )
        },
    ]
}
