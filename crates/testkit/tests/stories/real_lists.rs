//! Two lists that the world really uses, 93,000 domains, go the whole way to a device, whose verdicts are compared with
//! those of a judge written in another language on another principle.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use tessera_policy::Decision;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::outside::{self, Party};
use tessera_testkit::server::World;

#[tokio::test(flavor = "multi_thread")]
async fn real_lists_are_judged_as_another_judge_does() -> anyhow::Result<()> {
    if !outside::all_present(&[Party::Lists]) {
        return Ok(());
    }
    let (trackers, mail) = (trackers()?, disposable_mail()?);
    assert_eq!((trackers.len(), mail.len()), (5_103, 88_173));
    for engine in engines() {
        let world = World::new(engine).await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        let mut rules = BTreeSet::new();
        let mut revision = 0;
        for list in [&trackers, &mail] {
            let accepted = preview(&world, list).await?;
            revision = add(&world, &accepted).await?;
            rules.extend(accepted);
        }
        agent.applies(revision).await?;

        let asked = questions(&trackers, &mail);
        let judged = oracle(&rules, &asked)?;
        let mut denied = 0;
        for (address, other) in asked.iter().zip(&judged) {
            let own = agent.decide(address);
            assert_eq!(
                own.decision == Decision::Deny,
                *other,
                "{engine:?} {address} {own:?}"
            );
            denied += usize::from(*other);
        }
        // The questions reach both answers, often.
        assert!(
            denied > 180_000 && asked.len() - denied > 180_000,
            "{denied} of {}",
            asked.len()
        );
        world.server.stop().await?;
    }
    Ok(())
}

/// What the product makes of a list: the rules of its accepted rows. A few rows of such lists are public suffixes,
/// under which anybody may be: those are refused with the reason.
async fn preview(world: &World, list: &[String]) -> anyhow::Result<Vec<String>> {
    let path = world.owner.api("/memory/websites/preview");
    let request = world
        .owner
        .http
        .request(Method::POST, &path)
        .header("content-type", "text/csv")
        .body(list.join("\n"));
    let answer = world.owner.http.send(request).await?.expect(200)?.json()?;
    let rows = answer["rows"].as_array().context("rows")?;
    assert_eq!(rows.len(), list.len());
    let of = |state: &'static str| rows.iter().filter(move |row| row["state"] == state);
    for refused in of("refused") {
        let reason = refused["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("public suffix"), "{refused}");
    }
    assert!(of("refused").count() < list.len() / 100);
    Ok(of("ready")
        .filter_map(|row| row["rule"].as_str().map(str::to_owned))
        .collect())
}

async fn add(world: &World, rules: &[String]) -> anyhow::Result<u64> {
    let saved = world
        .owner
        .http
        .json(
            Method::POST,
            &world.owner.api("/memory/websites"),
            &json!({ "add": rules, "note": "a real list" }),
        )
        .await?
        .expect(200)?
        .json()?;
    saved["revision"].as_u64().context("a revision")
}

/// Each listed host itself, below it, beside it and above it.
fn questions(trackers: &[String], mail: &[String]) -> Vec<String> {
    let mut asked = Vec::new();
    for (number, host) in trackers.iter().chain(mail).enumerate() {
        asked.push(format!("https://{host}/"));
        asked.push(format!("http://a{number}.b.{host}:8443/x?y={host}#z"));
        asked.push(format!("https://not{host}/"));
        asked.push(format!("https://{host}.safe{number}.example/{host}"));
        if let Some((_, above)) = host.split_once('.').filter(|(_, above)| above.contains('.')) {
            asked.push(format!("https://{above}/"));
        }
    }
    asked
}

fn oracle(rules: &BTreeSet<String>, asked: &[String]) -> anyhow::Result<Vec<bool>> {
    let mut judge = Command::new(outside::variable("TESSERA_TEST_PYTHON")?)
        .args(["-c", include_str!("oracle.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the other judge could not be started")?;
    let mut input = judge.stdin.take().context("its input is piped")?;
    let text = format!("{}\n{}\n", json!({ "hosts": rules }), asked.join("\n"));
    input.write_all(text.as_bytes())?;
    drop(input);
    let output = judge.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "the other judge failed");
    let answers: Vec<bool> = String::from_utf8(output.stdout)?
        .lines()
        .map(|line| line == "deny")
        .collect();
    anyhow::ensure!(answers.len() == asked.len(), "an answer per question");
    Ok(answers)
}

fn trackers() -> anyhow::Result<Vec<String>> {
    let file = std::fs::read(list("@ghostery/trackerdb/package/dist/trackerdb.json")?)?;
    let known: Value = serde_json::from_slice(&file)?;
    let domains = known["domains"].as_object().context("domains")?;
    Ok(domains.keys().cloned().collect())
}

fn disposable_mail() -> anyhow::Result<Vec<String>> {
    let file = std::fs::read_to_string(list("freemail/package/data/disposable.txt")?)?;
    Ok(file.lines().map(str::to_owned).collect())
}

fn list(path: &str) -> anyhow::Result<std::path::PathBuf> {
    Ok(outside::variable("TESSERA_TEST_LISTS")?.join(path))
}
