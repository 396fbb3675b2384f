//! What is said of alerts, before it takes a form.

use serde_json::{Value, json};
use tessera_domain::{AlertKind, OrgName};
use tessera_ids::{CredentialId, DeviceId, OrgId, RolloutId, Timestamp, TypedId as _};
use tessera_store::Alert;
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// Things that a message names; it counts the others.
pub(super) const NAMED: usize = 20;

/// Why something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A condition holds.
    Opened,
    /// It does no longer.
    Resolved,
    /// Somebody wants to see that messages arrive.
    Test,
}

/// One message about alerts of one kind.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) phase: Phase,
    pub(super) org: Option<(OrgId, OrgName)>,
    pub(super) kind: AlertKind,
    pub(super) at: Timestamp,
    pub(super) alerts: Vec<Alert>,
    /// Where more is to be seen, as an address.
    pub(super) link: String,
}

impl Message {
    /// About alerts that are all open or all ended; nothing without any.
    pub(super) fn about(
        public_url: &str,
        org: Option<(OrgId, OrgName)>,
        kind: AlertKind,
        phase: Phase,
        alerts: Vec<Alert>,
        at: Timestamp,
    ) -> Option<Self> {
        let first = alerts.first()?;
        let is_one_place = alerts.iter().all(|alert| alert.link == first.link);
        let page = match &org {
            _ if is_one_place => first.link.clone(),
            Some((org, _)) => format!("/o/{org}/settings/alerts"),
            None => "/operator".to_owned(),
        };
        Some(Self {
            phase,
            link: format!("{public_url}{page}"),
            org,
            kind,
            at,
            alerts,
        })
    }

    /// A message that only shows that messages arrive.
    pub(super) fn test(public_url: &str, org: OrgId, name: OrgName, at: Timestamp) -> Self {
        Self {
            phase: Phase::Test,
            link: format!("{public_url}/o/{org}/settings/alerts"),
            org: Some((org, name)),
            kind: AlertKind::DeviceFailing,
            at,
            alerts: Vec::new(),
        }
    }

    /// `alert.opened`, `alert.resolved`, `alert.test`.
    pub(super) const fn event(&self) -> &'static str {
        match self.phase {
            Phase::Opened => "alert.opened",
            Phase::Resolved => "alert.resolved",
            Phase::Test => "alert.test",
        }
    }

    /// Who speaks: the organization, or the installation.
    pub(super) fn from(&self) -> String {
        self.org
            .as_ref()
            .map_or_else(|| "Tessera".to_owned(), |(_, name)| name.to_string())
    }

    /// `Acme: 12 devices are silent`.
    pub(super) fn title(&self) -> String {
        format!("{}: {}", self.from(), self.headline())
    }

    fn headline(&self) -> String {
        if self.phase == Phase::Test {
            return "test alert".to_owned();
        }
        let resolved = self.phase == Phase::Resolved;
        let headline = self.kind.headline(self.alerts.len(), resolved);
        match self.alerts.as_slice() {
            [one] if self.names_things() => format!("{headline}: {}", one.name),
            _ => headline,
        }
    }

    /// Whether the things have names that say more than the headline.
    const fn names_things(&self) -> bool {
        !(self.kind.is_operators() || matches!(self.kind, AlertKind::SeatsFull))
    }

    /// Name and reason of each, as far as they are named; then how many more there are.
    pub(super) fn lines(&self) -> (Vec<(String, String)>, usize) {
        if self.phase == Phase::Test {
            let said = "Nothing is wrong. Somebody pressed “Send test alert”.";
            return (vec![(String::new(), said.to_owned())], 0);
        }
        let line = |alert: &Alert| {
            let name = if self.names_things() {
                alert.name.clone()
            } else {
                String::new()
            };
            let detail = match self.phase {
                Phase::Resolved => format!("It had been open since {}.", instant(alert.opened_at)),
                _ => alert.detail.clone(),
            };
            (name, detail)
        };
        let lines = self.alerts.iter().take(NAMED).map(line).collect();
        (lines, self.alerts.len().saturating_sub(NAMED))
    }

    /// The same for a program.
    pub(super) fn json(&self, public_url: &str) -> Value {
        let alert = |alert: &Alert| {
            json!({
                "id": alert.id, "subject": subject(alert), "name": alert.name, "detail": alert.detail,
                "opened_at": rfc3339(alert.opened_at), "closed_at": alert.closed_at.map(rfc3339),
                "link": format!("{public_url}{}", alert.link),
            })
        };
        let org = self
            .org
            .as_ref()
            .map(|(id, name)| json!({ "id": id, "name": name }));
        let kind = (self.phase != Phase::Test).then_some(self.kind);
        json!({
            "type": self.event(),
            "timestamp": rfc3339(self.at),
            "data": {
                "organization": org, "kind": kind, "title": self.title(), "count": self.alerts.len(),
                "alerts": self.alerts.iter().take(NAMED).map(alert).collect::<Vec<_>>(), "link": self.link,
            },
        })
    }
}

/// The id of what an alert is about, as the API names it.
pub fn subject(alert: &Alert) -> Option<String> {
    match alert.kind {
        AlertKind::DeviceFailing | AlertKind::DeviceSilent => {
            Some(DeviceId::from_uuid(alert.subject).to_string())
        }
        AlertKind::KeyFailing | AlertKind::KeyExpiring => {
            Some(CredentialId::from_uuid(alert.subject).to_string())
        }
        AlertKind::RolloutHalted => Some(RolloutId::from_uuid(alert.subject).to_string()),
        AlertKind::SeatsFull => Some(OrgId::from_uuid(alert.subject).to_string()),
        AlertKind::MailStuck | AlertKind::JobsGivenUp | AlertKind::DiskLow => None,
    }
}

/// `12 November 2026, 10:00 UTC`.
pub(super) fn instant(at: Timestamp) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
    let date = OffsetDateTime::from_unix_timestamp(at.as_seconds()).ok();
    date.and_then(|date| date.format(&format).ok())
        .unwrap_or_default()
}

fn rfc3339(at: Timestamp) -> String {
    let date = OffsetDateTime::from_unix_timestamp(at.as_seconds()).ok();
    date.and_then(|date| date.format(&Rfc3339).ok())
        .unwrap_or_default()
}
