//! Every state of a device, and the facts and times between them.

use rstest::rstest;
use tessera_domain::{
    DeviceFacts, DeviceState,
    device_state::{Failure, Lifecycle, ReceiptFacts, STALE_AFTER, UNREACHABLE_AFTER, Wanted},
};
use tessera_ids::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(10_000_000);

fn receipt(serial: u64) -> ReceiptFacts {
    ReceiptFacts {
        serial,
        revision: serial,
        at: NOW,
        matches: true,
        failure: None,
    }
}

fn facts(receipt: Option<ReceiptFacts>) -> DeviceFacts {
    DeviceFacts {
        lifecycle: Lifecycle::Active,
        enrolled_at: Timestamp::from_seconds(1),
        last_contact: Some(NOW),
        wanted: Some(Wanted {
            serial: 5,
            revision: 5,
            issued_at: NOW,
        }),
        receipt,
    }
}

#[rstest]
#[case(None, "pending")]
#[case(Some(receipt(4)), "pending")]
#[case(Some(receipt(5)), "applied")]
#[case(Some(receipt(6)), "applied")]
#[case(Some(ReceiptFacts { matches: false, ..receipt(5) }), "failed")]
#[case(Some(ReceiptFacts { failure: Some(Failure { section: "memory".into(), reason: "disk full".into() }), ..receipt(5) }), "failed")]
#[case(Some(ReceiptFacts { failure: Some(Failure { section: "memory".into(), reason: "disk full".into() }), ..receipt(4) }), "pending")]
fn a_device_in_contact(#[case] receipt: Option<ReceiptFacts>, #[case] state: &str) {
    assert_eq!(DeviceState::of(&facts(receipt), NOW).as_str(), state);
}

#[test]
fn a_silent_device_falls_behind_and_then_stale() {
    let old = facts(Some(receipt(4)));
    let behind = DeviceState::of(&old, NOW.plus(UNREACHABLE_AFTER));
    assert_eq!(
        behind,
        DeviceState::Behind {
            revision: 4,
            last_contact: Some(NOW)
        }
    );
    let never = facts(None);
    assert_eq!(
        DeviceState::of(&never, NOW.plus(UNREACHABLE_AFTER)).as_str(),
        "pending"
    );
    for silent in [old, never, facts(Some(receipt(5)))] {
        let state = DeviceState::of(&silent, NOW.plus(STALE_AFTER));
        assert_eq!(state, DeviceState::Stale { last_contact: NOW });
    }
}

#[rstest]
#[case(Lifecycle::Cloned { at: NOW }, "cloned")]
#[case(Lifecycle::SignedOut { at: NOW, wiped_at: None }, "signed_out")]
#[case(Lifecycle::Wiped { at: NOW, wiped_at: Some(NOW) }, "wiped")]
fn the_end_of_a_device_outweighs_its_receipts(#[case] lifecycle: Lifecycle, #[case] state: &str) {
    let ended = DeviceFacts {
        lifecycle,
        ..facts(Some(receipt(5)))
    };
    let derived = DeviceState::of(&ended, NOW.plus(STALE_AFTER));
    assert_eq!(derived.as_str(), state);
    assert!(!derived.is_enrolled());
}
