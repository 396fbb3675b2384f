//! The shortcut for polling devices: it answers as the ordinary way does, and never longer than it may.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;
use tessera_testkit::http::Answer;
use tessera_wire::paths;

use crate::cast::Cast;

/// What an answer says, but for what differs from one to the next.
fn gist(answer: &Answer) -> (u16, BTreeMap<String, String>, String) {
    let headers = answer.headers.iter();
    let headers = headers
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (answer.status.as_u16(), headers, answer.body.clone())
}

/// Only the ordinary way names a request.
fn is_short(answer: &Answer) -> bool {
    answer.header("x-request-id").is_none()
}

#[tokio::test]
async fn both_ways_answer_the_same() {
    let cast = Cast::assemble().await;
    let token = cast.device.token().await.unwrap();
    let ordinary = cast.device.get(&token, paths::MANIFEST).await.unwrap();
    let short = cast.device.get(&token, paths::MANIFEST).await.unwrap();
    assert!(!is_short(&ordinary) && is_short(&short), "{ordinary:?} {short:?}");
    assert_eq!(gist(&ordinary), gist(&short));

    let etag = ordinary.header("etag").unwrap();
    let token = cast.device.token().await.unwrap();
    let ordinary = cast.device.manifest_unless(&token, etag).await.unwrap();
    let several = format!("\"another\", {etag}");
    let short = cast.device.manifest_unless(&token, &several).await.unwrap();
    assert_eq!(ordinary.status.as_u16(), 304);
    assert!(!is_short(&ordinary) && is_short(&short), "{ordinary:?} {short:?}");
    assert_eq!(gist(&ordinary), gist(&short));
}

#[tokio::test]
async fn what_is_saved_is_told_at_once() {
    let cast = Cast::assemble().await;
    let token = cast.device.token().await.unwrap();
    for on in [true, false, true] {
        let before = cast.device.manifest(&token).await.unwrap();
        let change = json!({"settings": {"features": {"telemetry": on}, "memory": {"websites": {"add": [format!("{on}.example")]}}}});
        let owner = &cast.owner.client;
        owner
            .json(Method::PATCH, &cast.api("settings"), &change)
            .await
            .unwrap()
            .expect(200)
            .unwrap();
        let after = cast.device.manifest(&token).await.unwrap();
        assert!(after.manifest.payload().serial > before.manifest.payload().serial);
    }
}

#[tokio::test]
async fn whoever_is_removed_is_not_known_any_more() {
    let cast = Cast::assemble().await;
    let token = cast.device.token().await.unwrap();
    for _ in 0..2 {
        let answer = cast.device.get(&token, paths::MANIFEST).await.unwrap();
        answer.expect(200).unwrap();
    }
    let path = cast.api(&format!("devices/{}/sign-out", cast.device.id));
    let owner = &cast.owner.client;
    let removed = owner.send(owner.request(Method::POST, &path)).await.unwrap();
    removed.expect_done().unwrap();
    let answer = cast.device.get(&token, paths::MANIFEST).await.unwrap();
    answer.expect(403).unwrap();
    for token in ["", "tsd_nobody"] {
        let answer = cast.device.get(token, paths::MANIFEST).await.unwrap();
        answer.expect(401).unwrap();
    }
}

#[tokio::test]
async fn what_is_not_that_very_question_goes_the_ordinary_way() {
    let cast = Cast::assemble().await;
    let token = cast.device.token().await.unwrap();
    cast.device.manifest(&token).await.unwrap();
    let asked = format!("{}?now", paths::MANIFEST);
    let answer = cast
        .device
        .get(&token, &asked)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert!(!is_short(&answer));
    let http = cast.server.client();
    let head = http.request(Method::HEAD, paths::MANIFEST).bearer_auth(&token);
    let answer = http.send(head).await.unwrap().expect(200).unwrap();
    assert!(!is_short(&answer) && answer.body.is_empty());
}
