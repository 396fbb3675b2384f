//! Devices: enrolled, told, believed, and ended.

use serde_json::json;
use tessera_app::{
    devices,
    sync::{self, Subscription, Told},
    teams,
};
use tessera_domain::{DeviceState, Kind, Role};
use tessera_ids::ambient::SystemEntropy;
use tessera_policy::LayerName;
use tessera_wire::{DeviceSigningKey, Digest, Outcome, Removal, Tombstone, UserCode, token::Scope, verify};

use crate::{
    machine::{Machine, begin, kind, poll},
    settings::{save, save_in},
    stories,
    world::{World, id},
};

stories! {
    a_saved_decision_is_signed_applied_and_shown,
    a_change_of_team_reaches_the_device_at_an_equal_revision,
    a_removed_device_gets_its_tombstone_and_nothing_else,
    a_device_that_signs_itself_out_is_ended_by_its_last_word,
    a_removed_member_takes_their_devices_along,
    a_receipt_is_believed_only_when_it_says_what_was_sent,
    two_machines_with_one_key_are_told_apart,
    a_stream_tells_each_manifest_once_and_ends_with_the_device,
    an_offered_manifest_raises_nothing_unless_it_is_ahead_and_our_own,
    an_assertion_buys_one_token,
    wrong_codes_are_counted,
    a_denied_or_late_code_enrols_nothing,
}

async fn a_saved_decision_is_signed_applied_and_shown(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let saved = save(
        world,
        json!({ "memory": { "websites": { "add": ["bank.example.com"] } } }),
        None,
    )
    .await
    .unwrap();
    let before = devices::rollout(&world.app, &world.owner, world.org, saved.revision)
        .await
        .unwrap();
    assert_eq!(
        (
            before.numbers.audience,
            before.numbers.applied,
            before.numbers.pending
        ),
        (1, 0, 1)
    );

    let manifest = machine.manifest(world).await;
    assert_eq!(manifest.payload().revision, saved.revision);
    machine.send(world, &machine.receipt(&manifest)).await.unwrap();
    let after = devices::rollout(&world.app, &world.owner, world.org, saved.revision)
        .await
        .unwrap();
    assert_eq!((after.numbers.applied, after.numbers.pending), (1, 0));
    let (_, state) = devices::device(&world.app, &world.owner, world.org, machine.device())
        .await
        .unwrap();
    assert!(
        matches!(state, DeviceState::Applied { revision: 1, .. }),
        "{state:?}"
    );

    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let (_, state) = devices::device(&world.app, &world.owner, world.org, machine.device())
        .await
        .unwrap();
    assert!(
        matches!(state, DeviceState::Pending { .. }),
        "a newer revision is on its way: {state:?}"
    );
}

async fn a_change_of_team_reaches_the_device_at_an_equal_revision(world: &World) {
    let member = world.member("mia", Role::Read).await;
    let machine = Machine::enrol(world, &member).await;
    let team = teams::create(&world.app, &world.owner, world.org, &"Design".parse().unwrap())
        .await
        .unwrap();
    save_in(
        world,
        LayerName::Team(team),
        json!({ "memory": { "audio_capture": false } }),
        None,
    )
    .await
    .unwrap();
    let before = machine.manifest(world).await;
    assert!(
        before
            .payload()
            .layers
            .iter()
            .all(|layer| layer.layer != LayerName::Team(team))
    );

    teams::add(&world.app, &world.owner, world.org, team, &[id(&member)])
        .await
        .unwrap();
    let joined = machine.manifest(world).await;
    assert!(
        joined
            .payload()
            .layers
            .iter()
            .any(|layer| layer.layer == LayerName::Team(team))
    );
    assert!(joined.payload().serial > before.payload().serial);
    assert_eq!(joined.payload().revision, before.payload().revision);
    assert_ne!(joined.payload().audience, before.payload().audience);

    teams::remove(&world.app, &world.owner, world.org, team, &[id(&member)])
        .await
        .unwrap();
    let left = machine.manifest(world).await;
    assert_eq!(left.payload().audience, before.payload().audience);
    assert!(left.payload().serial > joined.payload().serial);
}

