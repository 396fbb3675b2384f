//! Devices that proved who they are a moment ago, known again without asking the store.
//!
//! A badge is good until its token ends, or until something is announced that may concern who the device is or what it
//! may have. What was announced is compared with the store every few seconds; a replica that cannot do so trusts no
//! badge for longer than [`TRUST`]. See docs/adr/0027.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tessera_ids::Timestamp;
use tessera_wire::Serial;
use tokio::sync::watch;

use super::{Compiled, DeviceActor, device::Placement};
use crate::{Pulse, token::TokenHash};

/// How often `last_contact` is written for a device that keeps asking.
pub(super) const CONTACT_EVERY: Duration = Duration::from_secs(30);
/// How long a badge is trusted since what was announced was last compared with the store.
const TRUST: Duration = Duration::from_secs(30);
/// How often badges that ran out are swept away.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// Badges that are kept; beyond that all are forgotten, and devices are looked up again as they ask.
const KEPT: usize = 65_536;

/// What of a device holds while nothing newer is announced.
#[derive(Debug)]
pub(super) struct Badge {
    /// Subscribed before the device was read, so that nothing falls in between.
    pulses: watch::Receiver<Pulse>,
    /// The organization's audience epoch, read before the device was.
    epoch: i64,
    /// Since when it is known to be good.
    made: Timestamp,
    /// When its last contact was noted, in microseconds.
    noted: AtomicI64,
    /// Where the device was placed, and the newest serial then.
    place: OnceLock<(Placement, Serial)>,
}

impl Badge {
    pub(super) fn new(pulses: watch::Receiver<Pulse>, epoch: i64, made: Timestamp, noted: Timestamp) -> Self {
        Self {
            pulses,
            epoch,
            made,
            noted: AtomicI64::new(noted.as_micros()),
            place: OnceLock::new(),
        }
    }

    /// What was announced last, unless it may concern the device itself.
    fn pulse(&self) -> Option<Pulse> {
        let pulse = *self.pulses.borrow();
        (pulse.audience_epoch <= self.epoch).then_some(pulse)
    }

    /// Whether its contact is to be noted anew, which whoever is told so does.
    pub(super) fn is_contact_due(&self, now: Timestamp) -> bool {
        let noted = self.noted.load(Ordering::Relaxed);
        let is_due = now.apart(Timestamp::from_micros(noted)) >= CONTACT_EVERY;
        let order = Ordering::Relaxed;
        is_due
            && self
                .noted
                .compare_exchange(noted, now.as_micros(), order, order)
                .is_ok()
    }

    /// Keeps where the device was placed, when that is not known yet.
    pub(super) fn keep_place(&self, placement: &Placement, serial: Serial) {
        if placement.epoch <= self.epoch {
            self.place.get_or_init(|| (placement.clone(), serial));
        }
    }

    /// Where the device is placed, if that is still so, and the oldest serial that will do for it.
    pub(super) fn place(&self) -> Option<(&Placement, Serial)> {
        let pulse = self.pulse()?;
        let (placement, serial) = self.place.get()?;
        Some((placement, pulse.serial.max(*serial)))
    }

    /// The device's newest manifest, if all that decides on it is known.
    pub(super) fn manifest(&self) -> Option<Arc<Compiled>> {
        let (placement, least) = self.place()?;
        let newest = placement.slot.newest()?;
        (newest.serial >= least && newest.epoch <= placement.epoch).then_some(newest)
    }
}

/// The badges of this process, by the hash of the token.
#[derive(Debug, Default)]
pub(crate) struct Badges {
    kept: Mutex<Kept>,
    /// When what was announced was last compared with the store, in microseconds.
    compared: AtomicI64,
}

#[derive(Debug, Default)]
struct Kept {
    devices: HashMap<TokenHash, DeviceActor>,
    swept: Option<Timestamp>,
}

