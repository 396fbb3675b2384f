//! Noticing: what holds and has no open alert, what ended, and what waits to be told.
//!
//! Every replica may look at any time: an alert is opened once by its key, and taken to be told once by its row.

use std::{collections::BTreeSet, time::Duration};

use tessera_domain::{AlertKind, Result, alert::EXPIRES_SOON, text};
use tessera_ids::{AlertId, OrgId, Timestamp};
use tessera_store::{Alert, Condition, Reader};
use uuid::Uuid;

use super::{message::instant, tell::tell};
use crate::{App, Change, Topic};

/// Conditions that one look opens or ends at most; the next look goes on.
const MOST: u64 = 5_000;
/// How long a mail may fail before operators are told.
const STUCK_AFTER: Duration = Duration::from_mins(15);
/// Characters of what is kept of a reason.
const DETAIL: usize = 300;
/// Below this, the disk is nearly full whatever its size.
const LITTLE: u64 = 1 << 30;
/// A twentieth of a disk is little, too, up to this.
const PLENTY: u64 = 20 << 30;

/// How much room the data's disk has, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What is left.
    pub free: u64,
    /// The whole.
    pub total: u64,
}

impl Disk {
    /// Whether little is left. Once told of, it must have a fifth more before it counts as enough again.
    pub fn is_low(self, told: bool) -> bool {
        let least = (self.total / 20).clamp(LITTLE, PLENTY);
        self.free < if told { least + least / 5 } else { least }
    }
}

/// What a look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Alerts that were opened.
    pub opened: u64,
    /// Alerts that ended.
    pub closed: u64,
    /// Messages that were queued, mails and others.
    pub queued: u64,
}

/// Looks once. Reads only, where nothing is new.
pub async fn look(app: &App, disk: Option<Disk>) -> Result<Looked> {
    let now = app.clock.now();
    let soon = now.plus(EXPIRES_SOON);
    let mut tx = app.store.read().await?;
    let found = tx.new_conditions(now, soon, MOST).await?;
    let mut new: Vec<Alert> = found
        .into_iter()
        .map(|condition| of_org(app, &condition, now))
        .collect();
    let mut ended = tx.ended_alerts(now, soon, MOST).await?;
    here(app, &mut tx, disk, now, &mut new, &mut ended).await?;
    let waiting = tx.untold_alerts().await?;
    drop(tx);
    if new.is_empty() && ended.is_empty() && waiting.iter().all(|waiting| !is_due(waiting, now)) {
        return Ok(Looked::default());
    }
    let touched: BTreeSet<OrgId> = new
        .iter()
        .filter_map(|alert| alert.org)
        .chain(waiting.iter().filter_map(|waiting| waiting.org))
        .collect();
    let mut tx = app.store.begin().await?;
    let mut looked = Looked {
        opened: tx.open_new_alerts(&new).await?,
        closed: tx.close_alerts(&ended, now).await?,
        queued: 0,
    };
    let mut orgs = touched;
    for waiting in tx.untold_alerts().await? {
        orgs.extend(waiting.org);
        if is_due(&waiting, now) {
            looked.queued += tell(app, &mut tx, waiting.org, waiting.kind, now).await?;
        }
    }
    tx.commit().await?;
    for org in orgs {
        app.hub.touch(org, Topic::Alerts);
    }
    Ok(looked)
}

fn is_due(waiting: &tessera_store::Untold, now: Timestamp) -> bool {
    waiting
        .last_told
        .is_none_or(|last| now.apart(last) >= waiting.kind.gathered_for())
}

/// Opens an alert in the transaction that brings it about, and queues what is said of it.
pub(crate) async fn open_now(
    change: &mut Change<'_>,
    kind: AlertKind,
    subject: Uuid,
    name: String,
    why: &str,
    link: String,
) -> Result<()> {
    let (app, org, now) = (change.app(), change.org().id, change.now());
    let alert = Alert {
        id: AlertId::generate(&*app.clock, &*app.entropy),
        org: Some(org),
        kind,
        subject,
        name,
        detail: clip(why),
        link,
        opened_at: now,
        told_at: None,
        closed_at: None,
    };
    change.tx().open_new_alerts(&[alert]).await?;
    tell(app, change.tx(), Some(org), kind, now).await?;
    change.touch(Topic::Alerts);
    Ok(())
}

