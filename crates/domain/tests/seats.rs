//! Seats: whatever happens in whatever order, they are never exceeded and never counted twice.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use proptest::prelude::*;
use tessera_domain::{EmailAddress, seats::Ledger};

fn address() -> impl Strategy<Value = EmailAddress> {
    ("[a-e]{1,2}", any::<bool>()).prop_map(|(local, shout)| {
        let local = if shout { local.to_uppercase() } else { local };
        format!("{local}@example.com").parse().unwrap()
    })
}

proptest! {
    #[test]
    fn no_order_of_steps_exceeds_the_seats(limit in 0_u32..6, steps in prop::collection::vec(0_u8..3, 0..40)) {
        let mut ledger = Ledger { limit: Some(limit), used: 0, held: 0 };
        for step in steps {
            let next = match step {
                0 => ledger.hold(1),
                1 => ledger.join(),
                _ if ledger.held > 0 => ledger.accept(),
                _ => Ok(ledger),
            };
            ledger = next.unwrap_or(ledger);
            prop_assert!(ledger.used + ledger.held <= limit);
        }
    }

    #[test]
    fn each_address_takes_one_seat(
        members in prop::collection::vec(address(), 0..20),
        invited in prop::collection::vec(address(), 0..20),
    ) {
        let ledger = Ledger::count(None, &members, &invited);
        let everybody: std::collections::BTreeSet<_> = members.iter().chain(&invited).collect();
        prop_assert_eq!((ledger.used + ledger.held) as usize, everybody.len());
        prop_assert_eq!(ledger.free(), None);
    }
}

#[test]
fn a_refusal_says_how_the_seats_are_taken() {
    let ledger = Ledger {
        limit: Some(20),
        used: 17,
        held: 3,
    };
    let refusal = ledger.hold(1).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "No seats available: 17 of 20 used, 3 held by invitations."
    );
    assert_eq!(
        ledger.accept().unwrap(),
        Ledger {
            limit: Some(20),
            used: 18,
            held: 2
        }
    );
    let shrunk = Ledger {
        limit: Some(10),
        used: 17,
        held: 3,
    };
    assert_eq!(shrunk.free(), Some(0));
    assert!(shrunk.accept().is_err());
    assert!(shrunk.join().is_err());
}
