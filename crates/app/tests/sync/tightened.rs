//! An admin's word for one member, and what is ordered to be forgotten.

use serde_json::json;
use tessera_app::{
    members,
    settings::{self, Shelf, Whom},
};
use tessera_domain::{Kind, Role};
use tessera_policy::{
    LayerName, Leaf, Reason, SettingsPatch, Subject, Value, applications::ApplicationIdentity,
};
use tessera_wire::{Manifest, Verified};

use crate::{
    machine::{Machine, kind},
    settings::{save, save_in},
    stories,
    world::{World, id},
};

stories! {
    one_member_gets_their_own_manifest_and_others_do_not_move,
    what_was_tightened_goes_with_the_member,
    only_what_is_stricter_holds_and_a_stranger_has_no_layer,
    the_test_bench_answers_as_the_devices_of_whom_it_is_asked_for,
    a_review_says_whom_one_members_layer_touches_and_what_they_lose,
}

fn audio(on: bool) -> serde_json::Value {
    json!({ "memory": { "audio_capture": on } })
}

fn layers(manifest: &Verified<Manifest>) -> Vec<LayerName> {
    manifest
        .payload()
        .layers
        .iter()
        .map(|layer| layer.layer)
        .collect()
}

async fn one_member_gets_their_own_manifest_and_others_do_not_move(world: &World) {
    let (mia, ned) = (
        world.member("mia", Role::Read).await,
        world.member("ned", Role::Read).await,
    );
    let (hers, his) = (
        Machine::enrol(world, &mia).await,
        Machine::enrol(world, &ned).await,
    );
    save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let shared = hers.manifest(world).await.payload().audience;
    assert_eq!(his.manifest(world).await.payload().audience, shared);

    let own = LayerName::Tightened(id(&mia));
    save_in(world, own, audio(false), None).await.unwrap();
    let tightened = hers.manifest(world).await;
    assert_eq!(layers(&tightened), [LayerName::Org, own]);
    assert_ne!(tightened.payload().audience, shared);
    let untouched = his.manifest(world).await;
    assert_eq!(layers(&untouched), [LayerName::Org]);
    assert_eq!(untouched.payload().audience, shared);
    hers.send(world, &hers.receipt(&tightened)).await.unwrap();

    let mine = settings::mine(&world.app, &mia, world.org).await.unwrap();
    let (_, why) = mine
        .leaves
        .iter()
        .find(|(leaf, _)| *leaf == Leaf::AudioCapture)
        .unwrap();
    assert_eq!((&why.value, why.source), (&Value::Switch(false), own));

    save_in(world, own, json!({ "memory": { "audio_capture": null } }), None)
        .await
        .unwrap();
    let again = hers.manifest(world).await;
    assert_eq!(
        (layers(&again), again.payload().audience),
        (vec![LayerName::Org], shared)
    );
}

