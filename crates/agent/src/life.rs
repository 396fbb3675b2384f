//! An agent's life from one device to the next: be enrolled, follow the org, leave, begin anew.

use std::{sync::Arc, time::Duration};

use tessera_wire::{Accepted, Envelope, KeyStorage, Tombstone, Verified, verify_envelope};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Error,
    agent::{AgentConfig, Place, Shared, SignedOut},
    apply::{self, Apply},
    backoff::Backoff,
    bundle,
    bus::{Bus, Component, Event},
    departure::{self, Leaver},
    device::{Device, Loaded, Parts},
    enforcement::InForce,
    enrol::{self, Enrolment},
    report::Report,
    state::{Lock, OrgState, Storage, keyring_available},
    status::{InForceStatus, Phase, Status},
    sync::Sync,
    timer::within,
};

/// How often an agent that waits to be signed in looks into its folder.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long signing out waits for the portal before it is left to the background.
const SIGN_OUT_PATIENCE: Duration = Duration::from_secs(5);

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

/// Why a device was no longer served.
enum End {
    Stopped,
    Removed(
        Option<Arc<Verified<Tombstone>>>,
        Option<oneshot::Sender<SignedOut>>,
    ),
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
        state.sweep()?;
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
        let approved = enrolment.approved().await?;
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

    /// Serves a device until it is removed or the agent is stopped.
    async fn serve(&mut self, awake: Awake) -> End {
        let Awake {
            device,
            loaded,
            newest,
        } = awake;
        let (bus, mut heard) = Bus::new();
        let (tasks, stop) = (TaskTracker::new(), self.shared.stop.child_token());
        let ledger = device.state.ledger(self.config.ambient.clock.now());
        let (session, enforcement) = (Arc::clone(&device.session), Arc::clone(&device.enforcement));
        let hurry = Arc::clone(&self.shared.hurry);
        let mut components: [Box<dyn Component>; 3] = [
            Box::new(Apply::new(Arc::clone(&device), newest)),
            Box::new(Report::new(Arc::clone(&device), ledger)),
            Box::new(Sync::new(
                session,
                enforcement,
                self.config.ambient.clone(),
                hurry,
            )),
        ];
        for component in &mut components {
            component.start(&tasks, &bus, &stop);
        }
        let mut first = loaded
            .map(|it| Event::Applied(apply::done(&it.manifest, bundle::applied(it.manifest.payload()))));
        let end = loop {
            let event = if let Some(event) = first.take() {
                event
            } else {
                tokio::select! {
                    Some(event) = heard.recv() => judge(event, &device),
                    Some(asked) = self.sign_outs.recv() => break End::Removed(None, Some(asked)),
                    () = stop.cancelled() => break End::Stopped,
                }
            };
            self.note(|status| status.note(&event));
            for component in &mut components {
                component.handle(&event);
            }
            if let Event::Removed(tombstone) = event {
                break End::Removed(Some(tombstone), None);
            }
        };
        finish(&stop, &tasks, &device).await;
        end
    }

    async fn remove(
        &mut self,
        device: &Arc<Device>,
        tombstone: Option<Arc<Verified<Tombstone>>>,
        asked: Option<oneshot::Sender<SignedOut>>,
    ) {
        let leaving = self.leaving_state(&device.profile.device.to_string());
        let digest = tombstone.map(|tombstone| tombstone.payload_digest());
        self.shared.enforcement.set(InForce::Closed);
        let place = Arc::clone(&leaving);
        let wiped = device.work(move |device| {
            let clock = &*device.ambient.clock;
            let journal = departure::begin(&device.state, digest, clock)?;
            departure::wipe(&device.state, &place, &journal, device.facts.clone(), clock)
        });
        let alarm = wiped.await.err().map(|error| error.to_string());
        self.note(|status| status.removed(alarm));
        let delivered = self.say_goodbye(leaving).await;
        if let Some(asked) = asked {
            let _ = asked.send(if delivered {
                SignedOut::Acknowledged
            } else {
                SignedOut::Wiped
            });
        }
    }

    /// Tries to deliver the last receipt now; what fails goes on beside whatever comes next.
    async fn say_goodbye(&self, leaving: Arc<OrgState>) -> bool {
        let ambient = &self.config.ambient;
        let leaver = match Leaver::find(leaving, self.config.http.clone(), ambient) {
            Ok(Some(leaver)) => leaver,
            Ok(None) => return true,
            Err(error) => {
                tracing::warn!(%error, "the last receipt cannot be sent");
                return false;
            }
        };
        if let Ok(Ok(())) = within(&*ambient.timer, SIGN_OUT_PATIENCE, leaver.try_deliver()).await {
            return true;
        }
        let stop = self.shared.stop.clone();
        self.leavers.spawn(async move {
            stop.run_until_cancelled(leaver.deliver()).await;
        });
        false
    }

    async fn deliver_what_is_owed(&self) {
        let Place::Home(home) = &self.config.place else {
            return;
        };
        for storage in home.leaving().unwrap_or_default() {
            self.say_goodbye(Arc::new(OrgState::new(storage, Arc::clone(&self.config.commons))))
                .await;
        }
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

/// Believes a tombstone only if the pinned key signed it for this very device.
fn judge(event: Event, device: &Device) -> Event {
    let Event::TombstoneOffered(envelope) = event else {
        return event;
    };
    match believed(&envelope, device) {
        Ok(tombstone) => Event::Removed(Arc::new(tombstone)),
        Err(why) => Event::Alarm {
            what: format!("a removal arrived that is not the organization's word ({why})"),
        },
    }
}

fn believed(envelope: &Envelope, device: &Device) -> Result<Verified<Tombstone>, String> {
    let profile = &device.profile;
    let tombstone: Verified<Tombstone> =
        verify_envelope(envelope, &profile.org_key).map_err(|error| error.to_string())?;
    if tombstone.payload().org != profile.org || tombstone.payload().device != profile.device {
        return Err("it is about another device".to_owned());
    }
    Ok(tombstone)
}

/// Waits until nothing of the device runs any more, so that nothing writes after what comes next.
async fn finish(stop: &CancellationToken, tasks: &TaskTracker, device: &Device) {
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    device.settle().await;
}
