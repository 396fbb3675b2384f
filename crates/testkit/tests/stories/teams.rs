//! Who is in which team decides what a device gets, also when no setting changes.

use serde_json::json;
use tessera_app::settings::{self, SaveRequest};
use tessera_app::{Actor, teams};
use tessera_ids::AccountId;
use tessera_policy::{Decision, LayerName, Leaf, SettingsPatch};
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::World;

const TESSERA: Actor = Actor::System("a test");

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_teams_reaches_the_device_at_an_equal_revision() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let revision = world
            .owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        agent.applies(revision).await?;

        // Pages for teams' settings come later; the use cases are here.
        let app = &world.server.running.site.app;
        let org = world.owner.org.parse()?;
        let team = teams::create(app, &TESSERA, org, &"Finance".parse()?)
            .await
            .map_err(|error| explain(&error))?;
        let patch = json!({ "memory": { "websites": { "add": ["broker.example"] } } });
        let request = SaveRequest {
            layer: LayerName::Team(team),
            edits: SettingsPatch::parse(&patch).map_err(|errors| anyhow::anyhow!("{errors:?}"))?,
            team_defaults: Vec::new(),
            note: Some("Brokers are the finance team's own".parse()?),
            expected: None,
        };
        let revision = settings::save(app, &TESSERA, org, request)
            .await
            .map_err(|error| explain(&error))?
            .revision;
        agent.applies(revision).await?;
        assert_eq!(
            agent.decide("https://broker.example/").decision,
            Decision::Allow,
            "in no team"
        );

        let before = agent.handle().status().in_force;
        let me = world
            .owner
            .http
            .get(&world.owner.api("/members"))
            .await?
            .expect(200)?
            .json()?;
        let ada: AccountId = me["members"][0]["id"].as_str().unwrap_or_default().parse()?;
        teams::add(app, &TESSERA, org, team, &[ada])
            .await
            .map_err(|error| explain(&error))?;
        let after = agent
            .until("another serial", |status| {
                status.in_force.map(|now| now.serial) > before.map(|was| was.serial)
            })
            .await?;
        assert_eq!(after.in_force.map(|now| now.revision), Some(revision));
        let answer = agent.decide("https://broker.example/");
        assert_eq!(
            (answer.decision, answer.layer_name.as_deref()),
            (Decision::Deny, Some("Finance")),
            "the machine names the team as a person knows it"
        );

        // A new name reaches the machine, though no setting changed.
        teams::rename(app, &TESSERA, org, team, &"Treasury".parse()?)
            .await
            .map_err(|error| explain(&error))?;
        let after = agent
            .until("the serial of the new name", |status| {
                status.in_force.map(|now| now.serial) > after.in_force.map(|was| was.serial)
            })
            .await?;
        assert_eq!(after.in_force.map(|now| now.revision), Some(revision));
        let why = agent.handle().explain(Leaf::Websites);
        let spoke = why.into_iter().flat_map(|why| why.spoke);
        let named: Vec<_> = spoke.filter_map(|spoke| spoke.layer_name).collect();
        assert_eq!(named, ["Treasury"], "{engine:?}");

        teams::remove(app, &TESSERA, org, team, &[ada])
            .await
            .map_err(|error| explain(&error))?;
        agent
            .until("a third serial", |status| {
                status.in_force.map(|now| now.serial) > after.in_force.map(|was| was.serial)
            })
            .await?;
        assert_eq!(agent.decide("https://broker.example/").decision, Decision::Allow);
        world.server.stop().await?;
    }
    Ok(())
}

fn explain(error: &tessera_domain::Error) -> anyhow::Error {
    anyhow::anyhow!("{error} {:?}", error.internal)
}