async fn what_was_tightened_goes_with_the_member(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let own = LayerName::Tightened(id(&mia));
    save_in(world, own, audio(false), None).await.unwrap();
    members::remove(&world.app, &world.owner, world.org, id(&mia))
        .await
        .unwrap();
    let current = settings::current(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!(current.snapshot.revision, 2, "its going is a revision");
    assert!(current.snapshot.layers().all(|layer| layer.name != own));
    let newest = settings::revision(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    assert_eq!(newest.summary.note.unwrap().to_string(), "mia left");
    assert_eq!(
        kind(save_in(world, own, audio(false), None).await),
        Kind::NotFound,
        "who is gone cannot be tightened"
    );
}

async fn only_what_is_stricter_holds_and_a_stranger_has_no_layer(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let own = LayerName::Tightened(id(&mia));
    save(world, audio(false), None).await.unwrap();
    save_in(world, own, audio(true), None).await.unwrap();
    let theirs = settings::effective_for(&world.app, &world.owner, world.org, id(&mia))
        .await
        .unwrap();
    let (_, why) = theirs
        .leaves
        .iter()
        .find(|(leaf, _)| *leaf == Leaf::AudioCapture)
        .unwrap();
    assert_eq!((&why.value, why.source), (&Value::Switch(false), LayerName::Org));

    let locked = json!({ "memory": { "audio_capture": { "value": false, "locked": true } } });
    assert_eq!(kind(save_in(world, own, locked, None).await), Kind::Invalid);
    let stranger = LayerName::Tightened(tessera_ids::AccountId::generate(
        &*world.app.clock,
        &*world.app.entropy,
    ));
    assert_eq!(
        kind(save_in(world, stranger, audio(false), None).await),
        Kind::NotFound
    );
}

async fn the_test_bench_answers_as_the_devices_of_whom_it_is_asked_for(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let block = json!({ "memory": { "applications": { "set": {
        "slack": { "name": "Slack", "identifiers": ["bundle_id:com.tinyspeck.slackmacgap"], "blocked": true },
    } } } });
    save_in(world, LayerName::Tightened(id(&mia)), block, None)
        .await
        .unwrap();
    let ask = async |whom, word: &str| {
        let subject = Subject::application(ApplicationIdentity::called(word));
        let tried = settings::try_out(&world.app, &world.owner, world.org, whom, subject)
            .await
            .unwrap();
        (
            tried.verdict.is_allow(),
            tried.verdict.reason,
            tried.verdict.layer,
        )
    };
    let slack = "com.tinyspeck.slackmacgap";
    assert!(ask(Whom::Everybody, slack).await.0);
    let hers = ask(Whom::Member(id(&mia)), slack).await;
    assert_eq!(
        hers,
        (false, Reason::DeniedApplication, LayerName::Tightened(id(&mia)))
    );
    let vault = ask(Whom::Everybody, "com.1password.1password").await;
    assert_eq!(vault, (false, Reason::DeniedApplication, LayerName::BuiltIn));

    save(world, json!({ "memory": { "paused": true } }), None)
        .await
        .unwrap();
    assert_eq!(ask(Whom::Everybody, slack).await.1, Reason::Paused);
    let page = settings::applications(
        &world.app,
        &world.owner,
        world.org,
        LayerName::Tightened(id(&mia)),
        Shelf::Blocked,
        "slack",
        (0, 10),
    )
    .await
    .unwrap();
    let row = page.rows.first().unwrap();
    assert_eq!((page.rows.len(), row.source), (1, LayerName::Tightened(id(&mia))));
    let nobody = Whom::Member(tessera_ids::AccountId::generate(
        &*world.app.clock,
        &*world.app.entropy,
    ));
    let asked = settings::try_out(
        &world.app,
        &world.owner,
        world.org,
        nobody,
        Subject::page("a.example"),
    )
    .await;
    assert_eq!(kind(asked), Kind::NotFound);
}

async fn a_review_says_whom_one_members_layer_touches_and_what_they_lose(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    Machine::enrol(world, &mia).await;
    save(
        world,
        json!({ "memory": { "websites": { "add": ["bank.example"] } } }),
        None,
    )
    .await
    .unwrap();
    let patch = json!({ "memory": {
        "audio_capture": false,
        "websites": { "add": ["pay.bank.example", "clinic.example"] },
    } });
    let edits = SettingsPatch::parse(&patch).unwrap();
    let own = LayerName::Tightened(id(&mia));
    let review = settings::review(&world.app, &world.owner, world.org, own, &edits, &[])
        .await
        .unwrap();
    assert_eq!((review.members, review.devices), (1, 1));
    assert_eq!(
        review.losses,
        [
            "Audio context capture no longer lets long-term memory record sound, such as meetings.",
            "2 websites more are never captured.",
        ]
    );
    let redundant: Vec<_> = review
        .redundant
        .sample
        .iter()
        .map(|one| (one.rule.as_str(), one.by.as_str()))
        .collect();
    assert_eq!(redundant, [("pay.bank.example", "bank.example of org")]);
}
