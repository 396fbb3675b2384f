//! A machine's clock that jumps by hours, forward and back. A server's needs a process with a clock of its own: the `Date` of a
//! server inside the test is the real one, by which a device would set itself right.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::{TestClock, World};

use crate::promises::Promises;

/// Hours, and whether forward.
const JUMPS: [(u64, bool); 5] = [(3, true), (5, false), (26, true), (20, false), (4, false)];

fn jump(clock: &TestClock, (hours, forward): (u64, bool)) {
    let by = Duration::from_hours(hours);
    if forward {
        clock.advance(by);
    } else {
        clock.set_back(by);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machines_clock_may_jump() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        let clock = Arc::new(TestClock::default());
        let folder = tempfile::Builder::new().prefix("tessera-agent-").tempdir()?;
        let (own, base) = (Arc::clone(&clock), world.base());
        let started = TestAgent::start_in(folder, &base, "ada-macbook", |config| config.ambient.clock = own);
        let (mut agent, code) = started.await?;
        world.owner.approve(&code).await?;
        agent.applies(1).await?;
        let mut promises = Promises::default();
        for (number, by) in JUMPS.into_iter().enumerate() {
            jump(&clock, by);
            promises.nothing_is_loosened(&agent);
            promises
                .block(&world.owner, format!("site-{number}.example"))
                .await?;
            promises.are_kept(&world.owner, &agent).await?;
            // What it wrote down in another hour is believed all the same.
            agent = agent.restart().await?;
            promises.nothing_is_loosened(&agent);
        }
        world.server.stop().await?;
    }
    Ok(())
}
