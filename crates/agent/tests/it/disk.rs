//! What lies on the disk is enforced before any network, if it is what the org signed; whatever happened to it
//! in between, nothing is loosened.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;
use tessera_agent::{Agent, Error};

use crate::{
    portal::{Lie, Portal},
    world::{assert_closed, assert_enforces, at_home, in_time, revision, settled, until},
};

fn state(folder: &Path, portal: &Portal) -> PathBuf {
    folder.join("orgs").join(portal.org().to_string())
}

fn truncate(file: &Path) {
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
}

#[tokio::test]
async fn a_restart_without_the_server_enforces_at_once() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    portal.vanish();
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    assert_enforces(&agent, 1);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn only_one_agent_has_a_home() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    let agent = settled(folder.path(), &portal).await;
    let second = Agent::start(at_home(folder.path(), &portal)).await;
    assert!(matches!(second, Err(Error::AlreadyRunning { .. })));
    in_time(agent.stop()).await;
    let third = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    in_time(third.stop()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_can_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(&folder.path().join("home"), &portal).await.stop()).await;
    let mut folders = vec![folder.path().join("home")];
    while let Some(inside) = folders.pop() {
        assert_eq!(
            fs::metadata(&inside).unwrap().permissions().mode() & 0o777,
            0o700,
            "{}",
            inside.display()
        );
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(
                    fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                    0o600,
                    "{}",
                    path.display()
                );
            }
        }
    }
}

/// Truncates the manifest.
fn manifest(state: &Path) {
    truncate(&state.join("manifest.json"));
}

/// Removes the manifest.
fn no_manifest(state: &Path) {
    fs::remove_file(state.join("manifest.json")).unwrap();
}

/// Truncates every blob.
fn blobs(state: &Path) {
    for entry in fs::read_dir(state.join("blobs")).unwrap() {
        truncate(&entry.unwrap().path());
    }
}

