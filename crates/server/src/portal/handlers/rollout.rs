//! A revision on its way: the mosaic, who has it, who has not and why.

use axum::response::Response;
use tessera_app::devices::{self, RolloutView};
use tessera_app::{rollouts, settings};
use tessera_domain::Right;
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{DeviceMark, MarkFilter, Rollout as Numbers};

use super::answer::{go_refused, go_saying, page};
use super::home::picture;
use super::pages::{Rollout, RolloutRow};
use super::view::{DeviceState, Place, Size};
use super::visit::{Visit, path};
use super::{stages, words};
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};

/// Rows that each table lists at most.
const LISTED: u64 = 200;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageDevices);
    let change = Access::Member(Right::ChangeSettings);
    vec![
        Route::get(
            "/o/{org}/rollouts/{revision}",
            may,
            "Shows how far a revision has come.",
            show,
        ),
        Route::post(
            "/o/{org}/rollouts/{revision}/send-again",
            may,
            "Sends again to who failed.",
            send_again,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/rollouts/{revision}/pause",
            change,
            "Holds a rollout.",
            pause,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/rollouts/{revision}/resume",
            change,
            "Lets a rollout go on.",
            resume,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/rollouts/{revision}/release",
            change,
            "Releases a rollout to everybody now.",
            release,
        )
        .takes_form(),
    ]
}

async fn show(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let (_, frame) = visit.org_frame(org, Place::Devices).await?;
    let found = devices::rollout(app, actor, org, number).await?;
    let staged = rollouts::staged(app, actor, org, number).await?;
    let list = async |wanted| devices::marked(app, actor, org, number, wanted, LISTED).await;
    let (missing, applied) = (list(MarkFilter::Missing).await?, list(MarkFilter::Applied).await?);
    let saved = settings::revision(app, actor, org, number).await?.summary;
    let now = app.clock.now();
    let numbers = &found.numbers;
    Ok(page(Rollout {
        frame,
        number,
        action: format!("{}/rollouts/{number}", path(org)),
        revision: format!("{}/settings/history/{number}", path(org)),
        author: saved.author.to_string(),
        at: words::moment(saved.at, now),
        note: saved.note.map(|note| note.to_string()).unwrap_or_default(),
        mosaic: picture(&visit, Size::Large, org, number).await?,
        headline: headline(&found),
        speed: speed(&found, saved.at),
        counts: counts(numbers),
        more: numbers
            .audience
            .saturating_sub((missing.len() + applied.len()) as u64),
        missing: missing.iter().map(|mark| row(org, mark, now)).collect(),
        applied: applied.iter().map(|mark| row(org, mark, now)).collect(),
        may_send_again: numbers.failed > 0 && number == found.newest,
        staged: staged.map(|staged| stages::show(org, number, &staged, now)),
    }))
}

fn headline(found: &RolloutView) -> String {
    let numbers = &found.numbers;
    match (numbers.audience, numbers.applied) {
        (0, _) => "No device is enrolled yet.".to_owned(),
        (1, 1) => "The one device has it.".to_owned(),
        (2, 2) => "Both devices have it.".to_owned(),
        (audience, applied) if audience == applied => {
            format!("All {} have it.", words::count(audience, "device"))
        }
        (audience, applied) => format!(
            "{} of {} have it.",
            words::grouped(applied),
            words::count(audience, "device")
        ),
    }
}

/// How long the last receipt took. Only the newest revision can say, since later ones count as having earlier ones.
fn speed(found: &RolloutView, saved: Timestamp) -> String {
    let all_there = found.numbers.audience == found.numbers.applied && found.revision == found.newest;
    let took = found
        .numbers
        .last_receipt_at
        .filter(|_| all_there)
        .map(|at| at.since(saved));
    match took {
        Some(took) if took.as_secs() < 10 => {
            format!("The last receipt came {} ms after saving.", took.as_millis())
        }
        Some(took) => format!("The last receipt came {} after saving.", words::span(took)),
        None => String::new(),
    }
}

