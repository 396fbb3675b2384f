//! Only what is newer replaces.

use tessera_wire::{Acceptance, Accepted, Manifest, Serial, Verified, accept, sign, verify};

use crate::sample;

fn offered(change: impl FnOnce(&mut Manifest)) -> Verified<Manifest> {
    let mut manifest = sample::manifest();
    manifest.serial = Serial::new(100);
    change(&mut manifest);
    let json = sign(&manifest, &sample::org_key()).expect("within limits").json;
    verify(&json, &sample::org_key().verifying_key()).expect("just signed")
}

#[test]
fn a_serial_decides_and_nothing_else() {
    let org = sample::id(1);
    let has = Accepted::from(&offered(|_| {}));
    let verdict = |change: &dyn Fn(&mut Manifest)| accept(org, Some(&has), &offered(change));
    assert_eq!(verdict(&|_| {}), Acceptance::Same);
    assert_eq!(verdict(&|m| m.serial = Serial::new(101)), Acceptance::Newer);
    assert_eq!(verdict(&|m| m.serial = Serial::new(99)), Acceptance::Older);
    assert_eq!(verdict(&|m| m.revision = 13), Acceptance::Conflict);
    let rolled_back = |m: &mut Manifest| (m.serial, m.revision) = (Serial::new(99), 4_000);
    assert_eq!(
        verdict(&rolled_back),
        Acceptance::Older,
        "a higher revision does not help an older serial"
    );
    let team_change = |m: &mut Manifest| {
        m.serial = Serial::new(101);
        m.audience = tessera_wire::AudienceId::from_bytes([1; 32]);
    };
    assert_eq!(
        verdict(&team_change),
        Acceptance::Newer,
        "teams change at an equal revision"
    );
    let other_team = |m: &mut Manifest| m.audience = tessera_wire::AudienceId::from_bytes([1; 32]);
    assert_eq!(verdict(&other_team), Acceptance::Conflict);
}

#[test]
fn another_org_is_foreign_even_to_a_device_that_has_nothing() {
    let stray = offered(|m| (m.org, m.serial) = (sample::id(2), Serial::new(9_999)));
    assert_eq!(accept(sample::id(1), None, &stray), Acceptance::Foreign);
    assert_eq!(
        accept(sample::id(1), Some(&Accepted::from(&offered(|_| {}))), &stray),
        Acceptance::Foreign
    );
    assert_eq!(accept(sample::id(1), None, &offered(|_| {})), Acceptance::Newer);
}

#[test]
fn a_serial_follows_the_clock_and_never_stands_still() {
    let first = Serial::ZERO.next(sample::now());
    assert_eq!(first.get(), 1_800_000_000_000_000);
    assert_eq!(first.next(sample::now()), Serial::new(first.get() + 1));
    assert_eq!(
        Serial::new(5).next(tessera_ids::Timestamp::from_micros(-1)),
        Serial::new(6)
    );
}
