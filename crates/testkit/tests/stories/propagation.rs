//! A saved decision reaches every device, which obeys and proves it.

use serde_json::json;
use tessera_policy::Decision;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_save_is_obeyed_and_proven_by_every_device() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let mei = world
            .brings_in("Mei Tanaka", "mei@meridian.example", "write")
            .await?;
        let mut agents = Vec::new();
        for (person, host) in [
            (&world.owner, "ada-macbook"),
            (&mei, "mei-thinkpad"),
            (&mei, "mei-desktop"),
        ] {
            let (agent, code) = TestAgent::start(&world.base(), host).await?;
            person.approve(&code).await?;
            agents.push(agent);
        }
        world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        let revision = world.owner.block("bank.example").await?;
        let rollout = world.owner.sees_applied(revision, 3).await?;
        assert_eq!(rollout["audience"], 3, "{rollout}");
        for agent in &agents {
            agent.applies(revision).await?;
            let verdict = agent.decide("https://www.bank.example/account");
            assert_eq!(verdict.decision, Decision::Deny, "{engine:?} {verdict:?}");
            assert_eq!(verdict.rule.as_deref(), Some("bank.example"));
            assert_eq!(agent.decide("https://news.example/").decision, Decision::Allow);
        }
        let devices = world.owner.devices().await?;
        assert!(
            devices.iter().all(|device| device["state"] == "applied"),
            "{devices:?}"
        );

        // What changes nothing makes no revision.
        assert_eq!(world.owner.block("bank.example").await?, revision);
        world.server.stop().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_was_away_catches_up_and_loosens_nothing_meanwhile() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        world.owner.block("bank.example").await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        assert_eq!(
            agent.decide("https://news.example/").decision,
            Decision::Deny,
            "before any settings"
        );
        world.owner.approve(&code).await?;
        agent.applies(2).await?;

        agent.handle().stop().await;
        assert_eq!(agent.decide("https://bank.example/").decision, Decision::Deny);
        let revision = world.owner.block("clinic.example").await?;
        let agent = agent.restart().await?;
        assert_eq!(
            agent.decide("https://bank.example/").decision,
            Decision::Deny,
            "from its own disk"
        );
        agent.applies(revision).await?;
        assert_eq!(agent.decide("https://clinic.example/").decision, Decision::Deny);
        world.owner.sees_applied(revision, 1).await?;
        world.server.stop().await?;
    }
    Ok(())
}
