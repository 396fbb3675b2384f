//! Admins who choose models, scripts that do, and members who see what is left.

use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::http::{Answer, Client};

use crate::asking::{page, post};
use crate::cast::{Cast, TestServer};

pub(crate) async fn patch(client: &Client, cast: &Cast, settings: Value) -> Answer {
    let body = json!({ "settings": settings });
    client
        .json(Method::PATCH, &cast.api("settings"), &body)
        .await
        .unwrap()
}

async fn models(client: &Client, path: &str) -> Value {
    client
        .get(path)
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap()
}

fn find<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let models = answer["models"].as_array().unwrap();
    models
        .iter()
        .find(|model| model["id"] == id)
        .unwrap_or(&Value::Null)
}

#[tokio::test]
async fn turning_the_list_on_starts_from_everything() {
    let cast = Cast::assemble().await;
    let (owner, path) = (&cast.owner.client, cast.api("models"));
    let before = models(owner, &path).await;
    assert_eq!(
        (before["managed"].as_bool(), before["revision"].as_u64()),
        (Some(false), Some(0))
    );
    let known = find(&before, "openai/gpt-5");
    assert_eq!(
        (known["title"].as_str(), known["context_window"].as_u64()),
        (Some("GPT-5"), Some(400_000))
    );
    assert_eq!(known["reason"], "not_managed");

    patch(owner, &cast, json!({"models": {"managed": true}}))
        .await
        .expect(200)
        .unwrap();
    let after = models(owner, &path).await;
    assert_eq!(after["managed"], true);
    let allowed = |answer: &Value| {
        answer["models"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|model| model["allowed"] == true)
            .count()
    };
    assert_eq!(allowed(&after), allowed(&before), "nothing was taken away");
    assert_eq!(
        find(&after, "openai/gpt-5")["rule"],
        "models.allowed/openai/gpt-5"
    );

    let off = json!({"models": {"allowed": {"set": {"groq": false, "openai/gpt-5": false}}}});
    patch(owner, &cast, off).await.expect(200).unwrap();
    let mine = models(&cast.reader.client, &cast.api("my-models")).await;
    assert_eq!(find(&mine, "openai/gpt-5")["reason"], "off");
    assert_eq!(find(&mine, "openai/gpt-5-mini")["allowed"], true);
    let groq = mine["models"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|model| model["id"].as_str().unwrap().starts_with("groq/"));
    assert!(groq.clone().count() > 3 && groq.clone().all(|model| model["reason"] == "provider_off"));
    cast.reader.client.get(&path).await.unwrap().expect(403).unwrap();
}

#[tokio::test]
async fn a_team_narrows_the_list_on_a_page_of_its_own_until_the_organization_locks_it() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let made = owner
        .json(Method::POST, &cast.api("teams"), &json!({"name": "Night watch"}))
        .await
        .unwrap();
    let made = made.expect_done().unwrap().json().unwrap();
    let team = made["id"].as_str().unwrap();
    patch(owner, &cast, json!({"models": {"managed": true}}))
        .await
        .expect(200)
        .unwrap();
    patch(
        owner,
        &cast,
        json!({"models": {"allowed": {"set": {"anthropic": false}}}}),
    )
    .await
    .expect(200)
    .unwrap();

    let path = format!("/o/{}/teams/{team}/settings/models", cast.org);
    let first = page(owner, &path).await;
    assert!(
        first.contains("No list of its own") && first.contains("openai/o3"),
        "{first}"
    );
    assert!(
        !first.contains("models.allowed/anthropic"),
        "what is not allowed is not offered"
    );
    let narrow = |base| {
        vec![
            ("base_revision", base),
            ("models.managed", "on"),
            ("models.allowed/openai/o3", "off"),
            ("intent", "save"),
        ]
    };
    post(owner, &path, &narrow("2"), 303).await;
    let of_team = format!("{}?layer={team}", cast.api("models"));
    let seen = models(owner, &of_team).await;
    assert_eq!(seen["revision"], 3);
    assert_eq!(find(&seen, "openai/o3")["layer"], team);
    assert_eq!(find(&seen, "openai/gpt-5")["allowed"], true);
    assert_eq!(
        find(&models(owner, &cast.api("models")).await, "openai/o3")["allowed"],
        true
    );
    post(owner, &path, &narrow("3"), 303).await;
    assert_eq!(
        models(owner, &of_team).await["revision"],
        3,
        "the same form changes nothing"
    );

    let off = [
        ("base_revision", "3"),
        ("models.managed", "off"),
        ("intent", "save"),
    ];
    post(owner, &path, &off, 303).await;
    assert_eq!(find(&models(owner, &of_team).await, "openai/o3")["allowed"], true);

    let lock = [
        ("base_revision", "4"),
        ("models.managed", "on"),
        ("lock.models.managed", "on"),
        ("intent", "save"),
    ];
    post(owner, &format!("/o/{}/models", cast.org), &lock, 303).await;
    assert!(page(owner, &path).await.contains("has locked its allow-list"));
    let settings = owner.get(&cast.api("settings")).await.unwrap().json().unwrap();
    assert_eq!(settings["settings"]["models"]["managed"]["locked"], true);
}

