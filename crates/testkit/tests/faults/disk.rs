//! A disk that fills up or turns read-only under the server, and under an agent.

use serde_json::json;
use tessera_agent::LocalConfig;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::faults::{AilingDisk, SmallDisk};
use tessera_testkit::serve::{self, Serve, free_port};
use tessera_testkit::server::World;
use tessera_testkit::wait;

use crate::promises::{Promises, device, founded};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_room_says_so_loses_nothing_and_goes_on_once_there_is_room() -> anyhow::Result<()> {
    let Some(disk) = SmallDisk::mount(64)? else {
        return Ok(());
    };
    let database = Database::embedded_in(disk.path())?;
    let (server, owner) = founded(&database, serve::Options::default(), free_port()?).await?;
    let agent = device(&owner, &server.base()).await?;
    let mut promises = Promises::default();
    promises.block(&owner, "before.example".to_owned()).await?;
    promises.are_kept(&owner, &agent).await?;

    disk.fill()?;
    // What the database has set aside for itself may still take some.
    let mut number = 0;
    let refused = loop {
        number += 1;
        assert!(number < 500, "a full disk takes everything");
        let sites: Vec<String> = (0..200).map(|n| format!("site-{number}-{n}.example")).collect();
        let body = json!({ "settings": { "memory": { "websites": { "add": sites } } } });
        let path = owner.api("/settings");
        let answer = owner.http.json(reqwest::Method::PATCH, &path, &body).await?;
        if !answer.status.is_success() {
            break answer;
        }
        promises.blocked.push(format!("site-{number}-199.example"));
        promises.revision = answer.json()?["revision"].as_u64().unwrap_or_default();
    };
    assert_eq!(refused.status.as_u16(), 503, "{}", refused.body);
    let answer = refused.json()?;
    let said = answer["detail"].as_str().unwrap_or_default();
    assert!(
        said.contains("it is full") && said.contains("Nothing was changed"),
        "{said}"
    );
    promises.nothing_is_loosened(&agent);
    let seen = owner.settings().await?["revision"].as_u64();
    assert_eq!(seen, Some(promises.revision), "what was saved can still be read");

    disk.free()?;
    wait::until_true("a save to be taken again", async || {
        Ok(promises.block(&owner, "after.example".to_owned()).await.is_ok())
    })
    .await?;
    promises.are_kept(&owner, &agent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_without_room_keeps_the_old_and_takes_the_new_once_there_is_room() -> anyhow::Result<()> {
    let Some(disk) = SmallDisk::mount(16)? else {
        return Ok(());
    };
    let world = World::new(Engine::Sqlite).await?;
    world
        .owner
        .save(json!({ "memory": { "managed_websites": true } }))
        .await?;
    let folder = tempfile::Builder::new()
        .prefix("tessera-agent-")
        .tempdir_in(disk.path())?;
    let (agent, code) = TestAgent::start_in(folder, &world.base(), "ada-macbook", |_| {}).await?;
    world.owner.approve(&code).await?;
    let mut promises = Promises::default();
    promises.block(&world.owner, "before.example".to_owned()).await?;
    promises.are_kept(&world.owner, &agent).await?;

    disk.fill()?;
    let before = agent.handle().status().last_contact;
    let revision = world.owner.block("meanwhile.example").await?;
    let heard = agent.until("the offer to come", |status| status.last_contact > before);
    let status = heard.await?;
    assert!(
        status.in_force.is_some_and(|held| held.revision < revision),
        "{status:?}"
    );
    promises.nothing_is_loosened(&agent);
    // It has no room to number a receipt, so it sends none; the portal does not take silence for consent.
    let rollout = world.owner.rollout(revision).await?;
    assert_eq!(rollout["applied"], 0, "{rollout}");

    disk.free()?;
    promises.block(&world.owner, "after.example".to_owned()).await?;
    promises.blocked.push("meanwhile.example".to_owned());
    promises.are_kept(&world.owner, &agent).await?;
    world.server.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_disk_turns_read_only_shows_what_it_has_and_loses_nothing() -> anyhow::Result<()> {
    let Some(disk) = AilingDisk::mount(96)? else {
        return Ok(());
    };
    let database = Database::embedded_in(disk.path())?;
    let (server, owner) = founded(&database, serve::Options::default(), free_port()?).await?;
    let agent = device(&owner, &server.base()).await?;
    let mut promises = Promises::default();
    promises.block(&owner, "before.example".to_owned()).await?;
    promises.are_kept(&owner, &agent).await?;

    disk.give_up()?;
    let body = json!({ "settings": { "memory": { "websites": { "add": ["meanwhile.example"] } } } });
    let path = owner.api("/settings");
    let refused = owner.http.json(reqwest::Method::PATCH, &path, &body).await?;
    assert_eq!(refused.status.as_u16(), 503, "{}", refused.body);
    let said = refused.json()?["detail"].to_string();
    assert!(
        said.contains("read-only") && said.contains("Nothing was changed"),
        "{said}"
    );
    promises.nothing_is_loosened(&agent);
    let seen = owner.settings().await?["revision"].as_u64();
    assert_eq!(seen, Some(promises.revision), "what was saved can still be read");
    let page = owner.http.get(&owner.page("/devices")).await?.expect(200)?;
    assert!(page.body.contains("ada-macbook"), "{}", page.gist());

    let (port, options) = server.kill().await?;
    let Err(unstarted) = Serve::start_on(port, &database, options.clone()).await else {
        anyhow::bail!("it starts on a disk that takes no writes");
    };
    let unstarted = format!("{unstarted:#}");
    assert!(unstarted.to_lowercase().contains("read-only"), "{unstarted}");
    promises.nothing_is_loosened(&agent);

    disk.repair()?;
    let _server = Serve::start_on(port, &database, options).await?;
    promises.are_kept(&owner, &agent).await?;
    promises.block(&owner, "after.example".to_owned()).await?;
    promises.are_kept(&owner, &agent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_disk_turns_read_only_enforces_what_it_has_also_after_a_restart() -> anyhow::Result<()>
{
    let Some(disk) = AilingDisk::mount(32)? else {
        return Ok(());
    };
    let world = World::new(Engine::Sqlite).await?;
    world
        .owner
        .save(json!({ "memory": { "managed_websites": true } }))
        .await?;
    let folder = tempfile::Builder::new()
        .prefix("tessera-agent-")
        .tempdir_in(disk.path())?;
    let (mut agent, code) = TestAgent::start_in(folder, &world.base(), "ada-macbook", |config| {
        // Another port each time, which cannot be written down.
        config.local = Some(LocalConfig {
            port: 0,
            ..LocalConfig::default()
        });
    })
    .await?;
    world.owner.approve(&code).await?;
    let mut promises = Promises::default();
    promises.block(&world.owner, "before.example".to_owned()).await?;
    promises.are_kept(&world.owner, &agent).await?;

    disk.give_up()?;
    let revision = world.owner.block("meanwhile.example").await?;
    for restarted in [false, true] {
        if restarted {
            agent = agent.restart().await?;
        }
        promises.nothing_is_loosened(&agent);
        let status = agent
            .until("the agent to say that it could not take it", |status| {
                status.alarm.is_some()
            })
            .await?;
        assert!(
            status.in_force.is_some_and(|held| held.revision < revision),
            "{status:?}"
        );
        promises.nothing_is_loosened(&agent);
        let rollout = world.owner.rollout(revision).await?;
        assert_eq!(rollout["applied"], 0, "{rollout}");
    }

    agent.handle().stop().await;
    disk.repair()?;
    agent = agent.restart().await?;
    promises.nothing_is_loosened(&agent);
    promises.blocked.push("meanwhile.example".to_owned());
    promises.are_kept(&world.owner, &agent).await?;
    world.server.stop().await
}
