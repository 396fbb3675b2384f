//! Clocks that jump by hours, forward and back: the server's, and a machine's.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tessera_ids::Clock as _;
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::http::Client;
use tessera_testkit::server::{TestClock, World};
use tessera_testkit::{mail, wait};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::promises::Promises;

/// Hours, and whether forward. In the end they come to nothing.
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

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_clock_may_jump() -> anyhow::Result<()> {
    for engine in engines() {
        let mut world = World::new(engine).await?;
        world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        agent.applies(1).await?;
        // A token outlives what the jumps do to a session.
        let token = world.owner.make_token().await?;
        world.owner.http = Client::new(world.base())?.with_token(token);
        let (mut promises, mut agent) = (Promises::default(), agent);
        for (number, by) in JUMPS.into_iter().enumerate() {
            jump(&world.server.clock, by);
            promises.nothing_is_loosened(&agent);
            promises
                .block(&world.owner, format!("site-{number}.example"))
                .await?;
            promises.are_kept(&world.owner, &agent).await?;
            // Anew it needs a token, which it gets only by the server's hour.
            agent = agent.restart().await?;
            promises.nothing_is_loosened(&agent);
            promises
                .block(&world.owner, format!("anew-{number}.example"))
                .await?;
            promises.are_kept(&world.owner, &agent).await?;
            was_heard_of_just_now(&world).await?;
        }
        world.server.stop().await?;
    }
    Ok(())
}

/// The portal says so of the one device, by the hour that the server has now.
async fn was_heard_of_just_now(world: &World) -> anyhow::Result<()> {
    wait::until_true("the device's last contact to be now", async || {
        let devices = world.owner.devices().await?;
        let said = devices[0]["last_contact"].as_str().unwrap_or_default();
        let at = OffsetDateTime::parse(said, &Rfc3339)?.unix_timestamp();
        let now = world.server.clock.now().as_seconds();
        anyhow::ensure!(at.abs_diff(now) < 120, "{said} is told, and it is {now}");
        Ok(true)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wrong_hour_of_the_server_brought_ends_with_it() -> anyhow::Result<()> {
    let day = Duration::from_hours(24);
    for engine in engines() {
        let world = World::new(engine).await?;
        world.owner.invite("revoked@meridian.example", "read").await?;
        let folder = world.database.folder();
        let revoked = mail::filed_link(folder, "revoked@meridian.example", "/invitations/").await?;

        world.server.clock.advance(day);
        let tomorrow = Person::sign_in(&world.base(), &world.owner.email).await?;
        let delete = tomorrow.page("/delete");
        let asks =
            async || Ok::<_, anyhow::Error>(tomorrow.http.get(&delete).await?.body.contains("Your password"));
        assert!(!asks().await?, "who signed in just now is not asked again");
        revoke(&tomorrow).await?;
        let stranger = Client::new(world.base())?;
        let guess = [
            ("next", ""),
            ("email", tomorrow.email.as_str()),
            ("password", "guess"),
        ];
        for _ in 0..10 {
            stranger.post("/sign-in", &guess).await?.expect(401)?;
        }
        stranger.post("/sign-in", &guess).await?.expect(429)?;

        world.server.clock.set_back(day);
        assert!(asks().await?, "a sign-in of tomorrow is not recent today");
        let taken_back = stranger.get(&revoked).await?;
        assert!(taken_back.body.contains("taken back"), "{}", taken_back.gist());
        Person::sign_in(&world.base(), &world.owner.email).await?;
        // Neither is mail held up until tomorrow.
        world.owner.invite("grace@meridian.example", "read").await?;
        mail::filed_link(folder, "grace@meridian.example", "/invitations/").await?;
        world.server.stop().await?;
    }
    Ok(())
}

/// Takes the only invitation back.
async fn revoke(by: &Person) -> anyhow::Result<()> {
    let list = by.page("/invitations");
    let page = by.http.get(&list).await?.expect(200)?.body;
    let start = page.find(&format!("{list}/inv_")).context("it is listed")?;
    let path: Vec<&str> = page[start..].split(['"', '/']).take(5).collect();
    let revoke = format!("{}/revoke", path.join("/").trim_end_matches('/'));
    by.http.post(&revoke, &[]).await?.expect(303)?;
    Ok(())
}