/// Replaces a section by one that is looser.
fn looser(state: &Path) {
    for entry in fs::read_dir(state.join("blobs")).unwrap() {
        let path = entry.unwrap().path();
        if fs::read_to_string(&path).unwrap().contains("managed_websites") {
            fs::write(path, r#"{"managed_websites":{"value":false}}"#).unwrap();
        }
    }
}

#[rstest]
#[case::manifest(manifest)]
#[case::no_manifest(no_manifest)]
#[case::blobs(blobs)]
#[case::looser(looser)]
#[tokio::test]
async fn damage_closes_until_the_same_settings_were_fetched_anew(#[case] damage: fn(&Path)) {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    damage(&state(folder.path(), &portal));
    let event = portal.told().event.take();
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    assert_closed(&agent);
    assert!(agent.status().alarm.is_some());
    portal.say(event.unwrap());
    revision(&agent, 1).await;
    assert_enforces(&agent, 1);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn an_older_state_put_back_closes() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &[]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    let state = state(folder.path(), &portal);
    let older = fs::read(state.join("manifest.json")).unwrap();
    portal.publish(2, &["blocked.example"]);
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    revision(&agent, 2).await;
    portal
        .until(|told| {
            told.receipts
                .iter()
                .any(|receipt| receipt.revision == 2)
                .then_some(())
        })
        .await;
    in_time(agent.stop()).await;
    portal.vanish();
    fs::write(state.join("manifest.json"), older).unwrap();
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    assert_closed(&agent);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn killed_between_writing_and_renaming_it_has_the_old_whole() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    let state = state(folder.path(), &portal);
    let next = portal.settings(2, 2, &[]);
    let envelope = next.envelope.to_json();
    fs::write(
        state.join("manifest.json.partial"),
        &envelope[..envelope.len() / 2],
    )
    .unwrap();
    fs::write(state.join("ledger.json.partial"), "{").unwrap();
    fs::write(state.join("blobs/0000.partial"), "half a blob").unwrap();
    portal.vanish();
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    assert_enforces(&agent, 1);
    assert!(!state.join("manifest.json.partial").exists());
    assert!(!state.join("blobs/0000.partial").exists());
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn killed_before_its_receipt_was_written_it_reports_at_the_next_start() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    let ledger = state(folder.path(), &portal).join("ledger.json");
    let before_the_swap = fs::read(&ledger).unwrap();
    portal.publish(2, &["blocked.example"]);
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    revision(&agent, 2).await;
    portal
        .until(|told| {
            told.receipts
                .iter()
                .any(|receipt| receipt.revision == 2)
                .then_some(())
        })
        .await;
    in_time(agent.stop()).await;
    portal.told().receipts.clear();
    fs::write(&ledger, before_the_swap).unwrap();
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    assert_enforces(&agent, 2);
    let receipt = portal.until(|told| told.receipts.first().cloned()).await;
    assert_eq!(receipt.revision, 2);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_lost_ledger_never_leads_to_a_number_that_was_used() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    truncate(&state(folder.path(), &portal).join("ledger.json"));
    portal.publish(2, &["blocked.example"]);
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    assert_eq!(agent.status().in_force.unwrap().revision, 1);
    revision(&agent, 2).await;
    portal
        .until(|told| {
            told.receipts
                .iter()
                .any(|receipt| receipt.revision == 2)
                .then_some(())
        })
        .await;
    let counters: Vec<_> = portal
        .told()
        .receipts
        .iter()
        .map(|receipt| receipt.counter)
        .collect();
    assert!(counters.is_sorted_by(|one, other| one < other), "{counters:?}");
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_device_without_its_keys_stays_closed_and_says_what_to_do() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    fs::remove_file(state(folder.path(), &portal).join("device.keys")).unwrap();
    let mut config = at_home(folder.path(), &portal);
    config.server = None;
    let agent = Agent::start(config).await.unwrap();
    assert_closed(&agent);
    let status = until(&agent, |status| status.alarm.is_some()).await;
    assert!(status.alarm.unwrap().contains("tessera logout"));
    in_time(agent.stop()).await;
}

/// Nothing is left of it, as when the name was written and the content was not.
fn emptied(_: &[u8]) -> Vec<u8> {
    Vec::new()
}

fn cut_short(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

/// Blocks of the file were never written.
fn half_written(bytes: &[u8]) -> Vec<u8> {
    let mut half = cut_short(bytes);
    half.resize(bytes.len(), 0);
    half
}

fn zeroed(bytes: &[u8]) -> Vec<u8> {
    vec![0; bytes.len()]
}

fn garbage(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().map(|byte| byte.wrapping_mul(37)).collect()
}

/// Every file of a device's state.
fn files(state: &Path) -> Vec<PathBuf> {
    let here = fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    let blobs = fs::read_dir(state.join("blobs"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    here.chain(blobs).filter(|path| path.is_file()).collect()
}

#[rstest]
#[case(emptied)]
#[case(cut_short)]
#[case(half_written)]
#[case(zeroed)]
#[case(garbage)]
#[tokio::test]
async fn no_damage_to_any_file_loosens_and_what_can_be_fetched_is(#[case] damage: fn(&[u8]) -> Vec<u8>) {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    let files = files(&state(folder.path(), &portal));
    assert!(files.len() > 5, "{files:?}");
    let mut config = at_home(folder.path(), &portal);
    config.server = None;
    for file in files {
        let whole = fs::read(&file).unwrap();
        fs::write(&file, damage(&whole)).unwrap();
        portal.lie(Lie::Unavailable);
        let agent = Agent::start(config.clone()).await.unwrap();
        // Offline it enforces all that it can prove, or nothing passes at all.
        if agent.status().in_force.is_some() {
            assert_enforces(&agent, 1);
        } else {
            assert_closed(&agent);
            assert!(agent.status().alarm.is_some(), "{}", file.display());
        }
        portal.lie(None);
        if ["device.json", "device.keys"]
            .iter()
            .any(|name| file.ends_with(name))
        {
            // Who it is cannot be fetched. It stays closed, and looks again until somebody put it right.
            assert_closed(&agent);
            fs::write(&file, &whole).unwrap();
        }
        revision(&agent, 1).await;
        assert_enforces(&agent, 1);
        in_time(agent.stop()).await;
    }
}
