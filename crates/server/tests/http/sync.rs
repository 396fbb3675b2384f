//! Devices: enrol, follow, answer, end.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::json;

use crate::cast::Cast;

/// Reads a stream until a text appears, or until it ends.
async fn until(stream: reqwest::Response, wanted: &str) -> String {
    let mut seen = String::new();
    let mut bytes = stream.bytes_stream();
    let reading = async {
        while let Some(Ok(piece)) = bytes.next().await {
            seen.push_str(std::str::from_utf8(&piece).unwrap());
            if seen.contains(wanted) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .expect("the stream says what is wanted");
    assert!(seen.contains(wanted), "the stream ended without {wanted}: {seen}");
    seen
}

#[tokio::test]
async fn a_saved_change_reaches_a_device_and_its_receipt_is_counted() {
    let cast = Cast::assemble().await;
    let (device, token, owner) = (&cast.device, &cast.device_token, &cast.owner.client);
    let stream = device.stream(token).await.unwrap();
    let change = json!({"settings": {"features": {"telemetry": false}, "memory": {"websites": {"add": ["bank.example"]}}}});
    owner
        .json(Method::PATCH, &cast.api("settings"), &change)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    until(stream, "\"blobs\":[{").await;

    let given = device.manifest(token).await.unwrap();
    assert_eq!(given.manifest.payload().revision, 1);
    device
        .manifest_unless(token, &given.etag)
        .await
        .unwrap()
        .expect(304)
        .unwrap();
    for digest in given.manifest.payload().blobs() {
        let blob = reqwest::Client::new()
            .get(format!(
                "{}{}",
                cast.server.base,
                tessera_wire::paths::blob(&digest)
            ))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(blob.headers()["content-encoding"], "gzip");
        let gzip = blob.bytes().await.unwrap();
        tessera_wire::Blob::from_gzip(digest, &gzip, 1 << 20).unwrap();
    }
    // What the org does not have is left out, and too many are refused.
    let names: Vec<_> = given.manifest.payload().blobs().into_iter().collect();
    let unknown = [names.clone(), vec![tessera_wire::Digest::of(b"nobody has this")]].concat();
    let answer = device.blobs(token, &unknown).await.unwrap();
    let got: Vec<_> = answer
        .blobs
        .iter()
        .map(|blob| blob.open().unwrap().digest())
        .collect();
    assert_eq!(got, names);
    let many = vec![names[0]; tessera_wire::limits::BATCH_BLOBS + 1];
    assert!(device.blobs(token, &many).await.is_err());
    let pending = owner
        .get(&cast.api("rollouts/1"))
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        (pending["audience"].as_u64(), pending["applied"].as_u64()),
        (Some(1), Some(0))
    );
    let receipt = device.receipt(&given, 1);
    let delivered = device.deliver(token, &receipt).await.unwrap();
    assert!(delivered.status.is_success(), "{delivered:?}");
    let applied = owner.get(&cast.api("rollouts/1")).await.unwrap().json().unwrap();
    assert_eq!(applied["applied"], 1);
    assert!(applied["last_receipt_at"].as_str().unwrap().ends_with('Z'));
    let listed = owner
        .get(&cast.api("devices"))
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        (
            listed["devices"][0]["state"].as_str(),
            listed["devices"][0]["host"].as_str()
        ),
        (Some("applied"), Some("workbench"))
    );
    owner
        .get(&cast.api("rollouts/2"))
        .await
        .unwrap()
        .expect(404)
        .unwrap();
}

#[tokio::test]
async fn a_wiped_device_is_refused_at_once_and_told_why() {
    let cast = Cast::assemble().await;
    let stream = cast.device.stream(&cast.device_token).await.unwrap();
    let wipe = format!("{}/{}/wipe", cast.api("devices"), cast.device.id);
    let reader = &cast.reader.client;
    reader
        .send(reader.request(Method::POST, &wipe))
        .await
        .unwrap()
        .expect(404)
        .unwrap();
    let owner = &cast.owner.client;
    owner
        .send(owner.request(Method::POST, &wipe))
        .await
        .unwrap()
        .expect(204)
        .unwrap();
    until(stream, "event: tombstone").await;
    cast.device
        .get(&cast.device_token, "/sync/v1/manifest")
        .await
        .unwrap()
        .expect(403)
        .unwrap();
    let tombstone = cast
        .device
        .get(&cast.device_token, "/sync/v1/tombstone")
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert!(tombstone.json().unwrap()["payload"].is_string());
    owner
        .send(owner.request(Method::POST, &wipe))
        .await
        .unwrap()
        .expect(409)
        .unwrap();
}
