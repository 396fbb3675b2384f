//! One enrolled device: who it is, what it holds, and how its settings are loaded and replaced.

use std::{collections::BTreeSet, sync::Arc};

use tessera_wire::{Accepted, Digest, MachineFacts, Manifest, Name, Verified};

use crate::{
    Error,
    ambient::Ambient,
    bundle::{self, Compiled, Refusal},
    commons::Commons,
    enforcement::{Enforcement, InForce, Settings},
    keys::KeyRing,
    portal::Portal,
    purges::PurgeBook,
    session::Session,
    state::{DeviceKeys, Machine, OrgState, Profile, Unusable},
};
use tokio_util::task::TaskTracker;

/// What the components of an enrolled device share. None of it changes but what is in force and on the disk.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) profile: Profile,
    pub(crate) keys: Arc<DeviceKeys>,
    pub(crate) facts: MachineFacts,
    pub(crate) state: Arc<OrgState>,
    pub(crate) session: Arc<Session>,
    pub(crate) enforcement: Arc<Enforcement>,
    /// The org's keys that are here, opened.
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) purges: Arc<PurgeBook>,
    pub(crate) ambient: Ambient,
    commons: Arc<Commons>,
    /// Blocking work under way, which outlives whoever asked for it.
    jobs: TaskTracker,
}

/// Settings that were verified, and the manifest that names them.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) manifest: Verified<Manifest>,
}

/// The parts that a device is put together from.
pub(crate) struct Parts {
    pub(crate) profile: Profile,
    pub(crate) machine: Machine,
    pub(crate) state: Arc<OrgState>,
    pub(crate) http: reqwest::Client,
    pub(crate) enforcement: Arc<Enforcement>,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) ambient: Ambient,
    pub(crate) commons: Arc<Commons>,
}

impl Device {
    /// Puts a device together from what enrolment left. Nothing is enforced yet.
    pub(crate) fn new(parts: Parts) -> Result<Self, Error> {
        let Parts {
            profile,
            machine,
            state,
            http,
            enforcement,
            ring,
            ambient,
            commons,
        } = parts;
        let keys = Arc::new(state.keys(&profile)?);
        let portal = Portal::new(
            profile.server.parse()?,
            profile.http(http),
            Arc::clone(&ambient.timer),
        );
        let (clock, entropy) = (Arc::clone(&ambient.clock), Arc::clone(&ambient.entropy));
        let session = Arc::new(Session::new(
            portal,
            profile.device,
            Arc::clone(&keys),
            clock,
            entropy,
        ));
        let facts = machine.facts(profile.key_storage);
        let purges = Arc::new(PurgeBook::open(Arc::clone(&state)));
        Ok(Self {
            profile,
            keys,
            facts,
            state,
            session,
            enforcement,
            ring,
            purges,
            ambient,
            commons,
            jobs: TaskTracker::new(),
        })
    }

    /// Runs something that blocks or takes long beside the runtime, never more of it at once than there are
    /// cores.
    pub(crate) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> T {
        let permit = Arc::clone(&self.commons.work).acquire_owned().await;
        self.run(move |device| {
            let _permit = permit;
            work(device)
        })
        .await
    }

    /// Waits until no blocking work is under way. Nobody may ask for more.
    pub(crate) async fn settle(&self) {
        self.jobs.close();
        self.jobs.wait().await;
    }

