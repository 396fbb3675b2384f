//! What a hostile machine, an unlucky moment or a busy member brings: nobody is told two things under one
//! serial, and nobody stays behind who was ended.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use tessera_app::{
    Pulse, devices, members,
    sync::{Subscription, Told},
    teams,
};
use tessera_domain::{Kind, Role};
use tessera_ids::{DeviceId, TeamId, ambient::SystemEntropy};
use tessera_policy::LayerName;
use tessera_store::NewDevice;
use tessera_wire::{Audience, Removal, Serial, Text, Wiped};

use crate::{
    machine::{Machine, kind},
    settings::{save, save_in},
    stories,
    world::{World, id},
};

stories! {
    a_team_change_that_was_not_heard_of_yet_splits_no_serial,
    every_device_of_a_removed_member_ends_however_many_there_are,
    a_cloned_device_hears_nothing_more,
    a_receipt_cannot_run_ahead_of_its_manifest,
    a_removed_device_cannot_fill_the_audit_log,
}

/// Puts a member's device into a team as another replica would, whose announcement is still on its way.
async fn join_elsewhere(
    world: &World,
    machine: &Machine,
    team: TeamId,
    member: &tessera_app::Actor,
) -> Pulse {
    let now = world.app.clock.now();
    let audience = Audience {
        org: world.org,
        teams: BTreeSet::from([team]),
        member: None,
        wave: 0,
    };
    let place = audience.id().to_string();
    let mut tx = world.app.store.begin().await.unwrap();
    let revision = tx.lock_org(world.org).await.unwrap().unwrap().revision;
    tx.add_team_members(world.org, team, &[id(member)], now)
        .await
        .unwrap();
    tx.insert_audience(world.org, &place, &json!({}), now)
        .await
        .unwrap();
    tx.move_devices(world.org, &[(machine.device(), place)])
        .await
        .unwrap();
    let audience_epoch = tx.raise_audience_epoch(world.org).await.unwrap();
    let serial = tx.next_serial(world.org, now).await.unwrap();
    tx.want_serial(world.org, serial, revision, now).await.unwrap();
    tx.commit().await.unwrap();
    Pulse {
        serial: Serial::new(serial),
        audience_epoch,
    }
}

async fn a_team_change_that_was_not_heard_of_yet_splits_no_serial(world: &World) {
    let member = world.member("mia", Role::Read).await;
    let machine = Machine::enrol(world, &member).await;
    let team = teams::create(&world.app, &world.owner, world.org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let patch = json!({ "memory": { "audio_capture": false } });
    save_in(world, LayerName::Team(team), patch, None).await.unwrap();
    let actor = machine.sign_in(world).await;
    let mut stream = Subscription::open(&world.app, actor, None).unwrap();
    stream.next(&world.app).await.unwrap();

    let pulse = join_elsewhere(world, &machine, team, &member).await;
    let earlier = Pulse {
        audience_epoch: pulse.audience_epoch - 1,
        ..pulse
    };
    world.app.hub.announce(world.org, earlier);
    let Told::Manifest(told) = stream.next(&world.app).await.unwrap() else {
        panic!("the device is in order")
    };
    assert_eq!(told.serial, pulse.serial);
    assert!(
        told.audience.teams.contains(&team),
        "the settings of its former teams would stand under the serial of its present ones"
    );
}

async fn every_device_of_a_removed_member_ends_however_many_there_are(world: &World) {
    let member = world.member("mia", Role::Read).await;
    let machine = Machine::enrol(world, &member).await;
    let now = world.app.clock.now();
    let mut tx = world.app.store.begin().await.unwrap();
    let account = tx.account(id(&member)).await.unwrap().unwrap();
    for number in 0..205 {
        let new = NewDevice {
            id: DeviceId::generate(&*world.app.clock, &SystemEntropy),
            created_at: now,
            host: format!("host-{number}").parse().unwrap(),
            os: "Debian 12".parse().unwrap(),
            agent_version: "0.1.0".parse().unwrap(),
            key_storage: "file".to_owned(),
            address: String::new(),
            signing_key: vec![0; 32],
            sealing_key: vec![0; 32],
            audience: "everybody".to_owned(),
            enrollment_key: None,
            wire: 1,
        };
        tx.insert_device(world.org, &account, &new).await.unwrap();
    }
    tx.commit().await.unwrap();

    let early = machine.sign_in(world).await;
    members::remove(&world.app, &world.owner, world.org, id(&member))
        .await
        .unwrap();
    let mut tx = world.app.store.read().await.unwrap();
    assert!(tx.device_places(world.org).await.unwrap().is_empty());
    drop(tx);
    let now = machine.sign_in(world).await;
    assert_ne!(now.scope, early.scope);
}

async fn a_cloned_device_hears_nothing_more(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let manifest = machine.manifest(world).await;
    let actor = machine.sign_in(world).await;
    let mut stream = Subscription::open(&world.app, actor, None).unwrap();
    stream.next(&world.app).await.unwrap();
    let receipt = machine.receipt(&manifest);
    machine.send(world, &receipt).await.unwrap();
    let mut twin = receipt;
    twin.facts.host = Text::clip("another-machine");
    assert_eq!(kind(machine.send(world, &twin).await), Kind::Conflict);

    let end = tokio::time::timeout(Duration::from_secs(10), stream.next(&world.app)).await;
    assert_eq!(kind(end.expect("its stream ends by itself")), Kind::Forbidden);
    assert!(world.audit().await.contains(&"device.cloned".to_owned()));
}

async fn a_receipt_cannot_run_ahead_of_its_manifest(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let mut receipt = machine.receipt(&machine.manifest(world).await);
    receipt.revision = 2;
    machine.send(world, &receipt).await.unwrap();
    save(world, json!({ "features": { "telemetry": true } }), None)
        .await
        .unwrap();
    let ahead = devices::rollout(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    assert_eq!((ahead.numbers.applied, ahead.numbers.pending), (0, 1));
}

async fn a_removed_device_cannot_fill_the_audit_log(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    devices::end(
        &world.app,
        &world.owner,
        world.org,
        machine.device(),
        Removal::Wiped,
    )
    .await
    .unwrap();
    let grudge = || Wiped {
        what: Text::clip("settings"),
        failed: Some(Text::clip("I would rather not")),
    };
    let mut last = Ok(());
    for _ in 0..25 {
        last = machine.send_last_with(world, vec![grudge()]).await;
    }
    assert_eq!(kind(last), Kind::RateLimited);
    world.clock.advance(Duration::from_hours(1));
    machine.send_last(world).await.unwrap();
}
