//! *Settings → Alerts*: what is open, what was, and what is done about it at one press.

use axum::response::Response;
use tessera_app::accounts;
use tessera_app::alerts::{self, Answer as Told, EndpointView, GivenUp, Overview};
use tessera_domain::{AlertKind, Error, Result, Right};
use tessera_ids::{AlertEndpointId, JobId, OrgId, Timestamp};
use tessera_store::{Alert, DeliveryOutcome};

use super::answer::{Reading, Refusal, again, go_refused, go_saying, page};
use super::pages::{AlertRow, Alerts, DeliveryRow, EndpointRow, KindChoice};
use super::view::{Input, Place, Tone};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageAlerts);
    let page = "/o/{org}/settings/alerts";
    vec![
        Route::get(page, may, "Shows alerts and where they go.", show),
        Route::post(
            page,
            may,
            "Says after how many days a device is silent.",
            choose_days,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/settings/alerts/mail",
            may,
            "Says of what the reader wants mails.",
            choose_mail,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/settings/alerts/endpoints/{endpoint}/test",
            may,
            "Sends an endpoint a test alert.",
            test,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/settings/alerts/endpoints/{endpoint}/pause",
            may,
            "Pauses an endpoint, or lets it be told again.",
            pause,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/settings/alerts/deliveries/{delivery}/retry",
            may,
            "Tries a delivery anew that was given up.",
            retry,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/settings/alerts/deliveries/{delivery}/drop",
            may,
            "Forgets a delivery that was given up.",
            drop_delivery,
        )
        .takes_form(),
    ]
}

/// The path of the page.
pub(super) fn alerts_path(org: OrgId) -> String {
    path(org) + "/settings/alerts"
}

/// The path of one endpoint.
pub(super) fn endpoint_path(org: OrgId, id: AlertEndpointId) -> String {
    format!("{}/endpoints/{id}", alerts_path(org))
}

async fn show(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(overview(&visit, org).await?))
}

async fn overview(visit: &Visit, org: OrgId) -> Result<Alerts> {
    let (_, frame) = visit.org_frame(org, Place::Alerts).await?;
    let (app, actor) = (visit.app(), visit.actor()?);
    let found = alerts::overview(app, actor, org).await?;
    let now = app.clock.now();
    let all: u64 = found.counts.values().sum();
    let shown = found.open.len() as u64;
    Ok(Alerts {
        frame,
        base: alerts_path(org),
        more: all.saturating_sub(shown),
        open: found.open.iter().map(|alert| alert_row(alert, now)).collect(),
        recent: found.recent.iter().map(|alert| alert_row(alert, now)).collect(),
        given_up: found
            .given_up
            .iter()
            .map(|job| delivery_row(org, job, &found, now))
            .collect(),
        endpoints: found
            .endpoints
            .iter()
            .map(|view| endpoint_row(org, view, now))
            .collect(),
        silent_days: Input::new(found.silent_days.to_string()),
        mail: choices(|kind| !found.muted.contains(&kind)),
        email: accounts::me(app, actor).await?.email.to_string(),
    })
}

/// Every condition of organizations, with which are chosen.
pub(super) fn choices(chosen: impl Fn(AlertKind) -> bool) -> Vec<KindChoice> {
    let choice = |kind: AlertKind| KindChoice {
        value: kind.to_string(),
        title: kind.title().to_owned(),
        help: kind.help().to_owned(),
        chosen: chosen(kind),
    };
    AlertKind::of_orgs().map(choice).collect()
}

/// The conditions that a form names.
pub(super) fn chosen(fields: &Fields) -> Result<Vec<AlertKind>> {
    fields
        .all("kind")
        .map(|word| {
            word.parse()
                .map_err(|_| Error::field("/kinds", "There is no such condition."))
        })
        .collect()
}

pub(super) fn alert_row(alert: &Alert, now: Timestamp) -> AlertRow {
    AlertRow {
        kind: alert.kind.title().to_owned(),
        name: if alert.kind == AlertKind::SeatsFull {
            String::new()
        } else {
            alert.name.clone()
        },
        detail: alert.detail.clone(),
        href: alert.link.clone(),
        opened: words::moment(alert.opened_at, now),
        told: alert.told_at.map(|at| words::moment(at, now)),
        closed: alert.closed_at.map(|at| words::moment(at, now)),
    }
}

fn delivery_row(org: OrgId, job: &GivenUp, found: &Overview, now: Timestamp) -> DeliveryRow {
    let to = found.endpoints.iter().find(|view| Some(view.id) == job.endpoint);
    DeliveryRow {
        path: format!("{}/deliveries/{}", alerts_path(org), job.id),
        title: job.title.clone(),
        endpoint: to.map(|view| view.name.to_string()).unwrap_or_default(),
        failed: words::moment(job.failed_at, now),
        problem: job.problem.clone(),
    }
}

