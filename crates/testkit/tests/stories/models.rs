//! Which models may be used: decided in the portal, obeyed on the machine, by the same code.

use serde_json::{Value, json};
use tessera_agent::ModelsAnswer;
use tessera_policy::Decision;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_and_the_portal_agree_on_every_model() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        let closed = agent.handle().in_force().models();
        assert_eq!(closed.revision, None);
        assert!(
            closed.models.iter().all(|model| model.decision == Decision::Deny),
            "before any settings"
        );
        world.owner.approve(&code).await?;

        world.owner.save(json!({ "models": { "managed": true } })).await?;
        let rows = json!({ "set": { "groq": false, "openai/gpt-5": false, "openai/brand-new": true } });
        let custom = json!({ "set": { "house/one": { "title": "One", "context_window": 8192 } } });
        let revision = world
            .owner
            .save(json!({ "models": { "allowed": rows, "custom": custom } }))
            .await?;
        agent.applies(revision).await?;
        let here = agent.handle().in_force().models();
        assert!(here.managed && here.revision == Some(revision));
        let there = world
            .owner
            .http
            .get(&world.owner.api("/my-models"))
            .await?
            .json()?;
        compare(&here, &there);
        let new = agent.handle().in_force().model(&"openai/never-seen".parse()?);
        assert_eq!(
            new.models[0].decision,
            Decision::Deny,
            "new models are off until allowed: {engine:?}"
        );
        world.server.stop().await?;
    }
    Ok(())
}

/// Both know the same models, and say the same of each.
fn compare(here: &ModelsAnswer, there: &Value) {
    let told = there["models"].as_array().expect("the portal lists models");
    assert_eq!(here.models.len(), told.len());
    for (own, told) in here.models.iter().zip(told) {
        assert_eq!(told["id"], own.model.as_str());
        assert_eq!(told["allowed"], own.decision == Decision::Allow, "{}", own.model);
        assert_eq!(told["rule"].as_str(), own.rule.as_deref(), "{}", own.model);
        assert_eq!(told["layer"], own.layer.to_string());
    }
}
