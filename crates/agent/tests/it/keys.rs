//! The org's keys on a device: only what the org signed for this device is taken, and nothing stays that is not named.

use std::{fs, path::Path};

use tessera_agent::AgentHandle;
use tessera_ids::{
    CredentialId, DeviceId,
    ambient::{SystemClock, SystemEntropy},
};
use tessera_wire::{
    Bound, DeliveredKey, DeviceSealingKey, Envelope, Name, OrgSigningKey, Outcome, Receipt, Removal,
    SealedCredential, sign,
};

use crate::{
    portal::Portal,
    world::{assert_enforces, at_home, in_time, revision, settled, until},
};

const KEY: &str = "sk-planted-0123456789-abcd";

fn id() -> CredentialId {
    CredentialId::generate(&SystemClock, &SystemEntropy)
}

/// How a key is sealed; each part can be a lie.
struct Seal<'a> {
    portal: &'a Portal,
    credential: CredentialId,
    version: u64,
}

impl Seal<'_> {
    fn bound(&self) -> Bound {
        Bound {
            org: self.portal.org(),
            device: self.portal.told().device.unwrap().0,
            credential: self.credential,
            version: self.version,
        }
    }

    fn sealed(&self, bound: Bound) -> SealedCredential {
        let key = DeliveredKey::new("Production", "openai".parse().unwrap(), "abcd", [("key", KEY)]);
        let to = self.portal.told().sealing.unwrap();
        SealedCredential::seal(bound, &key, &to, &SystemEntropy).unwrap()
    }

    fn honest(&self) -> Envelope {
        sign(&self.sealed(self.bound()), self.portal.key())
            .unwrap()
            .envelope
    }
}

async fn enrolled(folder: &Path, portal: &Portal) -> AgentHandle {
    portal.publish(1, &["blocked.example"]);
    settled(folder, portal).await
}

/// What the newest receipt for a revision says of the keys.
async fn said(portal: &Portal, revision: u64) -> Outcome {
    portal
        .until(|told| {
            let of_keys = |receipt: &&Receipt| receipt.revision == revision;
            let newest = told.receipts.iter().rev().find(of_keys)?;
            let line = newest
                .sections
                .iter()
                .find(|line| line.section.as_str() == Name::CREDENTIALS)?;
            Some(line.outcome.clone())
        })
        .await
}

#[tokio::test]
async fn a_key_is_fetched_opened_kept_sealed_and_dropped() {
    let (folder, portal, key) = (tempfile::tempdir().unwrap(), Portal::start().await, id());
    let agent = enrolled(folder.path(), &portal).await;
    let seal = Seal {
        portal: &portal,
        credential: key,
        version: 3,
    };
    let honest = seal.honest();
    portal.told().credentials = vec![honest];
    portal.publish_naming(2, &[(key, 3)]);
    let status = until(&agent, |status| status.keys.len() == 1).await;
    assert_eq!(
        (status.keys[0].name.as_str(), status.keys[0].version),
        ("Production", 3)
    );
    assert_eq!(agent.key(key).unwrap().field("key"), Some(KEY));
    assert!(matches!(said(&portal, 2).await, Outcome::Applied { .. }));
    assert!(!holds(folder.path(), KEY), "it lies on the disk under its seal");

    in_time(agent.stop()).await;
    portal.told().credentials.clear();
    let agent = tessera_agent::Agent::start(at_home(folder.path(), &portal))
        .await
        .unwrap();
    until(&agent, |status| status.keys.len() == 1).await;
    assert_eq!(
        agent.key(key).unwrap().field("key"),
        Some(KEY),
        "known again without the portal"
    );

    portal.publish_naming(3, &[]);
    revision(&agent, 3).await;
    until(&agent, |status| status.keys.is_empty()).await;
    assert!(agent.key(key).is_none());
    assert!(
        !holds_file(folder.path(), &key.to_string()),
        "its seal is gone too"
    );
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn only_the_orgs_word_for_this_device_is_a_key() {
    let (folder, portal, key) = (tempfile::tempdir().unwrap(), Portal::start().await, id());
    let agent = enrolled(folder.path(), &portal).await;
    let seal = Seal {
        portal: &portal,
        credential: key,
        version: 3,
    };
    let bound = seal.bound();
    let mut elsewhere = seal.sealed(bound);
    elsewhere.device = DeviceId::generate(&SystemClock, &SystemEntropy);
    let another = DeviceSealingKey::generate(&SystemEntropy).public_key();
    let foreign = DeliveredKey::new("Production", "openai".parse().unwrap(), "", [("key", KEY)]);
    let foreign = SealedCredential::seal(bound, &foreign, &another, &SystemEntropy).unwrap();
    let old = Seal { version: 2, ..seal };
    let stranger = OrgSigningKey::generate(&SystemEntropy);
    let lies = [
        sign(&old.sealed(bound), &stranger).unwrap().envelope,
        sign(&elsewhere, portal.key()).unwrap().envelope,
        sign(&foreign, portal.key()).unwrap().envelope,
        old.honest(),
    ];
    for (number, lie) in (2..).zip(lies) {
        portal.told().credentials = vec![lie];
        portal.publish_naming(number, &[(key, 3)]);
        let said = said(&portal, number).await;
        assert!(matches!(said, Outcome::Failed { .. }), "lie {number}: {said:?}");
        assert!(agent.key(key).is_none());
        // Restrictions never wait for keys.
        assert_enforces(&agent, number);
    }
    let honest = Seal { version: 4, ..old }.honest();
    portal.told().credentials = vec![honest];
    until(&agent, |status| status.keys.len() == 1 && status.alarm.is_none()).await;
    assert_eq!(
        agent.key(key).unwrap().field("key"),
        Some(KEY),
        "asked for again until it comes"
    );
    assert!(matches!(
        said(&portal, 5).await,
        Outcome::Failed { .. } | Outcome::Applied { .. }
    ));
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn the_orgs_word_wipes_the_keys() {
    let (folder, portal, key) = (tempfile::tempdir().unwrap(), Portal::start().await, id());
    let agent = enrolled(folder.path(), &portal).await;
    let seal = Seal {
        portal: &portal,
        credential: key,
        version: 1,
    };
    let honest = seal.honest();
    portal.told().credentials = vec![honest];
    portal.publish_naming(2, &[(key, 1)]);
    until(&agent, |status| status.keys.len() == 1).await;
    portal.remove(portal.tombstone(Removal::Removed));
    let last = portal.until(|told| told.last_receipts.first().cloned()).await;
    let keys = last
        .wiped
        .iter()
        .find(|wiped| wiped.what.as_str() == "keys")
        .expect("it says so");
    assert!(keys.failed.is_none());
    assert!(agent.key(key).is_none() && agent.status().keys.is_empty());
    assert!(!holds_file(folder.path(), &key.to_string()));
    in_time(agent.stop()).await;
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| self::files(folder)));
    files
}

fn holds(folder: &Path, text: &str) -> bool {
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    files(folder)
        .into_iter()
        .any(|path| fs::read(path).is_ok_and(holds))
}

fn holds_file(folder: &Path, name: &str) -> bool {
    files(folder).iter().any(|path| path.ends_with(name))
}
