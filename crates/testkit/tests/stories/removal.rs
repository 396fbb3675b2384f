//! How a device ends, and how a copied one is found out.

use reqwest::Method;
use serde_json::json;
use tessera_agent::Phase;
use tessera_policy::Decision;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::device::Applicant;
use tessera_testkit::server::World;
use tessera_testkit::wait;

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_device_forgets_everything_and_says_so() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        let revision = world.owner.block("bank.example").await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        agent.applies(revision).await?;

        end(&world, "wipe").await?;
        agent
            .until("the device to be wiped", |status| status.phase == Phase::Removed)
            .await?;
        assert_eq!(
            agent.decide("https://news.example/").decision,
            Decision::Deny,
            "closed for capture"
        );
        state_becomes(&world, "wiped").await?;
        world.server.stop().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_loses_sessions_and_devices_at_once() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let mei = world
            .brings_in("Mei Tanaka", "mei@meridian.example", "write")
            .await?;
        let (agent, code) = TestAgent::start(&world.base(), "mei-thinkpad").await?;
        mei.approve(&code).await?;
        agent
            .until("settings", |status| status.in_force.is_some())
            .await?;
        let me = world
            .owner
            .http
            .get(&world.owner.api("/members?q=mei"))
            .await?
            .expect(200)?
            .json()?;
        let id = me["members"][0]["id"].as_str().unwrap_or_default().to_owned();

        let request = world
            .owner
            .http
            .request(Method::DELETE, &world.owner.api(&format!("/members/{id}")));
        world.owner.http.send(request).await?.expect(204)?;
        agent
            .until("the device to be removed", |status| {
                status.phase == Phase::Removed
            })
            .await?;
        let refused = mei.http.get(&mei.api("/settings")).await?;
        assert!(
            [401, 404].contains(&refused.status.as_u16()),
            "{}",
            refused.status
        );
        world.server.stop().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_with_one_key_are_found_out() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        world.owner.block("bank.example").await?;
        let applicant = Applicant::begin(&world.base(), "ada-macbook").await?;
        assert_eq!(applicant.poll().await?.status, 400, "nobody has approved yet");
        world.owner.approve(applicant.code()).await?;
        world.server.clock.advance(std::time::Duration::from_secs(2));
        let device = applicant.finish().await?;
        let token = device.token().await?;
        let given = device.manifest(&token).await?;
        assert_eq!(device.manifest_unless(&token, &given.etag).await?.status, 304);

        let receipt = device.receipt(&given, 1);
        device.deliver(&token, &receipt).await?.expect_done()?;
        state_becomes(&world, "applied").await?;
        device.deliver(&token, &receipt).await?.expect_done()?;
        state_becomes(&world, "applied").await?;

        let mut other = receipt.clone();
        other.facts.host = tessera_wire::Text::clip("a copy");
        device.deliver(&token, &other).await?;
        state_becomes(&world, "cloned").await?;
        world.server.stop().await?;
    }
    Ok(())
}

async fn end(world: &World, how: &str) -> anyhow::Result<()> {
    let devices = world.owner.devices().await?;
    let device = devices[0]["id"].as_str().unwrap_or_default();
    let request = world.owner.http.request(
        Method::POST,
        &world.owner.api(&format!("/devices/{device}/{how}")),
    );
    world.owner.http.send(request).await?.expect(204)?;
    Ok(())
}

async fn state_becomes(world: &World, state: &str) -> anyhow::Result<()> {
    wait::until_true(format!("the device to be {state}"), async || {
        let devices = world.owner.devices().await?;
        Ok(devices.iter().any(|device| device["state"] == state))
    })
    .await
}
