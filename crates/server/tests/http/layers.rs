//! Layers over the organization's: what an admin tightens for one member, and what a team says otherwise.

use reqwest::Method;
use serde_json::json;

use crate::asking::{ask, carried, page, post, save_reviewed};
use crate::cast::Cast;

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
