//! An agent's life from one device to the next: be enrolled, follow the org, leave, begin anew.

mod farewell;
mod service;

use std::{sync::Arc, time::Duration};

use tessera_wire::{Accepted, KeyStorage};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::{
    Error,
    agent::{AgentConfig, Place, Shared, SignedOut},
    backoff::Backoff,
    departure,
    device::{Device, Loaded, Parts},
    enforcement::InForce,
    enrol::{self, Enrolment},
    state::{Lock, OrgState, Storage, keyring_available},
    status::{InForceStatus, Phase, Status},
};
use service::End;

/// How often an agent that waits to be signed in looks into its folder.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The one task that decides what the agent does next.
pub(crate) struct Life {
    config: AgentConfig,
    shared: Arc<Shared>,
    sign_outs: mpsc::Receiver<oneshot::Sender<SignedOut>>,
    memory: Memory,
    awake: Option<Awake>,
    /// Last receipts on their way.
    leavers: TaskTracker,
    _lock: Option<Lock>,
}

/// The likeness of a home for an agent that keeps nothing.
struct Memory {
    org: Arc<OrgState>,
    leaving: Arc<OrgState>,
}

/// A device whose settings, if it has any, are in force.
struct Awake {
    device: Arc<Device>,
    loaded: Option<Loaded>,
    newest: Option<Accepted>,
}

impl Life {
    /// Wakes up: verifies what the state holds and puts it in force. No word with the network yet.
    pub(crate) async fn begin(
        config: AgentConfig,
        shared: Arc<Shared>,
        sign_outs: mpsc::Receiver<oneshot::Sender<SignedOut>>,
    ) -> Result<Self, Error> {
        let lock = match &config.place {
            Place::Home(home) => Some(home.lock_agent()?),
            Place::Memory => None,
        };
        let kept_nowhere = || Arc::new(OrgState::new(Storage::in_memory(), Arc::clone(&config.commons)));
        let memory = Memory {
            org: kept_nowhere(),
            leaving: kept_nowhere(),
        };
        let leavers = TaskTracker::new();
        let mut life = Self {
            config,
            shared,
            sign_outs,
            memory,
            awake: None,
            leavers,
            _lock: lock,
        };
        life.awake = life.wake().await;
        Ok(life)
    }

    pub(crate) async fn live(mut self) {
        let stop = self.shared.stop.clone();
        stop.run_until_cancelled(self.deliver_what_is_owed()).await;
        loop {
            let awake = match self.awake.take() {
                Some(awake) => awake,
                None => match stop.run_until_cancelled(self.become_a_device()).await {
                    Some(Some(awake)) => awake,
                    Some(None) | None => break,
                },
            };
            let device = Arc::clone(&awake.device);
            match self.serve(awake).await {
                End::Stopped => break,
                End::Removed(tombstone, asked) => self.remove(&device, tombstone, asked).await,
            }
            if matches!(self.config.place, Place::Memory) {
                break;
            }
        }
        self.leavers.close();
        if matches!(self.config.place, Place::Memory) {
            stop.run_until_cancelled(self.leavers.wait()).await;
        }
    }

