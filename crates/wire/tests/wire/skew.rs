//! Peers of other versions: what the previous one said is read as it was meant, and what a newer one adds does no
//! harm. What a *server* says to older agents is held still by [`crate::golden`]: they read exactly those bytes.

use std::marker::PhantomData;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tessera_wire::{
    DeviceSigningKey, DeviceVerifyingKey, MachineFacts, Manifest, OrgSigningKey, OrgVerifyingKey, Outcome,
    Payload, Receipt,
    enrol::{self, BeginRequest},
    enrol_key::{self, KeyRequest},
    sign, skill, verify,
};

use crate::sample::{self, PORTAL};

/// A message of the kind `P` with whatever another version puts into it.
struct Other<P>(Value, PhantomData<P>);

impl<P: Payload> Other<P> {
    fn of(message: &P, change: impl FnOnce(&mut Value)) -> Self
    where
        P: Serialize,
    {
        let mut json = serde_json::to_value(message).expect("a message is JSON");
        change(&mut json);
        Self(json, PhantomData)
    }
}

impl<P> Serialize for Other<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, P> serde::Deserialize<'de> for Other<P> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|json| Self(json, PhantomData))
    }
}

impl<P: Payload<Signer = DeviceSigningKey, Key = DeviceVerifyingKey>> Payload for Other<P> {
    const TYPE: &'static str = P::TYPE;
    const MAX_BYTES: usize = P::MAX_BYTES;
    type Signer = DeviceSigningKey;
    type Key = DeviceVerifyingKey;
}

/// The same for what an organization signs.
struct OfOrg(Value);

impl Serialize for OfOrg {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for OfOrg {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}

impl Payload for OfOrg {
    const TYPE: &'static str = Manifest::TYPE;
    const MAX_BYTES: usize = Manifest::MAX_BYTES;
    type Signer = OrgSigningKey;
    type Key = OrgVerifyingKey;
}

fn newer(json: &mut Value) {
    json["mood"] = json!({ "of": "a newer version" });
    json["facts"]["battery"] = json!(80);
    json["facts"]["wire"] = json!(99);
    json["facts"]["key_storage"] = json!("enclave");
}

#[test]
fn an_agent_that_does_not_say_what_it_reads_is_of_the_first_release() {
    let mut json = serde_json::to_value(sample::facts()).unwrap();
    assert_eq!(json.get("wire"), None, "and is written as it was");
    let facts: MachineFacts = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(facts.wire, skill::FIRST);
    json["wire"] = json!(skill::PRESENT);
    let facts: MachineFacts = serde_json::from_value(json).unwrap();
    assert_eq!(facts.wire, skill::PRESENT);
}

#[test]
fn what_a_newer_agent_adds_is_ignored() {
    let (key, now) = (sample::device_key(), sample::now());
    let begin = Other::<BeginRequest>::of(&sample::begin(), newer);
    let json = sign(&begin, &key).unwrap().json;
    let read = enrol::verify_begin(&json, PORTAL, now).unwrap();
    assert_eq!(read.payload().facts.wire, 99);
    assert_eq!(read.payload().facts.key_storage.as_str(), "unknown");

    let request = Other::<KeyRequest>::of(&sample::key_request(), newer);
    let json = sign(&request, &key).unwrap().json;
    enrol_key::verify_key_request(&json, PORTAL, now).unwrap();

    let receipt = Other::<Receipt>::of(&sample::receipt(), |json| {
        newer(json);
        json["sections"][0]["outcome"] = json!("postponed");
    });
    let json = sign(&receipt, &key).unwrap().json;
    let read = verify::<Receipt>(&json, &key.verifying_key()).unwrap();
    assert_eq!(read.payload().sections[0].outcome, Outcome::Unknown);
}

#[test]
fn another_format_is_refused_and_said() {
    let key = sample::device_key();
    let receipt = Other::<Receipt>::of(&sample::receipt(), |json| json["format"] = json!(2));
    let json = sign(&receipt, &key).unwrap().json;
    let refused = verify::<Receipt>(&json, &key.verifying_key()).unwrap_err();
    assert!(refused.to_string().contains("format"), "{refused}");
}

#[test]
fn a_manifest_with_a_layer_of_a_newer_server_is_refused_whole() {
    let key = sample::org_key();
    let mut json = serde_json::to_value(sample::manifest()).unwrap();
    json["mood"] = json!("new");
    let known = sign(&OfOrg(json.clone()), &key).unwrap().json;
    verify::<Manifest>(&known, &key.verifying_key()).expect("an unknown field does no harm");
    json["layers"][0]["layer"] = json!("planet_00000000000000000000000000");
    let unknown = sign(&OfOrg(json), &key).unwrap().json;
    verify::<Manifest>(&unknown, &key.verifying_key()).expect_err("half of it would loosen what binds");
}
