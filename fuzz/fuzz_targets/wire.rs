//! What devices and servers say to each other: nothing panics, nothing unsigned is believed, and an envelope that is read is
//! written back as what it says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tessera_wire::stream::{self, ManifestEvent};
use tessera_wire::{
    DeviceSigningKey, DeviceVerifyingKey, Envelope, LastReceipt, Manifest, Receipt, SightingsReport, Tombstone,
    batch::BlobsAnswer, blob, verify,
};

fuzz_target!(|bytes: &[u8]| {
    let stranger: DeviceVerifyingKey = DeviceSigningKey::from_bytes(&[7; 32]).verifying_key();
    assert!(verify::<Receipt>(bytes, &stranger).is_err());
    assert!(verify::<LastReceipt>(bytes, &stranger).is_err());
    if let Ok(envelope) = Envelope::from_json(bytes) {
        assert_eq!(Envelope::from_json(&envelope.to_json()).as_ref(), Ok(&envelope));
    }
    let _ = serde_json::from_slice::<Manifest>(bytes);
    let _ = serde_json::from_slice::<Receipt>(bytes);
    let _ = serde_json::from_slice::<Tombstone>(bytes);
    let _ = serde_json::from_slice::<SightingsReport>(bytes);
    let _ = serde_json::from_slice::<BlobsAnswer>(bytes);
    let _ = stream::read::<ManifestEvent>(bytes);
    let _ = blob::decompress(bytes, 1 << 20);
});
