//! Admins decide what memory may look at: applications, pauses, models, orders to forget, the test bench, and layers for teams
//! and single members.

use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::http::{Answer, Client};

use crate::cast::Cast;

async fn page(client: &Client, path: &str) -> String {
    client.get(path).await.unwrap().expect(200).unwrap().body
}

async fn post(client: &Client, path: &str, form: &[(&str, &str)], status: u16) -> Answer {
    client.post(path, form).await.unwrap().expect(status).unwrap()
}

async fn ask(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.json(Method::POST, path, &body).await.unwrap();
    answer.expect(200).unwrap().json().unwrap()
}

/// What a review page carries along in its hidden fields.
fn carried(page: &str) -> Vec<(String, String)> {
    let value = |tag: &str, name: &str| {
        let from = tag.find(&format!("{name}=\""))? + name.len() + 2;
        let text = &tag[from..from + tag[from..].find('"')?];
        Some(
            text.replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&#60;", "<")
                .replace("&#62;", ">")
                .replace("&#38;", "&"),
        )
    };
    page.split("<input type=\"hidden\"")
        .skip(1)
        .filter_map(|tag| Some((value(tag, "name")?, value(tag, "value")?)))
        .collect()
}

/// Presses *Save* on a review page.
async fn save_reviewed(client: &Client, org: &str, review: &str) -> Answer {
    let mut form = carried(review);
    form.push(("intent".to_owned(), "save".to_owned()));
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    post(client, &format!("/o/{org}/review"), &form, 303).await
}

#[tokio::test]
async fn applications_are_switched_reviewed_and_saved() {
    let cast = Cast::assemble().await;
    let (admin, org) = (&cast.admin.client, cast.org.to_string());
    let list = format!("/o/{org}/memory/applications");
    let shown = page(admin, &list).await;
    for word in [
        "Blocked Applications",
        "Available Applications",
        "1Password",
        "always blocked",
        "Global",
        "AnyDesk",
    ] {
        assert!(shown.contains(word), "{word}");
    }
    assert!(
        page(admin, &format!("{list}?list=available&q=slack"))
            .await
            .contains("com.tinyspeck.slackmacgap")
    );
    let switches = [
        ("base_revision", "0"),
        ("app.anydesk", "off"),
        ("app.slack", "off"),
        ("app.slack", "on"),
        ("app.zoom", "off"),
        ("purge", "on"),
        ("intent", "review"),
    ];
    let review = post(admin, &list, &switches, 200).await.body;
    for said in [
        "Slack: blocked",
        "AnyDesk: available",
        "Slack is never captured any more.",
        "Purge orders",
    ] {
        assert!(review.contains(said), "{said}: {review}");
    }
    assert!(!review.contains("Zoom"), "what is as it was is no change");
    let saved = save_reviewed(admin, &org, &review).await;
    assert!(saved.location().unwrap().starts_with(&list));

    let test = cast.api("memory/test");
    let verdict = ask(
        admin,
        &test,
        json!({ "application": "com.tinyspeck.slackmacgap" }),
    )
    .await;
    assert_eq!(
        (&verdict["decision"], &verdict["layer"]),
        (&json!("deny"), &json!("org"))
    );
    let verdict = ask(admin, &test, json!({ "application": "anydesk.exe" })).await;
    assert_eq!(
        (&verdict["decision"], &verdict["reason"]),
        (&json!("allow"), &json!("allowed_application"))
    );
    let settings = admin.get(&cast.api("settings")).await.unwrap().json().unwrap();
    assert_eq!(settings["settings"]["memory"]["purges"]["value"], 1);

    // Removed, a known application is what Tessera says again.
    let back = [
        ("base_revision", "1"),
        ("remove_app", "slack"),
        ("app.anydesk", "on"),
        ("intent", "save"),
    ];
    post(admin, &list, &back, 303).await;
    let settings = admin.get(&cast.api("settings")).await.unwrap().json().unwrap();
    assert_eq!(settings["settings"]["memory"]["applications"]["value"], 0);
    post(&cast.writer.client, &list, &back, 403).await;
}

