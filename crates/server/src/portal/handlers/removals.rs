//! What became of memberships that ended: each step with its real state, until the last device's receipt is in.

use axum::response::Response;
use tessera_app::members::{self, RemovalView};
use tessera_domain::{DeviceState, Right};
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_store::{Device, Removal};

use super::answer::page;
use super::pages::{self, RemovalStep, Removals, RemovedDevice};
use super::view::{Place, Tone};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::RemoveMembers);
    vec![
        Route::get("/o/{org}/removals", may, "Shows who left or was removed.", list),
        Route::get(
            "/o/{org}/removals/{member}",
            may,
            "Shows what ended with a membership, and the receipts of devices.",
            show,
        ),
    ]
}

async fn list(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let found = members::removals(visit.app(), visit.actor()?, org).await?;
    let (_, frame) = visit.org_frame(org, Place::Members).await?;
    let (home, now) = (path(org), visit.app().clock.now());
    let row = |removal: &Removal| {
        (
            format!("{home}/removals/{}", removal.account),
            removal.name.to_string(),
            removal.email.to_string(),
            how(removal),
            words::moment(removal.at, now),
        )
    };
    Ok(page(Removals {
        frame,
        rows: found.iter().map(row).collect(),
        back: format!("{home}/members"),
    }))
}

async fn show(visit: Visit, Path((org, who)): Path<(OrgId, AccountId)>) -> Answer<Response> {
    let view = members::removal(visit.app(), visit.actor()?, org, who).await?;
    let (_, frame) = visit.org_frame(org, Place::Members).await?;
    let (home, now) = (path(org), visit.app().clock.now());
    let devices: Vec<RemovedDevice> = view
        .devices
        .iter()
        .map(|(device, state)| removed_device(device, state, now))
        .collect();
    let waiting = devices.iter().filter(|device| device.wiped.is_none()).count();
    Ok(page(pages::Removal {
        frame,
        name: view.removal.name.to_string(),
        email: view.removal.email.to_string(),
        how: how(&view.removal),
        at: words::moment(view.removal.at, now),
        steps: steps(&view),
        standing: standing(devices.len(), waiting),
        complete: waiting == 0,
        devices,
        again: view.is_member_again.then(|| format!("{home}/members/{who}")),
        all: format!("{home}/removals"),
    }))
}

fn how(removal: &Removal) -> String {
    match removal.removed_by.as_str() {
        "" => "Left by themselves".to_owned(),
        by => format!("Removed by {by}"),
    }
}

fn removed_device(device: &Device, state: &DeviceState, now: Timestamp) -> RemovedDevice {
    let wiped = match state {
        DeviceState::Wiped { wiped_at, .. } => *wiped_at,
        _ => None,
    };
    RemovedDevice {
        host: device.host.to_string(),
        system: device.os.to_string(),
        seen: words::moment(device.last_contact, now),
        wiped: wiped.map(|at| words::moment(at, now)),
    }
}

fn standing(devices: usize, waiting: usize) -> String {
    match (devices, waiting) {
        (0, _) => "All done. There was no device to wipe.".to_owned(),
        (1, 0) => "All done. The device proved that it wiped what it had.".to_owned(),
        (all, 0) => format!("All done. All {all} devices proved that they wiped what they had."),
        (1, _) => {
            "The device has not sent its receipt yet. This page shows it as soon as it comes.".to_owned()
        }
        (all, waiting) => format!(
            "{} of {all} receipts are in. This page shows each as it comes.",
            all - waiting
        ),
    }
}

/// What was done in the very moment.
fn steps(view: &RemovalView) -> Vec<RemovalStep> {
    let removal = &view.removal;
    let step = |text: &str, detail: String, tone: Tone| RemovalStep {
        text: text.to_owned(),
        detail,
        tone,
    };
    let credential = |done: &str, kept: &str, number: Option<u64>, thing: &str| match number {
        Some(number) => step(done, words::count(number, thing), Tone::Good),
        None => step(
            kept,
            "They belong elsewhere too. Of this organization these show nothing any more.".to_owned(),
            Tone::Neutral,
        ),
    };
    let mut steps = vec![
        step(
            "Membership ended",
            format!("They were {}. Their seat is free.", removal.role.title()),
            Tone::Good,
        ),
        credential(
            "Signed out of every browser",
            "Browsers stay signed in",
            removal.sessions,
            "session",
        ),
        credential(
            "Access tokens ended",
            "Access tokens go on",
            removal.tokens,
            "token",
        ),
    ];
    if !view.devices.is_empty() {
        let number = view.devices.len() as u64;
        steps.push(step(
            "Devices refused",
            words::count(number, "device"),
            Tone::Good,
        ));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_is_awaited() {
        assert!(standing(0, 0).starts_with("All done"));
        assert!(standing(3, 0).starts_with("All done. All 3"));
        assert_eq!(
            standing(3, 2),
            "1 of 3 receipts are in. This page shows each as it comes."
        );
    }
}
