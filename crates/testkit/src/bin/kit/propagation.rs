//! From an admin's save to the receipts of every device: a release server in its own process on either engine,
//! real agents in this one.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use serde_json::json;
use tessera_agent::{AgentHandle, Status};
use tessera_ids::ambient::SystemClock;
use tessera_ids::{Clock as _, Timestamp};
use tessera_testkit::actors::Person;
use tessera_testkit::agents;
use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::figures::{Figures, milliseconds};
use tessera_testkit::serve::{self, Serve};
use tessera_testkit::wait;
use tokio::sync::mpsc;

/// What `bench-propagation` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many agents, once or several times
    #[arg(long, value_delimiter = ',', default_values_t = [25, 100, 1000])]
    agents: Vec<usize>,
    /// Saves per measurement
    #[arg(long, default_value_t = 40)]
    saves: usize,
}

/// One measurement, in milliseconds.
#[derive(Debug, Serialize)]
struct Measured {
    engine: String,
    agents: usize,
    saves: usize,
    /// From before the request until the answer.
    saved: Spread,
    /// From before the request until a device enforces it, each device of each save.
    applied: Spread,
    /// From before the request until the last receipt of a save is stored.
    last_receipt: Spread,
}

#[derive(Debug, Serialize)]
struct Spread {
    p50: f64,
    p99: f64,
    longest: f64,
}

impl From<Figures> for Spread {
    fn from(figures: Figures) -> Self {
        let millis = |duration: Duration| (duration.as_secs_f64() * 10_000.0).round() / 10.0;
        Self {
            p50: millis(figures.median()),
            p99: millis(figures.percentile(99)),
            longest: millis(figures.longest()),
        }
    }
}

/// Runs the task: prints a line of JSON per measurement, then a table.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for engine in engines() {
        for agents in &options.agents {
            let measured = measure(engine, *agents, options.saves).await?;
            println!("{}", serde_json::to_string(&measured)?);
            all.push(measured);
        }
    }
    println!();
    println!(
        "{:<10} {:>7} {:>22} {:>22} {:>22}",
        "", "", "save answered", "applied", "last receipt stored"
    );
    println!(
        "{:<10} {:>7} {:>22} {:>22} {:>22}",
        "engine", "agents", "p50 / p99 ms", "p50 / p99 ms", "p50 / p99 ms"
    );
    let spread = |spread: &Spread| format!("{:.1} / {:.1}", spread.p50, spread.p99);
    for row in all {
        let columns = [&row.saved, &row.applied, &row.last_receipt].map(spread);
        println!(
            "{:<10} {:>7} {:>22} {:>22} {:>22}",
            row.engine, row.agents, columns[0], columns[1], columns[2]
        );
    }
    Ok(())
}

async fn measure(engine: Engine, count: usize, saves: usize) -> anyhow::Result<Measured> {
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
    for save in 0..saves {
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
    let measured = Measured {
        engine: format!("{engine:?}").to_lowercase(),
        agents: count,
        saves,
        saved: Figures::of(saved_after).into(),
        applied: Figures::of(applied_after).into(),
        last_receipt: Figures::of(last_after).into(),
    };
    Ok(measured)
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
