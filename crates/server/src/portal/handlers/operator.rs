//! The screen of the people who run the installation.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::operator::{self, FailedJob, OperatorView, SignUpState};
use tessera_domain::{EmailAddress, Error, Result};
use tessera_ids::{JobId, OrgId, Timestamp};
use tessera_store::{Account, JobKind, OrgFigures};

use super::alerts::alert_row;
use super::answer::{Refusal, again, go_refused, go_saying, page};
use super::pages::{JobRow, OperatedOrg, Operator, PersonRow};
use super::view::Pager;
use super::visit::Visit;
use super::words;
use crate::disk;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::jobs::mail::Letter;
use crate::routes::{Access, Route};

const SCREEN: &str = "/operator";

pub(super) fn routes() -> Vec<Route> {
    let own = Access::OperatorPerson;
    vec![
        Route::get(SCREEN, own, "Shows how the installation runs.", show),
        Route::post(
            "/operator/test-mail",
            own,
            "Sends the reader a mail at once.",
            test_mail,
        )
        .takes_form(),
        Route::post("/operator/sign-up", own, "Opens or closes sign-up.", set_sign_up).takes_form(),
        Route::post(
            "/operator/operators",
            own,
            "Makes or unmakes an operator.",
            set_operator,
        )
        .takes_form(),
        Route::post(
            "/operator/org-makers",
            own,
            "Says whether an account may create organizations.",
            set_maker,
        )
        .takes_form(),
        Route::post(
            "/operator/organizations/{operated}/seats",
            own,
            "Says how many seats an organization has.",
            set_seats,
        )
        .takes_form(),
        Route::post("/operator/jobs/{job}/retry", own, "Tries a job at once.", retry).takes_form(),
        Route::post("/operator/jobs/{job}/give-up", own, "Gives a job up.", give_up).takes_form(),
        Route::post(
            "/operator/jobs/{job}/drop",
            own,
            "Forgets a job that was given up.",
            drop_job,
        )
        .takes_form(),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    after: String,
}

async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> Answer<Response> {
    Ok(page(screen(&visit, &wanted.after).await?))
}

async fn screen(visit: &Visit, after: &str) -> Result<Operator> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let (view, now) = (operator::view(app, actor).await?, app.clock.now());
    let (orgs, next) = operator::org_page(app, actor, after.parse().ok()).await?;
    let pager = Pager {
        shown: String::new(),
        first: (!after.is_empty()).then(|| SCREEN.to_owned()),
        next: next.map(|next| format!("{SCREEN}?after={next}")),
    };
    let job = |job: &FailedJob| job_row(job, &view, now);
    Ok(Operator {
        frame: visit.frame().await?,
        alerts: view.alerts.iter().map(|alert| alert_row(alert, now)).collect(),
        facts: facts(visit, &view, now),
        mail: mail(visit, &view, now),
        failing: view.failing.iter().map(job).collect(),
        given_up: view.given_up.iter().map(job).collect(),
        orgs: orgs.iter().map(|org| org_row(org, now)).collect(),
        pager,
        sign_up: sign_up(view.sign_up).to_owned(),
        sign_up_act: match view.sign_up {
            SignUpState::OpenByConfiguration => None,
            SignUpState::Open => Some(("no".to_owned(), "Close sign-up".to_owned())),
            SignUpState::Closed => Some(("yes".to_owned(), "Open sign-up".to_owned())),
        },
        creating: if view.anyone_may_create {
            "Every account may (organizations.anyone_may_create).".to_owned()
        } else {
            "Operators may, and these people:".to_owned()
        },
        makers: view.makers.iter().map(person).collect(),
        operators: view.operators.iter().map(person).collect(),
        named: view.named.clone(),
        configured: configured(visit),
        ..Operator::default()
    })
}

const fn sign_up(state: SignUpState) -> &'static str {
    match state {
        SignUpState::OpenByConfiguration => "Anybody may sign up, by the configuration (sign_up.open).",
        SignUpState::Open => "Anybody may sign up, since an operator opened it.",
        SignUpState::Closed => "An account is made by invitation only.",
    }
}

fn person(account: &Account) -> PersonRow {
    PersonRow {
        name: account.name.to_string(),
        email: account.email.to_string(),
    }
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", words::grouped(bytes >> 20))
}

