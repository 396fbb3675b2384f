//! Applications that no list speaks of are told once, by name and id, and nothing else is.

use tessera_agent::AgentHandle;
use tessera_policy::{Decision, Subject, applications::ApplicationIdentity};

use crate::{
    portal::Portal,
    world::{in_time, settled},
};

fn ask(agent: &AgentHandle, application: ApplicationIdentity) -> Decision {
    let subject = Subject {
        application: Some(application),
        ..Subject::default()
    };
    agent.decide(&subject).decision
}

fn program(exe: &str) -> ApplicationIdentity {
    ApplicationIdentity {
        exe: Some(exe.to_owned()),
        name: Some("Frobnicate".to_owned()),
        ..ApplicationIdentity::default()
    }
}

#[tokio::test]
async fn an_unknown_application_is_told_once_and_known_ones_never() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(1, &["blocked.example"]);
    let agent = settled(folder.path(), &portal).await;
    let slack = ApplicationIdentity {
        bundle_id: Some("com.tinyspeck.slackmacgap".to_owned()),
        ..ApplicationIdentity::default()
    };
    let nameless = ApplicationIdentity {
        name: Some("Anything".to_owned()),
        ..ApplicationIdentity::default()
    };
    ask(&agent, slack);
    ask(&agent, nameless);
    for _ in 0..3 {
        assert_eq!(ask(&agent, program("/home/anna/bin/frobnicate")), Decision::Allow);
    }
    assert_eq!(
        ask(&agent, program("C:\\Users\\anna\\other.exe")),
        Decision::Allow
    );
    let told = portal
        .until(|told| (told.sightings.len() >= 2).then(|| told.sightings.clone()))
        .await;
    let mut rules: Vec<String> = told
        .iter()
        .flat_map(|seen| &seen.rules)
        .map(ToString::to_string)
        .collect();
    rules.sort();
    assert_eq!(rules, ["exe:frobnicate", "exe:other.exe"]);
    assert!(told.iter().all(|seen| seen.name.as_str() == "Frobnicate"));
    in_time(agent.stop()).await;
}
