//! A server that restarts under as many streams as one process holds.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::faults::rounds;
use tessera_testkit::serve::{self, Serve, free_port};
use tessera_testkit::swarm::Swarm;

use crate::promises::founded;

/// Who asks for streams keeps two files for each, and a process has 20,000.
const MOST: u64 = 9_900;

/// All ask for their first token at once, which is another story.
const SETTLED: Duration = Duration::from_mins(10);

/// The promise: all are back and current.
const BACK: Duration = Duration::from_secs(30);

#[expect(clippy::print_stderr, reason = "whoever runs it for longer wants its figures")]
#[tokio::test(flavor = "multi_thread")]
async fn all_streams_are_back_and_current_after_a_restart_and_nobody_pushes() -> anyhow::Result<()> {
    let count = rounds(300).min(MOST);
    let database = Database::create(Engine::Sqlite).await?;
    let (mut server, owner) = founded(&database, serve::Options::default(), free_port()?).await?;
    let body = json!({
        "name": "Swarm", "rule": "member", "member": owner.email, "max_uses": MOST, "days": 1,
    });
    let path = owner.api("/enrolment-keys");
    let made = owner
        .http
        .json(Method::POST, &path, &body)
        .await?
        .expect(201)?
        .json()?;
    let key = made["key"].as_str().unwrap_or_default().parse()?;
    let swarm = Swarm::start(&server.base(), &key, usize::try_from(count)?).await?;
    let first = owner.settings().await?["revision"].as_u64().unwrap_or_default();
    swarm.all_have(first, SETTLED).await?;
    owner.sees_applied(first, count).await?;
    for round in 0..3 {
        let revision = owner.block(&format!("before-{round}.example")).await?;
        swarm.all_have(revision, BACK).await?;
        owner.sees_applied(revision, count).await?;

        let down = Instant::now();
        let (port, options) = server.kill().await?;
        server = Serve::start_on(port, &database, options).await?;
        let up = Instant::now();
        let revision = owner.block(&format!("after-{round}.example")).await?;
        swarm.all_have(revision, BACK).await?;
        let current = up.elapsed();
        owner.sees_applied(revision, count).await?;

        let (since_down, since_up) = (swarm.connects_since(down), swarm.connects_since(up));
        let peak = since_up.iter().max().copied().unwrap_or_default();
        eprintln!(
            "{count} streams: down for {:?}; all current {current:?} after it was up; {} connects while it was down and after, \
             at most {peak} in a tenth of a second once it was up",
            up.duration_since(down),
            since_down.iter().sum::<usize>(),
        );
        let most = usize::try_from(count / 2)?;
        assert!(peak <= most, "they come all at once: {since_up:?}");
    }
    Ok(())
}