fn facts(visit: &Visit, view: &OperatorView, now: Timestamp) -> Vec<(String, String)> {
    let (open, idle) = visit.app().store.connections();
    let disk = disk::of(&visit.site.config.data).map_or_else(
        || "not known on this system".to_owned(),
        |disk| format!("{} free of {}", mebibytes(disk.free), mebibytes(disk.total)),
    );
    let backup = view.backup.map_or_else(
        || "not known yet".to_owned(),
        |at| words::moment(at, now).relative,
    );
    vec![
        fact("Version", env!("CARGO_PKG_VERSION")),
        fact(
            "Database",
            format!(
                "{}, {}, schema {}; it answers, with {idle} of {} idle",
                visit.app().store.engine_name(),
                mebibytes(view.database.size),
                view.database.schema,
                words::count(u64::from(open), "connection"),
            ),
        ),
        fact("Disk", disk),
        fact("Last backup", backup),
    ]
}

fn mail(visit: &Visit, view: &OperatorView, now: Timestamp) -> Vec<(String, String)> {
    let config = &visit.site.config.mail;
    let way = match &config.smtp_url {
        Some(url) => format!("SMTP to {} (mail.smtp_url)", host(url.reveal())),
        None => "files in the folder mail of the data folder: mail.smtp_url is not set".to_owned(),
    };
    let sent = view
        .mail
        .sent_at
        .map_or_else(|| "none yet".to_owned(), |at| words::moment(at, now).relative);
    let health = &view.mail.health;
    let queue = format!(
        "{} waiting, {} of them tried before, {} given up",
        words::count(health.waiting, "mail"),
        words::grouped(health.retrying),
        words::grouped(health.failed)
    );
    vec![
        fact("Goes by", way),
        fact("From", config.from.clone()),
        fact("Last sent", sent),
        fact("Queue", queue),
    ]
}

/// The host of a mail server; the address has a password in it.
fn host(url: &str) -> String {
    let url = url::Url::parse(url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

fn configured(visit: &Visit) -> Vec<(String, String)> {
    let config = &visit.site.config;
    let yes = |is: bool| if is { "yes" } else { "no" };
    let set = |is: bool| if is { "set" } else { "not set" };
    vec![
        fact("public_url", visit.site.origin.clone()),
        fact("data", config.data.display().to_string()),
        fact("database.url", set(config.database.url.is_some())),
        fact("mail.smtp_url", set(config.mail.smtp_url.is_some())),
        fact("sign_up.open", yes(config.sign_up.open)),
        fact(
            "organizations.anyone_may_create",
            yes(config.organizations.anyone_may_create),
        ),
        fact(
            "organizations.seats",
            config
                .organizations
                .seats
                .map_or_else(|| "as many as it needs".to_owned(), |seats| seats.to_string()),
        ),
        fact("operator.token", set(config.operator.token.is_some())),
        fact("operator.webhook_url", set(config.operator.webhook_url.is_some())),
        fact(
            "trusted_proxies",
            words::count(config.trusted_proxies.len() as u64, "network"),
        ),
        fact(
            "outbound.allow",
            words::count(config.outbound.allow.len() as u64, "network"),
        ),
    ]
}

fn job_row(job: &FailedJob, view: &OperatorView, now: Timestamp) -> JobRow {
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

fn org_row(org: &OrgFigures, now: Timestamp) -> OperatedOrg {
    OperatedOrg {
        id: org.id.to_string(),
        path: format!("{SCREEN}/organizations/{}", org.id),
        name: org.name.to_string(),
        created: words::moment(org.created_at, now),
        is_deleted: org.deleted_at.is_some(),
        members: words::grouped(org.members),
        devices: words::grouped(org.devices),
        seats: org.seats.map(|seats| seats.to_string()).unwrap_or_default(),
    }
}

async fn test_mail(visit: Visit) -> Answer<Response> {
    let actor = visit.owned()?;
    let asked = visit
        .site
        .run(|app| async move { operator::test_mail(&app, &actor).await })
        .await;
    let mail = match asked {
        Ok(mail) => mail,
        Err(error) => return go_refused(&visit.site, SCREEN, error),
    };
    let to = mail.to.clone();
    let letter = Letter {
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
    };
    match visit.site.postman.deliver(&letter).await {
        Ok(()) => Ok(go_saying(
            &visit.site,
            SCREEN,
            format!("The mail server took a mail to {to}."),
        )),
        Err(error) => {
            let error = Error::invalid(format!("The mail to {to} did not leave: {error}."));
            go_refused(&visit.site, SCREEN, error)
        }
    }
}

/// What a form says by `yes` and `no`.
fn yes_or_no(fields: &Fields, name: &str) -> Result<bool> {
    match fields.get(name) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Error::field(format!("/{name}"), "Say yes or no.")),
    }
}

async fn set_sign_up(visit: Visit, fields: Fields) -> Answer<Response> {
    let (open, actor) = (yes_or_no(&fields, "open")?, visit.owned()?);
    let set = visit
        .site
        .run(|app| async move { operator::set_open_sign_up(&app, &actor, open).await })
        .await;
    match set {
        Ok(()) => {
            let said = if open {
                "Sign-up is open."
            } else {
                "Sign-up is closed."
            };
            Ok(go_saying(&visit.site, SCREEN, said))
        }
        Err(error) => go_refused(&visit.site, SCREEN, error),
    }
}

/// Whom a form names, and whether to add or withdraw.
fn named(fields: &Fields) -> Result<(EmailAddress, bool)> {
    let email = fields.get("email").parse();
    let email = email
        .map_err(|error: tessera_domain::email::EmailError| Error::field("/email", error.to_string()))?;
    match fields.get("act") {
        "add" => Ok((email, true)),
        "withdraw" => Ok((email, false)),
        _ => Err(Error::field("/act", "Say add or withdraw.")),
    }
}

async fn set_operator(visit: Visit, fields: Fields) -> Answer<Response> {
    let actor = visit.owned()?;
    let set = match named(&fields) {
        Err(error) => Err(error),
        Ok((email, runs_it)) => {
            visit
                .site
                .run(|app| async move { operator::set_operator(&app, &actor, &email, runs_it).await })
                .await
        }
    };
    match set {
        Ok(()) => Ok(go_saying(&visit.site, SCREEN, "The operators are saved.")),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let operator = refusal.input("/email", fields.get("email"));
            let problem = refusal.problem(&["/email"]);
            let shown = screen(&visit, "").await?;
            Ok(again(
                &refusal,
                Operator {
                    problem,
                    operator,
                    ..shown
                },
            ))
        }
    }
}

