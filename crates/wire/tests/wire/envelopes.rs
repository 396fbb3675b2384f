//! Nothing is believed that the right key did not sign as that very kind of message.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use tessera_wire::{
    DeviceSigningKey, DeviceVerifyingKey, Digest, Envelope, EnvelopeError, LastReceipt, LayerName, Manifest,
    ManifestLayer, OrgSigningKey, OrgVerifyingKey, Outcome, Payload, Receipt, Serial, Tombstone, dsse::pae,
    limits, sign, verify, verify_envelope,
};

use crate::sample;

#[test]
fn the_encoding_is_that_of_the_specification() {
    let encoded = pae("http://example.com/HelloWorld", b"hello world");
    assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

#[test]
fn a_message_cannot_be_passed_off_as_another_kind() {
    let public = sample::org_key().verifying_key();
    let mut envelope = sign(&sample::tombstone(), &sample::org_key()).unwrap().envelope;
    let refused = verify_envelope::<Manifest>(&envelope, &public);
    assert_eq!(
        refused.unwrap_err(),
        EnvelopeError::WrongType {
            expected: Manifest::TYPE
        }
    );
    envelope.payload_type = Manifest::TYPE.to_owned();
    assert_eq!(
        verify_envelope::<Manifest>(&envelope, &public).unwrap_err(),
        EnvelopeError::BadSignature
    );

    let mut envelope = sign(&sample::receipt(), &sample::device_key()).unwrap().envelope;
    envelope.payload_type = LastReceipt::TYPE.to_owned();
    let refused = verify_envelope::<LastReceipt>(&envelope, &sample::device_key().verifying_key());
    assert_eq!(refused.unwrap_err(), EnvelopeError::BadSignature);
}

#[test]
fn foreign_unsigned_and_borrowed_signatures_are_refused() {
    let signed = sign(&sample::manifest(), &sample::org_key()).unwrap();
    let stranger = OrgSigningKey::from_bytes(&[1; 32]);
    let refused = verify::<Manifest>(&signed.json, &stranger.verifying_key());
    assert_eq!(refused.unwrap_err(), EnvelopeError::ForeignKey);

    let public = sample::org_key().verifying_key();
    let mut unsigned = signed.envelope.clone();
    unsigned.signatures.clear();
    assert_eq!(
        verify_envelope::<Manifest>(&unsigned, &public).unwrap_err(),
        EnvelopeError::ForeignKey
    );

    // A stranger who writes the org's fingerprint beside his own signature.
    let mut forged = sign(&sample::manifest(), &stranger).unwrap().envelope;
    forged.signatures[0].keyid = signed.key_id.to_string();
    assert_eq!(
        verify_envelope::<Manifest>(&forged, &public).unwrap_err(),
        EnvelopeError::BadSignature
    );

    let mut short = signed.envelope.clone();
    short.signatures[0].sig.0.pop();
    assert_eq!(
        verify_envelope::<Manifest>(&short, &public).unwrap_err(),
        EnvelopeError::BadSignature
    );

    let mut many = signed.envelope.clone();
    many.signatures = vec![many.signatures[0].clone(); limits::ENVELOPE_SIGNATURES + 1];
    assert_eq!(
        verify_envelope::<Manifest>(&many, &public).unwrap_err(),
        EnvelopeError::Malformed
    );
}

#[test]
fn two_signatures_and_a_missing_fingerprint_are_understood() {
    let public = sample::org_key().verifying_key();
    let mut envelope = sign(&sample::manifest(), &sample::org_key()).unwrap().envelope;
    let other = sign(&sample::manifest(), &OrgSigningKey::from_bytes(&[1; 32]))
        .unwrap()
        .envelope;
    envelope.signatures.insert(0, other.signatures[0].clone());
    envelope.signatures[1].keyid.clear();
    assert!(verify_envelope::<Manifest>(&envelope, &public).is_ok());
}

#[derive(Serialize, Deserialize)]
struct Later {
    format: u64,
    riddle: String,
}

impl Payload for Later {
    const TYPE: &'static str = Manifest::TYPE;
    type Signer = OrgSigningKey;
    type Key = OrgVerifyingKey;
}

#[test]
fn a_newer_format_is_refused_by_its_number() {
    let later = sign(
        &Later {
            format: 2,
            riddle: "?".to_owned(),
        },
        &sample::org_key(),
    )
    .unwrap();
    let refused = verify::<Manifest>(&later.json, &sample::org_key().verifying_key()).unwrap_err();
    assert_eq!(refused, EnvelopeError::UnknownFormat { found: 2, known: 1 });
    assert_eq!(
        refused.to_string(),
        "format 2 is not known to this version, which reads format 1"
    );
}

#[derive(Serialize, Deserialize)]
struct Chatty {
    #[serde(flatten)]
    receipt: serde_json::Value,
}

impl Payload for Chatty {
    const TYPE: &'static str = Receipt::TYPE;
    type Signer = DeviceSigningKey;
    type Key = DeviceVerifyingKey;
}

#[test]
fn what_a_newer_peer_adds_is_passed_over() {
    let mut receipt = serde_json::to_value(sample::receipt()).unwrap();
    receipt["mood"] = "fine".into();
    receipt["facts"]["key_storage"] = "tpm".into();
    receipt["sections"][2]["outcome"] = "postponed".into();
    let signed = sign(&Chatty { receipt }, &sample::device_key()).unwrap();
    let read = verify::<Receipt>(&signed.json, &sample::device_key().verifying_key())
        .unwrap()
        .into_payload();
    assert_eq!(read.facts.key_storage, tessera_wire::KeyStorage::Unknown);
    assert_eq!(read.sections[2].outcome, Outcome::Unknown);
}

#[test]
fn limits_hold_on_both_sides() {
    let mut manifest = sample::manifest();
    manifest.layers.push(manifest.layers[0].clone());
    assert!(matches!(
        sign(&manifest, &sample::org_key()),
        Err(EnvelopeError::Payload(_))
    ));
    let mut manifest = sample::manifest();
    manifest.serial = Serial::new(u64::MAX);
    assert!(sign(&manifest, &sample::org_key()).is_err());

    let mut receipt = serde_json::to_value(sample::receipt()).unwrap();
    receipt["facts"]["host"] = "x".repeat(254).into();
    let signed = sign(&Chatty { receipt }, &sample::device_key()).unwrap();
    let refused = verify::<Receipt>(&signed.json, &sample::device_key().verifying_key()).unwrap_err();
    assert!(refused.to_string().contains("longer than 253 bytes"), "{refused}");

    let huge = vec![b' '; limits::ENVELOPE_BYTES + 1];
    assert_eq!(
        Envelope::from_json(&huge).unwrap_err(),
        EnvelopeError::TooLarge(limits::ENVELOPE_BYTES)
    );
    let mut fat = sign(&sample::tombstone(), &sample::org_key()).unwrap().envelope;
    fat.payload.0.resize(limits::SMALL_PAYLOAD_BYTES + 1, b' ');
    let refused = verify_envelope::<Tombstone>(&fat, &sample::org_key().verifying_key());
    assert_eq!(
        refused.unwrap_err(),
        EnvelopeError::TooLarge(limits::SMALL_PAYLOAD_BYTES)
    );
}

fn any_manifest() -> impl Strategy<Value = Manifest> {
    let digest = any::<[u8; 32]>().prop_map(Digest::from_bytes);
    let names = proptest::collection::btree_map("[a-z][a-z0-9._-]{0,63}", digest, 0..6).prop_map(|map| {
        map.into_iter()
            .map(|(key, value)| (sample::name(&key), value))
            .collect()
    });
    let layers = proptest::collection::btree_map(0_u128..8, (names.clone(), names), 0..5);
    let numbers = (
        0..=i64::MAX.unsigned_abs(),
        0..=i64::MAX.unsigned_abs(),
        any::<u32>(),
        any::<i64>(),
    );
    (layers, numbers).prop_map(|(layers, (serial, revision, wave, at))| Manifest {
        serial: Serial::new(serial),
        revision,
        wave,
        issued_at: tessera_ids::Timestamp::from_micros(at),
        credentials: BTreeMap::new(),
        layers: layers
            .into_iter()
            .map(|(number, (sections, lists))| {
                let layer = if number == 0 {
                    LayerName::Org
                } else {
                    LayerName::Team(sample::id(number))
                };
                ManifestLayer {
                    layer,
                    sections,
                    lists,
                }
            })
            .collect(),
        ..sample::manifest()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_is_what_is_read(manifest in any_manifest()) {
        let signed = sign(&manifest, &sample::org_key()).unwrap();
        prop_assert_eq!(&signed.json, &serde_json::to_vec(&signed.envelope).unwrap());
        let read = verify::<Manifest>(&signed.json, &sample::org_key().verifying_key()).unwrap();
        prop_assert_eq!(read.payload(), &manifest);
        prop_assert_eq!(read.payload_digest(), Digest::of(read.payload_bytes()));
    }

    #[test]
    fn no_changed_byte_changes_what_is_believed(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let signed = sign(&sample::manifest(), &sample::org_key()).unwrap();
        let mut json = signed.json.clone();
        *at.get_mut(&mut json) ^= flip;
        if let Ok(read) = verify::<Manifest>(&json, &sample::org_key().verifying_key()) {
            prop_assert_eq!(read.payload_digest(), signed.payload_digest);
        }
    }

    #[test]
    fn a_cut_off_envelope_is_refused(at in any::<prop::sample::Index>()) {
        let json = sign(&sample::manifest(), &sample::org_key()).unwrap().json;
        let cut = &json[..at.index(json.len())];
        prop_assert_eq!(
            verify::<Manifest>(cut, &sample::org_key().verifying_key()).unwrap_err(),
            EnvelopeError::Malformed
        );
    }

    #[test]
    fn any_bytes_are_survived(json in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(verify::<Receipt>(&json, &sample::device_key().verifying_key()).is_err());
    }
}
