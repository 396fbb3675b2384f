//! A rollout in stages with real agents: it halts by itself, is undone, and another one goes through.

use reqwest::Method;
use serde_json::json;
use tessera_app::{Actor, teams};
use tessera_policy::Decision;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Engine, engines};
use tessera_testkit::device::{Applicant, Device};
use tessera_testkit::server::World;
use tessera_testkit::wait;
use tessera_wire::{Outcome, Text};

const TESSERA: Actor = Actor::System("a test");
const PAGE: &str = "https://www.bank.example/account";

/// Two people with two real machines each; one has a third that this test speaks for.
struct Company {
    world: World,
    hers: Vec<TestAgent>,
    his: Vec<TestAgent>,
    third: Device,
    pilots: String,
}

impl Company {
    async fn found(engine: Engine) -> anyhow::Result<Self> {
        let world = World::new(engine).await?;
        let mei = world
            .brings_in("Mei Tanaka", "mei@meridian.example", "write")
            .await?;
        let (mut hers, mut his) = (Vec::new(), Vec::new());
        for (person, agents, hosts) in [
            (&mei, &mut hers, ["mei-thinkpad", "mei-desktop"]),
            (&world.owner, &mut his, ["ada-macbook", "ada-mini"]),
        ] {
            for host in hosts {
                let (agent, code) = TestAgent::start(&world.base(), host).await?;
                person.approve(&code).await?;
                agents.push(agent);
            }
        }
        let applicant = Applicant::begin(&world.base(), "mei-old-laptop").await?;
        mei.approve(applicant.code()).await?;
        let third = applicant.finish().await?;
        let pilots = pilots(&world).await?;
        Ok(Self {
            world,
            hers,
            his,
            third,
            pilots,
        })
    }

    fn agents(&self) -> impl Iterator<Item = &TestAgent> {
        self.hers.iter().chain(&self.his)
    }

    /// The third machine applies what it is given, or fails to.
    async fn third_answers(&self, counter: u64, well: bool) -> anyhow::Result<u64> {
        let token = self.third.token().await?;
        let given = self.third.manifest(&token).await?;
        let mut receipt = self.third.receipt(&given, counter);
        if !well {
            receipt.sections[0].outcome = Outcome::Failed {
                reason: Text::clip("the disk is full"),
            };
        }
        self.third.deliver(&token, &receipt).await?.expect_done()?;
        Ok(given.manifest.payload().revision)
    }

    async fn save(&self, settings: serde_json::Value, rollout: serde_json::Value) -> anyhow::Result<u64> {
        let (owner, body) = (
            &self.world.owner,
            json!({ "settings": settings, "rollout": rollout }),
        );
        let saved = owner
            .http
            .json(Method::PATCH, &owner.api("/settings"), &body)
            .await?;
        let saved = saved.expect(200)?.json()?;
        Ok(saved["revision"].as_u64().unwrap_or_default())
    }

    async fn until_state(&self, revision: u64, state: &str) -> anyhow::Result<serde_json::Value> {
        wait::until(format!("the rollout to be {state}"), async || {
            let seen = self.world.owner.rollout(revision).await?;
            Ok((seen["stages"]["state"] == state).then_some(seen))
        })
        .await
    }
}

/// A team with Mei in it.
async fn pilots(world: &World) -> anyhow::Result<String> {
    let explain = |error: tessera_domain::Error| anyhow::anyhow!("{error} {:?}", error.internal);
    let (app, org) = (&world.server.running.site.app, world.owner.org.parse()?);
    let team = teams::create(app, &TESSERA, org, &"Pilots".parse()?)
        .await
        .map_err(explain)?;
    let people = world.owner.http.get(&world.owner.api("/members?q=mei")).await?;
    let people = people.expect(200)?.json()?;
    let mei = people["members"][0]["id"].as_str().unwrap_or_default().parse()?;
    teams::add(app, &TESSERA, org, team, &[mei])
        .await
        .map_err(explain)?;
    Ok(team.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_halts_by_itself_is_undone_and_the_next_one_goes_through() -> anyhow::Result<()> {
    for engine in engines() {
        let company = Company::found(engine).await?;
        let owner = &company.world.owner;
        let first = owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        for agent in company.agents() {
            agent.applies(first).await?;
        }
        company.third_answers(1, true).await?;
        owner.sees_applied(first, 5).await?;

        // Pilots first: theirs obey at once, the others go on as before.
        let block = json!({ "memory": { "websites": { "add": ["bank.example"] } } });
        let stages = json!({ "stages": [{ "teams": [company.pilots], "bake_minutes": 60 }, { "percent": 50, "bake_minutes": 60 }] });
        let second = company.save(block, stages).await?;
        for agent in &company.hers {
            agent.applies(second).await?;
            assert_eq!(agent.decide(PAGE).decision, Decision::Deny, "{engine:?}");
        }
        let seen = owner.sees_applied(second, 2).await?;
        assert_eq!(
            (&seen["waiting"], &seen["pending"]),
            (&json!(2), &json!(1)),
            "{seen}"
        );
        for agent in &company.his {
            assert_eq!(
                agent.decide(PAGE).decision,
                Decision::Allow,
                "his turn comes later"
            );
        }

        // One of three cannot apply it: it halts by itself, and nobody else gets it.
        assert_eq!(company.third_answers(2, false).await?, second);
        let halted = company.until_state(second, "halted").await?;
        let why = halted["stages"]["why"].as_str().unwrap_or_default();
        assert!(why.starts_with("1 of 3 devices"), "{why}");
        assert_eq!(halted["waiting"], 2);

        // Undone for everybody, by a new revision.
        let undo = owner.page(&format!("/rollouts/{second}/roll-back"));
        owner
            .http
            .post(&undo, &[("note", "One disk is full")])
            .await?
            .expect(303)?;
        let third = second + 1;
        for agent in company.agents() {
            agent.applies(third).await?;
            assert_eq!(agent.decide(PAGE).decision, Decision::Allow, "{engine:?}");
        }
        assert_eq!(company.third_answers(3, true).await?, third);
        owner.sees_applied(third, 5).await?;
        company.until_state(second, "rolled_back").await?;

        // The next one goes through its waves without anybody's hand.
        let block = json!({ "memory": { "websites": { "add": ["clinic.example"] } } });
        let fourth = company
            .save(block, json!({ "stages": [{ "percent": 40 }, { "percent": 80 }] }))
            .await?;
        company.until_state(fourth, "finished").await?;
        for agent in company.agents() {
            agent.applies(fourth).await?;
            assert_eq!(agent.decide("https://clinic.example/").decision, Decision::Deny);
        }
        assert_eq!(company.third_answers(4, true).await?, fourth);
        owner.sees_applied(fourth, 5).await?;
        let devices = owner.devices().await?;
        assert!(
            devices.iter().all(|device| device["state"] == "applied"),
            "{devices:?}"
        );
        company.world.server.stop().await?;
    }
    Ok(())
}
