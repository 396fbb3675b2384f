//! `tessera demo`: what a newcomer sees within a minute, and what scripts rely on.

use reqwest::Method;
use serde_json::json;
use tessera_testkit::actors::Person;
use tessera_testkit::demo::Demo;
use tessera_testkit::http::Client;
use tessera_testkit::wait;

#[tokio::test(flavor = "multi_thread")]
async fn a_block_list_reaches_the_demos_machines() -> anyhow::Result<()> {
    let demo = Demo::start(5).await?;
    assert_eq!(demo.card.agents, 5);
    let owner = Person {
        email: "ada.lindqvist@meridian.example".to_owned(),
        http: demo.owner()?,
        org: demo.card.org.clone(),
    };
    let settings = owner.settings().await?;
    assert_eq!(settings["revision"], 6, "{settings}");
    assert_eq!(
        settings["settings"]["features"]["telemetry"]["locked"],
        json!(true)
    );
    let members = owner
        .http
        .get(&owner.api("/members"))
        .await?
        .expect(200)?
        .json()?;
    assert_eq!(members["total"], 40, "{members}");

    let revision = owner.block("casino.example").await?;
    assert_eq!(revision, 7);
    let rollout = owner.sees_applied(revision, 5).await?;
    assert_eq!(
        (&rollout["audience"], &rollout["failed"]),
        (&json!(5), &json!(0)),
        "{rollout}"
    );

    // Only the whole link signs in, and only the demo has such a link.
    let browser = Client::new(&demo.card.url)?;
    let wrong = demo.card.sign_in_url.replace("/demo/", "/demo/x");
    browser.get(&wrong).await?.expect(404)?;
    let home = browser.get(&demo.card.sign_in_url).await?.expect(303)?;
    assert_eq!(home.location(), Some(format!("/o/{}", demo.card.org).as_str()));
    browser.get(&format!("/o/{}", demo.card.org)).await?.expect(200)?;

    let (path, nonsense) = (owner.api("/settings"), json!({ "settings": { "nonsense": {} } }));
    let refused = owner.http.json(Method::PATCH, &path, &nonsense).await?;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_leaves_nothing_behind() -> anyhow::Result<()> {
    let mut demo = Demo::start(1).await?;
    assert!(
        !demo.leftovers()?.is_empty(),
        "it keeps its data in a temporary folder"
    );
    demo.interrupt().await?;
    assert!(demo.program.ended().await?.success());
    wait::until_true("the temporary folder to be gone", async || {
        Ok(demo.leftovers()?.is_empty())
    })
    .await
}
