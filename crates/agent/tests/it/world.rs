//! A world in which waiting takes no time, and ways to wait for what can be observed.

use std::{future::Future, path::Path, time::Duration};

use std::sync::Arc;

use tessera_agent::{
    Agent, AgentConfig, AgentHandle, Ambient, Commons, Home, Machine, Place, Sleep, Status, Timer,
    http_client,
};
use tessera_ids::{
    Entropy,
    ambient::{SystemClock, SystemEntropy},
};
use tessera_policy::{Decision, Subject};

use crate::portal::Portal;

/// What should happen at once has this long, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Back-off and polling are over at once; limits on answers and silence never are.
#[derive(Debug)]
struct NoWaiting;

impl Timer for NoWaiting {
    fn sleep(&self, duration: Duration) -> Sleep {
        if duration <= Duration::from_secs(20) {
            Box::pin(tokio::task::yield_now())
        } else {
            Box::pin(std::future::pending())
        }
    }
}

/// Real randomness for keys, none for jitter.
#[derive(Debug)]
struct NoJitter;

impl Entropy for NoJitter {
    fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() == 4 {
            buffer.fill(0);
        } else {
            SystemEntropy.fill(buffer);
        }
    }
}

pub(crate) fn ambient() -> Ambient {
    Ambient {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(NoJitter),
        timer: Arc::new(NoWaiting),
    }
}

/// An agent on a folder, that enrols at the portal if the folder holds no device.
pub(crate) fn at_home(folder: &Path, portal: &Portal) -> AgentConfig {
    AgentConfig {
        place: Place::Home(Home::find(Some(folder.to_owned())).unwrap()),
        server: Some(portal.address()),
        http: http_client(),
        ca: None,
        ambient: ambient(),
        machine: Machine {
            host: "anna-laptop".to_owned(),
            os: "Debian 12".to_owned(),
        },
        keyring: false,
        commons: Commons::new(),
        local: None,
    }
}

/// Starts an agent on a folder and waits until the portal has its receipt.
pub(crate) async fn settled(folder: &Path, portal: &Portal) -> AgentHandle {
    let agent = Agent::start(at_home(folder, portal)).await.unwrap();
    until(&agent, |status| status.acknowledged.is_some()).await;
    agent
}

/// Waits for something to show in the agent's status.
pub(crate) async fn until(agent: &AgentHandle, holds: impl FnMut(&Status) -> bool) -> Status {
    in_time(agent.until(holds))
        .await
        .expect("the agent goes on until it happens")
}

/// Waits for a revision to be in force.
pub(crate) async fn revision(agent: &AgentHandle, revision: u64) -> Status {
    until(agent, |status| {
        status.in_force.is_some_and(|it| it.revision == revision)
    })
    .await
}

/// Fails rather than waits for ever.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it happens in time")
}

pub(crate) fn allows(agent: &AgentHandle, url: &str) -> bool {
    agent.decide(&Subject::page(url)).decision == Decision::Allow
}

/// The agent enforces exactly what a revision of [`Portal::publish`] with `blocked.example` says.
pub(crate) fn assert_enforces(agent: &AgentHandle, revision: u64) {
    let answer = agent.decide(&Subject::page("https://www.blocked.example/page"));
    assert_eq!(
        (answer.decision, answer.revision),
        (Decision::Deny, Some(revision))
    );
    assert_eq!(answer.rule.as_deref(), Some("blocked.example"));
    assert!(allows(agent, "https://fine.example/"));
}

/// The agent denies everything because it has nothing to go by.
pub(crate) fn assert_closed(agent: &AgentHandle) {
    let answer = agent.decide(&Subject::page("https://fine.example/"));
    assert_eq!((answer.decision, answer.revision), (Decision::Deny, None));
}
