//! Applications that a tool asked about and that no list speaks of. While the organization manages applications, it is told
//! their names and ids, each once as long as the agent runs, so that an admin can decide on them.
//!
//! Nothing is told of windows, pages, folders or times of use, and nothing is written to the disk.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tessera_policy::{Leaf, Reason, Subject, applications::ApplicationCatalogue};
use tessera_wire::{SIGHTINGS, Sighting, SightingsReport};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    backoff::Backoff,
    bus::{Bus, Component, Event},
    device::Device,
    enforcement::{Answer, InForce},
    portal::PortalError,
    session::SessionError,
};

/// How many are remembered while the agent runs; beyond that nothing more is told.
const REMEMBERED: usize = 500;
/// How long others are waited for before a report goes out.
const GATHERED_FOR: Duration = Duration::from_secs(15);

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    noted: Mutex<Noted>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Noted {
    known: HashSet<String>,
    waiting: Vec<Sighting>,
}

impl Seen {
    /// Takes note of what was asked and answered, if it is an application that nobody decided on.
    pub(crate) fn note(&self, in_force: &InForce, subject: &Subject, answer: &Answer) {
        let Some(application) = subject
            .application
            .as_ref()
            .filter(|_| answer.reason == Reason::NoRule)
        else {
            return;
        };
        let effective = in_force.settings().and_then(|settings| settings.effective());
        let managed = effective.is_some_and(|effective| effective.is_on(Leaf::ManagedApplications));
        if !managed || ApplicationCatalogue::built_in().find(application).is_some() {
            return;
        }
        let Some(sighting) = Sighting::of(application) else {
            return;
        };
        let rules: Vec<String> = sighting.rules.iter().map(ToString::to_string).collect();
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.known.len() < REMEMBERED && noted.known.insert(rules.join(" ")) {
            noted.waiting.push(sighting);
            self.came.notify_one();
        }
    }

    fn take(&self) -> Vec<Sighting> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let most = noted.waiting.len().min(SIGHTINGS);
        noted.waiting.drain(..most).collect()
    }

    /// Forgets everything: another device, another organization.
    pub(crate) fn clear(&self) {
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = Noted::default();
    }
}

/// The component.
pub(crate) struct Sightings {
    seen: Arc<Seen>,
    device: Option<Arc<Device>>,
}

impl Sightings {
    pub(crate) fn new(device: Arc<Device>, seen: Arc<Seen>) -> Self {
        Self {
            seen,
            device: Some(device),
        }
    }
}

impl Component for Sightings {
    fn start(&mut self, tasks: &TaskTracker, _: &Bus, stop: &CancellationToken) {
        let Some(device) = self.device.take() else { return };
        let (seen, stop) = (Arc::clone(&self.seen), stop.clone());
        tasks.spawn(async move {
            stop.run_until_cancelled(tell(&device, &seen)).await;
        });
    }

    fn handle(&mut self, _: &Event) {}
}

/// Tells what comes, for as long as the device is in service. What cannot be told is told later.
async fn tell(device: &Device, seen: &Seen) {
    let timer = &device.ambient.timer;
    loop {
        seen.came.notified().await;
        timer.sleep(GATHERED_FOR).await;
        loop {
            let applications = seen.take();
            if applications.is_empty() {
                break;
            }
            let report = SightingsReport { applications };
            let mut backoff = Backoff::default();
            while let Err(error) = device.session.send_sightings(&report).await {
                // An older server has no place for it.
                let passing = |error: &PortalError| error.is_passing() && error.status() != Some(404);
                if !matches!(&error, SessionError::Portal(error) if passing(error)) {
                    tracing::debug!(%error, "applications that were seen are not told");
                    break;
                }
                timer.sleep(backoff.next(&*device.ambient.entropy)).await;
            }
        }
    }
}
