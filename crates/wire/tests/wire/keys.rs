//! Keys are what the standards say, and none is weak.

use tessera_wire::{
    DeviceSealingKey, DeviceSealingPublicKey, DeviceSigningKey, OrgSigningKey, OrgVerifyingKey, key_words,
    keys::{Signs as _, Verifies as _},
};

use crate::sample;

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    std::array::from_fn(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).expect("hex"))
}

#[test]
fn signatures_are_those_of_rfc_8032() {
    let secret = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = OrgSigningKey::from_bytes(&secret);
    let public = key.verifying_key();
    assert_eq!(
        public.to_bytes(),
        bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    );
    let signature = bytes(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    assert_eq!(key.sign_bytes(&[0x72]), signature);
    assert!(public.verify_bytes(&[0x72], &signature));
    assert!(!public.verify_bytes(&[0x73], &signature));
}

#[test]
fn the_sealing_key_is_that_of_rfc_7748() {
    let secret = bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let key = DeviceSealingKey::from_bytes(&secret);
    assert_eq!(*key.to_bytes(), secret);
    let public = bytes("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assert_eq!(key.public_key().to_bytes(), public);
    assert_eq!(key.public_key().to_string().parse(), Ok(key.public_key()));
}

#[test]
fn weak_and_malformed_public_keys_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert!(OrgVerifyingKey::from_bytes(identity).is_err());
    assert!(OrgVerifyingKey::from_bytes([0; 32]).is_err());
    assert!(DeviceSealingPublicKey::from_bytes([0; 32]).is_err());
    assert!("AAAA".parse::<OrgVerifyingKey>().is_err());
    assert!("!".repeat(43).parse::<OrgVerifyingKey>().is_err());
}

#[test]
fn keys_survive_storage_and_are_not_printed() {
    let key = DeviceSigningKey::generate(&sample::Counting::default());
    let again = DeviceSigningKey::from_bytes(&key.to_bytes());
    assert_eq!(again.verifying_key(), key.verifying_key());
    assert_eq!(format!("{key:?}"), "DeviceSigningKey(redacted)");
    assert_eq!(key.verifying_key().key_id().as_str().len(), 16);
}

#[test]
fn a_keys_words_never_change() {
    assert_eq!(
        key_words(&sample::device_key().verifying_key()).join(" "),
        "quartz button frost velvet"
    );
    let other = DeviceSigningKey::from_bytes(&[1; 32]).verifying_key();
    assert_ne!(
        key_words(&other),
        key_words(&sample::device_key().verifying_key())
    );
}
