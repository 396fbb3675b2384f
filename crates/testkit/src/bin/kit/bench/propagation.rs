//! From an admin's save to the receipts of every device: a release server in its own process on either engine,
//! real agents in this one.

use std::collections::BTreeMap;

use anyhow::Context as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::json;
use tessera_agent::{AgentHandle, Status};
use tessera_ids::ambient::SystemClock;
use tessera_ids::{Clock as _, Timestamp};
use tessera_testkit::actors::Person;
use tessera_testkit::agents;
use tessera_testkit::bench::{Goal, Line};
use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::figures::{Figures, milliseconds};
use tessera_testkit::serve::{self, Serve};
use tessera_testkit::wait;
use tokio::sync::mpsc;

use super::median_and_p99;

const PART: &str = "From a save to real agents' receipts";
/// Saves per measurement.
const SAVES: usize = 20;

/// Runs the task for each number of agents, on each engine.
pub(super) async fn run(counts: Vec<usize>) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for engine in engines() {
        for count in &counts {
            lines.extend(measure(engine, *count).await?);
        }
    }
    Ok(lines)
}

async fn measure(engine: Engine, count: usize) -> anyhow::Result<Vec<Line>> {
    let database = Database::create(engine).await?;
    let mut server = Serve::start(&database, serve::Options::default()).await?;
    let owner = Person::set_up(
        &server.setup_link().await?,
        "Meridian",
        "Ada",
        "ada@meridian.example",
    )
    .await?;
    owner
        .save(json!({ "memory": { "managed_websites": true } }))
        .await?;
    let fleet = enrol(&owner, &server.base(), count).await?;
    let mut applied = watch(&fleet);
    let warm = owner.block("warm-up.example").await?;
    owner.sees_applied(warm, count as u64).await?;

    let (mut saved_after, mut applied_after, mut last_after) = (Vec::new(), Vec::new(), Vec::new());
    for save in 0..SAVES {
        let began = SystemClock.now();
        let revision = owner.block(&format!("site-{save}.example")).await?;
        saved_after.push(SystemClock.now().since(began));
        let rollout = owner.sees_applied(revision, count as u64).await?;
        let last = rollout["last_receipt_at"]
            .as_str()
            .context("a rollout says when its last receipt came")?;
        last_after.push(read_instant(last)?.since(began));
        let mut heard = BTreeMap::new();
        while heard.len() < count {
            let (device, at, of) = applied.recv().await.context("agents report")?;
            if of >= revision {
                heard.entry(device).or_insert(at);
            }
        }
        applied_after.extend(heard.into_values().map(|at: Timestamp| at.since(began)));
    }
    for agent in &fleet {
        agent.stop().await;
    }
    server.kill().await?;
    let of = |what: &str| format!("{}, {count} agents: {what}", super::name(engine));
    let [saved, saved_p99] = median_and_p99(PART, &of("save answered"), &Figures::of(saved_after));
    let [applied, applied_p99] = median_and_p99(PART, &of("applied"), &Figures::of(applied_after));
    let [last, last_p99] = median_and_p99(PART, &of("last receipt stored"), &Figures::of(last_after));
    let last_p99 = if count == 100 {
        last_p99.goal(Goal::AtMost(300.0))
    } else {
        last_p99
    };
    Ok(vec![saved, saved_p99, applied, applied_p99, last, last_p99])
}

/// Starts the agents and approves them, some at a time.
async fn enrol(owner: &Person, base: &str, count: usize) -> anyhow::Result<Vec<AgentHandle>> {
    let began = SystemClock.now();
    let crowd = agents::crowd(base, count).await?;
    stream::iter(&crowd)
        .map(|(_, code)| owner.approve(code))
        .buffer_unordered(4)
        .try_collect::<Vec<()>>()
        .await?;
    let fleet: Vec<AgentHandle> = crowd.into_iter().map(|(agent, _)| agent).collect();
    for agent in &fleet {
        let ready = |status: &Status| status.in_force.is_some() && status.acknowledged.is_some();
        wait::until_true("an agent to be ready", async || Ok(ready(&agent.status()))).await?;
    }
    println!(
        "{count} agents enrolled in {} ms",
        milliseconds(SystemClock.now().since(began))
    );
    Ok(fleet)
}

/// Hears from every agent when it enforces another revision.
fn watch(fleet: &[AgentHandle]) -> mpsc::UnboundedReceiver<(usize, Timestamp, u64)> {
    let (sender, receiver) = mpsc::unbounded_channel();
    for (device, agent) in fleet.iter().enumerate() {
        let (mut status, sender) = (agent.watch(), sender.clone());
        tokio::spawn(async move {
            let mut last = 0;
            while status.changed().await.is_ok() {
                let now = status
                    .borrow_and_update()
                    .in_force
                    .map_or(0, |in_force| in_force.revision);
                if now > last {
                    last = now;
                    if sender.send((device, SystemClock.now(), now)).is_err() {
                        break;
                    }
                }
            }
        });
    }
    receiver
}

fn read_instant(text: &str) -> anyhow::Result<Timestamp> {
    let format = &time::format_description::well_known::Rfc3339;
    let instant = time::OffsetDateTime::parse(text, format)?;
    Ok(Timestamp::from_micros(i64::try_from(
        instant.unix_timestamp_nanos() / 1_000,
    )?))
}
