//! A revision on its way: the mosaic, who has it, who has not and why.

use std::cmp::Reverse;

use axum::response::Response;
use tessera_app::devices::{self, RolloutView};
use tessera_app::settings;
use tessera_domain::Right;
use tessera_ids::{OrgId, Timestamp};
use tessera_store::DeviceMark;

use super::answer::page;
use super::home::mosaic;
use super::pages::{Rollout, RolloutRow};
use super::view::{DeviceState, Place, Size};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};

/// Rows that each table lists at most.
const LISTED: usize = 200;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageDevices);
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
    ]
}

async fn show(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let (_, frame) = visit.org_frame(org, Place::Devices).await?;
    let found = devices::rollout(app, actor, org, number).await?;
    let marks = devices::marks(app, actor, org, number).await?;
    let saved = settings::revision(app, actor, org, number).await?.summary;
    let now = app.clock.now();
    let (missing, applied) = rows(org, &marks, now);
    Ok(page(Rollout {
        frame,
        number,
        action: format!("{}/rollouts/{number}", path(org)),
        revision: format!("{}/settings/history/{number}", path(org)),
        author: saved.author.to_string(),
        at: words::moment(saved.at, now),
        note: saved.note.map(|note| note.to_string()).unwrap_or_default(),
        mosaic: mosaic(Size::Large, org, &marks),
        headline: headline(&found),
        speed: speed(&found, saved.at),
        counts: counts(&marks),
        more: (missing.len().saturating_sub(LISTED) + applied.len().saturating_sub(LISTED)) as u64,
        missing: missing.into_iter().take(LISTED).collect(),
        applied: applied.into_iter().take(LISTED).collect(),
        may_send_again: found.numbers.failed > 0 && number == found.newest,
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
fn counts(marks: &[DeviceMark]) -> Vec<(DeviceState, u64)> {
    let count = |state: DeviceState| {
        marks
            .iter()
            .filter(|mark| words::state_word(&mark.state) == state)
            .count() as u64
    };
    DeviceState::ALL
        .into_iter()
        .map(|state| (state, count(state)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Those that do not have it, the failed first, and those that do, the latest receipt first.
fn rows(org: OrgId, marks: &[DeviceMark], now: Timestamp) -> (Vec<RolloutRow>, Vec<RolloutRow>) {
    let (mut applied, mut missing): (Vec<&DeviceMark>, Vec<&DeviceMark>) =
        marks.iter().partition(|mark| mark.state == "applied");
    applied.sort_by_key(|mark| Reverse(mark.receipt_at));
    missing.sort_by_key(|mark| mark.state != "failed");
    let rows = |marks: Vec<&DeviceMark>| marks.into_iter().map(|mark| row(org, mark, now)).collect();
    (rows(missing), rows(applied))
}

fn row(org: OrgId, mark: &DeviceMark, now: Timestamp) -> RolloutRow {
    let state = words::state_word(&mark.state);
    let why = match (&mark.reason, mark.revision) {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tessera_store::Rollout as Numbers;

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