fn endpoint_row(org: OrgId, view: &EndpointView, now: Timestamp) -> EndpointRow {
    let outcome = view.last.as_ref().map(|last| last.outcome);
    let state = match (view.paused_at, outcome) {
        (Some(_), _) => (Tone::Neutral, "paused"),
        (None, None | Some(DeliveryOutcome::Delivered)) => (Tone::Good, "active"),
        (None, Some(DeliveryOutcome::Retrying)) => (Tone::Warn, "tried again"),
        (None, Some(DeliveryOutcome::GaveUp)) => (Tone::Bad, "failing"),
    };
    EndpointRow {
        name: view.name.to_string(),
        path: endpoint_path(org, view.id),
        format: view.format.title().to_owned(),
        address: view.address.clone(),
        kinds: view.kinds.iter().map(|kind| kind.title().to_owned()).collect(),
        state: (state.0, state.1.to_owned()),
        last: view
            .last
            .as_ref()
            .map(|last| (words::moment(last.at, now), last.problem.clone())),
        is_paused: view.paused_at.is_some(),
        is_signed: view.format.is_signed(),
        overlap: view.overlap_until.map(|until| words::moment(until, now)),
    }
}

async fn choose_days(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    let typed = fields.get("silent_days");
    let mut reading = Reading::default();
    let days = reading.take(
        "/silent_days",
        typed.trim().parse::<u64>().map_err(|_| "Type a number of days."),
    );
    let chosen = match days {
        None => Err(reading.error()),
        Some(days) => {
            let actor = visit.owned()?;
            let work = |app: std::sync::Arc<tessera_app::App>| async move {
                alerts::choose_silent_days(&app, &actor, org, days).await
            };
            visit.site.run(work).await
        }
    };
    match chosen {
        Ok(()) => Ok(go_saying(&visit.site, &alerts_path(org), "The days are saved.")),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let shown = overview(&visit, org).await?;
            let silent_days = refusal.input("/silent_days", typed);
            Ok(again(&refusal, Alerts { silent_days, ..shown }))
        }
    }
}

async fn choose_mail(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    let (wanted, actor) = (chosen(&fields)?, visit.owned()?);
    visit
        .site
        .run(|app| async move { alerts::choose_mail(&app, &actor, org, &wanted).await })
        .await?;
    Ok(go_saying(&visit.site, &alerts_path(org), "Your mail is saved."))
}

async fn test(visit: Visit, Path((org, id)): Path<(OrgId, AlertEndpointId)>) -> Answer<Response> {
    let list = alerts_path(org);
    let name = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?.name;
    let told = send_test(&visit.site, visit.owned()?, org, id).await;
    match told.map(|told| told.problem()) {
        Ok(None) => Ok(go_saying(
            &visit.site,
            &list,
            format!("{name} took the test alert."),
        )),
        Ok(Some(problem)) => {
            let error = Error::invalid(format!("{name} did not take the test alert. {problem}"));
            go_refused(&visit.site, &list, error)
        }
        Err(error) => go_refused(&visit.site, &list, error),
    }
}

/// Calls an endpoint with a test alert and notes how it went.
pub(crate) async fn send_test(
    site: &crate::site::Site,
    actor: tessera_app::Actor,
    org: OrgId,
    id: AlertEndpointId,
) -> Result<Told> {
    let outbound = site.outbound.clone();
    site.run(|app| async move {
        let call = alerts::prepare_test(&app, &actor, org, id).await?;
        let told = outbound.tell(call).await;
        alerts::note_test(&app, &actor, org, id, &told).await?;
        Ok(told)
    })
    .await
}

async fn pause(
    visit: Visit,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
    fields: Fields,
) -> Answer<Response> {
    let paused = match fields.get("paused") {
        "yes" => true,
        "no" => false,
        _ => return Err(Error::field("/paused", "Say yes or no.").into()),
    };
    let actor = visit.owned()?;
    let name = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?.name;
    visit
        .site
        .run(|app| async move {
            if paused {
                alerts::pause(&app, &actor, org, id).await
            } else {
                alerts::resume(&app, &actor, org, id).await
            }
        })
        .await?;
    let said = if paused {
        "is told nothing until you resume it."
    } else {
        "is told again."
    };
    Ok(go_saying(
        &visit.site,
        &alerts_path(org),
        format!("{name} {said}"),
    ))
}

async fn retry(visit: Visit, Path((org, id)): Path<(OrgId, JobId)>) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { alerts::retry_delivery(&app, &actor, org, id).await })
        .await?;
    Ok(go_saying(&visit.site, &alerts_path(org), "It is sent again."))
}

async fn drop_delivery(visit: Visit, Path((org, id)): Path<(OrgId, JobId)>) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { alerts::drop_delivery(&app, &actor, org, id).await })
        .await?;
    Ok(go_saying(&visit.site, &alerts_path(org), "It is dropped."))
}
