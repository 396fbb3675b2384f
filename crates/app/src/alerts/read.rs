//! Alerts as owners and admins see them: what is open, what was, where it goes, what did not arrive.

use std::collections::BTreeMap;

use tessera_domain::{AlertFormat, AlertKind, EndpointName, Error, Result, Right, alert::SILENT_DAYS};
use tessera_ids::{AlertEndpointId, JobId, OrgId, Timestamp};
use tessera_store::{Alert, AlertEndpoint, DeliveryOutcome, Job, JobKind};

use super::tell::Delivery;
use crate::{Actor, App, AuditEntry, Change, Topic, access};

/// Alerts that a page shows of those that are open, and of those that ended.
const SHOWN: u64 = 100;
/// Deliveries that a page shows of those that were given up.
const GIVEN_UP: u64 = 50;

/// An endpoint, without what is secret of it.
#[derive(Clone, Debug)]
pub struct EndpointView {
    /// Its id.
    pub id: AlertEndpointId,
    /// When it was added.
    pub created_at: Timestamp,
    /// What it is called.
    pub name: EndpointName,
    /// In which form it is told.
    pub format: AlertFormat,
    /// Of what.
    pub kinds: Vec<AlertKind>,
    /// What of its address may be shown.
    pub address: String,
    /// Until when messages are signed with the secret before, too.
    pub overlap_until: Option<Timestamp>,
    /// Since when it is told nothing.
    pub paused_at: Option<Timestamp>,
    /// The last try to tell it something.
    pub last: Option<LastDelivery>,
}

/// How a delivery went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastDelivery {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: DeliveryOutcome,
    /// What was wrong.
    pub problem: Option<String>,
}

/// A delivery that nobody tries again by itself.
#[derive(Clone, Debug)]
pub struct GivenUp {
    /// The job.
    pub id: JobId,
    /// To whom.
    pub endpoint: Option<AlertEndpointId>,
    /// What it says.
    pub title: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was given up.
    pub failed_at: Timestamp,
    /// What was wrong at last.
    pub problem: String,
}

/// Everything that the page shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Open now, the newest first.
    pub open: Vec<Alert>,
    /// Ended, the last first.
    pub recent: Vec<Alert>,
    /// How many are open, by kind, those that `open` leaves out among them.
    pub counts: BTreeMap<AlertKind, u64>,
    /// Where they go.
    pub endpoints: Vec<EndpointView>,
    /// What did not arrive.
    pub given_up: Vec<GivenUp>,
    /// After how many days a device is called silent.
    pub silent_days: u64,
    /// Of which conditions the reader wants no mails.
    pub muted: Vec<AlertKind>,
}

impl EndpointView {
    fn of(row: AlertEndpoint, now: Timestamp) -> Self {
        let last = row.tried_at.zip(row.outcome).map(|(at, outcome)| LastDelivery {
            at,
            outcome,
            problem: row.problem,
        });
        Self {
            id: row.id,
            created_at: row.created_at,
            name: row.name,
            format: row.format,
            kinds: row.kinds,
            address: row.shown_address,
            overlap_until: row.old_secret_until.filter(|until| now < *until),
            paused_at: row.paused_at,
            last,
        }
    }
}

impl GivenUp {
    fn of(job: Job) -> Option<Self> {
        let delivery: Delivery = serde_json::from_value(job.payload).ok()?;
        Some(Self {
            id: job.id,
            endpoint: delivery.endpoint,
            title: delivery.title,
            created_at: job.created_at,
            failed_at: job.failed_at?,
            problem: job.last_error.unwrap_or_default(),
        })
    }
}

/// Everything about an organization's alerts.
pub async fn overview(app: &App, actor: &Actor, org: OrgId) -> Result<Overview> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageAlerts).await?;
    let now = app.clock.now();
    let endpoints = tx.alert_endpoints(org).await?;
    let given_up = tx.failed_jobs_about(org, JobKind::Webhook, GIVEN_UP).await?;
    let counts = tx.alert_counts(Some(org)).await?;
    Ok(Overview {
        open: tx.open_alerts(Some(org), SHOWN).await?,
        recent: tx.closed_alerts(Some(org), SHOWN).await?,
        counts: counts.into_iter().map(|row| (row.kind, row.count)).collect(),
        endpoints: endpoints
            .into_iter()
            .map(|row| EndpointView::of(row, now))
            .collect(),
        given_up: given_up.into_iter().filter_map(GivenUp::of).collect(),
        silent_days: tx.silent_days(org).await?.unwrap_or(SILENT_DAYS),
        muted: match actor {
            Actor::Account(person) => tx.alert_mutes(org, person.account).await?,
            Actor::System(_) => Vec::new(),
        },
    })
}

/// How many alerts are open, by kind.
pub async fn counts(app: &App, actor: &Actor, org: OrgId) -> Result<BTreeMap<AlertKind, u64>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageAlerts).await?;
    let counts = tx.alert_counts(Some(org)).await?;
    Ok(counts.into_iter().map(|row| (row.kind, row.count)).collect())
}

/// One endpoint.
///
/// # Errors
/// *Not found* when the organization has no such endpoint.
pub async fn endpoint(app: &App, actor: &Actor, org: OrgId, id: AlertEndpointId) -> Result<EndpointView> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageAlerts).await?;
    let row = tx.alert_endpoint(org, id).await?;
    let row = row.ok_or_else(|| Error::not_found("endpoint"))?;
    Ok(EndpointView::of(row, app.clock.now()))
}

/// Tries a delivery anew that was given up, from the beginning.
pub async fn retry_delivery(app: &App, actor: &Actor, org: OrgId, id: JobId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let (job, now) = (given_up(&mut change, id).await?, change.now());
    change.tx().revive_job(id, now).await?;
    change.touch(Topic::Alerts);
    change
        .commit(AuditEntry::new("alert_delivery.retried", &id).named(&job.title))
        .await
}

/// Forgets a delivery that was given up.
pub async fn drop_delivery(app: &App, actor: &Actor, org: OrgId, id: JobId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let job = given_up(&mut change, id).await?;
    change.tx().delete_failed_job(id).await?;
    change.touch(Topic::Alerts);
    change
        .commit(AuditEntry::new("alert_delivery.dropped", &id).named(&job.title))
        .await
}

/// A delivery of this organization that was given up. Other jobs are none of theirs.
async fn given_up(change: &mut Change<'_>, id: JobId) -> Result<GivenUp> {
    let org = change.org().id;
    let job = change.tx().job(id).await?;
    let own = job.filter(|job| job.org == Some(org) && job.kind == JobKind::Webhook);
    own.and_then(GivenUp::of)
        .ok_or_else(|| Error::not_found("delivery"))
}
