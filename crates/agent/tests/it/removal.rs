//! The end of a device, by the org's word or its member's.

use std::fs;

use rstest::rstest;
use tessera_agent::{Agent, AgentHandle, Phase, SignedOut};
use tessera_ids::{
    DeviceId,
    ambient::{SystemClock, SystemEntropy},
};
use tessera_wire::{LeaveAnswer, OrgSigningKey, Removal, Text, Tombstone, sign};

use crate::{
    portal::{Lie, Portal},
    world::{assert_closed, assert_enforces, at_home, in_time, settled, until},
};

async fn assert_gone(agent: &AgentHandle, folder: &std::path::Path, portal: &Portal) {
    until(agent, |status| status.phase == Phase::Removed).await;
    assert_closed(agent);
    assert!(!folder.join("orgs").join(portal.org().to_string()).exists());
}

#[rstest]
#[case(Removal::SignedOut)]
#[case(Removal::Wiped)]
#[case(Removal::Removed)]
#[tokio::test]
async fn the_orgs_word_wipes_and_is_acknowledged(#[case] kind: Removal) {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    let mut config = at_home(folder.path(), &portal);
    let agent = Agent::start(config.clone()).await.unwrap();
    until(&agent, |status| status.acknowledged.is_some()).await;
    in_time(agent.stop()).await;
    config.server = None;
    let agent = Agent::start(config).await.unwrap();
    let tombstone = portal.tombstone(kind);
    let digest = tombstone.payload_digest();
    portal.remove(tombstone);
    let last = portal.until(|told| told.last_receipts.first().cloned()).await;
    assert_eq!(last.tombstone, Some(digest));
    assert!(last.wiped.iter().all(|wiped| wiped.failed.is_none()));
    assert!(last.counter > portal.told().receipts.last().unwrap().counter);
    assert_gone(&agent, folder.path(), &portal).await;
    in_time(agent.stop()).await;
    let left = fs::read_dir(folder.path().join("leaving")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "the key goes once the receipt is acknowledged");
}

#[tokio::test]
async fn a_device_that_was_away_learns_it_with_its_next_token() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    portal.remove(portal.tombstone(Removal::Removed));
    portal.told().event = None;
    let mut config = at_home(folder.path(), &portal);
    config.server = None;
    let agent = Agent::start(config).await.unwrap();
    assert_gone(&agent, folder.path(), &portal).await;
    portal.until(|told| told.last_receipts.first().cloned()).await;
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_word_that_is_not_the_orgs_wipes_nothing() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    let agent = settled(folder.path(), &portal).await;
    let real = portal.tombstone(Removal::Wiped);
    let mut tombstone: Tombstone = serde_json::from_slice(&real.payload.0).unwrap();
    portal.remove(
        sign(&tombstone, &OrgSigningKey::generate(&SystemEntropy))
            .unwrap()
            .envelope,
    );
    until(&agent, |status| status.alarm.is_some()).await;
    assert_enforces(&agent, 1);
    in_time(agent.stop()).await;
    tombstone.device = DeviceId::generate(&SystemClock, &SystemEntropy);
    portal.remove(sign(&tombstone, portal.key()).unwrap().envelope);
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    until(&agent, |status| status.alarm.is_some()).await;
    assert_enforces(&agent, 1);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn signing_out_without_the_portal_wipes_now_and_tells_it_later() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    portal.lie(Lie::Unavailable);
    let mut config = at_home(folder.path(), &portal);
    config.server = None;
    let agent = Agent::start(config.clone()).await.unwrap();
    assert_eq!(in_time(agent.sign_out()).await, SignedOut::Wiped);
    assert_gone(&agent, folder.path(), &portal).await;
    in_time(agent.stop()).await;
    portal.lie(None);
    let agent = Agent::start(config).await.unwrap();
    let last = portal.until(|told| told.last_receipts.first().cloned()).await;
    assert_eq!(last.tombstone, None);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_machine_that_is_kept_stays_signed_in_and_says_whom_to_ask() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.say(portal.with_features(1, br#"{"member_sign_out":{"value":false}}"#));
    let agent = settled(folder.path(), &portal).await;
    let why = async || match in_time(agent.sign_out()).await {
        SignedOut::Refused { why } => why,
        other => panic!("{other:?}"),
    };
    let unasked = why().await;
    assert!(
        unasked.contains("cannot be asked now") && unasked.contains("Acme"),
        "{unasked}"
    );
    portal.lie(Lie::Unavailable);
    assert_eq!(why().await, unasked, "pulling the plug is no way out");
    portal.lie(None);
    portal.told().leave = Some(LeaveAnswer {
        allowed: false,
        why: Text::clip("Acme lets only administrators sign machines out. Ask Mia."),
    });
    assert!(why().await.ends_with("Ask Mia"));
    assert_enforces(&agent, 1);
    portal.told().leave = Some(LeaveAnswer {
        allowed: true,
        why: Text::default(),
    });
    let gone = in_time(agent.sign_out()).await;
    assert!(
        matches!(gone, SignedOut::Acknowledged | SignedOut::Wiped),
        "{gone:?}"
    );
    assert_gone(&agent, folder.path(), &portal).await;
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_wipe_that_was_interrupted_goes_on_at_the_next_start() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    in_time(settled(folder.path(), &portal).await.stop()).await;
    let state = folder.path().join("orgs").join(portal.org().to_string());
    fs::write(state.join("removal.json"), r#"{"tombstone":null,"counter":7}"#).unwrap();
    fs::remove_file(state.join("manifest.json")).unwrap();
    let mut config = at_home(folder.path(), &portal);
    config.server = None;
    let agent = Agent::start(config).await.unwrap();
    assert_closed(&agent);
    assert!(!state.exists());
    let last = portal.until(|told| told.last_receipts.first().cloned()).await;
    assert_eq!(last.counter, 7);
    in_time(agent.stop()).await;
}
