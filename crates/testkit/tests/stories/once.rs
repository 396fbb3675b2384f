//! What many devices share is made once: a save renders its one layer, and each audience's manifest is signed once,
//! however many devices listen.

use reqwest::Method;
use serde_json::json;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_is_rendered_once_and_a_manifest_signed_once_per_audience() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let mut agents = Vec::new();
        for (number, team) in [Some("Finance"), Some("Research"), None].into_iter().enumerate() {
            let address = format!("m{number}@meridian.example");
            let member = world.brings_in("Mei Tanaka", &address, "write").await?;
            if let Some(name) = team {
                team_with_settings(&world, name, &address).await?;
            }
            for machine in 0..4 {
                let (agent, code) = TestAgent::start(&world.base(), &format!("m{number}-{machine}")).await?;
                member.approve(&code).await?;
                agents.push(agent);
            }
        }
        let settled = world
            .owner
            .save(json!({ "features": { "processing": false } }))
            .await?;
        world.owner.sees_applied(settled, 12).await?;

        let before = figures(&world).await?;
        let revision = world
            .owner
            .save(json!({ "features": { "telemetry": false } }))
            .await?;
        world.owner.sees_applied(revision, 12).await?;
        let after = figures(&world).await?;
        assert_eq!(after.0 - before.0, 1, "{engine:?}: one layer changed");
        assert_eq!(after.1 - before.1, 3, "{engine:?}: three audiences have devices");
        world.server.stop().await?;
    }
    Ok(())
}

async fn team_with_settings(world: &World, name: &str, member: &str) -> anyhow::Result<()> {
    let (http, teams) = (&world.owner.http, world.owner.api("/teams"));
    let made = http.json(Method::POST, &teams, &json!({ "name": name })).await?;
    let team = made.expect(201)?.json()?["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let found = http
        .get(&world.owner.api(&format!("/members?q={member}")))
        .await?;
    let account = found.expect(200)?.json()?["members"][0]["id"].clone();
    let members = format!("{teams}/{team}/members");
    let added = http
        .json(Method::POST, &members, &json!({ "members": [account] }))
        .await?;
    anyhow::ensure!(added.status.is_success(), "{}", added.body);
    let site = format!("{}.example", name.to_lowercase());
    let body = json!({ "layer": team, "settings": { "memory": { "websites": { "add": [site] } } } });
    http.json(Method::PATCH, &world.owner.api("/settings"), &body)
        .await?
        .expect(200)
        .map(drop)
}

/// Layers rendered and manifests signed so far, as `/metrics` tells an operator on the machine.
async fn figures(world: &World) -> anyhow::Result<(u64, u64)> {
    let text = world.owner.http.get("/metrics").await?.expect(200)?.body;
    let figure = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    Ok((
        figure("tessera_layers_rendered_total "),
        figure("tessera_manifests_signed_total "),
    ))
}
