//! A restored server and its devices find each other again, and nothing is loosened in between.

use serde_json::{Value, json};
use tessera_policy::Decision;
use tessera_testkit::actors::Person;
use tessera_testkit::admin::{admin, admin_does, admin_refuses, text};
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::serve::{self, Serve};

use crate::site::found;

const ADA: &str = "ada@meridian.example";

fn denies(agent: &TestAgent, website: &str) -> bool {
    agent.decide(&format!("https://{website}/")).decision == Decision::Deny
}

/// An agent of the owner's, with this website blocked on it.
async fn agent_that_blocks(
    server: &Serve,
    owner: &Person,
    website: &str,
) -> anyhow::Result<(TestAgent, u64)> {
    owner
        .save(json!({ "memory": { "managed_websites": true } }))
        .await?;
    let (agent, code) = TestAgent::start(&server.base(), "ada-macbook").await?;
    owner.approve(&code).await?;
    let revision = owner.block(website).await?;
    agent.applies(revision).await?;
    Ok((agent, revision))
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_come_back_to_a_server_that_was_restored_from_an_older_backup() -> anyhow::Result<()> {
    for engine in engines() {
        let database = Database::create(engine).await?;
        let (server, owner) = found(&database).await?;
        let (agent, old) = agent_that_blocks(&server, &owner, "bank.example").await?;
        let file = database.folder().join("old.backup");
        let said = admin_does(&database, &["backup", text(&file)?]).await?;
        assert!(said.contains("is whole"), "{said}");
        for website in ["clinic.example", "court.example"] {
            let revision = owner.block(website).await?;
            agent.applies(revision).await?;
        }

        let served = admin_refuses(&database, &["restore", text(&file)?, "--replace", "--yes"]).await?;
        assert!(served.contains("Stop the Tessera server"), "{served}");
        let (port, options) = server.kill().await?;
        let occupied = admin_refuses(&database, &["restore", text(&file)?]).await?;
        assert!(occupied.contains("--replace"), "{occupied}");
        let unasked = admin_refuses(&database, &["restore", text(&file)?, "--replace"]).await?;
        assert!(unasked.contains("--yes"), "{unasked}");
        admin_does(&database, &["restore", text(&file)?, "--replace", "--yes"]).await?;
        assert!(
            denies(&agent, "court.example"),
            "{engine:?}: what it had stays in force while the server is away"
        );

        let server = Serve::start_on(port, &database, options).await?;
        assert_eq!(
            owner.http.get(&owner.api("/settings")).await?.status,
            401,
            "sessions are not in a backup"
        );
        let owner = Person::sign_in(&server.base(), ADA).await?;
        assert_eq!(owner.settings().await?["revision"], old);
        // Loosened only by what the restored server signed above the newest that the device had.
        agent
            .until("the restored settings, issued anew", |status| {
                status.in_force.is_some_and(|in_force| in_force.revision == old)
            })
            .await?;
        assert!(denies(&agent, "bank.example") && !denies(&agent, "court.example"));
        let log = owner.http.get(&owner.api("/audit")).await?.expect(200)?;
        assert!(
            log.body.contains("sync.counter_raised"),
            "{engine:?}: {}",
            log.body
        );

        let next = owner.block("court.example").await?;
        agent.applies(next).await?;
        owner.sees_applied(next, 1).await?;
        assert!(denies(&agent, "court.example"));
        let devices = owner.devices().await?;
        assert_eq!(
            devices.len(),
            1,
            "{engine:?}: it is the device that it was: {devices:?}"
        );
        drop(server);
        let examined = admin(&database, &["doctor", "--json"]).await?;
        let said: Value = serde_json::from_str(&examined.output)?;
        for check in ["database", "backup", "organizations"] {
            let found = said["findings"].as_array().into_iter().flatten();
            let levels: Vec<_> = found
                .filter(|found| found["check"] == check)
                .map(|found| &found["level"])
                .collect();
            assert_eq!(levels, ["fine"], "{engine:?} {check}: {}", examined.output);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_goes_on_when_its_server_moves_to_another_engine_by_a_backup() -> anyhow::Result<()> {
    if !engines().contains(&Engine::Postgres) {
        return Ok(());
    }
    for (from, to) in [
        (Engine::Sqlite, Engine::Postgres),
        (Engine::Postgres, Engine::Sqlite),
    ] {
        let (old, new) = (Database::create(from).await?, Database::create(to).await?);
        let (server, owner) = found(&old).await?;
        let (agent, revision) = agent_that_blocks(&server, &owner, "bank.example").await?;
        owner.sees_applied(revision, 1).await?;
        let serial = agent.handle().status().in_force.map(|in_force| in_force.serial);
        let (port, options) = server.kill().await?;
        let file = old.folder().join("all.backup");
        admin_does(&old, &["backup", text(&file)?]).await?;
        admin_does(&new, &["restore", text(&file)?]).await?;

        let server = Serve::start_on(port, &new, options).await?;
        let owner = Person::sign_in(&server.base(), ADA).await?;
        assert_eq!(
            owner.rollout(revision).await?["applied"],
            1,
            "its receipt came along"
        );
        let next = owner.block("clinic.example").await?;
        let status = agent.applies(next).await?;
        assert!(status.in_force.map(|in_force| in_force.serial) > serial);
        owner.sees_applied(next, 1).await?;
        let devices = owner.devices().await?;
        assert_eq!(devices.len(), 1);
        assert_eq!(devices[0]["state"], "applied", "{devices:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_moves_with_everybody_signed_in() -> anyhow::Result<()> {
    if !engines().contains(&Engine::Postgres) {
        return Ok(());
    }
    let (old, new) = (
        Database::create(Engine::Sqlite).await?,
        Database::create(Engine::Postgres).await?,
    );
    let url = new.url().unwrap_or_default();
    let (server, owner) = found(&old).await?;
    let (agent, _) = agent_that_blocks(&server, &owner, "bank.example").await?;
    let served = admin_refuses(&old, &["move", "--to", url]).await?;
    assert!(served.contains("Stop the Tessera server"), "{served}");
    let (port, options) = server.kill().await?;
    let said = admin_does(&old, &["move", "--to", url]).await?;
    assert!(said.contains("is the same"), "{said}");
    let again = admin_refuses(&old, &["move", "--to", url]).await?;
    assert!(again.contains("not empty"), "{again}");

    let server = Serve::start_on(port, &new, options.clone()).await?;
    let next = owner.block("clinic.example").await?;
    agent.applies(next).await?;
    owner.sees_applied(next, 1).await?;
    let busy = admin_refuses(&old, &["move", "--to", url, "--replace", "--yes"]).await?;
    assert!(busy.contains("in use"), "what is served is not replaced: {busy}");
    let (_, _) = server.kill().await?;
    // The original is as it was.
    let server = Serve::start_on(serve::free_port()?, &old, options).await?;
    let before = Person::sign_in(&server.base(), ADA).await?;
    assert_eq!(before.settings().await?["revision"], next - 1);
    Ok(())
}
