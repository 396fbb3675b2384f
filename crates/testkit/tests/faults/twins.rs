//! A device whose state folder was copied to a second machine, and both run.

use reqwest::Method;
use serde_json::json;
use tessera_agent::Phase;
use tessera_policy::Decision;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::World;
use tessera_testkit::wait;

use crate::promises::Promises;

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_device_is_found_out_and_neither_machine_is_loosened() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        let mut promises = Promises::default();
        promises.block(&world.owner, "before.example".to_owned()).await?;
        promises.are_kept(&world.owner, &agent).await?;

        let twin = agent.twin("somewhere-else").await?;
        promises.nothing_is_loosened(&twin);
        // The next thing that both have to say is said with one number, in two ways.
        let revision = world.owner.block("meanwhile.example").await?;
        state_becomes(&world, "cloned").await?;
        let audit = world
            .owner
            .http
            .get(&world.owner.api("/audit"))
            .await?
            .expect(200)?;
        assert!(audit.body.contains("device.cloned"), "{}", audit.body);
        let page = world
            .owner
            .http
            .get(&world.owner.page("/devices"))
            .await?
            .expect(200)?;
        assert!(page.gist().to_lowercase().contains("cloned"), "{}", page.gist());
        for machine in [&agent, &twin] {
            promises.nothing_is_loosened(machine);
            let told = machine.until("the machine to say that something is wrong", |status| {
                status.alarm.is_some() || matches!(status.connection, tessera_agent::Connection::Lost { .. })
            });
            told.await?;
        }
        let rollout = world.owner.rollout(revision).await?;
        assert_eq!(
            rollout["applied"], 0,
            "nobody believes either of the two: {rollout}"
        );

        // The right one signs in again. What was there twice goes, on both machines.
        let (anew, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        promises.block(&world.owner, "after.example".to_owned()).await?;
        anew.applies(promises.revision).await?;
        world.owner.sees_applied(promises.revision, 1).await?;
        sign_out_the_clone(&world).await?;
        for machine in [&agent, &twin] {
            machine
                .until("the copy to be wiped", |status| status.phase != Phase::Enrolled)
                .await?;
            let verdict = machine.decide("https://news.example/").decision;
            assert_eq!(verdict, Decision::Deny, "a wiped machine is closed");
        }
        promises.are_kept(&world.owner, &anew).await?;
        world.server.stop().await?;
    }
    Ok(())
}

async fn state_becomes(world: &World, state: &str) -> anyhow::Result<()> {
    wait::until_true(format!("the device to be {state}"), async || {
        let devices = world.owner.devices().await?;
        Ok(devices.iter().any(|device| device["state"] == state))
    })
    .await
}

async fn sign_out_the_clone(world: &World) -> anyhow::Result<()> {
    let devices = world.owner.devices().await?;
    let clone = devices.iter().find(|device| device["state"] == "cloned");
    let id = clone.and_then(|device| device["id"].as_str()).unwrap_or_default();
    let path = world.owner.api(&format!("/devices/{id}/sign-out"));
    let request = world.owner.http.request(Method::POST, &path);
    world.owner.http.send(request).await?.expect(204)?;
    Ok(())
}