#[tokio::test]
async fn a_teams_list_starts_from_what_is_allowed_and_only_narrows() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let team = owner
        .json(Method::POST, &cast.api("teams"), &json!({"name": "Night watch"}))
        .await
        .unwrap();
    let team = team.expect_done().unwrap().json().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    patch(owner, &cast, json!({"models": {"managed": true}}))
        .await
        .expect(200)
        .unwrap();
    let narrow = json!({"layer": team, "settings": {"models": {"allowed": {"set": {"openai/o3": false}}}}});
    owner
        .json(Method::PATCH, &cast.api("settings"), &narrow)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    let seen = models(owner, &format!("{}?layer={team}", cast.api("models"))).await;
    assert_eq!(find(&seen, "openai/o3")["layer"], team.as_str());
    assert_eq!(find(&seen, "openai/gpt-5")["allowed"], true);
    assert_eq!(
        find(&models(owner, &cast.api("models")).await, "openai/o3")["allowed"],
        true
    );
    let custom =
        json!({"layer": team, "settings": {"models": {"custom": {"set": {"house/x": {"title": "X"}}}}}});
    owner
        .json(Method::PATCH, &cast.api("settings"), &custom)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
}

#[tokio::test]
async fn the_page_ticks_reviews_saves_and_finds() {
    let cast = Cast::assemble().await;
    let (admin, path) = (&cast.admin.client, format!("/o/{}/models", cast.org));
    let fresh = page(admin, &path).await;
    assert!(fresh.contains("No allow-list is on") && fresh.contains("<fieldset class=\"models\" disabled"));
    for shown in [
        "Toggle All On",
        "Toggle All Off",
        "Customized Model Allow-List",
        "400,000 tokens",
        "Accurate",
    ] {
        assert!(fresh.contains(shown), "{shown}");
    }
    let on = [
        ("base_revision", "0"),
        ("models.managed", "on"),
        ("intent", "review"),
    ];
    let review = post(admin, &path, &on, 200).await.body;
    assert!(
        review.contains("Customized Model Allow-List") && review.contains("Allowed models"),
        "{review}"
    );
    let on = [
        ("base_revision", "0"),
        ("models.managed", "on"),
        ("intent", "save"),
    ];
    post(admin, &path, &on, 303).await;

    // A button without scripts shows the form again, and nothing is saved.
    let untick = [
        ("base_revision", "1"),
        ("models.managed", "on"),
        ("intent", "off:groq"),
    ];
    let form = post(admin, &path, &untick, 200).await.body;
    assert!(
        form.contains("0 of 11 allowed") && form.contains("11 unsaved changes"),
        "{}",
        &form[form.len() - 800..]
    );
    assert_eq!(models(admin, &cast.api("models")).await["revision"], 1);

    let edits = [
        ("base_revision", "1"),
        ("models.managed", "on"),
        ("models.allowed/anthropic", "off"),
        ("models.allowed/openai/o3", "off"),
        ("models.allowed/openai/gpt-5", "off"),
        ("models.allowed/openai/gpt-5", "on"),
        ("intent", "review"),
    ];
    let review = post(admin, &path, &edits, 200).await.body;
    assert!(
        review.contains("name=\"models.allowed/openai/o3\" value=\"off\""),
        "it is carried along: {review}"
    );
    assert!(
        !review.contains("name=\"models.allowed/openai/gpt-5\""),
        "what is as it was is no edit"
    );
    let back = [
        ("base_revision", "1"),
        ("models.allowed/anthropic", "off"),
        ("models.allowed/openai/o3", "off"),
        ("back", &path),
        ("intent", "back"),
    ];
    let form = post(admin, &format!("/o/{}/review", cast.org), &back, 200)
        .await
        .body;
    assert!(form.contains("2 unsaved changes"));
    let saved = [back[0], back[1], back[2], back[3], ("intent", "save")];
    post(admin, &format!("/o/{}/review", cast.org), &saved, 303).await;
    let now = models(admin, &cast.api("models")).await;
    assert_eq!(find(&now, "openai/o3")["reason"], "off");
    assert_eq!(find(&now, "anthropic/claude-opus-5")["reason"], "provider_off");

    let found = page(admin, &format!("{path}?q=sonnet")).await;
    assert!(found.contains("Claude Sonnet 4.6") && !found.contains("GPT-5"));
    assert!(
        page(admin, &format!("{path}?q=%3Cb%3Enothing"))
            .await
            .contains("Nothing matches")
    );
    let odd = [
        ("base_revision", "2"),
        ("models.allowed/Not A Model", "on"),
        ("intent", "save"),
    ];
    post(admin, &path, &odd, 422).await;
}

