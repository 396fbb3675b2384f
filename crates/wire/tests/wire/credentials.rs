//! Keys sealed to one device: nobody else opens them, and nothing that is said beside them can be changed.

use tessera_ids::ambient::SystemEntropy;
use tessera_wire::{
    Base64, Bound, DeviceSealingKey, OrgSigningKey, SealError, SealedCredential, sign, verify,
};

use crate::sample::{self, bound, delivered_key};

fn sealed(own: &DeviceSealingKey) -> SealedCredential {
    SealedCredential::seal(bound(), &delivered_key(), &own.public_key(), &SystemEntropy).expect("it seals")
}

#[test]
fn only_its_own_device_opens_it() {
    let (own, other) = (
        DeviceSealingKey::generate(&SystemEntropy),
        DeviceSealingKey::generate(&SystemEntropy),
    );
    let sealed = sealed(&own);
    let opened = sealed.open(&own).unwrap();
    assert_eq!(opened.field("key"), Some("sk-sample-0123456789"));
    assert_eq!(opened.field("organization"), Some("org-1"));
    assert_eq!(
        (opened.name.as_str(), opened.provider.as_str()),
        ("Production", "openai")
    );
    assert_eq!(opened.field("region"), None);
    assert_eq!(sealed.open(&other).unwrap_err(), SealError::Foreign);
}

#[test]
fn what_it_is_bound_to_cannot_be_changed() {
    let own = DeviceSealingKey::generate(&SystemEntropy);
    let lie: [fn(&mut SealedCredential); 4] = [
        |sealed| sealed.org = sample::id(2),
        |sealed| sealed.device = sample::id(6),
        |sealed| sealed.credential = sample::id(9),
        |sealed| sealed.version += 1,
    ];
    for lie in lie {
        let mut sealed = sealed(&own);
        lie(&mut sealed);
        assert_eq!(sealed.open(&own).unwrap_err(), SealError::Foreign);
    }
    let mut torn = sealed(&own);
    torn.ciphertext.0.truncate(10);
    assert_eq!(torn.open(&own).unwrap_err(), SealError::Foreign);
    let mut torn = sealed(&own);
    torn.enc = Base64(vec![0; 31]);
    assert_eq!(torn.open(&own).unwrap_err(), SealError::Key);
}

#[test]
fn two_seals_of_one_key_are_not_alike() {
    let own = DeviceSealingKey::generate(&SystemEntropy);
    assert_ne!(sealed(&own).ciphertext, sealed(&own).ciphertext);
}

#[test]
fn another_orgs_signature_is_not_believed_and_nothing_is_in_clear() {
    let own = DeviceSealingKey::generate(&SystemEntropy);
    let signed = sign(&sealed(&own), &sample::org_key()).unwrap();
    let stranger = OrgSigningKey::generate(&SystemEntropy).verifying_key();
    assert!(verify::<SealedCredential>(&signed.json, &stranger).is_err());
    let read = verify::<SealedCredential>(&signed.json, &sample::org_key().verifying_key()).unwrap();
    assert_eq!(read.payload().bound(), bound());
    let clear = String::from_utf8_lossy(read.payload_bytes()).into_owned();
    assert!(
        !clear.contains("sample") && !clear.contains("Production"),
        "{clear}"
    );
    assert!(!format!("{:?}", delivered_key()).contains("sk-sample"));
    assert_ne!(
        Bound {
            version: 5,
            ..bound()
        },
        bound()
    );
}
