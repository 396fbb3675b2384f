//! Settings → Audit log: who did what, when, from where.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Moment, Pager, Place, Select, Tone};

/// The audit log. `GET` with `q`, `action`, `actor`, `since`, `until`, `after`. *Check*: `POST {home}/check`. Taking it out:
/// `POST {home}/export` with the filter and `format` (`csv` or `jsonl`). Live topic: `audit`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/audit.html")]
pub struct AuditLog {
    /// The frame.
    pub frame: Frame,
    /// Path of the log.
    pub home: String,
    /// What was searched for.
    pub query: String,
    /// The families of actions.
    pub families: Select,
    /// Who did it, as it was typed.
    pub actor: String,
    /// The first day wanted, `2026-11-22`.
    pub since: String,
    /// The last day wanted.
    pub until: String,
    /// What of the filter was not understood.
    pub problem: Option<String>,
    /// How the chain stands.
    pub chain: Chain,
    /// This page's entries.
    pub rows: Vec<AuditRow>,
    /// Ways to the others.
    pub pager: Pager,
    /// It is the newest page, which moves while it is open.
    pub newest: bool,
}

/// How the chain over the log stands.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// `Entries 1 to 1,204 are unbroken`, or what is wrong.
    pub text: String,
    /// When it was checked; `None` before the first check.
    pub checked: Option<Moment>,
    /// Good, bad, or neutral before the first check.
    pub tone: Tone,
    /// What else there is to say; empty for nothing.
    pub note: String,
    /// The newest digest, in hexadecimal; empty before the first entry.
    pub digest: String,
}

/// One entry.
#[derive(Clone, Debug, Default)]
pub struct AuditRow {
    /// Its number, `1,204`; empty for what is older than the chain.
    pub number: String,
    /// Who did it.
    pub actor: String,
    /// Their address; empty where there is none.
    pub email: String,
    /// `access token`, `device`, `Tessera itself`; empty for a person in a browser.
    pub kind: String,
    /// Path of the log of this actor alone.
    pub actor_href: Option<String>,
    /// What was done, going on after the actor.
    pub deed: String,
    /// When.
    pub at: Moment,
    /// From which address; empty where there is none.
    pub from: String,
    /// What changed.
    pub changes: Vec<AuditChange>,
    /// `member.role_changed`.
    pub action: String,
    /// Its id.
    pub id: String,
    /// The id of what it was done to.
    pub target: String,
    /// Its digest; empty for what is older than the chain.
    pub digest: String,
}

/// One value before and after.
#[derive(Clone, Debug, Default)]
pub struct AuditChange {
    /// Which value; empty where there is only one.
    pub name: String,
    /// As it was.
    pub before: Option<String>,
    /// As it became.
    pub after: Option<String>,
}
