//! The demo's machines: real agents in this process, each enrolled by its member over HTTP.

use std::sync::Arc;

use anyhow::Context as _;
use tessera_agent::{Agent, AgentConfig, AgentHandle, Commons, Machine, Phase, PortalAddress, Status};
use tessera_app::{App, sync};

use super::cast::{MACHINES, PEOPLE};
use super::seed::Seeded;

/// Starts that many, enrols each, and waits until all have the newest settings.
pub(super) async fn start(
    app: &App,
    base: &str,
    seeded: &Seeded,
    count: u32,
) -> anyhow::Result<Vec<AgentHandle>> {
    let portal: PortalAddress = base.parse()?;
    let (http, commons) = (tessera_agent::http_client(), Commons::new());
    let mut agents = Vec::new();
    for number in 0..count as usize {
        let mut config = AgentConfig::in_memory(portal.clone(), http.clone(), Arc::clone(&commons));
        config.machine = machine(number);
        let agent = Agent::start(config).await?;
        let shown = agent
            .until(|status| matches!(status.phase, Phase::Enrolling(_)))
            .await;
        let Some(Status {
            phase: Phase::Enrolling(invitation),
            ..
        }) = shown
        else {
            anyhow::bail!("an agent did not show its code");
        };
        sync::approve(app, &seeded.actor(number), seeded.org, &invitation.user_code)
            .await
            .map_err(|error| super::explain(&error))?;
        agents.push(agent);
    }
    for agent in &agents {
        let settled = |status: &Status| status.in_force.is_some() && status.acknowledged.is_some();
        agent.until(settled).await.context("an agent ended early")?;
    }
    Ok(agents)
}

/// Waits until all enforce this revision.
pub(super) async fn obeys(agents: &[AgentHandle], revision: u64) -> anyhow::Result<()> {
    let newest = |status: &Status| status.in_force.is_some_and(|now| now.revision >= revision);
    for agent in agents {
        agent.until(newest).await.context("an agent ended early")?;
    }
    Ok(())
}

/// Ends them.
pub(super) async fn stop(agents: Vec<AgentHandle>) {
    for agent in agents {
        agent.stop().await;
    }
}

fn machine(number: usize) -> Machine {
    let (kind, os) = MACHINES[number % MACHINES.len()];
    let owner = PEOPLE[number % PEOPLE.len()].email();
    let first_name = owner.split('.').next().unwrap_or_default();
    let suffix = match number / PEOPLE.len() {
        0 => String::new(),
        round => format!("-{}", round + 1),
    };
    Machine {
        host: format!("{first_name}-{kind}{suffix}"),
        os: os.to_owned(),
    }
}
