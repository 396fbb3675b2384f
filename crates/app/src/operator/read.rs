//! The installation as its operators see it.

use std::collections::BTreeMap;

use tessera_domain::Result;
use tessera_ids::{JobId, OrgId, Timestamp};
use tessera_store::{Account, Alert, DatabaseFacts, Job, JobKind, OrgFigures, OutboxHealth};

use super::require_in;
use crate::{Actor, App};

/// Organizations on one page.
const ORGS: u64 = 50;
/// Jobs that a page shows of each sort.
const JOBS: u64 = 50;

/// Everything that the screen shows and the database knows.
#[derive(Clone, Debug)]
pub struct OperatorView {
    /// Who runs the installation, as accounts.
    pub operators: Vec<Account>,
    /// Further addresses that the configuration names.
    pub named: Vec<String>,
    /// Who else may create organizations.
    pub makers: Vec<Account>,
    /// Whether everybody may, by the configuration.
    pub anyone_may_create: bool,
    /// What the engine says.
    pub database: DatabaseFacts,
    /// How mail goes.
    pub mail: MailState,
    /// Jobs that fail and are tried again.
    pub failing: Vec<FailedJob>,
    /// Jobs that were given up.
    pub given_up: Vec<FailedJob>,
    /// When the last backup was made, where that is known.
    pub backup: Option<Timestamp>,
    /// Who may sign up.
    pub sign_up: SignUpState,
    /// The installation's own alerts that are open.
    pub alerts: Vec<Alert>,
    /// What organizations are called that jobs are of.
    pub org_names: BTreeMap<OrgId, String>,
}

/// How mail goes.
#[derive(Clone, Debug)]
pub struct MailState {
    /// When one last left.
    pub sent_at: Option<Timestamp>,
    /// What waits.
    pub health: OutboxHealth,
}

/// Who may sign up without an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpState {
    /// Everybody: the configuration says so.
    OpenByConfiguration,
    /// Everybody, since an operator said so.
    Open,
    /// Nobody.
    Closed,
}

/// A job that failed. What it carries is not shown: mails hold links that sign people in.
#[derive(Clone, Debug)]
pub struct FailedJob {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// Whose.
    pub org: Option<OrgId>,
    /// To whom: a mail's address.
    pub to: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// How often it was begun.
    pub attempts: u64,
    /// When it is tried again; none when it was given up.
    pub again_at: Option<Timestamp>,
    /// Why it last failed.
    pub problem: String,
}

impl FailedJob {
    fn of(job: Job) -> Self {
        let to = job.payload.get("to").and_then(serde_json::Value::as_str);
        Self {
            to: to.filter(|_| job.kind == JobKind::Mail).map(str::to_owned),
            id: job.id,
            kind: job.kind,
            org: job.org,
            created_at: job.created_at,
            attempts: job.attempts,
            again_at: job.failed_at.is_none().then_some(job.run_at),
            problem: job.last_error.unwrap_or_default(),
        }
    }
}

/// Everything about the installation, organizations left out.
///
/// # Errors
/// *Not found* for who does not run it.
pub async fn view(app: &App, actor: &Actor) -> Result<OperatorView> {
    let mut tx = app.store.read().await?;
    require_in(app, &mut tx, actor).await?;
    let operators = tx.operators().await?;
    let opened = tx.installation().await?.is_some_and(|known| known.open_sign_up);
    let failing: Vec<FailedJob> = tx
        .failing_jobs(JOBS)
        .await?
        .into_iter()
        .map(FailedJob::of)
        .collect();
    let given_up: Vec<FailedJob> = tx
        .failed_jobs(None, JOBS)
        .await?
        .into_iter()
        .map(FailedJob::of)
        .collect();
    let mut org_names = BTreeMap::new();
    for org in failing.iter().chain(&given_up).filter_map(|job| job.org) {
        if let (false, Some(row)) = (org_names.contains_key(&org), tx.org(org).await?) {
            org_names.insert(org, row.name.to_string());
        }
    }
    let view = OperatorView {
        named: app.config.operators.iter().map(ToString::to_string).collect(),
        operators,
        makers: tx.org_makers().await?,
        anyone_may_create: app.config.open_org_creation,
        database: tx.database_facts().await?,
        mail: MailState {
            sent_at: tx.mail_sent_at().await?,
            health: tx.outbox_health(None, Some(JobKind::Mail)).await?,
        },
        failing,
        given_up,
        backup: None,
        sign_up: match (app.config.open_sign_up, opened) {
            (true, _) => SignUpState::OpenByConfiguration,
            (false, true) => SignUpState::Open,
            (false, false) => SignUpState::Closed,
        },
        alerts: tx.open_alerts(None, JOBS).await?,
        org_names,
    };
    drop(tx);
    Ok(OperatorView {
        backup: last_backup(app).await?,
        ..view
    })
}

/// When the last backup of the database was finished, if there ever was one.
pub async fn last_backup(app: &App) -> Result<Option<Timestamp>> {
    let last = app.store.read().await?.last_backup().await?;
    Ok(last.map(|last| last.at))
}

/// A page of organizations with their figures, after that one; where the next page begins.
///
/// # Errors
/// *Not found* for who does not run the installation.
pub async fn org_page(
    app: &App,
    actor: &Actor,
    after: Option<OrgId>,
) -> Result<(Vec<OrgFigures>, Option<OrgId>)> {
    let mut tx = app.store.read().await?;
    require_in(app, &mut tx, actor).await?;
    let mut orgs = tx.org_figures(after, ORGS + 1).await?;
    let more = orgs.len() as u64 > ORGS;
    orgs.truncate(usize::try_from(ORGS).unwrap_or(usize::MAX));
    let next = orgs.last().filter(|_| more).map(|last| last.id);
    Ok((orgs, next))
}