fn of_org(app: &App, condition: &Condition, now: Timestamp) -> Alert {
    let org = condition.org;
    let (why, at) = (condition.why.as_deref(), condition.at.map(instant));
    let at = at.unwrap_or_default();
    let detail = match condition.kind {
        AlertKind::DeviceSilent => format!("Last heard of on {at}."),
        AlertKind::KeyExpiring => format!("It ends on {at}."),
        AlertKind::SeatsFull => format!(
            "All {} seats are used or held by invitations.",
            condition.number.unwrap_or_default()
        ),
        _ => why.unwrap_or_default().to_owned(),
    };
    let page = match condition.kind {
        AlertKind::DeviceFailing => "/devices?state=failed".to_owned(),
        AlertKind::DeviceSilent => "/devices?sort=contact".to_owned(),
        AlertKind::KeyFailing | AlertKind::KeyExpiring => "/models/keys".to_owned(),
        AlertKind::SeatsFull => "/members".to_owned(),
        AlertKind::RolloutHalted => format!("/rollouts/{}", condition.number.unwrap_or_default()),
        AlertKind::MailStuck | AlertKind::JobsGivenUp | AlertKind::DiskLow => String::new(),
    };
    Alert {
        id: AlertId::generate(&*app.clock, &*app.entropy),
        org: Some(org),
        kind: condition.kind,
        subject: condition.subject,
        name: text::clip(&condition.name, DETAIL),
        detail: clip(&detail),
        link: format!("/o/{org}{page}"),
        opened_at: now,
        told_at: None,
        closed_at: None,
    }
}

/// The installation's own conditions.
async fn here(
    app: &App,
    tx: &mut Reader,
    disk: Option<Disk>,
    now: Timestamp,
    new: &mut Vec<Alert>,
    ended: &mut Vec<AlertId>,
) -> Result<()> {
    let open = tx.open_alerts(None, 100).await?;
    let trouble = tx.queue_trouble(now.minus(STUCK_AFTER)).await?;
    let is_open = |kind| open.iter().find(|alert| alert.kind == kind);
    let low = disk.filter(|disk| disk.is_low(is_open(AlertKind::DiskLow).is_some()));
    let holding = [
        (
            AlertKind::MailStuck,
            (trouble.stuck > 0).then(|| {
                let why = trouble.stuck_why.as_deref().unwrap_or_default();
                format!(
                    "{} did not leave. The last try: {why}",
                    counted(trouble.stuck, "mail")
                )
            }),
        ),
        (
            AlertKind::JobsGivenUp,
            (trouble.given_up > 0).then(|| {
                let jobs = counted(trouble.given_up, "job");
                format!("{jobs} will not be tried again unless somebody says so.")
            }),
        ),
        (
            AlertKind::DiskLow,
            low.map(|disk| format!("{} MiB of {} MiB are left.", disk.free >> 20, disk.total >> 20)),
        ),
    ];
    for (kind, detail) in holding {
        match (detail, is_open(kind)) {
            (Some(detail), None) => new.push(Alert {
                id: AlertId::generate(&*app.clock, &*app.entropy),
                org: None,
                kind,
                subject: Uuid::nil(),
                name: String::new(),
                detail: clip(&detail),
                link: "/operator".to_owned(),
                opened_at: now,
                told_at: None,
                closed_at: None,
            }),
            // Where nobody can say how full the disk is, nothing is said of it.
            (None, Some(alert)) if kind != AlertKind::DiskLow || disk.is_some() => ended.push(alert.id),
            _ => {}
        }
    }
    Ok(())
}

fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

fn clip(detail: &str) -> String {
    text::clip(detail, DETAIL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_low_by_its_size_and_not_again_at_once() {
        let disk = |free: u64, total: u64| Disk {
            free: free << 30,
            total: total << 30,
        };
        assert!(disk(0, 8).is_low(false));
        assert!(!disk(1, 8).is_low(false) && disk(1, 8).is_low(true));
        assert!(disk(4, 100).is_low(false) && !disk(5, 100).is_low(false));
        assert!(!disk(21, 10_000).is_low(false), "twenty are enough for any");
    }
}
