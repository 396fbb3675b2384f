//! Agents of other versions: the previous one keeps what it had and is shown as too old, a newer one is served.

use serde_json::json;
use tessera_app::devices;
use tessera_domain::{DeviceState, Role};
use tessera_policy::LayerName;
use tessera_wire::{Outcome, skill};

use crate::{
    machine::Machine,
    settings::{save, save_in},
    stories,
    world::{World, id},
};

stories! {
    an_agent_that_cannot_read_a_layer_is_shown_as_too_old,
    a_newer_agents_words_are_taken_as_far_as_they_are_known,
}

async fn an_agent_that_cannot_read_a_layer_is_shown_as_too_old(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let machine = Machine::of_the_first_release(world, &mia).await;
    let look = async || {
        devices::device(&world.app, &world.owner, world.org, machine.device())
            .await
            .unwrap()
    };
    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let manifest = machine.manifest(world).await;
    let first = |manifest| {
        let mut receipt = machine.receipt(manifest);
        receipt.facts.wire = skill::FIRST;
        receipt
    };
    machine.send(world, &first(&manifest)).await.unwrap();
    let (row, state) = look().await;
    assert!(matches!(state, DeviceState::Applied { .. }), "{state:?}");
    assert!(!devices::is_too_old(&row), "all that it is sent it can read");

    let own = LayerName::Tightened(id(&mia));
    save_in(
        world,
        own,
        json!({ "features": { "cloud_sharing": false } }),
        None,
    )
    .await
    .unwrap();
    let tightened = machine.manifest(world).await;
    assert!(tightened.payload().layers.iter().any(|layer| layer.layer == own));
    let (row, state) = look().await;
    assert!(
        devices::is_too_old(&row),
        "it refuses this manifest whole, and keeps the last"
    );
    assert_eq!(row.receipt_revision, Some(1));
    assert!(!matches!(state, DeviceState::Applied { .. }), "{state:?}");

    machine.send(world, &machine.receipt(&tightened)).await.unwrap();
    let (row, state) = look().await;
    assert!(!devices::is_too_old(&row), "it was updated");
    assert!(matches!(state, DeviceState::Applied { .. }), "{state:?}");
}

async fn a_newer_agents_words_are_taken_as_far_as_they_are_known(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let manifest = machine.manifest(world).await;
    let mut receipt = machine.receipt(&manifest);
    receipt.facts.wire = 99;
    receipt.sections[0].outcome = Outcome::Unknown;
    machine.send(world, &receipt).await.unwrap();
    let (row, state) = devices::device(&world.app, &world.owner, world.org, machine.device())
        .await
        .unwrap();
    assert_eq!(row.wire, 99);
    assert!(!devices::is_too_old(&row));
    let DeviceState::Failed { reason, .. } = state else {
        panic!("what is not understood is not called applied: {state:?}");
    };
    assert!(reason.contains("update"), "{reason}");
}