async fn set_maker(visit: Visit, fields: Fields) -> Answer<Response> {
    let actor = visit.owned()?;
    let set = match named(&fields) {
        Err(error) => Err(error),
        Ok((email, may)) => {
            visit
                .site
                .run(|app| async move { operator::set_may_create(&app, &actor, &email, may).await })
                .await
        }
    };
    match set {
        Ok(()) => Ok(go_saying(
            &visit.site,
            SCREEN,
            "Who may create organizations is saved.",
        )),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let maker = refusal.input("/email", fields.get("email"));
            let problem = refusal.problem(&["/email"]);
            let shown = screen(&visit, "").await?;
            Ok(again(
                &refusal,
                Operator {
                    problem,
                    maker,
                    ..shown
                },
            ))
        }
    }
}

async fn set_seats(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    let actor = visit.owned()?;
    let wrong = || {
        Error::field(
            "/seats",
            "Type a number of seats, or leave it empty for as many as it needs.",
        )
    };
    let seats = match fields.find("seats").map(str::trim).ok_or_else(wrong)? {
        "" => None,
        typed => Some(typed.parse::<u32>().map_err(|_| wrong())?),
    };
    let set = visit
        .site
        .run(|app| async move { operator::set_seats(&app, &actor, org, seats.map(u64::from)).await })
        .await;
    match set {
        Ok(()) => Ok(go_saying(&visit.site, SCREEN, "The seats are set.")),
        Err(error) => go_refused(&visit.site, SCREEN, error),
    }
}

async fn retry(visit: Visit, Path(job): Path<JobId>) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { operator::retry_job(&app, &actor, job).await })
        .await?;
    Ok(go_saying(&visit.site, SCREEN, "The job is tried now."))
}

async fn give_up(visit: Visit, Path(job): Path<JobId>) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { operator::give_up_job(&app, &actor, job).await })
        .await?;
    Ok(go_saying(&visit.site, SCREEN, "The job is given up."))
}

async fn drop_job(visit: Visit, Path(job): Path<JobId>) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { operator::drop_job(&app, &actor, job).await })
        .await?;
    Ok(go_saying(&visit.site, SCREEN, "The job is dropped."))
}
