//! Every message as it is written today, byte for byte. These files stay: what stands in them was said by a
//! released version, and must be readable for as long as its format number is.
//!
//! `TESSERA_WRITE_GOLDEN=1` writes files that are missing; it never changes one that exists.

use std::{fmt::Debug, fs, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use tessera_wire::{
    Base64, Blob, CredentialsAnswer, Digest, LeaveAnswer, ListIndex, MachineFacts, Payload, Problem,
    SealedCredential, Text, assertion,
    enrol::{PollError, PollRefusal},
    list, sign,
    stream::{EventBlob, ManifestEvent, TombstoneEvent},
    token::{Scope, TokenError, TokenRefusal, TokenRequest, TokenResponse},
    verify,
};

use crate::sample;

fn golden(name: &str, written: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/1")
        .join(name);
    if std::env::var_os("TESSERA_WRITE_GOLDEN").is_some() && !path.exists() {
        fs::write(&path, written).expect("the golden folder can be written");
    }
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stays(name: &str, written: &[u8]) {
    let kept = golden(name, written);
    assert_eq!(
        String::from_utf8_lossy(&kept),
        String::from_utf8_lossy(written),
        "{name} changed on the wire"
    );
}

fn signed<P: Payload + PartialEq + Debug>(name: &str, payload: &P, key: &P::Signer, public: &P::Key) {
    let envelope = sign(payload, key).expect("the sample is within limits");
    stays(name, &envelope.json);
    let read = verify::<P>(&golden(name, &envelope.json), public).expect("the golden bytes verify");
    assert_eq!(read.payload(), payload);
    assert_eq!(read.payload_digest(), envelope.payload_digest);
}

fn plain<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, message: &T) {
    let json = serde_json::to_vec(message).expect("a message is JSON");
    stays(name, &json);
    assert_eq!(
        &serde_json::from_slice::<T>(&golden(name, &json)).expect("the golden bytes are read"),
        message
    );
}

#[test]
fn signed_messages_keep_their_bytes() {
    let (org, device) = (sample::org_key(), sample::device_key());
    let (org_public, device_public) = (org.verifying_key(), device.verifying_key());
    signed("manifest.json", &sample::manifest(), &org, &org_public);
    signed(
        "manifest-naming-teams.json",
        &sample::naming_manifest(),
        &org,
        &org_public,
    );
    signed("tombstone.json", &sample::tombstone(), &org, &org_public);
    signed("credential.json", &sample::credential(), &org, &org_public);
    signed("org-key.json", &sample::key_statement(), &org, &org_public);
    signed("receipt.json", &sample::receipt(), &device, &device_public);
    signed(
        "last-receipt.json",
        &sample::last_receipt(),
        &device,
        &device_public,
    );
    signed("enrol-begin.json", &sample::begin(), &device, &device_public);
    signed("enrol-poll.json", &sample::poll(), &device, &device_public);
    signed("enrol-key.json", &sample::key_request(), &device, &device_public);
}

#[test]
fn a_seal_of_old_still_opens() {
    let written = sign(&sample::credential(), &sample::org_key()).unwrap().json;
    let kept = golden("credential.json", &written);
    let sealed = verify::<SealedCredential>(&kept, &sample::org_key().verifying_key()).unwrap();
    let opened = sealed.payload().open(&sample::sealing_key()).unwrap();
    assert_eq!(opened.field("key"), sample::delivered_key().field("key"));
}

#[test]
fn answers_keep_their_bytes() {
    plain("enrol-begin-response.json", &sample::begin_response());
    plain("enrolled.json", &sample::enrolled());
    let error = PollError::AuthorizationPending;
    plain(
        "enrol-poll-refusal.json",
        &PollRefusal {
            error,
            error_description: Some(Text::clip("not yet")),
        },
    );
    plain(
        "token-refusal.json",
        &TokenRefusal {
            error: TokenError::InvalidGrant,
            error_description: None,
        },
    );
    plain(
        "problem.json",
        &Problem::new(404, "There is no such blob", Some("Ask for the manifest again")),
    );
    let tombstone = sign(&sample::tombstone(), &sample::org_key()).unwrap().envelope;
    plain(
        "token-response.json",
        &TokenResponse {
            access_token: "opaque".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: 600,
            scope: Scope::Tombstone,
            tombstone: Some(tombstone.clone()),
        },
    );
    let envelope = sign(&sample::credential(), &sample::org_key()).unwrap().envelope;
    let credentials = vec![envelope];
    plain("credentials.json", &CredentialsAnswer { credentials });
    let wire = tessera_wire::skill::READS_TIGHTENED;
    let facts = MachineFacts {
        wire,
        ..sample::facts()
    };
    plain("facts.json", &facts);
    plain(
        "leave.json",
        &LeaveAnswer {
            allowed: false,
            why: Text::clip("Acme lets only administrators sign machines out. Ask Mia."),
        },
    );
    plain("event-tombstone.json", &TombstoneEvent { envelope: tombstone });
}

#[test]
fn an_event_keeps_its_bytes_and_a_packed_blob_stays_readable() {
    let blob = Blob::new(br#"{"telemetry":{"value":false}}"#.to_vec());
    // Another version of the packer may write other bytes; those of old must still unpack.
    let gzip = golden("blob.gz", &blob.to_gzip());
    let event = ManifestEvent {
        envelope: sign(&sample::manifest(), &sample::org_key()).unwrap().envelope,
        blobs: vec![EventBlob {
            digest: blob.digest(),
            gzip: Base64(gzip),
        }],
    };
    plain("event-manifest.json", &event);
    assert_eq!(event.blobs[0].open(), Ok(blob));
}

#[test]
fn an_assertion_keeps_its_bytes() {
    let nonce = sample::begin().nonce;
    let url = "https://portal.example/sync/v1/token";
    let made = assertion::make(sample::id(5), &sample::device_key(), url, sample::now(), nonce);
    stays("assertion.jwt", made.as_bytes());
    stays("token-request.form", TokenRequest::new(made).to_form().as_bytes());
}

#[test]
fn a_list_keeps_its_bytes() {
    let list = list::cut((0..600).map(|n| format!("host-{n:04}.example"))).unwrap();
    stays("list-index.json", list.index.bytes());
    assert!(list.chunks.len() > 1);
    stays("list-chunk.txt", list.chunks[0].bytes());
    let index = ListIndex::read(list.index.bytes()).unwrap();
    assert_eq!(index.chunks[0], Digest::of(&golden("list-chunk.txt", &[])));
}
