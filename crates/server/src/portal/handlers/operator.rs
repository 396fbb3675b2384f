//! The screen of the people who run the installation.

mod facts;
mod jobs;
mod mail;
mod people;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::operator::{self, FailedJob, SignUpState};
use tessera_domain::{Error, Result};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Account, OrgFigures};

use super::alerts::alert_row;
use super::answer::{go_refused, go_saying, page};
use super::pages::{OperatedOrg, Operator, PersonRow};
use super::view::Pager;
use super::visit::Visit;
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
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
            mail::test,
        )
        .takes_form(),
        Route::post(
            "/operator/sign-up",
            own,
            "Opens or closes sign-up.",
            people::set_sign_up,
        )
        .takes_form(),
        Route::post(
            "/operator/operators",
            own,
            "Makes or unmakes an operator.",
            people::set_operator,
        )
        .takes_form(),
        Route::post(
            "/operator/org-makers",
            own,
            "Says whether an account may create organizations.",
            people::set_maker,
        )
        .takes_form(),
        Route::post(
            "/operator/organizations/{operated}/seats",
            own,
            "Says how many seats an organization has.",
            set_seats,
        )
        .takes_form(),
        Route::post(
            "/operator/jobs/{job}",
            own,
            "Tries a job at once, gives it up, or forgets one that was given up.",
            jobs::act,
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
    let job = |job: &FailedJob| jobs::row(job, &view, now);
    Ok(Operator {
        frame: visit.frame().await?,
        alerts: view.alerts.iter().map(|alert| alert_row(alert, now)).collect(),
        facts: facts::facts(visit, &view, now),
        mail: facts::mail(visit, &view, now),
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
        configured: facts::configured(visit),
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
