//! The contract that scripts rely on, to the letter.

use reqwest::Method;
use serde_json::json;

use crate::cast::Cast;

#[tokio::test]
async fn a_script_reads_and_changes_settings() {
    let cast = Cast::assemble().await;
    let (owner, path) = (&cast.owner.client, cast.api("settings"));
    let fresh = owner.get(&path).await.unwrap().expect(200).unwrap();
    assert_eq!(fresh.header("etag"), Some("\"0\""));
    let fresh = fresh.json().unwrap();
    assert_eq!(fresh["revision"], 0);
    assert_eq!(
        fresh["settings"]["features"]["telemetry"],
        json!({"value": true, "source": "built-in", "locked": false})
    );

    let change = json!({"settings": {"features": {"telemetry": false}}, "note": "Quiet"});
    let saved = owner
        .json(Method::PATCH, &path, &change)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert_eq!(saved.header("etag"), Some("\"1\""));
    let saved = saved.json().unwrap();
    assert_eq!(
        (
            saved["revision"].as_u64(),
            saved["changes"].as_array().unwrap().len()
        ),
        (Some(1), 1)
    );
    let now = owner.get(&path).await.unwrap().json().unwrap();
    assert_eq!(
        now["settings"]["features"]["telemetry"],
        json!({"value": false, "source": "org", "locked": false})
    );

    let again = owner
        .json(Method::PATCH, &path, &change)
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        again,
        json!({"revision": 1, "changes": []}),
        "an empty change makes no revision"
    );

    let history = owner
        .get(&cast.api("revisions"))
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(history["revisions"][0]["note"], "Quiet");
    assert_eq!(history["revisions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stale_script_is_told_the_current_revision() {
    let cast = Cast::assemble().await;
    let (owner, path) = (&cast.owner.client, cast.api("settings"));
    let patch = |revision: &str, on: bool| {
        owner
            .request(Method::PATCH, &path)
            .header("if-match", revision)
            .json(&json!({"settings": {"features": {"telemetry": on}}}))
    };
    owner
        .send(patch("\"0\"", false))
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    let stale = owner
        .send(patch("\"0\"", true))
        .await
        .unwrap()
        .expect(409)
        .unwrap();
    assert_eq!(stale.header("content-type"), Some("application/problem+json"));
    assert_eq!(stale.json().unwrap()["current"]["revision"], 1);
    owner.send(patch("*", true)).await.unwrap().expect(200).unwrap();
    owner
        .send(patch("seven", true))
        .await
        .unwrap()
        .expect(422)
        .unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_pointed_at() {
    let cast = Cast::assemble().await;
    let wrong = json!({"settings": {"features": {"telemetry": "maybe", "teleport": true}, "nonsense": {}}});
    let answer = cast
        .owner
        .client
        .json(Method::PATCH, &cast.api("settings"), &wrong)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    let errors = answer.json().unwrap()["errors"].clone();
    let pointers: Vec<&str> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert!(pointers.contains(&"/settings/features/telemetry"), "{pointers:?}");
    assert!(pointers.contains(&"/settings/nonsense"), "{pointers:?}");
}

#[tokio::test]
async fn a_file_is_previewed_row_by_row_and_the_ready_rows_are_added() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let csv = "website\nbank.example\nhttps://www.bank.example\nnot a host\n*.com\n";
    let preview = owner
        .request(Method::POST, &cast.api("memory/websites/preview"))
        .header("content-type", "text/csv")
        .body(csv);
    let preview = owner
        .send(preview)
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        preview["counts"],
        json!({"ready": 1, "duplicate": 1, "refused": 2})
    );
    assert_eq!(preview["rows"][0]["line"], 2);
    assert_eq!(preview["rows"][0]["state"], "ready");
    assert!(preview["rows"][2]["reason"].is_string());

    let change = json!({"add": [preview["rows"][0]["rule"]], "note": "Banks"});
    let saved = owner
        .json(Method::POST, &cast.api("memory/websites"), &change)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert_eq!(saved.json().unwrap()["revision"], 1);
    let list = owner
        .get(&cast.api("memory/websites?q=bank"))
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        (list["matching"].as_u64(), list["websites"][0].as_str()),
        (Some(1), Some("bank.example"))
    );
    let refused = owner
        .json(
            Method::POST,
            &cast.api("memory/websites"),
            &json!({"add": ["ok.example", "not a host"]}),
        )
        .await
        .unwrap();
    assert_eq!(
        refused.expect(422).unwrap().json().unwrap()["errors"][0]["pointer"],
        "/add/1"
    );
}

#[tokio::test]
async fn the_document_describes_what_is_served() {
    let cast = Cast::assemble().await;
    let document = cast
        .server
        .client()
        .get("/openapi.json")
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], cast.server.base);
    let patch = &document["paths"]["/api/v1/orgs/{org}/settings"]["patch"];
    assert!(patch["responses"]["409"].is_object() && patch["requestBody"].is_object());
}
