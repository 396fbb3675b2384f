//! A machine that device management sets up: enrolled by a key with nobody in front of it, obeying, and kept by the
//! organization.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::database::engines;
use tessera_testkit::machine::Machine;
use tessera_testkit::program::Finished;
use tessera_testkit::server::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_enrolled_by_a_key_obeys_and_is_kept() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let mei = world
            .brings_in("Mei Tanaka", "mei@meridian.example", "write")
            .await?;
        world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        world.owner.block("bank.example").await?;
        let body = json!({ "name": "Laptops", "rule": "told", "max_uses": 2, "days": 1 });
        let made = call(&world, Method::POST, "/enrolment-keys", &body).await?;
        let key = made["key"].as_str().unwrap_or_default().to_owned();

        let machine = Machine::new()?;
        let named = ["--member", "mei@meridian.example"];
        let enrolled = machine.enrol_by_key(&world.base(), &key, &named).await?;
        assert_eq!(enrolled.code, Some(0), "{enrolled:?}");
        assert!(enrolled.output.contains("signed_in"), "{enrolled:?}");
        assert!(!said(&enrolled).contains(&key), "the key is said nowhere");
        let (_, code) = machine.check("https://bank.example/").await?;
        assert_eq!(code, Some(1), "it obeys at once");

        let again = machine.enrol_by_key(&world.base(), &key, &named).await?;
        assert_eq!(
            again.code,
            Some(0),
            "management runs its scripts again: {again:?}"
        );
        let keys = world.owner.http.get(&world.owner.api("/enrolment-keys")).await?;
        let keys = keys.expect(200)?;
        assert!(!keys.body.contains(&key), "a key is shown once");
        assert_eq!(keys.json()?["enrolment_keys"][0]["left"], 1);
        let devices = world.owner.devices().await?;
        assert_eq!(devices[0]["enrolment_key"], made["id"]);
        assert_eq!(devices[0]["member_name"], "Mei Tanaka");

        nobody_else_comes_in(&world, &key).await?;
        the_machine_is_kept(&world, &machine, &mei.http).await?;
        world.server.stop().await?;
        let offline = machine.run(&["logout", "--json"]).await?;
        assert_eq!(offline.code, Some(1), "{offline:?}");
        assert!(said(&offline).contains("cannot be asked now"), "{offline:?}");
        let (_, code) = machine.check("https://bank.example/").await?;
        assert_eq!(code, Some(1), "it still obeys");
    }
    Ok(())
}

/// A wrong key, and a right one for nobody, are told the same.
async fn nobody_else_comes_in(world: &World, key: &str) -> anyhow::Result<()> {
    let wrong = format!("tsk_{}", "A".repeat(43));
    let mut refusals = Vec::new();
    for (key, member) in [
        (wrong.as_str(), "mei@meridian.example"),
        (key, "eve@evil.example"),
    ] {
        let stranger = Machine::new()?;
        let refused = stranger
            .enrol_by_key(&world.base(), key, &["--member", member])
            .await?;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        refusals.push(said(&refused));
    }
    assert_eq!(refusals[0], refusals[1]);
    assert!(
        refusals[0].contains("does not enrol this machine"),
        "{}",
        refusals[0]
    );
    Ok(())
}

/// The organization lets only administrators sign machines out: the command, the API and the page say so.
async fn the_machine_is_kept(
    world: &World,
    machine: &Machine,
    member: &tessera_testkit::http::Client,
) -> anyhow::Result<()> {
    let agent = machine.start_agent().await?;
    let kept = json!({ "features": { "member_sign_out": false } });
    let revision = world.owner.save(kept).await?;
    world.owner.sees_applied(revision, 1).await?;
    let refused = machine.run(&["logout", "--json"]).await?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(said(&refused).contains("only administrators"), "{refused:?}");
    let device = world.owner.devices().await?[0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let path = world.owner.api(&format!("/devices/{device}/sign-out"));
    let by_api = member.send(member.request(Method::POST, &path)).await?;
    assert_eq!(by_api.status, 403, "{}", by_api.body);
    let page = member.get(&world.owner.page("/devices")).await?.expect(200)?;
    assert!(page.body.contains("only administrators"), "{}", page.body);

    agent.kill().await?;
    world.server.clock.advance(Duration::from_hours(2));
    let silent = world
        .owner
        .http
        .get(&world.owner.api("/devices?state=silent"))
        .await?;
    let silent = silent.expect(200)?.json()?;
    assert_eq!(silent["devices"][0]["id"], device.as_str());
    assert!(silent["devices"][0]["silent_since"].is_string(), "{silent}");
    Ok(())
}

async fn call(world: &World, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
    let owner = &world.owner;
    let answer = owner.http.json(method, &owner.api(path), body).await?;
    answer.expect_done()?.json()
}

fn said(finished: &Finished) -> String {
    format!("{}{}", finished.output, finished.errors)
}
