//! The end of an organization, as a real machine lives through it.

use std::time::Duration;

use serde_json::json;
use tessera_agent::Phase;
use tessera_app::orgs;
use tessera_ids::{DeviceId, OrgId};
use tessera_policy::Decision;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::World;
use tessera_testkit::wait;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_organization_restrains_its_machines_until_they_wipe() -> anyhow::Result<()> {
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
        let device = world.owner.devices().await?[0]["id"].clone();
        let device: DeviceId = serde_json::from_value(device)?;

        delete(&world).await?;
        assert_eq!(world.owner.http.get(&world.owner.api("")).await?.status, 404);
        let agent = agent.restart().await?;
        agent.applies(revision).await?;
        assert_eq!(agent.decide("https://bank.example/").decision, Decision::Deny);
        let restore = world.owner.api("/restore");
        world.owner.http.post(&restore, &[]).await?.expect(204)?;
        let next = world.owner.block("clinic.example").await?;
        agent.applies(next).await?;

        delete(&world).await?;
        purge(&world).await?;
        agent
            .until("the machine to be removed", |status| {
                status.phase == Phase::Removed
            })
            .await?;
        assert_eq!(
            agent.decide("https://news.example/").decision,
            Decision::Deny,
            "closed for capture"
        );
        let store = &world.server.running.site.app.store;
        wait::until_true("the last receipt to arrive".to_owned(), async || {
            let row = store.read().await?.device_of_assertion(device).await?;
            Ok(row.is_some_and(|row| row.wiped_at.is_some()))
        })
        .await?;
        world.server.stop().await?;
    }
    Ok(())
}

async fn delete(world: &World) -> anyhow::Result<()> {
    let owner = &world.owner;
    let org = owner.http.get(&owner.api("")).await?.expect(200)?.json()?;
    let name = org["name"].as_str().unwrap_or_default();
    let form = [("name", name), ("intent", "delete")];
    owner
        .http
        .post(&owner.page("/delete"), &form)
        .await?
        .expect(303)?;
    Ok(())
}

/// As if seven days had passed. The machine's clock is this one's, so the deletion is moved instead of the time.
async fn purge(world: &World) -> anyhow::Result<()> {
    let app = &world.server.running.site.app;
    let org: OrgId = world.owner.org.parse()?;
    let then = app.clock.now().minus(orgs::RESTORABLE + Duration::from_secs(1));
    let mut tx = app.store.begin().await?;
    tx.set_org_deleted(org, Some(then)).await?;
    tx.commit().await?;
    orgs::purge_due(app).await?;
    Ok(())
}
