//! A device proves itself for five minutes, to one address, by one key.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use tessera_ids::Timestamp;
use tessera_wire::{
    DeviceSigningKey,
    assertion::{self, AssertionError, Claims},
    keys::Signs as _,
};

use crate::sample;

const URL: &str = "https://portal.example/sync/v1/token";

fn made() -> String {
    assertion::make(
        sample::id(5),
        &sample::device_key(),
        URL,
        sample::now(),
        sample::begin().nonce,
    )
}

fn check(assertion: &str, url: &str, now: Timestamp) -> Result<Claims, AssertionError> {
    assertion::verify(assertion, &sample::device_key().verifying_key(), url, now)
}

fn minutes(number: u64) -> Duration {
    Duration::from_mins(number)
}

#[rstest]
#[case(sample::now(), None)]
#[case(sample::now().plus(minutes(4)), None)]
#[case(sample::now().minus(minutes(5)), None)]
#[case(sample::now().plus(minutes(5)), Some(AssertionError::Expired))]
#[case(sample::now().minus(minutes(5) + Duration::from_secs(1)), Some(AssertionError::NotYet))]
fn clocks_may_differ_by_five_minutes(#[case] now: Timestamp, #[case] refused: Option<AssertionError>) {
    assert_eq!(check(&made(), URL, now).err(), refused);
    assert!(refused.is_none_or(AssertionError::is_clock));
}

#[test]
fn it_names_its_device_its_address_and_a_nonce() {
    let claims = check(&made(), URL, sample::now()).unwrap();
    assert_eq!((claims.iss, claims.sub), (sample::id(5), sample::id(5)));
    assert_eq!(claims.jti, sample::begin().nonce);
    assert_eq!(claims.expires_at(), sample::now().plus(minutes(5)));
    assert_eq!(assertion::claimed_device(&made()), Ok(sample::id(5)));
    let elsewhere = check(&made(), "https://evil.example/sync/v1/token", sample::now());
    assert_eq!(elsewhere.unwrap_err(), AssertionError::Audience);
    let stranger = DeviceSigningKey::from_bytes(&[1; 32]).verifying_key();
    let refused = assertion::verify(&made(), &stranger, URL, sample::now());
    assert_eq!(refused.unwrap_err(), AssertionError::BadSignature);
}

fn forge(header: &str, claims: &serde_json::Value) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        part(header.as_bytes()),
        part(claims.to_string().as_bytes())
    );
    format!(
        "{signed}.{}",
        part(&sample::device_key().sign_bytes(signed.as_bytes()))
    )
}

fn honest() -> serde_json::Value {
    serde_json::to_value(check(&made(), URL, sample::now()).expect("honest")).expect("claims are JSON")
}

#[rstest]
#[case::none(r#"{"alg":"none"}"#)]
#[case::hmac(r#"{"alg":"HS256","typ":"JWT"}"#)]
#[case::demanding(r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#)]
fn other_algorithms_are_refused(#[case] header: &str) {
    assert_eq!(
        check(&forge(header, &honest()), URL, sample::now()).unwrap_err(),
        AssertionError::Algorithm
    );
}

#[rstest]
#[case("sub", sample::id::<tessera_ids::DeviceId>(6).to_string().into(), AssertionError::Subject)]
#[case("exp", (sample::now().as_seconds() + 301).into(), AssertionError::TooLong)]
#[case("exp", i64::MAX.into(), AssertionError::TooLong)]
#[case("iat", i64::MIN.into(), AssertionError::TooLong)]
#[case("jti", "short".into(), AssertionError::Malformed)]
#[case("aud", serde_json::Value::Null, AssertionError::Malformed)]
fn badly_made_claims_are_refused_though_signed(
    #[case] claim: &str,
    #[case] value: serde_json::Value,
    #[case] refused: AssertionError,
) {
    let header = r#"{"alg":"EdDSA","typ":"JWT"}"#;
    assert!(check(&forge(header, &honest()), URL, sample::now()).is_ok());
    let mut claims = honest();
    claims[claim] = value;
    assert_eq!(
        check(&forge(header, &claims), URL, sample::now()).unwrap_err(),
        refused
    );
}

#[test]
fn tampered_and_mangled_assertions_are_refused() {
    let made = made();
    for at in 0..made.len() {
        let mut bytes = made.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let text = String::from_utf8(bytes).unwrap();
        assert!(check(&text, URL, sample::now()).is_err(), "byte {at}");
        assert!(check(&made[..at], URL, sample::now()).is_err(), "cut at {at}");
    }
    for text in [
        "",
        ".",
        "..",
        "a.b.c",
        &format!("{made}.x"),
        &format!("{made}="),
        &"A".repeat(9_000),
    ] {
        assert_eq!(
            check(text, URL, sample::now()).unwrap_err(),
            AssertionError::Malformed,
            "{text}"
        );
    }
}
