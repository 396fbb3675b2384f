//! What memory may do at all, and the test bench, which says what holds.

use serde_json::json;

use crate::asking::{ask, page, post};
use crate::cast::Cast;

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