#[tokio::test]
async fn an_application_that_was_seen_is_offered_until_somebody_decides() {
    let cast = Cast::assemble().await;
    let (admin, device) = (&cast.admin.client, &cast.device);
    let token = device.token().await.unwrap();
    let seen = json!({ "applications": [
        { "name": "Frobnicate", "rules": ["exe:frobnicate", "app_id:org.example.frobnicate"] },
        { "name": "Slack", "rules": ["bundle_id:com.tinyspeck.slackmacgap"] },
    ] });
    for _ in 0..2 {
        device
            .tell_seen(&token, &seen)
            .await
            .unwrap()
            .expect(204)
            .unwrap();
    }
    let list = format!("/o/{}/memory/applications", cast.org);
    assert!(page(admin, &list).await.contains("Seen, unknown"));
    let shown = page(admin, &format!("{list}/seen")).await;
    assert!(
        shown.contains("Frobnicate") && !shown.contains("Slack"),
        "{shown}"
    );
    let offered = shown
        .split("href=\"")
        .find(|link| link.contains("/edit?name=Frobnicate"))
        .unwrap();
    let form = page(admin, &offered.split('"').next().unwrap().replace("&#38;", "&")).await;
    assert!(form.contains("org.example.frobnicate"), "{form}");
    let by_api = admin
        .get(&cast.api("memory/applications/seen"))
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert_eq!(
        by_api.json().unwrap()[0]["identifiers"],
        json!(["app_id:org.example.frobnicate", "exe:frobnicate"])
    );

    let row = json!({ "name": "Frobnicate", "identifiers": ["exe:frobnicate"], "blocked": false });
    let decided = json!({ "set": { "frobnicate": row } });
    ask(admin, &cast.api("memory/applications"), decided).await;
    assert!(!page(admin, &format!("{list}/seen")).await.contains("Frobnicate"));

    let too_many = json!({ "applications": vec![json!({ "name": "a", "rules": ["exe:a"] }); 51] });
    device
        .tell_seen(&token, &too_many)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    for hostile in [
        json!({ "applications": [{ "name": "a", "rules": [] }] }),
        json!({}),
        json!([]),
    ] {
        device
            .tell_seen(&token, &hostile)
            .await
            .unwrap()
            .expect(422)
            .unwrap();
    }
    cast.reader
        .client
        .get(&format!("{list}/seen"))
        .await
        .unwrap()
        .expect(403)
        .unwrap();
}

