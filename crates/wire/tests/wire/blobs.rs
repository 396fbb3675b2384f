//! A blob is what its name says, and never more than was allowed.

use proptest::prelude::*;
use tessera_wire::{
    Blob, Digest, Problem,
    blob::{BlobError, compress, decompress},
    limits, sign,
    stream::{self, ManifestEvent, ReadEventError},
};

use crate::sample;

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let bomb = compress(&vec![0; 64 * 1024 * 1024]);
    assert!(bomb.len() < 100_000);
    assert_eq!(
        decompress(&bomb, 10_000).unwrap_err(),
        BlobError::TooLarge(10_000)
    );
    assert_eq!(decompress(&compress(&[0; 10_000]), 10_000).unwrap().len(), 10_000);
}

#[test]
fn cut_off_padded_and_doubled_members_are_refused() {
    let gzip = compress(b"a tessera came back marked");
    for at in 0..gzip.len() {
        assert_eq!(
            decompress(&gzip[..at], 100).unwrap_err(),
            BlobError::Malformed,
            "cut at {at}"
        );
    }
    for tail in [b"x".as_slice(), &gzip] {
        assert_eq!(
            decompress(&[&gzip, tail].concat(), 100).unwrap_err(),
            BlobError::Malformed
        );
    }
    assert_eq!(decompress(b"not gzip", 100).unwrap_err(), BlobError::Malformed);
}

#[test]
fn other_bytes_than_the_name_says_are_refused() {
    let (name, gzip) = (Digest::of(b"one"), compress(b"another"));
    assert_eq!(
        Blob::from_gzip(name, &gzip, 100).unwrap_err(),
        BlobError::WrongDigest(name)
    );
}

#[test]
fn an_event_carries_what_fits() {
    let envelope = sign(&sample::manifest(), &sample::org_key()).unwrap().envelope;
    let blob = |size: usize| (Digest::of(&size.to_be_bytes()), vec![0; size]);
    let event = ManifestEvent::new(envelope, [blob(30_000), blob(30_000), blob(15_000), blob(10_000)]);
    let sizes: Vec<_> = event.blobs.iter().map(|blob| blob.gzip.0.len()).collect();
    assert_eq!(sizes, [30_000, 15_000]);
    let json = serde_json::to_vec(&event).unwrap();
    assert_eq!(stream::read::<ManifestEvent>(&json).unwrap(), event);
    assert_eq!(
        stream::read::<ManifestEvent>(b"{}").unwrap_err(),
        ReadEventError::Malformed
    );
    let huge = vec![b' '; limits::EVENT_BYTES + 1];
    assert_eq!(
        stream::read::<ManifestEvent>(&huge).unwrap_err(),
        ReadEventError::TooLarge
    );
}

#[test]
fn a_refusal_is_read_from_whoever_answers() {
    let read = Problem::read(br#"{"title":"Gone\n","status":410,"cause":[1]}"#).unwrap();
    assert_eq!((read.status, read.title.unwrap().as_str()), (410, "Gone "));
    assert_eq!(Problem::read(b"<html>proxy</html>"), None);
    assert_eq!(Problem::read(&vec![b' '; limits::SMALL_BODY_BYTES + 1]), None);
}

proptest! {
    #[test]
    fn packing_is_deterministic_and_loses_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let gzip = compress(&bytes);
        prop_assert_eq!(&gzip, &compress(&bytes));
        prop_assert_eq!(decompress(&gzip, bytes.len()).unwrap(), bytes);
    }

    #[test]
    fn a_digest_survives_its_text(bytes in any::<[u8; 32]>()) {
        let digest = Digest::from_bytes(bytes);
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        prop_assert!(digest.to_string()[1..].parse::<Digest>().is_err());
    }
}