    /// The device that the state holds, with its settings in force.
    async fn wake(&self) -> Option<Awake> {
        let found = match self.open() {
            Ok(found) => found?,
            Err(error) => {
                tracing::error!(%error, "everything is denied");
                self.note(|status| status.alarm = Some(error.to_string()));
                return None;
            }
        };
        let device = Arc::new(found);
        let newest = device.newest_accepted();
        let loaded = match device.work(Device::load).await {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::error!(%error, "everything is denied until good settings are here again");
                let alarm = format!("{error}; everything is denied until they were fetched anew");
                self.note(|status| status.alarm = Some(alarm));
                None
            }
        };
        let newest = match (&loaded, newest) {
            (Some(loaded), _) => Some(loaded.settings.accepted.clone()),
            (None, newest) => newest,
        };
        let shown = loaded
            .as_ref()
            .map(|it| InForceStatus::from(&it.settings.accepted));
        let in_force = loaded
            .as_ref()
            .map_or(InForce::Closed, |it| InForce::Settings(it.settings.clone()));
        self.shared.enforcement.set(in_force);
        self.shared
            .enforcement
            .set_purges(Some(Arc::clone(&device.purges)));
        self.note(|status| {
            status.enrolled(&device.profile);
            status.in_force = shown;
        });
        Some(Awake {
            device,
            loaded,
            newest,
        })
    }

    fn open(&self) -> Result<Option<Device>, Error> {
        let Some(state) = self.org_state()? else {
            return Ok(None);
        };
        if let Err(error) = state.sweep() {
            tracing::warn!(%error, "what an interrupted write left stays on the disk");
        }
        if let Some(ca) = &self.config.ca {
            state.keep_portal_ca(ca)?;
        }
        let Some(profile) = state.profile()? else {
            return Ok(None);
        };
        if let Some(journal) = state.removal() {
            let leaving = self.leaving_state(&profile.device.to_string());
            let facts = self.config.machine.facts(profile.key_storage);
            departure::wipe(&state, &leaving, &journal, facts, &*self.config.ambient.clock)?;
            return Ok(None);
        }
        Device::new(Parts {
            profile,
            machine: self.config.machine.clone(),
            state,
            http: self.config.http.clone(),
            enforcement: Arc::clone(&self.shared.enforcement),
            ring: Arc::clone(&self.shared.keys),
            ambient: self.config.ambient.clone(),
            commons: Arc::clone(&self.config.commons),
        })
        .map(Some)
    }

    /// Waits to be signed in, or signs in if it was told where.
    async fn become_a_device(&mut self) -> Option<Awake> {
        let Some(server) = self.config.server.clone() else {
            loop {
                tokio::select! {
                    () = self.shared.hurry.notified() => {}
                    () = self.config.ambient.timer.sleep(LOOK_EVERY) => {}
                    Some(asked) = self.sign_outs.recv() => {
                        let _ = asked.send(SignedOut::NotSignedIn);
                    }
                }
                if let Some(awake) = self.wake().await {
                    return Some(awake);
                }
            }
        };
        let mut backoff = Backoff::default();
        loop {
            match self.enrol(server.clone()).await {
                Ok(()) => return self.wake().await,
                Err(Error::Portal(error)) if error.is_passing() => {
                    self.note(|status| status.lost(error.to_string()));
                    self.config
                        .ambient
                        .timer
                        .sleep(backoff.next(&*self.config.ambient.entropy))
                        .await;
                }
                Err(error) => {
                    self.note(|status| {
                        status.phase = Phase::Refused {
                            why: error.to_string(),
                        }
                    });
                    return None;
                }
            }
        }
    }

    async fn enrol(&self, server: crate::PortalAddress) -> Result<(), Error> {
        let ambient = &self.config.ambient;
        let keyring = self.config.keyring && keyring_available();
        let storage = if keyring {
            KeyStorage::Keyring
        } else {
            KeyStorage::File
        };
        let portal = enrol::portal(server, self.config.http.clone(), ambient);
        let enrolment = Enrolment::begin(portal, ambient.clone(), &self.config.machine, storage).await?;
        self.note(|status| status.phase = Phase::Enrolling(enrolment.invitation.clone()));
        let approved = enrolment.approved().await?.trusting(self.config.ca.clone());
        let state = match &self.config.place {
            Place::Home(home) => Arc::new(OrgState::new(
                home.org_storage(approved.org()),
                Arc::clone(&self.config.commons),
            )),
            Place::Memory => Arc::clone(&self.memory.org),
        };
        approved.keep(&state, keyring)?;
        Ok(())
    }

    fn org_state(&self) -> Result<Option<Arc<OrgState>>, Error> {
        match &self.config.place {
            Place::Memory => Ok(Some(Arc::clone(&self.memory.org))),
            Place::Home(home) => {
                let org = home.org()?;
                let commons = &self.config.commons;
                Ok(org.map(|org| Arc::new(OrgState::new(home.org_storage(org), Arc::clone(commons)))))
            }
        }
    }

    fn leaving_state(&self, device: &str) -> Arc<OrgState> {
        match &self.config.place {
            Place::Memory => Arc::clone(&self.memory.leaving),
            Place::Home(home) => Arc::new(OrgState::new(
                home.leaving_storage(device),
                Arc::clone(&self.config.commons),
            )),
        }
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        self.shared.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }
}