#[tokio::test]
async fn an_application_is_added_edited_and_refused_by_its_fields() {
    let cast = Cast::assemble().await;
    let (admin, org) = (&cast.admin.client, cast.org.to_string());
    let edit = format!("/o/{org}/memory/applications/edit");
    assert!(
        page(admin, &format!("{edit}?name=Payroll&exe=pay.exe"))
            .await
            .contains("value=\"Payroll\"")
    );
    let new = [
        ("base_revision", "0"),
        ("key", ""),
        ("app_name", "Pay <b>roll</b>"),
        ("bundle_id", "com.example.payroll.*"),
        ("exe", "payroll.exe\r\npay2.exe"),
        ("blocked", "on"),
        ("note", "Wages"),
    ];
    let wrong: Vec<_> = new
        .iter()
        .map(|(name, value)| (*name, if *name == "exe" { "*.exe" } else { *value }))
        .collect();
    let refused = post(admin, &edit, &wrong, 422).await.body;
    assert!(
        refused.contains("the only wildcard") && refused.contains("com.example.payroll.*"),
        "{refused}"
    );
    let review = post(admin, &edit, &[&new[..], &[("intent", "review")]].concat(), 200)
        .await
        .body;
    assert!(
        review.contains("Pay &#60;b&#62;roll&#60;/b&#62;: blocked"),
        "{review}"
    );
    let mut back = carried(&review);
    back.push(("intent".to_owned(), "back".to_owned()));
    let back: Vec<(&str, &str)> = back
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let again = post(admin, &format!("/o/{org}/review"), &back, 200).await.body;
    assert!(
        again.contains("com.example.payroll.*") && again.contains("payroll.exe\npay2.exe"),
        "{again}"
    );
    save_reviewed(admin, &org, &review).await;
    let shown = page(admin, &format!("/o/{org}/memory/applications?q=roll")).await;
    assert!(
        shown.contains("com.example.payroll.*") && !shown.contains("<b>roll"),
        "{shown}"
    );
    let form = page(admin, &format!("{edit}?key=pay-b-roll-b")).await;
    assert!(form.contains("payroll.exe\npay2.exe"), "{form}");
    let changed = [
        ("base_revision", "1"),
        ("key", "pay-b-roll-b"),
        ("app_name", "Payroll"),
        ("exe", "payroll.exe"),
        ("intent", "save"),
    ];
    post(admin, &edit, &changed, 303).await;
    let listed = admin
        .get(&cast.api("memory/applications?list=available&q=payroll"))
        .await
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        listed["applications"][0]["identifiers"],
        json!(["exe:payroll.exe"])
    );
    let unknown = admin.get(&format!("{edit}?key=nothing")).await.unwrap();
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn the_test_bench_says_the_rule_and_whose_it_is() {
    let cast = Cast::assemble().await;
    let (admin, org) = (&cast.admin.client, cast.org.to_string());
    ask(
        admin,
        &cast.api("memory/websites"),
        json!({ "add": ["bank.example"], "purge": true }),
    )
    .await;
    let bench = format!("/o/{org}/memory/test");
    let answer = page(admin, &format!("{bench}?what=pay.bank.example%2Flogin&kind=page")).await;
    for said in [
        "never captured",
        "https://pay.bank.example/login",
        "bank.example",
        "on a list of denied websites",
    ] {
        assert!(answer.contains(said), "{said}: {answer}");
    }
    assert!(
        page(admin, &format!("{bench}?what=fine.example&kind=page"))
            .await
            .contains("may be captured")
    );
    let vault = page(
        admin,
        &format!(
            "{bench}?what=1Password.exe&kind=application&member={}",
            cast.reader.email
        ),
    )
    .await;
    assert!(
        vault.contains("built-in") && vault.contains("reader Person"),
        "{vault}"
    );
    let nobody = admin
        .get(&format!("{bench}?what=a.example&member=nobody@example.org"))
        .await
        .unwrap();
    assert!(nobody.status == 422 && nobody.body.contains("No member has this address"));
    let private = ask(
        admin,
        &cast.api("memory/test"),
        json!({ "url": "fine.example", "private_window": true }),
    )
    .await;
    assert_eq!(private["reason"], "private_window");
}

#[tokio::test]
async fn an_admin_tightens_for_one_member_who_sees_it() {
    let cast = Cast::assemble().await;
    let (admin, org) = (&cast.admin.client, cast.org.to_string());
    let reader = cast.reader.account.to_string();
    let member = page(admin, &format!("/o/{org}/members/{reader}")).await;
    let tighten = format!("/o/{org}/members/{reader}/tighten");
    assert!(member.contains("Tighten for this member") && member.contains(&tighten));
    let form = page(admin, &tighten).await;
    assert!(
        form.contains("Nothing is stricter."),
        "a switch that is strict already: {form}"
    );
    let typed = [
        ("base_revision", "0"),
        ("layer", reader.as_str()),
        ("memory.audio_capture", "off"),
        ("features.processing_mode", "local"),
        ("features.telemetry", "inherit"),
        ("intent", "review"),
    ];
    let review = post(admin, &tighten, &typed, 200).await.body;
    for said in ["0 devices of 1 member", "Audio context capture no longer lets"] {
        assert!(review.contains(said), "{said}: {review}");
    }
    let mut back = carried(&review);
    back.push(("intent".to_owned(), "back".to_owned()));
    let back: Vec<(&str, &str)> = back
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let again = post(admin, &format!("/o/{org}/review"), &back, 200).await.body;
    assert!(again.contains("2 unsaved changes"), "{again}");
    save_reviewed(admin, &org, &review).await;

    let mine = page(&cast.reader.client, &format!("/o/{org}/my-settings")).await;
    assert!(mine.contains("an admin, for you"), "{mine}");
    let others = page(&cast.writer.client, &format!("/o/{org}/my-settings")).await;
    assert!(!others.contains("an admin, for you"));
    let theirs = page(admin, &format!("/o/{org}/members/{reader}/settings")).await;
    assert!(theirs.contains("an admin, for this member"));

    let blocks = [
        ("website", "clinic.example"),
        ("base_revision", "1"),
        ("intent", "add"),
        ("purge", "on"),
    ];
    post(admin, &format!("{tighten}/websites"), &blocks, 303).await;
    let verdict = json!({ "url": "clinic.example", "member": reader });
    assert_eq!(
        ask(admin, &cast.api("memory/test"), verdict).await["layer"],
        json!(reader)
    );
    let patch = json!({ "layer": reader, "settings": { "memory": { "event_model": "openai/gpt-5" } } });
    let refused = admin
        .json(Method::PATCH, &cast.api("settings"), &patch)
        .await
        .unwrap();
    assert_eq!(refused.status, 422, "no model is stricter than another");
    post(&cast.writer.client, &tighten, &typed, 403).await;
    post(&cast.other.client, &tighten, &typed, 404).await;
}

