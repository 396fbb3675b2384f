//! Providers' keys in a policy file over HTTP: planned, applied, owned, released, and no secret in any answer.

use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::http::Answer;

use crate::cast::Cast;

const KEY: &str = "sk-planted-0123456789-abcd";
const OTHER: &str = "sk-planted-9876543210-wxyz";
const FILE: &str = "[credentials.Production]\nprovider = \"openai\"\nkey = { env = \"K\" }\n";

/// Sends a body and expects a status. No answer says a key.
async fn send(cast: &Cast, method: Method, rest: &str, body: Value, status: u16) -> Value {
    let client = &cast.owner.client;
    let answer = client.json(method, &cast.api(rest), &body).await.unwrap();
    let answer = answer.expect(status).unwrap();
    assert!(!answer.body.contains("planted"), "{}", answer.body);
    answer.json().unwrap_or_default()
}

async fn plan(cast: &Cast, text: &str, secrets: Value) -> Value {
    let body = json!({ "policy": text, "secrets": secrets });
    send(cast, Method::POST, "policy/plan", body, 200).await
}

fn applying(text: &str, secrets: &Value) -> Value {
    json!({ "policy": text, "source": "git/policy.toml", "secrets": secrets })
}

async fn get(cast: &Cast, path: &str) -> Answer {
    let answer = cast.owner.client.get(path).await.unwrap().expect(200).unwrap();
    assert!(!answer.body.contains("planted"), "{}", answer.body);
    answer
}

#[tokio::test]
async fn keys_are_planned_applied_owned_and_released() {
    let cast = Cast::assemble().await;
    let planned = plan(&cast, FILE, json!({})).await;
    assert_eq!(
        planned["credentials"]["keys"][0]["key"], "not_compared",
        "{planned}"
    );
    let planned = plan(&cast, FILE, json!({ "env:K": KEY })).await;
    let key = &planned["credentials"]["keys"][0];
    assert_eq!(
        (&key["change"], &key["key"], &planned["counts"]["adds"]),
        (&json!("add"), &json!("new"), &json!(1)),
        "{planned}"
    );
    assert_eq!(planned["takes"][0]["section"], "credentials");
    let refused = send(
        &cast,
        Method::POST,
        "policy/apply",
        applying(FILE, &json!({})),
        422,
    )
    .await;
    assert!(
        refused
            .to_string()
            .contains("line 3, column 7: the value of env:K was not given"),
        "{refused}"
    );
    let mut body = applying(FILE, &json!({ "env:K": KEY }));
    body["credentials_state"] = json!("00");
    send(&cast, Method::POST, "policy/apply", body.clone(), 409).await;
    body["credentials_state"] = planned["credentials"]["state"].clone();
    let applied = send(&cast, Method::POST, "policy/apply", body, 200).await;
    assert_eq!(
        (&applied["credentials"]["added"], &applied["changed"]),
        (&json!(1), &json!(false)),
        "{applied}"
    );
    let settled = plan(&cast, FILE, json!({ "env:K": KEY })).await;
    assert_eq!(settled["nothing_to_do"], true, "{settled}");
    let other = plan(&cast, FILE, json!({ "env:K": OTHER })).await;
    let key = &other["credentials"]["keys"][0];
    assert_eq!(
        (&key["change"], &key["key"]),
        (&json!("replace"), &json!("differs")),
        "{other}"
    );
    let gone = plan(&cast, "[features]\n", json!({})).await;
    let key = &gone["credentials"]["keys"][0];
    assert_eq!(
        (&key["change"], &gone["drops"][0]["section"]),
        (&json!("delete"), &json!("credentials")),
        "{gone}"
    );

    owned_until_released(&cast).await;
}

