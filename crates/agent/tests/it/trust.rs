//! Whom the agent believes to be its portal, and that nothing loosens when somebody else stands there.

use tessera_agent::{Agent, AgentConfig, Connection, Status, http_client, http_client_trusting};

use crate::{
    front::{Authority, Front},
    portal::Portal,
    world::{assert_closed, assert_enforces, at_home, in_time, revision, until},
};

/// A portal behind TLS, and an agent's configuration for it.
async fn behind_tls(authority: &Authority) -> (Front, Portal) {
    let front = Front::start(authority).await;
    let address = front.address();
    let portal = Portal::start_behind(|_| address).await;
    front.show(portal.listens());
    portal.publish(5, &["blocked.example"]);
    (front, portal)
}

fn trusting(folder: &std::path::Path, portal: &Portal, authority: &Authority) -> AgentConfig {
    AgentConfig {
        http: http_client_trusting(&authority.ca()),
        ca: Some(authority.ca()),
        ..at_home(folder, portal)
    }
}

fn lost(status: &Status) -> Option<String> {
    match &status.connection {
        Connection::Lost { why } => Some(why.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn an_authority_is_named_once_and_kept_with_the_device() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("Meridian Root 1"));
    let (_front, portal) = behind_tls(&authority).await;

    let stranger = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    let status = until(&stranger, |status| lost(status).is_some()).await;
    let why = lost(&status).unwrap();
    for part in [
        "is not trusted",
        "issued by “Meridian Root 1”",
        "SHA-256",
        "--ca FILE",
        "TESSERA_CA",
    ] {
        assert!(why.contains(part), "{part} is not in: {why}");
    }
    assert_closed(&stranger);
    in_time(stranger.stop()).await;

    let agent = Agent::start(trusting(folder.path(), &portal, &authority))
        .await
        .unwrap();
    until(&agent, |status| status.acknowledged.is_some()).await;
    assert_enforces(&agent, 5);
    in_time(agent.stop()).await;

    // Nobody names it any more.
    let agent = Agent::start(at_home(folder.path(), &portal)).await.unwrap();
    portal.publish(6, &["blocked.example"]);
    revision(&agent, 6).await;
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn whoever_else_stands_at_the_address_changes_nothing() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("Meridian Root 2"));
    let (front, portal) = behind_tls(&authority).await;
    let agent = Agent::start(trusting(folder.path(), &portal, &authority))
        .await
        .unwrap();
    until(&agent, |status| status.acknowledged.is_some()).await;

    // Somebody with a certificate of another authority, and then one for another name.
    front.certify(&Authority::new("Coffee House"), "localhost");
    let status = until(&agent, |status| {
        lost(status).is_some_and(|why| why.contains("Coffee House"))
    })
    .await;
    assert!(
        lost(&status).unwrap().contains("what is in force stays"),
        "{status:?}"
    );
    assert_enforces(&agent, 5);
    front.certify(&authority, "other.example");
    until(&agent, |status| {
        lost(status).is_some_and(|why| why.contains("it is for other.example, not for this address"))
    })
    .await;
    assert_enforces(&agent, 5);

    // Another installation, with a certificate that is fine: it never heard of this device.
    let address = front.address();
    let other = Portal::start_behind(|_| address).await;
    other.publish(9, &[]);
    front.show(other.listens());
    front.certify(&authority, "localhost");
    until(&agent, |status| {
        status.alarm.is_some() || lost(status).is_some_and(|why| why.contains("does not know this device"))
    })
    .await;
    assert_enforces(&agent, 5);

    // The right one comes back.
    front.show(portal.listens());
    portal.publish(6, &["blocked.example"]);
    revision(&agent, 6).await;
    assert_enforces(&agent, 6);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn a_renewed_authority_replaces_the_kept_one() {
    let (folder, old) = (tempfile::tempdir().unwrap(), Authority::new("Meridian Root 3"));
    let (front, portal) = behind_tls(&old).await;
    let agent = Agent::start(trusting(folder.path(), &portal, &old))
        .await
        .unwrap();
    until(&agent, |status| status.acknowledged.is_some()).await;
    in_time(agent.stop()).await;

    let new = Authority::new("Meridian Root 4");
    front.certify(&new, "localhost");
    for config in [
        trusting(folder.path(), &portal, &new),
        at_home(folder.path(), &portal),
    ] {
        let agent = Agent::start(config).await.unwrap();
        until(&agent, |status| status.connection == Connection::Streaming).await;
        assert_enforces(&agent, 5);
        in_time(agent.stop()).await;
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let portal = Portal::start_behind(|_| "https://portal.invalid".to_owned()).await;
    let config = AgentConfig {
        http: http_client(),
        ..at_home(folder.path(), &portal)
    };
    let agent = Agent::start(config).await.unwrap();
    let status = until(&agent, |status| lost(status).is_some()).await;
    let why = lost(&status).unwrap();
    assert!(
        why.starts_with("https://portal.invalid cannot be reached: "),
        "{why}"
    );
    assert_closed(&agent);
    in_time(agent.stop()).await;
}
