//! kill -9 at any point loses no saved revision and loosens nothing.

use serde_json::json;
use tessera_policy::Decision;
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, engines};
use tessera_testkit::serve::{self, Serve};
use tessera_testkit::wait;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_keeps_what_it_said_was_saved() -> anyhow::Result<()> {
    for engine in engines() {
        let database = Database::create(engine).await?;
        let mut server = Serve::start(&database, serve::Options::default()).await?;
        let owner = Person::set_up(
            &server.setup_link().await?,
            "Meridian",
            "Ada",
            "ada@meridian.example",
        )
        .await?;
        owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        let (agent, code) = TestAgent::start(&server.base(), "ada-macbook").await?;
        owner.approve(&code).await?;

        for round in 0..3 {
            let revision = owner.block(&format!("bank-{round}.example")).await?;
            server = server.kill_and_restart(&database).await?;
            assert_eq!(owner.settings().await?["revision"], revision, "{engine:?}");
            agent.applies(revision).await?;
            owner.sees_applied(revision, 1).await?;
            let page = format!("https://bank-{round}.example/");
            assert_eq!(agent.decide(&page).decision, Decision::Deny);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn saves_that_a_crash_cuts_off_are_whole_or_not_there() -> anyhow::Result<()> {
    for engine in engines() {
        let database = Database::create(engine).await?;
        let mut server = Serve::start(&database, serve::Options::default()).await?;
        let owner = Person::set_up(
            &server.setup_link().await?,
            "Meridian",
            "Ada",
            "ada@meridian.example",
        )
        .await?;
        let (mut promised, saves) = (0, 8);
        for round in 0..3 {
            let websites: Vec<String> = (0..400).map(|n| format!("site-{round}-{n}.example")).collect();
            let add = |n: usize| {
                owner.save(json!({ "memory": { "websites": { "add": websites[n * 50..(n + 1) * 50] } } }))
            };
            let (saved, killed) = tokio::join!(
                futures_util::future::join_all((0..saves).map(add)),
                server.kill_and_restart(&database),
            );
            server = killed?;
            promised = saved.into_iter().flatten().max().unwrap_or(promised);
            let newest = owner.settings().await?["revision"].as_u64().unwrap_or_default();
            assert!(
                newest >= promised,
                "{engine:?}: revision {promised} was promised, {newest} is there"
            );
            let history = owner
                .http
                .get(&owner.api("/revisions?limit=200"))
                .await?
                .expect(200)?
                .json()?;
            let rows = history["revisions"].as_array().cloned().unwrap_or_default();
            let numbers: Vec<u64> = rows.iter().filter_map(|row| row["revision"].as_u64()).collect();
            let wanted: Vec<u64> = (1..=newest).rev().collect();
            assert_eq!(numbers, wanted, "{engine:?}: without gaps");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_people_goes_on_after_a_crash_and_invites_nobody_twice() -> anyhow::Result<()> {
    const PEOPLE: usize = 1_500;
    for engine in engines() {
        let database = Database::create(engine).await?;
        let mut server = Serve::start(&database, serve::Options::default()).await?;
        let link = server.setup_link().await?;
        let owner = Person::set_up(&link, "Meridian", "Ada", "ada@meridian.example").await?;
        let pasted: Vec<String> = (0..PEOPLE)
            .map(|number| format!("p{number}@example.org"))
            .collect();
        let pasted = pasted.join("\n");
        let form = [
            ("email", ""),
            ("role", ""),
            ("pasted", pasted.as_str()),
            ("pasted_role", "read"),
        ];
        let kept = owner
            .http
            .post(&owner.page("/members/invite"), &form)
            .await?
            .expect(303)?;
        let list = kept.location().unwrap_or_default().to_owned();
        owner.http.post(&list, &[("intent", "send")]).await?.expect(303)?;
        // Killed again and again until it is done: at least once in the middle.
        loop {
            server = server.kill_and_restart(&database).await?;
            let shown = owner.http.get(&list).await?.expect(200)?;
            if !shown.body.contains(">Refresh<") {
                assert!(
                    shown.body.contains("1,500 of 1,500 dealt with, 1,500 invited"),
                    "{}",
                    shown.gist()
                );
                break;
            }
            wait_for_more(&owner, &list, &shown.body).await?;
        }
        let seats = owner.http.get(&owner.api("/seats")).await?.expect(200)?.json()?;
        assert_eq!(seats["held"], PEOPLE, "{engine:?}");
    }
    Ok(())
}

/// Waits until the page of a list shows something else than before.
async fn wait_for_more(owner: &Person, list: &str, before: &str) -> anyhow::Result<()> {
    wait::until_true("the list to go on", async || {
        Ok(owner.http.get(list).await?.expect(200)?.body != before)
    })
    .await
}
