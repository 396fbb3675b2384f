//! Policies as files over HTTP: export, plan, apply, who owns what then, and looking before one changes.

use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::http::{Answer, Client};

use crate::cast::Cast;

async fn get(client: &Client, path: &str) -> Answer {
    client.get(path).await.unwrap().expect(200).unwrap()
}

async fn export(cast: &Cast) -> String {
    get(&cast.owner.client, &cast.api("policy")).await.body
}

async fn post(cast: &Cast, rest: &str, body: Value, status: u16) -> Value {
    let path = cast.api(rest);
    let answer = cast.owner.client.json(Method::POST, &path, &body).await.unwrap();
    answer.expect(status).unwrap().json().unwrap()
}

async fn plan(cast: &Cast, text: &str) -> Value {
    post(cast, "policy/plan", json!({ "policy": text }), 200).await
}

async fn apply(cast: &Cast, text: &str) -> Value {
    let body = json!({ "policy": text, "source": "git/policy.toml" });
    post(cast, "policy/apply", body, 200).await
}

async fn patch(cast: &Cast, settings: Value, status: u16) -> Value {
    let body = json!({ "settings": settings });
    let path = cast.api("settings");
    let answer = cast.owner.client.json(Method::PATCH, &path, &body).await.unwrap();
    answer.expect(status).unwrap().json().unwrap()
}