/// How many are in each state, in the order of the legend.
fn counts(numbers: &Numbers) -> Vec<(DeviceState, u64)> {
    [
        (DeviceState::Applied, numbers.applied),
        (DeviceState::Pending, numbers.pending),
        (DeviceState::Waiting, numbers.waiting),
        (DeviceState::Behind, numbers.behind),
        (DeviceState::Failed, numbers.failed),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .collect()
}

fn row(org: OrgId, mark: &DeviceMark, now: Timestamp) -> RolloutRow {
    let state = words::state_word(&mark.state);
    let why = match (&mark.reason, mark.revision) {
        (_, Some(revision)) if state == DeviceState::Waiting => {
            format!("waits for its stage with revision {revision}")
        }
        (_, None) if state == DeviceState::Waiting => "waits for its stage".to_owned(),
        (Some(reason), _) => reason.clone(),
        (None, Some(revision)) => format!("runs revision {revision}"),
        (None, None) => "has not sent a receipt yet".to_owned(),
    };
    RolloutRow {
        member: mark.member_name.to_string(),
        host: mark.host.to_string(),
        href: format!(
            "{}/devices{}#{}",
            path(org),
            words::query(&[("q", mark.host.as_str())]),
            mark.id
        ),
        state,
        why,
        receipt: mark.receipt_at.map(|at| words::moment(at, now)),
    }
}

async fn send_again(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    let here = format!("{}/rollouts/{number}", path(org));
    super::devices::resent(&visit, org, &here).await
}

async fn pause(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    let actor = visit.owned()?;
    let done = visit
        .site
        .run(|app| async move { rollouts::pause(&app, &actor, org, number).await })
        .await;
    steered(
        &visit,
        org,
        number,
        done,
        "The rollout is paused. Nobody else gets it until it goes on.",
    )
}

async fn resume(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    let actor = visit.owned()?;
    let done = visit
        .site
        .run(|app| async move { rollouts::resume(&app, &actor, org, number).await })
        .await;
    steered(
        &visit,
        org,
        number,
        done,
        "The rollout goes on. Its stage is watched from the beginning.",
    )
}

async fn release(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    let actor = visit.owned()?;
    let done = visit
        .site
        .run(|app| async move { rollouts::release(&app, &actor, org, number).await })
        .await;
    steered(&visit, org, number, done, "Every device gets it now.")
}

/// Back to the page, which says what was done or why not.
fn steered(
    visit: &Visit,
    org: OrgId,
    number: u64,
    done: tessera_domain::Result<()>,
    said: &str,
) -> Answer<Response> {
    let here = format!("{}/rollouts/{number}", path(org));
    match done {
        Ok(()) => Ok(go_saying(&visit.site, &here, said)),
        Err(error) => go_refused(&visit.site, &here, error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn view(audience: u64, applied: u64, last_receipt_at: Option<Timestamp>) -> RolloutView {
        let numbers = Numbers {
            audience,
            applied,
            failed: 0,
            pending: audience - applied,
            behind: 0,
            waiting: 0,
            last_receipt_at,
        };
        RolloutView {
            revision: 4,
            newest: 4,
            numbers,
        }
    }

    #[test]
    fn the_headline_counts_and_the_speed_waits_for_the_last() {
        let saved = Timestamp::from_seconds(100);
        let at = Some(saved.plus(Duration::from_millis(214)));
        assert_eq!(headline(&view(0, 0, None)), "No device is enrolled yet.");
        assert_eq!(headline(&view(25, 23, at)), "23 of 25 devices have it.");
        assert_eq!(headline(&view(25, 25, at)), "All 25 devices have it.");
        assert_eq!(speed(&view(25, 23, at), saved), "");
        assert_eq!(
            speed(&view(25, 25, at), saved),
            "The last receipt came 214 ms after saving."
        );
    }
}
