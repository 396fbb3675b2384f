//! Nothing that the network says, but the org did not, changes what is in force.

use rstest::rstest;
use tessera_agent::Connection;
use tessera_ids::{
    OrgId,
    ambient::{SystemClock, SystemEntropy},
};
use tessera_wire::{Manifest, OrgSigningKey, Outcome, sign, stream::ManifestEvent};

use crate::{
    portal::{Lie, Portal},
    world::{assert_enforces, in_time, revision, settled, until},
};

/// A manifest that would allow everything, were it believed.
fn loosening(portal: &Portal, serial: u64) -> Manifest {
    serde_json::from_slice(&portal.settings(serial, serial, &[]).envelope.payload.0).unwrap()
}

fn tampered(portal: &Portal) -> ManifestEvent {
    let mut event = portal.settings(9, 9, &[]);
    let text = String::from_utf8(event.envelope.payload.0)
        .unwrap()
        .replace("\"revision\":9", "\"revision\":8");
    event.envelope.payload.0 = text.into_bytes();
    event
}

fn unsigned(portal: &Portal) -> ManifestEvent {
    let mut event = portal.settings(9, 9, &[]);
    event.envelope.signatures.clear();
    event
}

fn of_another_key(portal: &Portal) -> ManifestEvent {
    let key = OrgSigningKey::generate(&SystemEntropy);
    ManifestEvent {
        envelope: sign(&loosening(portal, 9), &key).unwrap().envelope,
        blobs: Vec::new(),
    }
}

fn of_another_org(portal: &Portal) -> ManifestEvent {
    let mut manifest = loosening(portal, 9);
    manifest.org = OrgId::generate(&SystemClock, &SystemEntropy);
    portal.signed(&manifest)
}

fn of_the_same_serial(portal: &Portal) -> ManifestEvent {
    portal.signed(&loosening(portal, 5))
}

/// Signed well, with a layer that only a newer agent can read: to take the rest of it would loosen what binds.
fn with_a_layer_of_a_newer_server(portal: &Portal) -> ManifestEvent {
    let mut json = serde_json::to_value(loosening(portal, 9)).unwrap();
    json["layers"][0]["layer"] = "planet_00000000000000000000000000".into();
    portal.signed_json(json)
}

#[rstest]
#[case::with_a_layer_of_a_newer_server(with_a_layer_of_a_newer_server)]
#[case::tampered(tampered)]
#[case::unsigned(unsigned)]
#[case::of_another_key(of_another_key)]
#[case::of_another_org(of_another_org)]
#[case::of_the_same_serial(of_the_same_serial)]
#[tokio::test]
async fn what_the_org_did_not_say_raises_an_alarm_and_changes_nothing(
    #[case] forged: fn(&Portal) -> ManifestEvent,
) {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(5, &["blocked.example"]);
    let agent = settled(folder.path(), &portal).await;
    portal.say(forged(&portal));
    until(&agent, |status| status.alarm.is_some()).await;
    assert_enforces(&agent, 5);
    portal.publish(10, &["blocked.example"]);
    let status = revision(&agent, 10).await;
    assert_eq!(status.alarm, None);
    in_time(agent.stop()).await;
}

/// Half an event.
fn cut_off(event: &ManifestEvent) -> String {
    let mut text = serde_json::to_string(event).unwrap();
    text.truncate(text.len() / 2);
    text
}

/// An event that can be read, with another bit in what is signed.
fn flipped(event: &ManifestEvent) -> String {
    let mut event = event.clone();
    event.envelope.payload.0[20] ^= 1;
    serde_json::to_string(&event).unwrap()
}

#[rstest]
#[case::cut_off(cut_off)]
#[case::flipped(flipped)]
#[tokio::test]
async fn what_came_damaged_is_asked_for_again(
    #[case] damage: fn(&ManifestEvent) -> String,
    #[values(None, Some(Lie::NoStreams))] lie: Option<Lie>,
) {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    portal.lie(lie);
    let agent = settled(folder.path(), &portal).await;
    let event = portal.settings(2, 2, &["blocked.example"]);
    portal.told().garbled = [damage(&event), damage(&event), damage(&event)].into();
    portal.say(event);
    // Nothing else is ever published: that it comes all the same is its own doing.
    let status = revision(&agent, 2).await;
    assert_eq!(status.alarm, None, "what was wrong is right again");
    assert!(portal.told().garbled.is_empty());
    assert_enforces(&agent, 2);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_server_that_fell_back_is_shown_what_it_once_signed() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(5, &["blocked.example"]);
    let agent = settled(folder.path(), &portal).await;
    portal.publish(4, &[]);
    let shown = portal.until(|told| told.shown.first().cloned()).await;
    assert_eq!(shown.serial.get(), 5);
    assert_enforces(&agent, 5);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_part_that_arrives_damaged_is_reported_and_taken_when_it_is_whole() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    let agent = settled(folder.path(), &portal).await;
    let event = portal.settings(2, 2, &["blocked.example", "other.example"]);
    let whole = portal.told().blobs.clone();
    for gzip in portal.told().blobs.values_mut() {
        gzip.truncate(gzip.len() / 2);
    }
    portal.say(event);
    let failed = portal
        .until(|told| {
            told.receipts
                .iter()
                .find(|receipt| receipt.revision == 2)
                .cloned()
        })
        .await;
    assert!(
        failed
            .sections
            .iter()
            .all(|section| matches!(section.outcome, Outcome::Failed { .. }))
    );
    assert_enforces(&agent, 1);
    portal.told().blobs = whole;
    revision(&agent, 2).await;
    let applied =
        |receipt: &tessera_wire::Receipt| matches!(receipt.sections[0].outcome, Outcome::Applied { .. });
    let last = portal
        .until(|told| told.receipts.last().filter(|receipt| applied(receipt)).cloned())
        .await;
    assert!(last.counter > failed.counter);
    in_time(agent.stop()).await;
}

#[rstest]
#[case(Lie::EmptyOk)]
#[case(Lie::Html)]
#[case(Lie::NotFound)]
#[case(Lie::Unauthorized)]
#[case(Lie::Unavailable)]
#[tokio::test]
async fn no_answer_of_a_network_clears_anything(#[case] lie: Lie) {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    let agent = settled(folder.path(), &portal).await;
    portal.lie(lie);
    until(&agent, |status| {
        matches!(status.connection, Connection::Lost { .. })
    })
    .await;
    assert_enforces(&agent, 1);
    // Also not when it starts in the middle of that.
    in_time(agent.stop()).await;
    let again = tessera_agent::Agent::start(crate::world::at_home(folder.path(), &portal))
        .await
        .unwrap();
    until(&again, |status| {
        matches!(status.connection, Connection::Lost { .. })
    })
    .await;
    assert_enforces(&again, 1);
    let next = portal.settings(2, 2, &["blocked.example"]);
    portal.told().event = Some(next);
    portal.lie(None);
    revision(&again, 2).await;
    assert_enforces(&again, 2);
    in_time(again.stop()).await;
}