async fn a_removed_device_gets_its_tombstone_and_nothing_else(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let actor = machine.sign_in(world).await;
    devices::end(
        &world.app,
        &world.owner,
        world.org,
        machine.device(),
        Removal::Wiped,
    )
    .await
    .unwrap();

    let token = machine.token(world).await;
    assert_eq!(token.scope, Scope::Tombstone);
    assert!(token.tombstone.is_some());
    let ended = machine.sign_in(world).await;
    assert_eq!(
        kind(Subscription::open(&world.app, ended.clone(), None).map(drop)),
        Kind::Forbidden
    );
    assert_eq!(
        kind(sync::blob(&world.app, &ended, Digest::of(b"x")).await),
        Kind::Forbidden
    );
    assert_eq!(
        kind(sync::manifest(&world.app, &ended).await.map(drop)),
        Kind::Forbidden
    );
    let bytes = sync::tombstone(&world.app, &actor).await.unwrap();
    let tombstone = verify::<Tombstone>(&bytes, machine.org_key()).unwrap();
    assert_eq!(
        (tombstone.payload().device, tombstone.payload().kind),
        (machine.device(), Removal::Wiped)
    );

    machine.send_last(world).await.unwrap();
    let (_, state) = devices::device(&world.app, &world.owner, world.org, machine.device())
        .await
        .unwrap();
    assert!(
        matches!(
            state,
            DeviceState::Wiped {
                wiped_at: Some(_),
                ..
            }
        ),
        "{state:?}"
    );
    let again = devices::end(
        &world.app,
        &world.owner,
        world.org,
        machine.device(),
        Removal::Wiped,
    )
    .await;
    assert_eq!(kind(again), Kind::Conflict);
}

async fn a_device_that_signs_itself_out_is_ended_by_its_last_word(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    machine.send_last(world).await.unwrap();
    machine.send_last(world).await.unwrap();
    let (_, state) = devices::device(&world.app, &world.owner, world.org, machine.device())
        .await
        .unwrap();
    assert!(
        matches!(
            state,
            DeviceState::SignedOut {
                wiped_at: Some(_),
                ..
            }
        ),
        "{state:?}"
    );
}

async fn a_removed_member_takes_their_devices_along(world: &World) {
    let member = world.member("mia", Role::Write).await;
    let machine = Machine::enrol(world, &member).await;
    tessera_app::members::remove(&world.app, &world.owner, world.org, id(&member))
        .await
        .unwrap();
    assert_eq!(machine.token(world).await.scope, Scope::Tombstone);
}

async fn a_receipt_is_believed_only_when_it_says_what_was_sent(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let manifest = machine.manifest(world).await;
    let failed = |reason: &'static str| async move {
        let rollout = devices::rollout(&world.app, &world.owner, world.org, 1)
            .await
            .unwrap();
        assert_eq!(
            (rollout.numbers.applied, rollout.numbers.failed),
            (0, 1),
            "{reason}"
        );
    };

    let mut lying = machine.receipt(&manifest);
    lying.sections[0].outcome = Outcome::Applied {
        digest: Digest::of(b"something else"),
    };
    machine.send(world, &lying).await.unwrap();
    failed("another digest was reread").await;

    let mut silent = machine.receipt(&manifest);
    silent.sections.clear();
    machine.send(world, &silent).await.unwrap();
    failed("nothing is said of a section").await;

    let mut invented = machine.receipt(&manifest);
    invented.manifest = Digest::of(b"never issued");
    machine.send(world, &invented).await.unwrap();
    failed("the manifest was never issued").await;

    let mut foreign = machine.receipt(&manifest);
    foreign.device = tessera_ids::DeviceId::generate(&*world.app.clock, &SystemEntropy);
    assert_eq!(kind(machine.send(world, &foreign).await), Kind::Invalid);

    machine.send(world, &machine.receipt(&manifest)).await.unwrap();
    let rollout = devices::rollout(&world.app, &world.owner, world.org, 1)
        .await
        .unwrap();
    assert_eq!(rollout.numbers.applied, 1);
}

