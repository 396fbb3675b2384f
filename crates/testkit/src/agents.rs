//! Real agents inside the test's process, over real HTTP.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tempfile::TempDir;
use tessera_agent::{Agent, AgentConfig, AgentHandle, Answer, Commons, Home, Machine, Phase, Place, Status};
use tessera_policy::Subject;
use tessera_wire::UserCode;

use crate::wait;

/// A running agent with a folder of its own.
#[derive(Debug)]
pub struct TestAgent {
    handle: AgentHandle,
    config: AgentConfig,
    folder: TempDir,
}

impl TestAgent {
    /// Starts one that is to enrol at this portal, and gives the code that a member must type.
    pub async fn start(portal: &str, host: &str) -> anyhow::Result<(Self, UserCode)> {
        let folder = tempfile::Builder::new().prefix("tessera-agent-").tempdir()?;
        Self::start_in(folder, portal, host, |_| {}).await
    }

    /// The same in this folder, with what `change` makes of its configuration.
    pub async fn start_in(
        folder: TempDir,
        portal: &str,
        host: &str,
        change: impl FnOnce(&mut AgentConfig),
    ) -> anyhow::Result<(Self, UserCode)> {
        crate::use_ring();
        let home = Home::find(Some(folder.path().to_owned()))?;
        let mut config =
            AgentConfig::in_memory(portal.parse()?, tessera_agent::http_client(), Commons::new());
        config.place = Place::Home(home);
        config.machine = machine(host);
        change(&mut config);
        let handle = Agent::start(config.clone()).await?;
        let agent = Self {
            handle,
            config,
            folder,
        };
        let code = invitation(&agent.handle).await?;
        Ok((agent, code))
    }

    /// Its handle.
    pub fn handle(&self) -> &AgentHandle {
        &self.handle
    }

    /// Where it keeps its state.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Waits until something holds of its status.
    pub async fn until(&self, what: &str, holds: impl FnMut(&Status) -> bool) -> anyhow::Result<Status> {
        until(&self.handle, what, holds).await
    }

    /// Waits until it enforces this revision or a newer one, and the server has acknowledged its word on it.
    pub async fn applies(&self, revision: u64) -> anyhow::Result<Status> {
        self.until(&format!("revision {revision} to be in force"), |status| {
            status
                .in_force
                .is_some_and(|in_force| in_force.revision >= revision)
        })
        .await
    }

    /// What it decides about a page.
    pub fn decide(&self, url: &str) -> Answer {
        self.handle.decide(&Subject::page(url))
    }

    /// Another machine by this name, with a copy of this one's folder, as when a disk is copied to a second machine.
    pub async fn twin(&self, host: &str) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("tessera-agent-").tempdir()?;
        copy_folder(self.folder.path(), folder.path())?;
        let mut config = self.config.clone();
        config.place = Place::Home(Home::find(Some(folder.path().to_owned()))?);
        config.machine = machine(host);
        Ok(Self {
            handle: Agent::start(config.clone()).await?,
            config,
            folder,
        })
    }

    /// Ends it and starts another on the same folder.
    pub async fn restart(mut self) -> anyhow::Result<Self> {
        self.handle.stop().await;
        self.handle = Agent::start(self.config.clone()).await?;
        Ok(self)
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// A machine by this name.
pub fn machine(host: &str) -> Machine {
    Machine {
        host: host.to_owned(),
        os: "Testix 1".to_owned(),
    }
}

/// Many agents that keep nothing, for benches: each is given with its code.
pub async fn crowd(portal: &str, count: usize) -> anyhow::Result<Vec<(AgentHandle, UserCode)>> {
    crate::use_ring();
    let commons = Commons::new();
    let http = tessera_agent::http_client();
    let mut agents = Vec::new();
    for number in 0..count {
        let mut config = AgentConfig::in_memory(portal.parse()?, http.clone(), Arc::clone(&commons));
        config.machine = machine(&format!("bench-{number:04}"));
        let handle = Agent::start(config).await?;
        let code = invitation(&handle).await?;
        agents.push((handle, code));
    }
    Ok(agents)
}

async fn invitation(handle: &AgentHandle) -> anyhow::Result<UserCode> {
    let enrolling = |status: &Status| matches!(status.phase, Phase::Enrolling(_));
    match until(handle, "a code to show", enrolling).await?.phase {
        Phase::Enrolling(invitation) => Ok(invitation.user_code),
        other => anyhow::bail!("the agent is {other:?}"),
    }
}

async fn until(
    handle: &AgentHandle,
    what: &str,
    holds: impl FnMut(&Status) -> bool,
) -> anyhow::Result<Status> {
    let waited = tokio::time::timeout(wait::PATIENCE, handle.until(holds)).await;
    waited
        .with_context(|| format!("waited for {what}; the agent says {:?}", handle.status()))?
        .with_context(|| format!("the agent ended before {what}"))
}