impl Badges {
    /// The device behind a token, if its badge is still good.
    pub(super) fn find(&self, token: &TokenHash, now: Timestamp) -> Option<DeviceActor> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.devices
            .get(token)
            .filter(|device| self.is_good(device, now))
            .cloned()
    }

    /// Notes that everything the store held at that time was announced.
    pub(crate) fn note_compared(&self, at: Timestamp) {
        self.compared.store(at.as_micros(), Ordering::Relaxed);
    }

    /// A clock that was set back makes no badge good again for longer than it was meant for.
    fn is_good(&self, device: &DeviceActor, now: Timestamp) -> bool {
        let compared = Timestamp::from_micros(self.compared.load(Ordering::Relaxed));
        let known = now.apart(compared).min(now.apart(device.badge.made));
        device.expires_at > now && known < TRUST && device.badge.pulse().is_some()
    }

    /// Keeps a device that was just looked up.
    pub(super) fn keep(&self, token: TokenHash, device: DeviceActor, now: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let due = kept
            .swept
            .is_none_or(|swept| now.since(swept) >= SWEEP_EVERY || now < swept);
        if due {
            kept.swept = Some(now);
            kept.devices.retain(|_, device| self.is_good(device, now));
        }
        if kept.devices.len() >= KEPT {
            kept.devices.clear();
        }
        kept.devices.insert(token, device);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tessera_ids::{
        AccountId, Clock as _, DeviceId, OrgId,
        ambient::{SystemClock, SystemEntropy, random_bytes},
    };
    use tessera_wire::{Audience, DeviceSigningKey, token::Scope};

    use super::*;
    use crate::Hub;

    struct Scene {
        hub: Hub,
        badges: Badges,
        device: DeviceActor,
        token: TokenHash,
        now: Timestamp,
    }

    fn scene() -> Scene {
        let hub = Hub::default();
        let now = SystemClock.now();
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let badge = Badge::new(hub.pulses(org), 5, now, now);
        let device = DeviceActor {
            org,
            device: DeviceId::generate(&SystemClock, &SystemEntropy),
            account: AccountId::generate(&SystemClock, &SystemEntropy),
            scope: Scope::Sync,
            expires_at: now.plus(Duration::from_mins(10)),
            key: DeviceSigningKey::generate(&SystemEntropy).verifying_key(),
            badge: Arc::new(badge),
        };
        let (badges, token) = (Badges::default(), random_bytes(&SystemEntropy));
        badges.keep(token, device.clone(), now);
        Scene {
            hub,
            badges,
            device,
            token,
            now,
        }
    }

    impl Scene {
        fn announce(&self, serial: u64, audience_epoch: i64) {
            let serial = Serial::new(serial);
            self.hub.announce(
                self.device.org,
                Pulse {
                    serial,
                    audience_epoch,
                },
            );
        }

        fn is_known(&self, now: Timestamp) -> bool {
            self.badges.find(&self.token, now).is_some()
        }
    }

    #[test]
    fn a_device_is_known_while_the_store_is_heard_and_the_clock_runs_on() {
        let scene = scene();
        assert!(scene.is_known(scene.now));
        assert!(scene.is_known(scene.now.plus(TRUST / 2)));
        assert!(!scene.is_known(scene.now.plus(TRUST)));
        let back = i64::try_from(TRUST.as_micros()).unwrap();
        assert!(!scene.is_known(Timestamp::from_micros(scene.now.as_micros() - back)));
        assert!(scene.badges.find(&[0; 32], scene.now).is_none());
        scene.badges.note_compared(scene.now.plus(TRUST));
        assert!(scene.is_known(scene.now.plus(TRUST + TRUST / 2)));
        assert!(!scene.is_known(scene.now.plus(TRUST * 2)));
    }

    #[test]
    fn whatever_is_compared_no_device_outlives_its_token() {
        let scene = scene();
        let end = scene.device.expires_at;
        scene.badges.note_compared(end);
        assert!(!scene.is_known(end));
    }

    #[test]
    fn a_contact_is_noted_once_in_a_while() {
        let scene = scene();
        let is_due = |after| scene.device.badge.is_contact_due(scene.now.plus(after));
        assert!(!is_due(CONTACT_EVERY / 2));
        assert!(is_due(CONTACT_EVERY));
        assert!(!is_due(CONTACT_EVERY));
        assert!(is_due(CONTACT_EVERY * 2));
    }

    #[test]
    fn what_may_concern_who_it_is_ends_a_badge_and_new_settings_do_not() {
        let scene = scene();
        scene.announce(9, 5);
        assert!(scene.is_known(scene.now));
        scene.announce(9, 6);
        assert!(!scene.is_known(scene.now));
    }

    #[test]
    fn a_place_asks_for_what_was_announced_since() {
        let scene = scene();
        let audience = Audience {
            org: scene.device.org,
            teams: BTreeSet::new(),
            member: None,
            wave: 0,
        };
        let placement = Placement {
            audience,
            epoch: 5,
            slot: Arc::default(),
        };
        assert!(scene.device.badge.place().is_none());
        scene.device.badge.keep_place(
            &Placement {
                epoch: 6,
                ..placement.clone()
            },
            Serial::new(7),
        );
        assert!(
            scene.device.badge.place().is_none(),
            "it was placed after the badge was made"
        );
        scene.device.badge.keep_place(&placement, Serial::new(7));
        assert_eq!(scene.device.badge.place().unwrap().1, Serial::new(7));
        scene.announce(8, 0);
        assert_eq!(scene.device.badge.place().unwrap().1, Serial::new(8));
        scene.announce(8, 6);
        assert!(scene.device.badge.place().is_none());
    }

    #[test]
    fn badges_that_ran_out_are_swept_away() {
        let scene = scene();
        let later = scene.now.plus(SWEEP_EVERY);
        let mut device = scene.device.clone();
        device.expires_at = later.plus(Duration::from_mins(10));
        scene.badges.keep([1; 32], device, later);
        assert_eq!(scene.badges.kept.lock().unwrap().devices.len(), 1);
    }
}
