//! Only the machine that began can finish, at the portal where it began.

use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;
use tessera_wire::{
    DeviceSigningKey, EnvelopeError, Text, UserCode,
    enrol::{self, EnrolError, PollError, PollRefusal},
    enrol_key::{self, EnrolmentKey},
    sign,
    token::{TokenRefusal, TokenRequest},
};

use crate::sample::{self, PORTAL};

#[test]
fn a_request_is_believed_by_the_key_it_carries() {
    let json = sign(&sample::begin(), &sample::device_key()).unwrap().json;
    let read = enrol::verify_begin(&json, "https://portal.example/", sample::now()).unwrap();
    assert_eq!(read.payload(), &sample::begin());

    let thief = DeviceSigningKey::from_bytes(&[1; 32]);
    let json = sign(&sample::begin(), &thief).unwrap().json;
    let refused = enrol::verify_begin(&json, PORTAL, sample::now()).unwrap_err();
    assert_eq!(refused, EnvelopeError::ForeignKey.into());
}

#[test]
fn requests_for_other_portals_and_other_times_are_refused() {
    let json = sign(&sample::begin(), &sample::device_key()).unwrap().json;
    let elsewhere = enrol::verify_begin(&json, "https://evil.example", sample::now());
    assert_eq!(elsewhere.unwrap_err(), EnrolError::OtherPortal);
    let minutes = |number| Duration::from_mins(number);
    for off in [sample::now().plus(minutes(6)), sample::now().minus(minutes(6))] {
        assert_eq!(
            enrol::verify_begin(&json, PORTAL, off).unwrap_err(),
            EnrolError::Clock
        );
    }
    assert!(enrol::verify_begin(&json, PORTAL, sample::now().plus(minutes(5))).is_ok());
}

#[test]
fn a_stolen_device_code_is_worth_nothing_without_the_key() {
    let key = sample::device_key();
    let json = sign(&sample::poll(), &key).unwrap().json;
    assert_eq!(
        enrol::claimed_device_code(&json).unwrap(),
        sample::poll().device_code
    );
    assert!(enrol::verify_poll(&json, &key.verifying_key(), PORTAL, sample::now()).is_ok());
    let thief = DeviceSigningKey::from_bytes(&[1; 32]);
    let stolen = sign(&sample::poll(), &thief).unwrap().json;
    let refused = enrol::verify_poll(&stolen, &key.verifying_key(), PORTAL, sample::now()).unwrap_err();
    assert_eq!(refused, EnvelopeError::ForeignKey.into());
    assert!(
        enrol::verify_begin(&json, PORTAL, sample::now()).is_err(),
        "a poll is no request to begin"
    );
}

#[rstest]
#[case("authorization_pending", PollError::AuthorizationPending, true)]
#[case("slow_down", PollError::SlowDown, true)]
#[case("access_denied", PollError::AccessDenied, false)]
#[case("expired_token", PollError::ExpiredToken, false)]
#[case("moon_phase", PollError::Unknown, false)]
fn poll_errors_are_those_of_the_rfc(#[case] word: &str, #[case] error: PollError, #[case] waiting: bool) {
    let read: PollRefusal = serde_json::from_str(&format!(r#"{{"error":"{word}"}}"#)).unwrap();
    assert_eq!((read.error, read.error.is_waiting()), (error, waiting));
    let odd = format!(
        r#"{{"error":"{word}","error_description":"two\nlines {}"}}"#,
        "x".repeat(9_000)
    );
    let read: PollRefusal = serde_json::from_str(&odd).unwrap();
    assert_eq!(read.error, error, "an odd explanation does not hide the code");
    assert_eq!(read.error_description.unwrap().as_str().len(), 500);
    assert!(serde_json::from_str::<TokenRefusal>(r#"{"error":"invalid_grant"}"#).is_ok());
}

#[rstest]
#[case("BCDF-GHJK")]
#[case(" bcdf ghjk ")]
#[case("b-c-d-f-g-h-j-k")]
#[case("BCDF\u{2013}GHJK")]
fn a_typed_code_is_forgiven_its_form(#[case] typed: &str) {
    assert_eq!(typed.parse::<UserCode>().unwrap().to_string(), "BCDF-GHJK");
}

#[rstest]
#[case("")]
#[case("BCDF-GHJ")]
#[case("BCDF-GHJKL")]
#[case("ACDF-GHJK")]
#[case("BCDF-GHJ0")]
#[case("ВCDF-GHJK")]
fn what_was_never_shown_is_refused(#[case] typed: &str) {
    assert!(typed.parse::<UserCode>().is_err());
    assert!("-".repeat(10_000).parse::<UserCode>().is_err());
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!(
        "{:?} {:?} {:?}",
        sample::begin_response(),
        sample::device_key(),
        TokenRequest::new("SECRET".to_owned())
    );
    let code = sample::begin_response().user_code;
    assert!(
        !printed.contains(&code.compact()) && !printed.contains("SECRET"),
        "{printed}"
    );
    assert!(
        !printed.contains(&String::from(sample::begin_response().device_code)),
        "{printed}"
    );
}

proptest! {
    #[test]
    fn a_code_survives_being_shown(seed in any::<u8>()) {
        let entropy = sample::Counting::default();
        tessera_ids::Entropy::fill(&entropy, &mut vec![0; usize::from(seed)]);
        let code = UserCode::generate(&entropy);
        prop_assert_eq!(code.to_string().to_lowercase().parse(), Ok(code));
    }

    #[test]
    fn a_clipped_text_is_always_a_text(text in any::<String>()) {
        let clipped = Text::<40>::clip(&text);
        prop_assert_eq!(Text::try_from(String::from(clipped.clone())), Ok(clipped));
    }
}

#[test]
fn a_request_by_a_key_is_believed_by_the_devices_own_key_alone() {
    let json = sign(&sample::key_request(), &sample::device_key()).unwrap().json;
    let read = enrol_key::verify_key_request(&json, PORTAL, sample::now()).unwrap();
    assert_eq!(read.payload(), &sample::key_request());
    let elsewhere = enrol_key::verify_key_request(&json, "https://evil.example", sample::now());
    assert_eq!(elsewhere.unwrap_err(), EnrolError::OtherPortal);
    let late = sample::now().plus(Duration::from_mins(6));
    assert_eq!(
        enrol_key::verify_key_request(&json, PORTAL, late).unwrap_err(),
        EnrolError::Clock
    );
    let thief = DeviceSigningKey::from_bytes(&[1; 32]);
    let stolen = sign(&sample::key_request(), &thief).unwrap().json;
    let refused = enrol_key::verify_key_request(&stolen, PORTAL, sample::now()).unwrap_err();
    assert_eq!(
        refused,
        EnvelopeError::ForeignKey.into(),
        "the enrolment key alone signs nothing"
    );
}

#[test]
fn an_enrolment_key_is_read_from_a_file_and_never_printed() {
    let text = format!("{}{}", EnrolmentKey::PREFIX, "A".repeat(43));
    let key: EnrolmentKey = format!("{text}\n").parse().unwrap();
    assert_eq!(key.reveal(), text);
    assert!(!format!("{key:?}").contains("AAAA"));
    for wrong in [
        "",
        "tsk_",
        "tsa_AAAA",
        &text[..46],
        &format!("{text}A"),
        &format!("{} x", &text[..45]),
    ] {
        assert!(wrong.parse::<EnrolmentKey>().is_err(), "{wrong}");
    }
}
