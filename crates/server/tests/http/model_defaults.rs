//! A model that is a default cannot go without a replacement, the organization's own and each team's.

use reqwest::Method;
use serde_json::{Value, json};

use crate::asking::post;
use crate::cast::Cast;
use crate::models::patch;

#[tokio::test]
async fn a_default_in_use_needs_a_replacement() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let chosen = json!({"memory": {"event_model": "openai/gpt-5"}, "models": {"managed": true}});
    patch(owner, &cast, chosen).await.expect(200).unwrap();
    let off = json!({"models": {"allowed": {"set": {"openai/gpt-5": false}}}});
    let refused = patch(owner, &cast, off.clone())
        .await
        .expect(422)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        refused["errors"][0]["pointer"], "/settings/memory/event_model",
        "{refused}"
    );
    assert!(
        refused["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("Name its replacement")
    );
    let mut both = off;
    both["memory"] = json!({"event_model": "openai/gpt-5-mini"});
    patch(owner, &cast, both).await.expect(200).unwrap();
    let unknown = json!({"memory": {"event_model": "openai/not-there"}});
    patch(owner, &cast, unknown).await.expect(422).unwrap();

    let path = format!("/o/{}/models", cast.org);
    let off = [
        ("base_revision", "2"),
        ("models.managed", "on"),
        ("models.allowed/openai/gpt-5-mini", "off"),
        ("intent", "save"),
    ];
    let refused = post(owner, &path, &off, 422).await.body;
    assert!(refused.contains("Defaults that need another model"), "{refused}");
    assert!(refused.contains("name=\"memory.event_model\"") && refused.contains("1 unsaved change"));
    let replaced = [off.as_slice(), &[("memory.event_model", "openai/gpt-5.1")]].concat();
    post(owner, &path, &replaced, 303).await;
    let settings = owner.get(&cast.api("settings")).await.unwrap().json().unwrap();
    assert_eq!(
        settings["settings"]["memory"]["event_model"]["value"],
        "openai/gpt-5.1"
    );
}

/// A list that is on, and a team whose own default is GPT-5; its id.
async fn night_watch(cast: &Cast) -> String {
    let owner = &cast.owner.client;
    let team = owner
        .json(Method::POST, &cast.api("teams"), &json!({"name": "Night watch"}))
        .await
        .unwrap();
    let team = team.expect_done().unwrap().json().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    patch(owner, cast, json!({"models": {"managed": true}}))
        .await
        .expect(200)
        .unwrap();
    let theirs = json!({"layer": team, "settings": {"memory": {"summary_model": "openai/gpt-5"}}});
    owner
        .json(Method::PATCH, &cast.api("settings"), &theirs)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    team
}

#[tokio::test]
async fn a_script_replaces_a_teams_default_in_the_same_change() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let team = night_watch(&cast).await;
    let off = json!({"models": {"allowed": {"set": {"openai/gpt-5": false}}}});
    let refused = patch(owner, &cast, off.clone())
        .await
        .expect(422)
        .unwrap()
        .json()
        .unwrap();
    let at = format!("/team_defaults/{team}/memory/summary_model");
    assert_eq!(refused["errors"][0]["pointer"], at.as_str(), "{refused}");
    let detail = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("Night watch") && detail.contains("Name its replacement"),
        "{refused}"
    );
    let with = |model: Value| json!({"settings": off, "team_defaults": {&team: {"memory": {"summary_model": model}}}});
    let send = async |method, path: &str, body: &Value, status| {
        let answer = owner.json(method, &cast.api(path), body).await.unwrap();
        answer.expect(status).unwrap().json().unwrap()
    };
    for (body, pointer) in [
        (with(json!("openai/not-there")), at.as_str()),
        (with(json!("openai/gpt-5")), at.as_str()),
        (with(json!(7)), at.as_str()),
        (
            json!({"settings": off, "team_defaults": {&team: {"features": {"telemetry": false}}}}),
            &format!("/team_defaults/{team}/features/telemetry"),
        ),
        (
            json!({"layer": team, "settings": {}, "team_defaults": {&team: {"memory": {"summary_model": null}}}}),
            "/team_defaults",
        ),
    ] {
        let refused = send(Method::PATCH, "settings", &body, 422).await;
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let planned = send(Method::POST, "settings/plan", &with(json!("openai/o3")), 200).await;
    assert_eq!(
        planned["team_defaults"][&team][0]["leaf"], "memory.summary_model",
        "{planned}"
    );
    let saved = send(Method::PATCH, "settings", &with(json!("openai/o3")), 200).await;
    assert_eq!(saved["revision"], 3, "one change: {saved}");
    let text = owner.get(&cast.api("policy")).await.unwrap().body;
    assert!(text.contains("summary_model = \"openai/o3\""), "{text}");
}

#[tokio::test]
async fn the_page_asks_for_a_teams_replacement_and_keeps_it() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let team = night_watch(&cast).await;
    let path = format!("/o/{}/models", cast.org);
    let field = format!("team_default/{team}/memory.summary_model");
    let off = [
        ("base_revision", "2"),
        ("models.managed", "on"),
        ("models.allowed/openai/gpt-5", "off"),
    ];
    let form = |more: &[(&'static str, &'static str)]| [&off[..], more].concat();
    let refused = post(owner, &path, &form(&[("intent", "save")]), 422).await.body;
    assert!(
        refused.contains(&format!("name=\"{field}\"")) && refused.contains("The team Night watch: "),
        "{refused}"
    );
    let replaced = [&form(&[])[..], &[(field.as_str(), "openai/gpt-5.1")]].concat();
    let review = post(
        owner,
        &path,
        &[&replaced[..], &[("intent", "review")]].concat(),
        200,
    )
    .await
    .body;
    assert!(
        review.contains("The team Night watch") && review.contains("openai/gpt-5.1"),
        "{review}"
    );
    assert!(
        review.contains(&format!("name=\"{field}\" value=\"openai/gpt-5.1\"")),
        "{review}"
    );
    let back = [&replaced[..], &[("intent", "back"), ("back", &path)]].concat();
    let again = post(owner, &format!("/o/{}/review", cast.org), &back, 200)
        .await
        .body;
    assert!(
        again.contains("<option value=\"openai/gpt-5.1\" selected"),
        "{again}"
    );
    post(
        owner,
        &path,
        &[&replaced[..], &[("intent", "save")]].concat(),
        303,
    )
    .await;
    let text = owner.get(&cast.api("policy")).await.unwrap().body;
    assert!(text.contains("summary_model = \"openai/gpt-5.1\""), "{text}");
    let inherit = [
        ("base_revision", "3"),
        ("models.managed", "on"),
        ("models.allowed/openai/gpt-5.1", "off"),
        (field.as_str(), "inherit"),
        ("intent", "save"),
    ];
    post(owner, &path, &inherit, 303).await;
    let text = owner.get(&cast.api("policy")).await.unwrap().body;
    assert!(!text.contains("summary_model = \"openai"), "{text}");
}