#[tokio::test]
async fn a_team_overrides_what_is_not_locked() {
    let cast = Cast::assemble().await;
    let (admin, org) = (&cast.admin.client, cast.org.to_string());
    let team = admin
        .json(
            Method::POST,
            &cast.api("teams"),
            &json!({ "name": "Design & <Co>" }),
        )
        .await
        .unwrap()
        .expect_done()
        .unwrap();
    let team = team.json().unwrap()["id"].as_str().unwrap().to_owned();
    let lock = json!({ "settings": { "features": { "telemetry": { "value": false, "locked": true } } } });
    admin
        .json(Method::PATCH, &cast.api("settings"), &lock)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    let place = format!("/o/{org}/teams/{team}/settings");
    let form = page(admin, &place).await;
    assert!(
        form.contains("Locked by the organization.") && form.contains("Design &#38; &#60;Co&#62;"),
        "{form}"
    );
    let typed = [
        ("base_revision", "1"),
        ("features.processing", "off"),
        ("memory.event_model", "openai/gpt-5"),
        ("memory.summary_model", ""),
        ("note", "Their wish"),
        ("intent", "save"),
    ];
    post(admin, &place, &typed, 303).await;
    let form = page(admin, &place).await;
    assert!(form.contains("value=\"openai/gpt-5\""), "{form}");
    let silent = [
        ("base_revision", "2"),
        ("features.processing", "inherit"),
        ("memory.event_model", ""),
        ("intent", "save"),
    ];
    post(admin, &place, &silent, 303).await;
    let listed = admin.get(&cast.api("teams")).await.unwrap().json().unwrap();
    assert!(!listed.to_string().contains("\"has_settings\":true"), "{listed}");
    let rows = [("base_revision", "3"), ("app.zoom", "on"), ("intent", "save")];
    post(admin, &format!("{place}/applications"), &rows, 303).await;
    let verdict = ask(
        admin,
        &cast.api("memory/test"),
        json!({ "application": "zoom", "team": team }),
    )
    .await;
    assert_eq!(
        (&verdict["decision"], &verdict["layer"]),
        (&json!("deny"), &json!(team))
    );
    let wrong = [
        ("base_revision", "4"),
        ("memory.event_model", "gpt"),
        ("intent", "save"),
    ];
    let refused = post(admin, &place, &wrong, 422).await.body;
    assert!(refused.contains("a model such as openai/gpt-5"), "{refused}");
}

#[tokio::test]
async fn general_pauses_and_names_default_models() {
    let cast = Cast::assemble().await;
    let (admin, place) = (&cast.admin.client, format!("/o/{}/memory", cast.org));
    let form = page(admin, &place).await;
    for word in [
        "Memory Formation",
        "Default Models",
        "Organization managed application sources",
        "Pause memory formation",
    ] {
        assert!(form.contains(word), "{word}");
    }
    let typed = [
        ("base_revision", "0"),
        ("memory.paused", "off"),
        ("memory.paused", "on"),
        ("memory.event_model", " openai/gpt-5 "),
        ("memory.summary_model", ""),
        ("memory.transcription_model", "none"),
        ("note", "Moving house"),
        ("intent", "save"),
    ];
    post(admin, &place, &typed, 303).await;
    let memory = admin.get(&cast.api("settings")).await.unwrap().json().unwrap();
    let memory = &memory["settings"]["memory"];
    assert_eq!(
        (
            &memory["paused"]["value"],
            &memory["event_model"]["value"],
            &memory["summary_model"]["source"]
        ),
        (&json!(true), &json!("openai/gpt-5"), &json!("built-in"))
    );
    assert!(
        page(admin, &place)
            .await
            .contains("<option value=\"openai/gpt-5\">")
    );
}
