//! The agent as a library: start one, or a thousand in one process, and ask it.

use std::sync::Arc;

use tessera_ids::{CredentialId, Timestamp};
use tessera_policy::{Explanation, Leaf, Subject};
use tessera_wire::DeliveredKey;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Error, PortalAddress,
    ambient::Ambient,
    commons::Commons,
    enforcement::{Answer, Enforcement, InForce},
    http::PortalCa,
    keys::KeyRing,
    life::Life,
    local::{LocalApi, LocalConfig},
    purges::PurgeOrder,
    sightings::Seen,
    state::{Home, LocalAddress, Machine},
    status::Status,
};

/// Where an agent keeps its state.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a folder. One agent at a time.
    Home(Home),
    /// Nowhere: it ends with the process. For demos and benches.
    Memory,
}

/// What an agent needs.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Where it keeps its state.
    pub place: Place,
    /// The portal to enrol at when the state holds no device. Without it the agent waits to be signed in.
    pub server: Option<PortalAddress>,
    /// The client for all it says; shared by many agents as one likes.
    pub http: reqwest::Client,
    /// The authority that vouches for the portal's certificate, which `http` must trust already. Kept with the device, so
    /// that a later start need not be told. None: what was kept holds.
    pub ca: Option<PortalCa>,
    /// Time, chance and waiting.
    pub ambient: Ambient,
    /// What it says about the machine.
    pub machine: Machine,
    /// Whether to keep keys in the operating system's keyring where there is one.
    pub keyring: bool,
    /// What it shares with other agents in this process.
    pub commons: Arc<Commons>,
    /// Its local API. None: there is none.
    pub local: Option<LocalConfig>,
}

impl AgentConfig {
    /// An agent that keeps nothing, shares what it can, and enrols at once.
    pub fn in_memory(server: PortalAddress, http: reqwest::Client, commons: Arc<Commons>) -> Self {
        Self {
            place: Place::Memory,
            server: Some(server),
            http,
            ca: None,
            ambient: Ambient::system(),
            machine: Machine::detect(),
            keyring: false,
            commons,
            local: None,
        }
    }

    /// An agent that keeps its state in a folder and waits to be signed in.
    pub fn at_home(home: Home, http: reqwest::Client) -> Self {
        Self {
            place: Place::Home(home),
            server: None,
            http,
            ca: None,
            ambient: Ambient::system(),
            machine: Machine::detect(),
            keyring: true,
            commons: Commons::new(),
            local: None,
        }
    }
}

/// Starts agents.
#[derive(Debug)]
pub struct Agent;

/// A running agent. It goes on when this is dropped; [`AgentHandle::stop`] ends it.
#[derive(Clone, Debug)]
pub struct AgentHandle {
    shared: Arc<Shared>,
    local: Option<LocalAddress>,
}

/// What the handle and the agent's life share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) enforcement: Arc<Enforcement>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) seen: Arc<Seen>,
    pub(crate) status: watch::Sender<Status>,
    /// Cuts waits short: there may be news on the disk or in the network.
    pub(crate) hurry: Arc<tokio::sync::Notify>,
    pub(crate) stop: CancellationToken,
    sign_out: mpsc::Sender<oneshot::Sender<SignedOut>>,
    tasks: TaskTracker,
}

/// What came of signing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// Nobody was signed in.
    NotSignedIn,
    /// Wiped, and the portal knows.
    Acknowledged,
    /// Wiped; the portal is told as soon as it can be reached.
    Wiped,
    /// The organization lets only administrators sign machines out. Everything is as it was.
    Refused {
        /// Why, and whom to ask.
        why: String,
    },
}

