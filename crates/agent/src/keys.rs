//! The org's keys on this device: fetched when a manifest names them, kept under the seal they came in, opened with the
//! device's own key, dropped when no longer named. Settings never wait for keys.

mod ring;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tessera_ids::CredentialId;
use tessera_policy::LayerName;
use tessera_wire::{
    DeliveredKey, Digest, Envelope, Name, Outcome, SealedCredential, SectionReceipt, Text, verify,
    verify_envelope,
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    backoff::Backoff,
    bus::{Bus, Component, Done, Event},
    device::Device,
};
pub use ring::KeyHere;
pub(crate) use ring::KeyRing;

/// The keys that a manifest names, with the digest by which a receipt says that they are here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) versions: BTreeMap<Name, u64>,
    pub(crate) digest: Option<Digest>,
}

/// The component.
pub(crate) struct Keys {
    newest: Arc<Newest>,
    device: Option<Arc<Device>>,
}

/// The manifest whose keys are to be here.
#[derive(Default)]
struct Newest {
    done: Mutex<Option<Arc<Done>>>,
    ready: Notify,
}

impl Keys {
    pub(crate) fn new(device: Arc<Device>) -> Self {
        Self {
            newest: Arc::default(),
            device: Some(device),
        }
    }
}

impl Component for Keys {
    fn start(&mut self, tasks: &TaskTracker, bus: &Bus, stop: &CancellationToken) {
        let Some(device) = self.device.take() else { return };
        let (newest, bus, stop) = (Arc::clone(&self.newest), bus.clone(), stop.clone());
        tasks.spawn(async move {
            let work = async {
                loop {
                    let done = newest.take().await;
                    settle(&device, &done, &newest, &bus).await;
                }
            };
            stop.run_until_cancelled(work).await;
        });
    }

    fn handle(&mut self, event: &Event) {
        if let Event::InForce(done) = event {
            *self.newest.held() = Some(Arc::clone(done));
            self.newest.ready.notify_one();
        }
    }
}

impl Newest {
    fn held(&self) -> std::sync::MutexGuard<'_, Option<Arc<Done>>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self) -> Arc<Done> {
        loop {
            if let Some(done) = self.held().take() {
                return done;
            }
            self.ready.notified().await;
        }
    }

    /// Completes when another manifest waits. Leaves it there.
    async fn arrived(&self) {
        while self.held().is_none() {
            self.ready.notified().await;
        }
    }
}

/// Brings the keys of a manifest here, and says so; goes on until they are here or another manifest is in force.
async fn settle(device: &Arc<Device>, done: &Done, newest: &Newest, bus: &Bus) {
    let (mut backoff, mut was_told) = (Backoff::default(), false);
    let mut why = hold(device, &done.named, Vec::new()).await;
    while let Some(missing) = why {
        why = match device.session.credentials().await {
            Ok(envelopes) => hold(device, &done.named, envelopes).await,
            Err(error) => Some(format!("{missing}: {error}")),
        };
        let Some(reason) = &why else { break };
        if !was_told {
            was_told = true;
            bus.say(applied(done, Some(reason))).await;
        }
        let wait = device.ambient.timer.sleep(backoff.next(&*device.ambient.entropy));
        tokio::select! {
            () = wait => {}
            () = newest.arrived() => return,
        }
    }
    bus.say(applied(done, None)).await;
}

/// Keeps what came, drops what is not named, opens the rest. What is missing, if something is.
async fn hold(device: &Arc<Device>, named: &Named, came: Vec<Envelope>) -> Option<String> {
    let versions = named.versions.clone();
    device
        .work(move |device| hold_now(device, &versions, &came))
        .await
}

fn hold_now(device: &Device, versions: &BTreeMap<Name, u64>, came: &[Envelope]) -> Option<String> {
    let mut refused = None;
    for envelope in came {
        if let Err(why) = keep(device, versions, envelope) {
            tracing::warn!(%why, "a key was not taken");
            refused = Some(why);
        }
    }
    if let Err(error) = device
        .state
        .drop_other_credentials(|name| versions.contains_key(name))
    {
        tracing::warn!(%error, "keys that are no longer this device's stay on the disk, sealed");
    }
    let mut here = BTreeMap::new();
    for (name, version) in versions {
        if let Some((id, held, key)) = open_stored(device, name)
            && held >= *version
        {
            here.insert(id, (held, key));
        }
    }
    let is_whole = here.len() == versions.len();
    device.ring.set(here);
    (!is_whole).then(|| refused.unwrap_or_else(|| "a key has not arrived".to_owned()))
}

/// Keeps one envelope, if the org signed it for this device and the manifest names it.
fn keep(device: &Device, versions: &BTreeMap<Name, u64>, envelope: &Envelope) -> Result<(), String> {
    let sealed = verify_envelope::<SealedCredential>(envelope, &device.profile.org_key)
        .map_err(|error| format!("a key is not the organization's word: {error}"))?;
    let name = Name::from(sealed.payload().credential);
    let Some(wanted) = versions.get(&name) else {
        return Ok(());
    };
    if sealed.payload().version < *wanted {
        return Err("an older key came than the one that is wanted".to_owned());
    }
    open(device, sealed.payload())?;
    device
        .state
        .keep_credential(&name, envelope.to_json())
        .map_err(|error| error.to_string())
}

/// A key from this device's own disk, believed as little as one from the network.
fn open_stored(device: &Device, name: &Name) -> Option<(CredentialId, u64, DeliveredKey)> {
    let stored = device.state.credential(name)?;
    let sealed = verify::<SealedCredential>(&stored, &device.profile.org_key).ok()?;
    let sealed = sealed.payload();
    if Name::from(sealed.credential) != *name {
        return None;
    }
    let key = open(device, sealed).ok()?;
    Some((sealed.credential, sealed.version, key))
}

fn open(device: &Device, sealed: &SealedCredential) -> Result<DeliveredKey, String> {
    let bound = sealed.bound();
    if (bound.org, bound.device) != (device.profile.org, device.profile.device) {
        return Err("a key is sealed for another device".to_owned());
    }
    sealed
        .open(&device.keys.sealing)
        .map_err(|error| error.to_string())
}

/// What is told of a manifest once it is known whether its keys are here.
fn applied(done: &Done, failed: Option<&str>) -> Event {
    let mut done = done.clone();
    if let Some(digest) = done.named.digest {
        let outcome = failed.map_or(Outcome::Applied { digest }, |reason| Outcome::Failed {
            reason: Text::clip(reason),
        });
        done.sections.push(SectionReceipt {
            layer: LayerName::Org,
            section: Name::credentials(),
            outcome,
        });
    }
    Event::Applied(Arc::new(done))
}
