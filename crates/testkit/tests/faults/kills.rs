//! kill -9 of server and agent, anywhere.

use std::time::Duration;

use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::faults::{Chance, rounds};
use tessera_testkit::machine::Machine;
use tessera_testkit::serve::{self, Serve, free_port};
use tessera_testkit::server::World;

use crate::promises::{Promises, device, founded};

/// Saves that are under way when the server dies.
const SAVES: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_anywhere_keeps_every_promise() -> anyhow::Result<()> {
    for engine in engines() {
        let database = Database::create(engine).await?;
        let (mut server, owner) = founded(&database, serve::Options::default(), free_port()?).await?;
        let agent = device(&owner, &server.base()).await?;
        let (mut promises, mut chance) = (Promises::default(), Chance::new(11));
        for round in 0..rounds(6) {
            // Any moment between the first byte of the first save and the last of the last.
            let moment = Duration::from_micros(chance.below(150_000));
            let saving = async {
                for number in 0..SAVES {
                    if promises
                        .block(&owner, format!("site-{round}-{number}.example"))
                        .await
                        .is_err()
                    {
                        break;
                    }
                }
            };
            let killing = async {
                tokio::time::sleep(moment).await;
                server.kill().await
            };
            let ((), killed) = tokio::join!(saving, killing);
            let (port, options) = killed?;
            promises.nothing_is_loosened(&agent);
            server = Serve::start_on(port, &database, options).await?;
            promises.are_kept(&owner, &agent).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_killed_anywhere_obeys_what_it_proved() -> anyhow::Result<()> {
    let world = World::new(Engine::Sqlite).await?;
    let machine = Machine::new()?;
    let signing_in = machine.log_in(&world.base()).await?;
    world.owner.approve(&signing_in.code).await?;
    signing_in.finish().await?;
    let (mut proven, mut chance) = (Vec::new(), Chance::new(5));
    for round in 0..rounds(8) {
        let agent = machine.start_agent().await?;
        let host = format!("site-{round}.example");
        let revision = world.owner.block(&host).await?;
        if round % 2 == 0 {
            world.owner.sees_applied(revision, 1).await?;
            proven.push(host);
        } else {
            tokio::time::sleep(Duration::from_micros(chance.below(60_000))).await;
        }
        agent.kill().await?;
        for host in &proven {
            let (said, code) = machine.check(&format!("https://{host}/")).await?;
            assert_eq!(
                (&said["decision"], code),
                (&"deny".into(), Some(1)),
                "{host}: {said}"
            );
        }
    }
    let agent = machine.start_agent().await?;
    let revision = world.owner.block("last.example").await?;
    world.owner.sees_applied(revision, 1).await?;
    agent.kill().await?;
    world.server.stop().await
}
