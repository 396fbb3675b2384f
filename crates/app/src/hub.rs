//! Who hears of a change inside this process: device streams and open pages.
//!
//! The hub carries no content, only that something is newer. Whoever hears it reads the store,
//! so a lost or doubled announcement can delay but never mislead. Other replicas are told through
//! the database, and a repair poll announces what was missed: see `App::repair`.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tessera_ids::OrgId;
use tessera_wire::Serial;
use tokio::sync::{broadcast, watch};

/// Open pages that lag further behind than this are told to fetch everything again.
const PAGE_EVENTS_KEPT: usize = 256;

/// The newest state of an organization that its device streams must have seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// The serial of the newest manifests.
    pub serial: Serial,
    /// Counts changes of who is in which audience, removed devices included.
    pub audience_epoch: i64,
}

impl Pulse {
    fn merged(self, other: Self) -> Self {
        Self {
            serial: self.serial.max(other.serial),
            audience_epoch: self.audience_epoch.max(other.audience_epoch),
        }
    }
}

/// Which part of an organization's pages has something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Settings and their history.
    Settings,
    /// Providers' keys.
    Credentials,
    /// Devices, receipts, rollouts.
    Devices,
    /// Members, teams, invitations, seats.
    People,
    /// Updates, their comments and reactions.
    Updates,
    /// The audit log.
    Audit,
    /// Alerts, and where they go.
    Alerts,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 7] = [
        Self::Settings,
        Self::Credentials,
        Self::Devices,
        Self::People,
        Self::Updates,
        Self::Audit,
        Self::Alerts,
    ];

    /// The topic's name on the wire and in `data-live`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Credentials => "credentials",
            Self::Devices => "devices",
            Self::People => "people",
            Self::Updates => "updates",
            Self::Audit => "audit",
            Self::Alerts => "alerts",
        }
    }
}

/// Fan-out of announcements, per organization.
#[derive(Debug, Default)]
pub struct Hub {
    orgs: Mutex<HashMap<OrgId, Channels>>,
}

#[derive(Debug)]
struct Channels {
    pulse: watch::Sender<Pulse>,
    pages: broadcast::Sender<Topic>,
}

impl Default for Channels {
    fn default() -> Self {
        Self {
            pulse: watch::Sender::default(),
            pages: broadcast::Sender::new(PAGE_EVENTS_KEPT),
        }
    }
}

impl Channels {
    fn is_idle(&self) -> bool {
        self.pulse.receiver_count() == 0 && self.pages.receiver_count() == 0
    }
}

impl Hub {
    /// Hears every newer [`Pulse`] from now on. Subscribe before reading the present state.
    pub fn pulses(&self, org: OrgId) -> watch::Receiver<Pulse> {
        self.lock().entry(org).or_default().pulse.subscribe()
    }

    /// Hears which topics have news from now on. Subscribe before rendering the page.
    pub fn page_events(&self, org: OrgId) -> broadcast::Receiver<Topic> {
        self.lock().entry(org).or_default().pages.subscribe()
    }

    /// Tells device streams of a pulse; an older one than was heard before changes nothing.
    pub fn announce(&self, org: OrgId, pulse: Pulse) {
        self.with(org, |channels| {
            channels.pulse.send_if_modified(|known| {
                let merged = known.merged(pulse);
                let newer = merged != *known;
                *known = merged;
                newer
            });
        });
    }

    /// Whether somebody listens to whom a pulse would be new.
    pub fn is_news(&self, org: OrgId, pulse: Pulse) -> bool {
        let orgs = self.lock();
        orgs.get(&org).is_some_and(|channels| {
            let known = *channels.pulse.borrow();
            channels.pulse.receiver_count() > 0 && known.merged(pulse) != known
        })
    }

    /// Tells open pages that a topic has news.
    pub fn touch(&self, org: OrgId, topic: Topic) {
        // Without a listener there is nobody to tell, which is no error.
        self.with(org, |channels| drop(channels.pages.send(topic)));
    }

    /// Ends what open pages listen to, once they have heard what was said before: nobody may look on.
    pub fn end_pages(&self, org: OrgId) {
        if let Some(channels) = self.lock().get_mut(&org) {
            channels.pages = broadcast::Sender::new(PAGE_EVENTS_KEPT);
        }
    }

    /// The organizations that somebody listens to here: whom the repair poll must ask about.
    pub fn listened(&self) -> Vec<OrgId> {
        let mut orgs = self.lock();
        orgs.retain(|_, channels| !channels.is_idle());
        orgs.keys().copied().collect()
    }

    fn with(&self, org: OrgId, tell: impl FnOnce(&Channels)) {
        if let Some(channels) = self.lock().get(&org) {
            tell(channels);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrgId, Channels>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};

    use super::*;

    #[test]
    fn an_older_pulse_never_replaces_a_newer_one() {
        let hub = Hub::default();
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let mut pulses = hub.pulses(org);
        hub.announce(
            org,
            Pulse {
                serial: Serial::new(7),
                audience_epoch: 1,
            },
        );
        assert!(pulses.has_changed().unwrap());
        pulses.mark_unchanged();
        hub.announce(
            org,
            Pulse {
                serial: Serial::new(6),
                audience_epoch: 1,
            },
        );
        assert!(!pulses.has_changed().unwrap());
        hub.announce(
            org,
            Pulse {
                serial: Serial::new(6),
                audience_epoch: 2,
            },
        );
        assert_eq!(
            *pulses.borrow(),
            Pulse {
                serial: Serial::new(7),
                audience_epoch: 2
            }
        );
    }

    #[tokio::test]
    async fn pages_that_are_ended_hear_the_rest_and_then_nothing() {
        let hub = Hub::default();
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let (mut pages, pulses) = (hub.page_events(org), hub.pulses(org));
        hub.touch(org, Topic::People);
        hub.end_pages(org);
        assert_eq!(pages.recv().await, Ok(Topic::People));
        assert_eq!(pages.recv().await, Err(broadcast::error::RecvError::Closed));
        assert!(pulses.has_changed().is_ok(), "devices listen on");
    }

    #[test]
    fn an_organization_that_nobody_listens_to_is_forgotten() {
        let hub = Hub::default();
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let pages = hub.page_events(org);
        assert_eq!(hub.listened(), [org]);
        drop(pages);
        assert!(hub.listened().is_empty());
    }
}