async fn team(cast: &Cast, name: &str) -> String {
    post(cast, "teams", json!({ "name": name }), 201).await["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Settings of every kind, in the organization and a team.
async fn settle(cast: &Cast) -> String {
    let settings = json!({
        "features": { "telemetry": false, "processing_mode": { "value": "local", "locked": true } },
        "memory": {
            "websites": { "add": ["bank.example", "clinic.example/portal"] },
            "applications": { "set": { "slack": { "name": "Slack", "identifiers": ["exe:slack.exe"], "blocked": true } } },
        },
        "models": { "allowed": { "set": { "openai": true, "openai/gpt-5": false } } },
    });
    patch(cast, settings, 200).await;
    let team = team(cast, "Engineering").await;
    let body = json!({ "layer": team, "settings": { "features": { "telemetry": true } } });
    let path = cast.api("settings");
    let saved = cast.owner.client.json(Method::PATCH, &path, &body).await.unwrap();
    saved.expect(200).unwrap();
    team
}

#[tokio::test]
async fn what_is_exported_changes_nothing_and_what_is_applied_is_so() {
    let cast = Cast::assemble().await;
    settle(&cast).await;
    let text = export(&cast).await;
    assert!(
        text.contains("telemetry = false\n") && text.contains("[teams.Engineering.features]"),
        "{text}"
    );
    let planned = plan(&cast, &text).await;
    assert_eq!(planned["nothing_to_do"], true, "{planned}");
    assert_eq!(planned["takes"].as_array().unwrap().len(), 4, "{planned}");

    let edited = text
        .replace(
            "telemetry = false\n",
            "telemetry = \"default\" # we like figures\n",
        )
        .replace("\n  \"bank.example\",", "\n  \"acme.example\",")
        .replace(
            "[teams.Engineering.features]\ntelemetry = true",
            "[teams.Engineering.features]",
        );
    let planned = plan(&cast, &edited).await;
    assert_eq!(
        planned["counts"],
        json!({ "adds": 1, "changes": 0, "deletes": 3 }),
        "{planned}"
    );
    assert_eq!(planned["devices"], 1, "{planned}");
    let of_org = &planned["layers"][0];
    assert_eq!(
        (of_org["layer"].as_str(), of_org["changes"][0]["deletes"].as_u64()),
        (Some("org"), Some(1))
    );
    assert_eq!(planned["layers"][1]["name"], "the team Engineering");
    assert!(
        planned["losses"].to_string().contains("never captured"),
        "{planned}"
    );
    let settings = get(&cast.owner.client, &cast.api("settings"))
        .await
        .json()
        .unwrap();
    assert_eq!(settings["revision"], 2, "a plan changes nothing");

    let applied = apply(&cast, &edited).await;
    assert_eq!(
        (applied["revision"].as_u64(), applied["changed"].as_bool()),
        (Some(3), Some(true)),
        "all layers are one revision"
    );
    let planned = plan(&cast, &edited).await;
    assert_eq!(
        (&planned["nothing_to_do"], &planned["takes"]),
        (&json!(true), &json!([])),
        "{planned}"
    );
    let exported = export(&cast).await;
    assert!(
        exported.contains("telemetry = \"default\" # we like figures\n"),
        "{exported}"
    );
    assert_eq!(plan(&cast, &exported).await["nothing_to_do"], true);
    assert_eq!(
        apply(&cast, &edited).await["revision"],
        3,
        "applying it again changes nothing"
    );
    let log = get(&cast.owner.client, &cast.api("audit?action=policy"))
        .await
        .body;
    assert_eq!(log.matches("\"policy.applied\"").count(), 1, "{log}");
}

#[tokio::test]
async fn what_a_file_owns_is_changed_nowhere_else_until_it_is_released() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    apply(&cast, "[features]\ntelemetry = false\n").await;
    let telemetry = json!({ "features": { "telemetry": true } });
    let refused = patch(&cast, telemetry.clone(), 409).await;
    assert_eq!(
        refused["current"]["owned_by_file"]["source"], "git/policy.toml",
        "{refused}"
    );
    patch(&cast, json!({ "memory": { "audio_capture": false } }), 200).await;
    let planned = post(&cast, "settings/plan", json!({ "settings": telemetry }), 200).await;
    assert_eq!(planned["owned_by_file"]["applied_by"], "Olga Owner", "{planned}");

    let page = format!("/o/{}/settings/features", cast.org);
    let shown = get(owner, &page).await.body;
    assert!(
        shown.contains("owned by the policy file git/policy.toml")
            && shown.contains("<fieldset class=\"bare\" disabled>"),
        "{shown}"
    );
    assert!(!shown.contains("data-savebar"), "there is nothing to save");
    for intent in ["save", "review"] {
        let form = [
            ("base_revision", "2"),
            ("features.telemetry", "on"),
            ("intent", intent),
        ];
        let refused = owner.post(&page, &form).await.unwrap().expect(409).unwrap();
        assert!(
            refused.body.contains("release it to the portal"),
            "{}",
            refused.body
        );
    }
    let memory = get(owner, &format!("/o/{}/memory", cast.org)).await.body;
    assert!(
        !memory.contains("owned by the policy file"),
        "only the section in the file"
    );

    let policy = format!("/o/{}/settings/policy", cast.org);
    assert!(get(owner, &policy).await.body.contains("Release to the portal"));
    let release = [("layer", "org"), ("section", "features")];
    let path = format!("{policy}/release");
    cast.reader
        .client
        .post(&path, &release)
        .await
        .unwrap()
        .expect(403)
        .unwrap();
    owner.post(&path, &release).await.unwrap().expect(303).unwrap();
    patch(&cast, json!({ "features": { "telemetry": true } }), 200).await;
    assert!(!get(owner, &page).await.body.contains("owned by the policy file"));
    let log = get(owner, &cast.api("audit?action=policy")).await.body;
    assert!(log.contains("policy.released"), "{log}");
}

#[tokio::test]
async fn drift_is_shown_and_what_a_file_leaves_out_goes() {
    let cast = Cast::assemble().await;
    let team = settle(&cast).await;
    let text = "[features]\ntelemetry = false\n[teams.Engineering.features]\ntelemetry = true\ncloud_backups = false\n";
    apply(&cast, text).await;
    let rename = cast.api(&format!("teams/{team}"));
    let renamed = cast
        .owner
        .client
        .json(Method::PATCH, &rename, &json!({ "name": "Platform" }))
        .await
        .unwrap();
    renamed.expect(200).unwrap();
    let page = get(&cast.owner.client, &format!("/o/{}/settings/policy", cast.org))
        .await
        .body;
    assert!(
        page.contains("The team Engineering is the team Platform now."),
        "{page}"
    );
    let refused = post(&cast, "policy/plan", json!({ "policy": text }), 422).await;
    assert!(refused.to_string().contains("line 3, column 8: there is no team called “Engineering”; since the file was applied it is the team Platform"), "{refused}");
    assert!(export(&cast).await.contains("[teams.Platform.features]"));

    // Without the team the file takes away what it said of it.
    let planned = plan(&cast, "[features]\ntelemetry = false\n").await;
    assert_eq!(planned["drops"][0]["name"], "the team Platform", "{planned}");
    assert_eq!(planned["counts"]["deletes"], 2, "{planned}");
    assert_eq!(
        planned["drift"]["renamed"][0],
        json!({ "from": "the team Engineering", "to": "the team Platform" })
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_with_its_line_and_nothing_is_changed() {
    let cast = Cast::assemble().await;
    for (text, complaint) in [
        (
            "[features]\nteleport = true",
            "line 2, column 1: there is no setting called `features.teleport`",
        ),
        (
            "[teams.Nobody.features]\n",
            "line 1, column 8: there is no team called “Nobody”",
        ),
        (
            "[members.\"nobody@example.org\".features]\n",
            "line 1, column 10: no member has the address nobody@example.org",
        ),
        (
            "[org]\nid = \"org_01jd0000000000000000000000\"\n",
            "This file is of another organization",
        ),
        (
            "[teams.A.models]\ncustom = {}\n[",
            "line 3, column 2: unquoted keys cannot be empty",
        ),
    ] {
        for act in ["policy/plan", "policy/apply"] {
            let refused = post(&cast, act, json!({ "policy": text }), 422).await;
            assert!(refused.to_string().contains(complaint), "{refused}");
        }
    }
    let stale = cast.owner.client.request(Method::POST, &cast.api("policy/apply"));
    let stale = stale
        .header("if-match", "\"7\"")
        .header("content-type", "application/toml");
    let stale = cast
        .owner
        .client
        .send(stale.body("[features]\ntelemetry = false"))
        .await
        .unwrap();
    assert_eq!(
        stale.expect(409).unwrap().json().unwrap()["current"]["revision"],
        0
    );
    let form = [("policy", "[features]\nteleport = true")];
    let page = format!("/o/{}/settings/policy", cast.org);
    let refused = cast
        .owner
        .client
        .post(&page, &form)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    assert!(
        refused.body.contains("features.teleport") && refused.body.contains("teleport = true"),
        "what was pasted stays"
    );
    let settings = get(&cast.owner.client, &cast.api("settings"))
        .await
        .json()
        .unwrap();
    assert_eq!(settings["revision"], 0);
}

#[tokio::test]
async fn a_member_is_tightened_by_a_file() {
    let cast = Cast::assemble().await;
    let text = format!(
        "[members.\"{}\".memory]\naudio_capture = false\n",
        cast.reader.email.to_uppercase()
    );
    let applied = apply(&cast, &text).await;
    assert_eq!(
        applied["sections"][0]["layer"],
        cast.reader.account.to_string(),
        "{applied}"
    );
    let path = format!(
        "settings/explain?leaf=memory.audio_capture&member={}",
        cast.reader.email
    );
    let explained = get(&cast.owner.client, &cast.api(&path)).await.json().unwrap();
    assert_eq!(explained["value"], false, "{explained}");
    assert_eq!(
        explained["source"],
        cast.reader.account.to_string(),
        "{explained}"
    );
}

#[tokio::test]
async fn a_team_is_explained_by_its_name() {
    let cast = Cast::assemble().await;
    let text = "[teams.Finance.features]\ntelemetry = false\n";
    let id = team(&cast, "Finance").await;
    let members = json!({ "members": [cast.reader.account] });
    post(&cast, &format!("teams/{id}/members"), members, 200).await;
    apply(&cast, text).await;
    let path = format!(
        "settings/explain?leaf=features.telemetry&member={}",
        cast.reader.account
    );
    let explained = get(&cast.owner.client, &cast.api(&path)).await.json().unwrap();
    assert_eq!(
        (&explained["source"], &explained["source_name"]),
        (&json!(id), &json!("Finance")),
        "{explained}"
    );
    let layers = json!([
        { "layer": "built-in", "value": true, "locked": false, "won": false },
        { "layer": id, "layer_name": "Finance", "value": false, "locked": false, "won": true },
    ]);
    assert_eq!(explained["layers"], layers, "{explained}");
    let mine = get(&cast.reader.client, &cast.api("my-settings")).await;
    assert!(mine.body.contains(r#""source_name":"Finance""#), "{}", mine.body);
    let page = get(&cast.reader.client, &format!("/o/{}/my-settings", cast.org)).await;
    assert!(page.body.contains("team Finance"));
}

#[tokio::test]
async fn a_setting_is_explained_and_a_change_is_planned() {
    let cast = Cast::assemble().await;
    patch(
        &cast,
        json!({ "features": { "telemetry": { "value": false, "locked": true } } }),
        200,
    )
    .await;
    let path = |query: &str| cast.api(&format!("settings/explain?{query}"));
    let owner = &cast.owner.client;
    let explained = get(owner, &path("leaf=features.telemetry")).await.json().unwrap();
    let layers = json!([
        { "layer": "built-in", "value": true, "locked": false, "won": false },
        { "layer": "org", "value": false, "locked": true, "won": true },
    ]);
    assert_eq!(explained["layers"], layers, "{explained}");
    assert_eq!(
        (&explained["value"], &explained["member"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(explained["member_layer"], "not_known_to_the_server");
    let of_member = format!("leaf=features.telemetry&member={}", cast.reader.account);
    let of_member = get(owner, &path(&of_member)).await.json().unwrap();
    assert_eq!(of_member["member"], cast.reader.account.to_string());
    for (query, status) in [
        ("leaf=features.teleport", 422),
        ("", 422),
        (
            "leaf=features.telemetry&member=acct_00000000000000000000000000",
            404,
        ),
        ("leaf=features.telemetry&member=nobody", 404),
    ] {
        owner.get(&path(query)).await.unwrap().expect(status).unwrap();
    }

    let change = json!({ "settings": { "features": { "telemetry": null, "cloud_backups": false } } });
    let planned = post(&cast, "settings/plan", change, 200).await;
    assert_eq!(planned["changes"].as_array().unwrap().len(), 2, "{planned}");
    assert_eq!(
        planned["counts"],
        json!({ "adds": 1, "changes": 0, "deletes": 1 }),
        "{planned}"
    );
    assert_eq!(
        (&planned["devices"], &planned["members"]),
        (&json!(1), &json!(4)),
        "{planned}"
    );
    assert_eq!(planned["losses"].as_array().unwrap().len(), 1, "{planned}");
    let settings = get(owner, &cast.api("settings")).await.json().unwrap();
    assert_eq!(settings["revision"], 1, "nothing was changed");
}

#[tokio::test]
async fn settings_are_found_by_their_words() {
    let cast = Cast::assemble().await;
    patch(&cast, json!({ "features": { "telemetry": false } }), 200).await;
    let path = |query: &str| format!("/o/{}/settings/search?q={query}", cast.org);
    let found = get(&cast.owner.client, &path("usage+figures")).await.body;
    let href = format!("/o/{}/settings/features#features.telemetry", cast.org);
    for shown in [
        href.as_str(),
        "Settings → Features",
        "<span class=\"value\">off</span>",
        "org",
    ] {
        assert!(found.contains(shown), "{shown}: {found}");
    }
    assert!(
        get(&cast.owner.client, &path("history"))
            .await
            .body
            .contains("/settings/history")
    );
    assert!(
        get(&cast.owner.client, &path("zzzz"))
            .await
            .body
            .contains("Nothing found")
    );
    let features = get(&cast.owner.client, &format!("/o/{}/settings/features", cast.org))
        .await
        .body;
    assert!(
        features.contains("/settings/search\""),
        "the field stands on settings pages"
    );
    cast.reader
        .client
        .get(&path("telemetry"))
        .await
        .unwrap()
        .expect(403)
        .unwrap();
}