#[tokio::test]
async fn custom_models_come_change_and_go() {
    let cast = Cast::assemble().await;
    let (admin, path) = (&cast.admin.client, format!("/o/{}/models/custom", cast.org));
    patch(admin, &cast, json!({"models": {"managed": true}}))
        .await
        .expect(200)
        .unwrap();
    let add = [
        ("base_revision", "1"),
        ("provider", "house"),
        ("model", "llama:tuned"),
        ("title", "House & Llama"),
        ("context_window", "128,000"),
        ("label", "fast"),
        ("intent", "add"),
    ];
    post(admin, &path, &add, 303).await;
    let shown = page(admin, &format!("{path}?edit=house%2Fllama%3Atuned")).await;
    assert!(
        shown.contains("House &#38; Llama") && shown.contains("128,000 tokens · Fast"),
        "{shown}"
    );
    let known = models(admin, &cast.api("models")).await;
    let own = find(&known, "house/llama:tuned");
    assert_eq!(
        (own["allowed"].as_bool(), own["origin"].as_str()),
        (Some(true), Some("custom"))
    );
    let wrong = [
        ("base_revision", "2"),
        ("provider", "My House"),
        ("model", "x"),
        ("title", "kept"),
        ("intent", "add"),
    ];
    let refused = post(admin, &path, &wrong, 422).await.body;
    assert!(refused.contains("value=\"kept\"") && refused.contains("lower-case letters"));
    let gone = [
        ("base_revision", "2"),
        ("name", "house/llama:tuned"),
        ("intent", "remove"),
    ];
    post(admin, &path, &gone, 303).await;
    assert_eq!(
        find(&models(admin, &cast.api("models")).await, "house/llama:tuned"),
        &Value::Null
    );
}

#[tokio::test]
async fn the_operators_catalogue_is_what_people_see() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.json");
    std::fs::write(&file, r#"{"replaces": true, "providers": [{"id": "house", "title": "House AI", "dialect": "openai_compatible",
        "base_url": "https://ai.example/v1"}], "models": [{"id": "house/one", "title": "One"}]}"#).unwrap();
    let server = TestServer::start_with(&format!("[models]\ncatalogue = '{}'", file.display())).await;
    let catalogue = &server.running.site.app.config.catalogue;
    assert_eq!(
        (catalogue.models().len(), catalogue.providers()[0].title.as_str()),
        (1, "House AI")
    );
    server.running.stop().await.unwrap();
}
