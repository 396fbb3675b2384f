//! Jobs that fail or failed: shown with what became of them, tried now, given up, forgotten.

use axum::response::Response;
use tessera_app::operator::{self, FailedJob, OperatorView};
use tessera_domain::Error;
use tessera_ids::{JobId, Timestamp};
use tessera_store::JobKind;

use super::super::answer::go_saying;
use super::super::pages::JobRow;
use super::super::visit::Visit;
use super::super::words;
use super::SCREEN;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};

/// A job in one of the two tables.
pub(super) fn row(job: &FailedJob, view: &OperatorView, now: Timestamp) -> JobRow {
    let what = match (&job.to, job.kind) {
        (Some(to), _) => format!("Mail to {to}"),
        (None, JobKind::Mail) => "Mail".to_owned(),
        (None, JobKind::Webhook) => "Alert to an endpoint".to_owned(),
        (None, JobKind::Task) => "Task".to_owned(),
    };
    JobRow {
        path: format!("{SCREEN}/jobs/{}", job.id),
        what,
        org: job
            .org
            .and_then(|org| view.org_names.get(&org).cloned())
            .unwrap_or_default(),
        queued: words::moment(job.created_at, now),
        tries: words::grouped(job.attempts),
        again: job.again_at.map(|at| words::moment(at, now)),
        problem: job.problem.clone(),
    }
}

/// Does to a job what the form says.
pub(super) async fn act(visit: Visit, Path(job): Path<JobId>, fields: Fields) -> Answer<Response> {
    let (actor, act) = (visit.owned()?, fields.get("act").to_owned());
    let said = visit
        .site
        .run(move |app| async move {
            match act.as_str() {
                "retry" => operator::retry_job(&app, &actor, job)
                    .await
                    .map(|()| "The job is tried now."),
                "give-up" => operator::give_up_job(&app, &actor, job)
                    .await
                    .map(|()| "The job is given up."),
                "drop" => operator::drop_job(&app, &actor, job)
                    .await
                    .map(|()| "The job is dropped."),
                _ => Err(Error::field("/act", "Say retry, give-up or drop.")),
            }
        })
        .await?;
    Ok(go_saying(&visit.site, SCREEN, said))
}
