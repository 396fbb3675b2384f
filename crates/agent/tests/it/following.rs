//! The org decides; the machine follows and says so.

use tessera_agent::{Agent, AgentConfig, Commons, Connection, Phase, http_client};
use tessera_policy::{Leaf, Value};
use tessera_wire::{Name, Outcome};

use crate::{
    portal::{Lie, Portal},
    world::{allows, ambient, assert_closed, assert_enforces, at_home, in_time, revision, settled, until},
};

#[tokio::test]
async fn a_device_enrols_applies_and_proves_it() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    assert_closed(&agent);
    let status = until(&agent, |status| {
        matches!(status.phase, Phase::Enrolling(_) | Phase::Enrolled)
    })
    .await;
    if let Phase::Enrolling(invitation) = status.phase {
        assert!(invitation.verification_uri.ends_with("/activate"));
    }
    portal.publish(1, &["blocked.example"]);
    let status = until(&agent, |status| status.acknowledged.is_some()).await;
    assert_enforces(&agent, 1);
    assert_eq!(status.identity.unwrap().account, "anna@acme.example");
    let receipt = portal.told().receipts[0].clone();
    assert_eq!(
        (receipt.serial.get(), receipt.revision, receipt.counter),
        (1, 1, 1)
    );
    assert_eq!(
        receipt.manifest,
        portal.told().event.as_ref().unwrap().envelope.payload_digest()
    );
    let applied = |section: &Outcome| matches!(section, Outcome::Applied { .. });
    assert_eq!(receipt.sections.len(), 3);
    assert!(receipt.sections.iter().all(|section| applied(&section.outcome)));
    let explanation = agent.explain(Leaf::Telemetry).unwrap();
    assert_eq!(
        (explanation.value, explanation.locked),
        (Value::Switch(false), true)
    );
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_change_takes_only_what_changed_and_blobs_that_come_along_are_not_fetched() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    let sites: Vec<_> = (0..3_000).map(|n| format!("site-{n:05}.example")).collect();
    let mut rows: Vec<&str> = sites.iter().map(String::as_str).collect();
    portal.publish(1, &rows);
    let agent = settled(folder.path(), &portal).await;
    let first = portal.told().fetched.len();
    assert!(first > 5, "a list of many chunks was fetched in {first} parts");
    rows.push("blocked.example");
    portal.publish(2, &rows);
    revision(&agent, 2).await;
    let second = portal.told().fetched.len() - first;
    assert!(second <= 3, "one row more took {second} parts");
    let carried = portal.carrying(portal.settings(3, 3, &["blocked.example"]));
    let before = portal.told().fetched.len();
    portal.say(carried);
    revision(&agent, 3).await;
    assert_eq!(portal.told().fetched.len(), before);
    assert_enforces(&agent, 3);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_long_list_comes_in_few_requests_and_from_an_old_portal_one_by_one() {
    let sites: Vec<_> = (0..3_000).map(|n| format!("site-{n:05}.example")).collect();
    let mut rows: Vec<&str> = sites.iter().map(String::as_str).collect();
    rows.push("blocked.example");
    for is_old in [false, true] {
        let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
        portal.told().is_old = is_old;
        portal.publish(1, &rows);
        let agent = settled(folder.path(), &portal).await;
        assert_enforces(&agent, 1);
        let (batches, fetched) = {
            let told = portal.told();
            (told.batches, told.fetched.len())
        };
        let expected = usize::from(!is_old);
        assert!(
            batches >= expected && batches * 5 < fetched,
            "{batches} requests for {fetched} blobs"
        );
        in_time(agent.stop()).await;
    }
}

#[tokio::test]
async fn sections_of_a_newer_server_are_kept_and_called_unsupported() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    let mut event = portal.settings(1, 1, &["blocked.example"]);
    let mut manifest: tessera_wire::Manifest = serde_json::from_slice(&event.envelope.payload.0).unwrap();
    let weather: Name = "weather".parse().unwrap();
    let blob = tessera_wire::Blob::new(b"not even JSON".to_vec());
    manifest.layers[0]
        .sections
        .insert(weather.clone(), portal.keep(&blob));
    event = portal.signed(&manifest);
    portal.say(event);
    let agent = settled(folder.path(), &portal).await;
    assert_enforces(&agent, 1);
    let receipt = portal.told().receipts[0].clone();
    let about = |name: &Name| {
        receipt
            .sections
            .iter()
            .find(|section| section.section == *name)
            .unwrap()
            .outcome
            .clone()
    };
    assert_eq!(about(&weather), Outcome::Unsupported);
    assert!(matches!(
        about(&"memory".parse().unwrap()),
        Outcome::Applied { .. }
    ));
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn where_streams_are_blocked_it_polls() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    portal.lie(Lie::NoStreams);
    let agent = settled(folder.path(), &portal).await;
    until(&agent, |status| status.connection == Connection::Polling).await;
    assert_enforces(&agent, 1);
    portal.publish(2, &["blocked.example", "other.example"]);
    revision(&agent, 2).await;
    portal.lie(None);
    until(&agent, |status| status.connection == Connection::Streaming).await;
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn agents_in_one_process_share_what_they_enforce() {
    let commons = Commons::new();
    let mut agents = Vec::new();
    let http = http_client();
    for _ in 0..5 {
        let portal = Portal::start().await;
        portal.publish(1, &["blocked.example"]);
        let mut config = AgentConfig::in_memory(portal.address(), http.clone(), commons.clone());
        config.ambient = ambient();
        agents.push((Agent::start(config).await.unwrap(), portal));
    }
    for (agent, _) in &agents {
        until(agent, |status| status.acknowledged.is_some()).await;
        assert_enforces(agent, 1);
    }
    for (agent, portal) in &agents {
        portal.publish(2, &["other.example"]);
        revision(agent, 2).await;
        assert!(allows(agent, "https://blocked.example"));
        in_time(agent.stop()).await;
    }
}

#[tokio::test]
async fn leaves_of_a_newer_server_are_kept_and_unreadable_values_are_the_strictest() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    let features = br#"{"holograms":{"value":true},"telemetry":{"value":"sometimes"}}"#;
    portal.say(portal.with_features(1, features));
    let agent = settled(folder.path(), &portal).await;
    let in_force = agent.in_force();
    let settings = in_force.settings().unwrap();
    let mut unknown = settings.not_understood();
    unknown.sort();
    assert_eq!(unknown, ["features.holograms", "features.telemetry"]);
    assert!(!settings.effective().unwrap().is_on(Leaf::Telemetry));
    let receipt = portal.told().receipts[0].clone();
    let about = |line: &&tessera_wire::SectionReceipt| line.section.as_str() == "features";
    let outcome = receipt.sections.iter().find(about).unwrap().outcome.clone();
    let digest = tessera_wire::Digest::of(features);
    assert_eq!(outcome, Outcome::Applied { digest }, "kept byte for byte");
    assert_eq!(receipt.facts.wire, tessera_wire::skill::PRESENT);
    in_time(agent.stop()).await;
}