async fn two_machines_with_one_key_are_told_apart(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let manifest = machine.manifest(world).await;
    let receipt = machine.receipt(&manifest);
    machine.send(world, &receipt).await.unwrap();
    machine.send(world, &receipt).await.unwrap();
    let mut twin = receipt;
    twin.facts.host = tessera_wire::Text::clip("another-machine");
    assert_eq!(kind(machine.send(world, &twin).await), Kind::Conflict);
    let (_, state) = devices::device(&world.app, &world.owner, world.org, machine.device())
        .await
        .unwrap();
    assert!(matches!(state, DeviceState::Cloned { .. }), "{state:?}");
    assert_eq!(machine.token(world).await.scope, Scope::Tombstone);
}

async fn a_stream_tells_each_manifest_once_and_ends_with_the_device(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let actor = machine.sign_in(world).await;
    let mut stream = Subscription::open(&world.app, actor.clone(), None).unwrap();
    let Told::Manifest(first) = stream.next(&world.app).await.unwrap() else {
        panic!("a manifest comes first")
    };
    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let Told::Manifest(second) = stream.next(&world.app).await.unwrap() else {
        panic!("then the new one")
    };
    assert!(second.serial > first.serial);

    let mut resumed = Subscription::open(&world.app, actor, Some(second.serial)).unwrap();
    devices::end(
        &world.app,
        &world.owner,
        world.org,
        machine.device(),
        Removal::SignedOut,
    )
    .await
    .unwrap();
    for stream in [&mut stream, &mut resumed] {
        let Told::Tombstone(bytes) = stream.next(&world.app).await.unwrap() else {
            panic!("only the end is left")
        };
        verify::<Tombstone>(&bytes, machine.org_key()).unwrap();
    }
}

async fn an_offered_manifest_raises_nothing_unless_it_is_ahead_and_our_own(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let actor = machine.sign_in(world).await;
    let kept = sync::manifest(&world.app, &actor).await.unwrap();
    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let before = machine.manifest(world).await;

    sync::offer(&world.app, &actor, &kept.envelope).await.unwrap();
    let foreign = DeviceSigningKey::generate(&SystemEntropy);
    assert_eq!(
        kind(sync::offer(&world.app, &actor, foreign.verifying_key().to_string().as_bytes()).await),
        Kind::Invalid
    );
    assert_eq!(kind(sync::offer(&world.app, &actor, b"{}").await), Kind::Invalid);

    assert!(!world.audit().await.contains(&"sync.counter_raised".to_owned()));
    assert_eq!(
        machine.manifest(world).await.payload().serial,
        before.payload().serial
    );
}

async fn an_assertion_buys_one_token(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let assertion = machine.assertion(world);
    sync::token(&world.app, &assertion)
        .await
        .expect("the first use is good");
    let again = sync::token(&world.app, &assertion).await;
    assert!(matches!(again, Err(sync::Refused::Grant(..))), "{again:?}");
}

async fn wrong_codes_are_counted(world: &World) {
    let wrong = UserCode::generate(&SystemEntropy);
    for _ in 0..5 {
        assert_eq!(
            kind(sync::look_up(&world.app, &world.owner, &wrong).await),
            Kind::NotFound
        );
    }
    let (right, _) = begin(world, &DeviceSigningKey::generate(&SystemEntropy)).await;
    assert_eq!(
        kind(sync::look_up(&world.app, &world.owner, &right).await),
        Kind::RateLimited
    );
    assert_eq!(
        kind(sync::deny(&world.app, &world.owner, &right).await),
        Kind::RateLimited
    );
}

async fn a_denied_or_late_code_enrols_nothing(world: &World) {
    let key = DeviceSigningKey::generate(&SystemEntropy);
    let (user_code, device_code) = begin(world, &key).await;
    sync::deny(&world.app, &world.owner, &user_code).await.unwrap();
    assert!(poll(world, &key, &device_code).await.is_err());
    assert_eq!(
        kind(sync::approve(&world.app, &world.owner, world.org, &user_code).await),
        Kind::NotFound
    );

    let (user_code, device_code) = begin(world, &key).await;
    let stranger = DeviceSigningKey::generate(&SystemEntropy);
    assert!(
        poll(world, &stranger, &device_code).await.is_err(),
        "a code is worth nothing without its key"
    );
    world.clock.advance(std::time::Duration::from_mins(11));
    assert_eq!(
        kind(sync::approve(&world.app, &world.owner, world.org, &user_code).await),
        Kind::NotFound
    );
}