async fn owned_until_released(cast: &Cast) {
    let new = json!({ "name": "Mine", "provider": "gemini", "secret": { "key": OTHER } });
    let refused = send(cast, Method::POST, "credentials", new.clone(), 409).await;
    assert_eq!(
        refused["current"]["owned_by_file"]["source"], "git/policy.toml",
        "{refused}"
    );
    let listed = get(cast, &cast.api("credentials")).await.json().unwrap();
    let id = listed["credentials"][0]["id"].as_str().unwrap().to_owned();
    let one = format!("credentials/{id}");
    send(cast, Method::PATCH, &one, json!({ "name": "Renamed" }), 409).await;

    let page = format!("/o/{}/models/keys", cast.org);
    let shown = get(cast, &page).await.body;
    assert!(
        shown.contains("These keys are owned by the policy file git/policy.toml"),
        "{shown}"
    );
    assert!(
        !shown.contains("Add OpenAI key") && shown.contains("/replace"),
        "{shown}"
    );
    let form = get(cast, &format!("{page}/{id}")).await.body;
    assert!(form.contains("disabled") && !form.contains("Save key"), "{form}");
    let typed = [("name", "Renamed"), ("delivery", "relayed"), ("version", "1")];
    let owner = &cast.owner.client;
    let saved = owner.post(&format!("{page}/{id}"), &typed).await.unwrap();
    assert!(saved.expect(409).unwrap().body.contains("git/policy.toml"));

    let replacement = json!({ "secret": { "key": OTHER }, "overlap_seconds": 0 });
    send(cast, Method::POST, &format!("{one}/replace"), replacement, 201).await;
    let policy = format!("/o/{}/settings/policy", cast.org);
    let drifted = get(cast, &policy).await.body;
    assert!(
        drifted.contains("Another key was put in its place by Olga Owner."),
        "{drifted}"
    );
    let planned = plan(cast, FILE, json!({})).await;
    assert_eq!(
        planned["drift"]["credentials"][0]["name"], "Production",
        "{planned}"
    );

    let release = [("layer", "org"), ("section", "credentials")];
    let released = owner.post(&format!("{policy}/release"), &release).await.unwrap();
    released.expect(303).unwrap();
    send(cast, Method::POST, "credentials", new, 201).await;
    assert!(get(cast, &page).await.body.contains("Add OpenAI key"));
}

#[tokio::test]
async fn a_key_in_a_file_is_refused_and_repeated_nowhere() {
    let cast = Cast::assemble().await;
    let spoken = FILE.replace("{ env = \"K\" }", &format!("\"{KEY}\""));
    for act in ["policy/plan", "policy/apply"] {
        let refused = send(&cast, Method::POST, act, json!({ "policy": spoken }), 422).await;
        assert!(
            refused.to_string().contains("line 3, column 7: `key` is secret"),
            "{refused}"
        );
    }
    let beside = format!("{FILE}# {KEY}\n");
    let refused = send(
        &cast,
        Method::POST,
        "policy/apply",
        applying(&beside, &json!({ "env:K": KEY })),
        422,
    )
    .await;
    assert!(
        refused
            .to_string()
            .contains("line 4, column 1: this line says the very secret"),
        "{refused}"
    );
    let wrong = json!({ "policy": FILE, "secrets": { "env:K": [KEY] } });
    send(&cast, Method::POST, "policy/plan", wrong, 422).await;

    let page = format!("/o/{}/settings/policy", cast.org);
    let owner = &cast.owner.client;
    for pasted in [
        spoken.clone(),
        spoken.replace("[credentials", "[credential"),
        format!("{spoken}["),
    ] {
        let refused = owner.post(&page, &[("policy", pasted.as_str())]).await.unwrap();
        let shown = refused.expect(422).unwrap().body;
        assert!(
            !shown.contains("planted") && shown.contains("is not shown again"),
            "{shown}"
        );
    }
    let planned = owner.post(&page, &[("policy", FILE)]).await.unwrap();
    let shown = planned.expect(200).unwrap().body;
    assert!(shown.contains("Its value was not given here."), "{shown}");
    let log = get(&cast, &cast.api("audit")).await.body;
    assert!(!log.contains("policy.applied"), "{log}");
}