    async fn run<T: Send + 'static>(self: &Arc<Self>, work: impl FnOnce(&Self) -> T + Send + 'static) -> T {
        let device = Arc::clone(self);
        match self.jobs.spawn_blocking(move || work(&device)).await {
            Ok(done) => done,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down and with it everybody who waits.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Loads what lies in this device's state.
    pub(crate) fn load(&self) -> Result<Option<Loaded>, Unusable> {
        let loaded = load(&self.state, &self.profile, &self.commons, self.newest_accepted())?;
        if let Some(loaded) = &loaded {
            let taken = self.take_purges(&loaded.settings.compiled);
            taken.map_err(|error| Unusable::Part(error.to_string()))?;
        }
        Ok(loaded)
    }

    /// Writes down what the settings order to be forgotten.
    fn take_purges(&self, compiled: &Compiled) -> Result<(), Error> {
        let now = self.ambient.clock.now();
        let settings = compiled.guard.effective();
        settings.map_or(Ok(()), |settings| self.purges.take(settings, now))
    }

    /// The newest manifest that this device ever accepted, as its ledger remembers.
    pub(crate) fn newest_accepted(&self) -> Option<Accepted> {
        self.state.ledger(self.ambient.clock.now()).accepted
    }

    /// The blobs of a manifest that are not yet here.
    pub(crate) fn missing(&self, manifest: &Manifest) -> Vec<Digest> {
        let needed = bundle::needed(manifest, |digest| self.state.blob(digest));
        needed
            .into_iter()
            .filter(|digest| self.state.blob(digest).is_none())
            .collect()
    }

    /// Puts a manifest in force whose blobs are all here. Up to the last step nothing of the old is touched,
    /// and if that fails the old is put back.
    pub(crate) fn install(&self, manifest: &Verified<Manifest>, envelope: &Arc<[u8]>) -> Result<(), Refusal> {
        let page = manifest.payload();
        let needed = reread(page, &self.state)?;
        let compiled = bundle::compile(page, &self.commons, |digest| self.state.blob(digest))?;
        // The receipt proves that these are kept, so they are written before anything is in force.
        self.take_purges(&compiled).map_err(|error| Refusal {
            layer: tessera_policy::LayerName::BuiltIn,
            section: whole(),
            reason: error.to_string(),
        })?;
        let before = self.state.manifest(&self.profile.org_key).ok().flatten();
        let swapped = self
            .state
            .keep_manifest(Arc::clone(envelope))
            .map_err(|error| error.to_string());
        let swapped = swapped.and_then(|()| match self.state.manifest(&self.profile.org_key) {
            Ok(Some(stored)) if stored.manifest.payload_digest() == manifest.payload_digest() => Ok(()),
            Ok(_) => Err("what was written is not what is read back".to_owned()),
            Err(error) => Err(error.to_string()),
        });
        if let Err(reason) = swapped {
            if let Some(before) = before {
                let _ = self.state.keep_manifest(before.envelope);
            }
            return Err(Refusal {
                layer: tessera_policy::LayerName::BuiltIn,
                section: whole(),
                reason,
            });
        }
        self.enforcement.set(InForce::Settings(Settings {
            accepted: Accepted::from(manifest),
            compiled,
            team_names: page.team_names.clone(),
        }));
        if let Err(error) = self.state.drop_other_blobs(|digest| needed.contains(digest)) {
            tracing::warn!(%error, "blobs that are no longer needed stay on the disk");
        }
        Ok(())
    }
}

/// Loads an org's settings, believing nothing that the org did not sign and nothing older than what this
/// device accepted before.
pub(crate) fn load(
    state: &OrgState,
    profile: &Profile,
    commons: &Commons,
    newest: Option<Accepted>,
) -> Result<Option<Loaded>, Unusable> {
    let Some(stored) = state.manifest(&profile.org_key)? else {
        return match newest {
            Some(_) => Err(Unusable::Lost),
            None => Ok(None),
        };
    };
    let manifest = stored.manifest;
    let accepted = Accepted::from(&manifest);
    if accepted.org != profile.org {
        return Err(Unusable::Foreign);
    }
    if newest.is_some_and(|newest| newest.serial > accepted.serial) {
        return Err(Unusable::RolledBack);
    }
    reread(manifest.payload(), state).map_err(|refusal| Unusable::Part(refusal.to_string()))?;
    let compiled = bundle::compile(manifest.payload(), commons, |digest| state.blob(digest))
        .map_err(|refusal| Unusable::Part(refusal.to_string()))?;
    Ok(Some(Loaded {
        settings: Settings {
            accepted,
            compiled,
            team_names: manifest.payload().team_names.clone(),
        },
        manifest,
    }))
}

/// Reads every blob of a manifest back and hashes it.
fn reread(manifest: &Manifest, state: &OrgState) -> Result<BTreeSet<Digest>, Refusal> {
    let needed = bundle::needed(manifest, |digest| state.blob(digest));
    match needed.iter().find(|digest| state.blob(digest).is_none()) {
        None => Ok(needed),
        Some(lost) => {
            let blamed = manifest.layers.iter().find_map(|layer| {
                let mut parts = layer.sections.iter().chain(&layer.lists);
                let (name, _) = parts.find(|(_, digest)| *digest == lost)?;
                Some((layer.layer, name.clone()))
            });
            let (layer, section) = blamed.unwrap_or((tessera_policy::LayerName::Org, websites()));
            Err(Refusal {
                layer,
                section,
                reason: format!("blob {lost} is missing or damaged on this machine's disk"),
            })
        }
    }
}

/// How a receipt calls a manifest as a whole.
pub(crate) fn whole() -> Name {
    "manifest".parse().expect("this is a name")
}

fn websites() -> Name {
    tessera_policy::Leaf::Websites
        .path()
        .parse()
        .expect("the path of a leaf is a name")
}