impl Agent {
    /// Verifies what the state holds and puts it in force, and only then goes to the network.
    pub async fn start(config: AgentConfig) -> Result<AgentHandle, Error> {
        let (sign_out, sign_outs) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            enforcement: Arc::default(),
            keys: Arc::default(),
            seen: Arc::default(),
            status: watch::Sender::default(),
            hurry: Arc::default(),
            stop: CancellationToken::new(),
            sign_out,
            tasks: TaskTracker::new(),
        });
        let local = config.local;
        let home = match &config.place {
            Place::Home(home) => Some(home.clone()),
            Place::Memory => None,
        };
        let ambient = config.ambient.clone();
        let life = Life::begin(config, Arc::clone(&shared), sign_outs).await?;
        let mut handle = AgentHandle { shared, local: None };
        if let Some(wished) = local {
            let api = LocalApi::bind(wished, home.as_ref(), ambient).await?;
            handle.local = Some(api.address().clone());
            let (served, stop) = (handle.clone(), handle.shared.stop.clone());
            handle.shared.tasks.spawn(api.serve(served, stop));
        }
        handle.shared.tasks.spawn(life.live());
        handle.shared.tasks.close();
        Ok(handle)
    }
}

impl AgentHandle {
    /// Decides whether something may be captured.
    pub fn decide(&self, subject: &Subject) -> Answer {
        let in_force = self.in_force();
        let answer = in_force.decide(subject);
        self.shared.seen.note(&in_force, subject, &answer);
        answer
    }

    /// Why a leaf has the value it has; none when there are no settings.
    pub fn explain(&self, leaf: Leaf) -> Option<Explanation> {
        self.in_force().settings().map(|settings| settings.explain(leaf))
    }

    /// What is in force now.
    pub fn in_force(&self) -> Arc<InForce> {
        self.shared.enforcement.now()
    }

    /// One of the org's keys, if it is here, for a call to its provider. Secret: it goes into no log and no answer.
    pub fn key(&self, id: CredentialId) -> Option<Arc<DeliveredKey>> {
        self.shared.keys.get(id)
    }

    /// What is to be forgotten and nobody has forgotten yet, the oldest order first.
    pub fn purges(&self) -> Vec<PurgeOrder> {
        let purges = self.shared.enforcement.purges();
        purges.map(|purges| purges.waiting()).unwrap_or_default()
    }

    /// Notes that an order was followed; `false` for one that nobody gave.
    ///
    /// # Errors
    /// When it cannot be written down; the order stays then.
    pub async fn purged(&self, id: String, now: Timestamp) -> Result<bool, Error> {
        let Some(purges) = self.shared.enforcement.purges() else {
            return Ok(false);
        };
        let noted = tokio::task::spawn_blocking(move || purges.finish(&id, now));
        noted.await.unwrap_or(Ok(false))
    }

    /// How it is doing now.
    pub fn status(&self) -> Status {
        self.shared.status.borrow().clone()
    }

    /// How it is doing, whenever that changes.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// Waits until something holds of its status. Fails when the agent has ended before.
    pub async fn until(&self, holds: impl FnMut(&Status) -> bool) -> Option<Status> {
        let mut watch = self.watch();
        let found = watch.wait_for(holds);
        tokio::select! {
            found = found => found.ok().map(|status| status.clone()),
            () = self.shared.tasks.wait() => None,
        }
    }

    /// Makes it look again now, at its folder and at the server, instead of when its wait is over.
    pub fn hurry(&self) {
        self.shared.hurry.notify_one();
    }

    /// Signs this device out: wipes, and tells the portal.
    pub async fn sign_out(&self) -> SignedOut {
        let (answer, answered) = oneshot::channel();
        if self.shared.sign_out.send(answer).await.is_err() {
            return SignedOut::NotSignedIn;
        }
        answered.await.unwrap_or(SignedOut::NotSignedIn)
    }

    /// Where its local API is, if it has one.
    pub fn local_address(&self) -> Option<&LocalAddress> {
        self.local.as_ref()
    }

    /// Ends it, and waits until nothing of it runs any more. What is in force stays on the disk.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.wait().await;
    }

    /// Waits until it has ended.
    pub async fn ended(&self) {
        self.shared.tasks.wait().await;
    }
}
