//! Rollouts in stages: who gets the new settings when, what halts them, and how they are undone.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use tessera_app::{
    Actor,
    credentials::{self, NewKey},
    devices, rollouts,
    settings::{self, Reach, SaveRequest, Saved},
    teams,
};
use tessera_domain::{
    DeviceState, Kind, Result, Role,
    credential::{Delivery, ProviderKind, Typed},
    rollout::{Plan, RolloutState, Stage, Who},
};
use tessera_ids::TeamId;
use tessera_policy::{LayerName, SettingsPatch};
use tessera_store::StagedRollout;
use tessera_wire::{Name, Outcome, Text};

use crate::{
    machine::{Machine, kind},
    settings::{save, save_in},
    stories,
    world::{World, id},
};

stories! {
    waves_come_one_after_another_and_end_with_everybody,
    a_failing_device_halts_it_and_going_on_counts_anew,
    rolling_back_is_a_new_revision_for_everybody,
    a_save_joins_the_rollout_and_its_stage_begins_anew,
    a_pause_holds_the_stage_and_a_release_ends_it,
    teams_come_first_and_a_change_of_team_moves_a_device,
    who_waits_keeps_what_their_team_said,
    a_team_that_went_does_not_come_back,
    a_machine_that_enrols_meanwhile_is_placed_like_the_others,
    two_workers_at_once_make_one_step,
    only_who_may_change_settings_steers_a_rollout,
    nobody_to_wait_for_is_no_reason_to_wait,
    a_key_reaches_who_waits_and_brings_no_settings_along,
}

const BAKE: Duration = Duration::from_hours(1);

fn telemetry(on: bool) -> serde_json::Value {
    json!({ "features": { "telemetry": on } })
}

fn waves(shares: &[u8]) -> Reach {
    let stages = shares.iter().map(|share| Stage::new(Who::Percent(*share), 60));
    Reach::InStages(Plan::new(stages.collect(), 10).unwrap())
}

fn first(teams: &[TeamId]) -> Reach {
    let who = Who::Teams(teams.iter().copied().collect::<BTreeSet<_>>());
    Reach::InStages(Plan::new(vec![Stage::new(who, 60)], 10).unwrap())
}

async fn save_as(world: &World, patch: serde_json::Value, reach: &Reach) -> Result<Saved> {
    let request = SaveRequest {
        layer: LayerName::Org,
        edits: SettingsPatch::parse(&patch).unwrap(),
        team_defaults: Vec::new(),
        note: None,
        expected: None,
    };
    settings::save_as(&world.app, &world.owner, world.org, request, reach).await
}

/// Machines of the owner, each of which applied what there is.
pub(crate) async fn machines(world: &World, count: usize) -> Vec<Machine> {
    let mut machines = Vec::new();
    for _ in 0..count {
        machines.push(Machine::enrol(world, &world.owner).await);
    }
    answer_all(world, &machines).await;
    machines
}

pub(crate) async fn answer(world: &World, machine: &Machine) -> u64 {
    let manifest = machine.manifest(world).await;
    machine.send(world, &machine.receipt(&manifest)).await.unwrap();
    manifest.payload().revision
}

/// Every machine applies what it is given; the revisions, by machine.
async fn answer_all(world: &World, machines: &[Machine]) -> Vec<u64> {
    let mut revisions = Vec::new();
    for machine in machines {
        revisions.push(answer(world, machine).await);
    }
    revisions
}

pub(crate) async fn fail(world: &World, machine: &Machine) {
    let manifest = machine.manifest(world).await;
    let mut receipt = machine.receipt(&manifest);
    receipt.sections[0].outcome = Outcome::Failed {
        reason: Text::clip("no room"),
    };
    machine.send(world, &receipt).await.unwrap();
}

async fn rollout(world: &World, revision: u64) -> StagedRollout {
    let staged = rollouts::staged(&world.app, &world.owner, world.org, revision).await;
    staged.unwrap().unwrap().rollout
}

async fn released(world: &World, revision: u64) -> Option<u32> {
    rollout(world, revision).await.state.released()
}

fn count(revisions: &[u64], revision: u64) -> usize {
    revisions.iter().filter(|found| **found == revision).count()
}

async fn waves_come_one_after_another_and_end_with_everybody(world: &World) {
    save(world, telemetry(false), None).await.unwrap();
    let machines = machines(world, 8).await;
    let revision = save_as(world, telemetry(true), &waves(&[25, 50]))
        .await
        .unwrap()
        .revision;
    let mut before = vec![1; 8];
    for (stage, part) in [(1, 2), (2, 4)] {
        assert_eq!(released(world, revision).await, Some(stage));
        let now = answer_all(world, &machines).await;
        assert_eq!(
            (count(&now, 2), count(&now, 1)),
            (part, 8 - part),
            "stage {stage}"
        );
        let stayed = before.iter().zip(&now).all(|(before, now)| before <= now);
        assert!(
            stayed,
            "who was in the smaller share is in the larger: {before:?} {now:?}"
        );
        before = now;
        let numbers = devices::rollout(&world.app, &world.owner, world.org, revision)
            .await
            .unwrap();
        let numbers = numbers.numbers;
        assert_eq!((numbers.applied, numbers.waiting), (part as u64, 8 - part as u64));
        let states = devices::states(&world.app, &world.owner, world.org)
            .await
            .unwrap();
        assert_eq!(
            states.get("applied"),
            Some(&8),
            "who waits is neither behind nor pending: {states:?}"
        );
        assert_eq!(
            rollouts::tick(&world.app).await.unwrap(),
            0,
            "it is watched first"
        );
        world.clock.advance(BAKE);
        assert_eq!(rollouts::tick(&world.app).await.unwrap(), 1);
    }
    assert!(matches!(
        rollout(world, revision).await.state,
        RolloutState::Finished { .. }
    ));
    assert_eq!(answer_all(world, &machines).await, [2; 8]);
    let manifest = machines[0].manifest(world).await;
    assert_eq!(manifest.payload().wave, 0, "nobody is in a wave any more");
    let told = world.audit().await;
    for action in ["rollout.begun", "rollout.advanced", "rollout.finished"] {
        assert_eq!(told.iter().filter(|told| *told == action).count(), 1, "{action}");
    }
}

async fn a_failing_device_halts_it_and_going_on_counts_anew(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    save(world, telemetry(false), None).await.unwrap();
    let machines = machines(world, 4).await;
    save_as(world, telemetry(true), &waves(&[50])).await.unwrap();
    let mut chosen = Vec::new();
    for machine in &machines {
        if machine.manifest(world).await.payload().revision == 2 {
            chosen.push(machine);
        }
    }
    answer(world, chosen[0]).await;
    fail(world, chosen[1]).await;
    // The receipt itself makes somebody look; the worker would have as well.
    rollouts::look_after(&world.app, world.org).await.unwrap();
    let RolloutState::Halted { why, stage: 1, .. } = rollout(world, 2).await.state else {
        panic!("half of the answers are failures");
    };
    assert_eq!(
        why,
        "1 of 2 devices that answered could not apply it: 50 %, and the limit is 10 %."
    );
    world.clock.advance(BAKE * 9);
    assert_eq!(
        rollouts::tick(&world.app).await.unwrap(),
        0,
        "it waits for somebody"
    );
    let mails = world.mails().await;
    let warned: Vec<_> = mails
        .iter()
        .filter(|mail| mail.subject.contains("halted"))
        .collect();
    let to: BTreeSet<_> = warned.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(
        (warned.len(), to),
        (2, BTreeSet::from(["adam@example.com", "olga@example.com"]))
    );
    assert!(warned[0].text.contains(&why) && warned[0].text.contains("/rollouts/2"));

    rollouts::resume(&world.app, &admin, world.org, 2).await.unwrap();
    assert_eq!(
        rollouts::tick(&world.app).await.unwrap(),
        0,
        "what was said before does not count"
    );
    answer_all(world, &machines).await;
    world.clock.advance(BAKE);
    assert_eq!(rollouts::tick(&world.app).await.unwrap(), 1);
    assert_eq!(answer_all(world, &machines).await, [2; 4]);
}

async fn rolling_back_is_a_new_revision_for_everybody(world: &World) {
    save(
        world,
        json!({ "memory": { "websites": { "add": ["old.example"] } } }),
        None,
    )
    .await
    .unwrap();
    let machines = machines(world, 4).await;
    let patch = json!({ "features": { "telemetry": false }, "memory": { "websites": { "add": ["new.example"], "remove": ["old.example"] } } });
    save_as(world, patch, &waves(&[50])).await.unwrap();
    answer_all(world, &machines).await;
    let undoing = rollouts::undoing(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    assert_eq!(undoing.back.layers.len(), 1);
    assert_eq!(undoing.back.layers[0].1.changes.len(), 2);
    let by = rollouts::roll_back(&world.app, &world.owner, world.org, 2, None)
        .await
        .unwrap();
    assert_eq!(by, 3);
    assert!(matches!(
        rollout(world, 2).await.state,
        RolloutState::RolledBack { by: 3, .. }
    ));
    assert_eq!(answer_all(world, &machines).await, [3; 4]);
    let same = settings::compare(&world.app, &world.owner, world.org, 1, 3)
        .await
        .unwrap();
    assert!(same.is_empty(), "{same:?}");
    let again = rollouts::roll_back(&world.app, &world.owner, world.org, 2, None).await;
    assert_eq!(kind(again), Kind::Conflict);

    // A finished one can be undone as long as nothing followed.
    let four = save_as(world, telemetry(false), &waves(&[50]))
        .await
        .unwrap()
        .revision;
    rollouts::release(&world.app, &world.owner, world.org, four)
        .await
        .unwrap();
    assert_eq!(
        rollouts::roll_back(&world.app, &world.owner, world.org, four, None)
            .await
            .unwrap(),
        5
    );
    let six = save_as(world, telemetry(false), &waves(&[50]))
        .await
        .unwrap()
        .revision;
    rollouts::release(&world.app, &world.owner, world.org, six)
        .await
        .unwrap();
    save(world, json!({ "memory": { "audio_capture": false } }), None)
        .await
        .unwrap();
    let late = rollouts::roll_back(&world.app, &world.owner, world.org, six, None)
        .await
        .unwrap_err();
    assert_eq!(late.kind, Kind::Conflict);
    assert!(late.public.contains("History"), "{late}");
}

async fn a_save_joins_the_rollout_and_its_stage_begins_anew(world: &World) {
    save(world, telemetry(false), None).await.unwrap();
    let machines = machines(world, 4).await;
    save_as(world, telemetry(true), &waves(&[50])).await.unwrap();
    answer_all(world, &machines).await;
    world
        .clock
        .advance(BAKE.checked_sub(Duration::from_mins(1)).unwrap());
    let other = save_as(
        world,
        json!({ "memory": { "audio_capture": false } }),
        &waves(&[5]),
    )
    .await;
    assert_eq!(kind(other), Kind::Conflict);
    let joined = save(world, json!({ "memory": { "audio_capture": false } }), None)
        .await
        .unwrap();
    assert_eq!(joined.revision, 3);
    let now = answer_all(world, &machines).await;
    assert_eq!(
        (count(&now, 3), count(&now, 1)),
        (2, 2),
        "who waits skips what came between"
    );
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(
        rollouts::tick(&world.app).await.unwrap(),
        0,
        "the stage is watched anew"
    );
    assert_eq!(rollout(world, 3).await.id, rollout(world, 2).await.id);
    world.clock.advance(BAKE);
    rollouts::tick(&world.app).await.unwrap();
    assert_eq!(answer_all(world, &machines).await, [3; 4]);
    let undone = rollouts::roll_back(&world.app, &world.owner, world.org, 3, None)
        .await
        .unwrap();
    let same = settings::compare(&world.app, &world.owner, world.org, 1, undone)
        .await
        .unwrap();
    assert!(same.is_empty(), "what joined is undone with it");
}

async fn a_pause_holds_the_stage_and_a_release_ends_it(world: &World) {
    save(world, telemetry(false), None).await.unwrap();
    let machines = machines(world, 4).await;
    save_as(world, telemetry(true), &waves(&[50])).await.unwrap();
    answer_all(world, &machines).await;
    rollouts::pause(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    let twice = rollouts::pause(&world.app, &world.owner, world.org, 2).await;
    assert_eq!(kind(twice), Kind::Conflict);
    world.clock.advance(BAKE * 3);
    assert_eq!(rollouts::tick(&world.app).await.unwrap(), 0);
    rollouts::resume(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    assert_eq!(
        rollouts::tick(&world.app).await.unwrap(),
        0,
        "it is watched from the beginning"
    );
    let before = machines[0].manifest(world).await.payload().serial;
    rollouts::release(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    assert!(machines[0].manifest(world).await.payload().serial > before);
    assert_eq!(answer_all(world, &machines).await, [2; 4]);
    for late in [
        rollouts::release(&world.app, &world.owner, world.org, 2).await,
        rollouts::resume(&world.app, &world.owner, world.org, 2).await,
    ] {
        assert_eq!(kind(late), Kind::Conflict);
    }
    let never = rollouts::pause(&world.app, &world.owner, world.org, 1).await;
    assert_eq!(
        kind(never),
        Kind::NotFound,
        "revision 1 went to everybody at once"
    );
}

async fn team(world: &World, name: &str, members: &[&Actor]) -> TeamId {
    let team = teams::create(&world.app, &world.owner, world.org, &name.parse().unwrap())
        .await
        .unwrap();
    let members: Vec<_> = members.iter().map(|member| id(member)).collect();
    teams::add(&world.app, &world.owner, world.org, team, &members)
        .await
        .unwrap();
    team
}

async fn teams_come_first_and_a_change_of_team_moves_a_device(world: &World) {
    let (mia, noa) = (
        world.member("mia", Role::Read).await,
        world.member("noa", Role::Read).await,
    );
    let pilots = team(world, "Pilots", &[&mia]).await;
    save(world, telemetry(false), None).await.unwrap();
    let (hers, his) = (
        Machine::enrol(world, &mia).await,
        Machine::enrol(world, &noa).await,
    );
    save_as(world, telemetry(true), &first(&[pilots])).await.unwrap();
    let revision = async |machine: &Machine| machine.manifest(world).await.payload().revision;
    assert_eq!((revision(&hers).await, revision(&his).await), (2, 1));

    teams::add(&world.app, &world.owner, world.org, pilots, &[id(&noa)])
        .await
        .unwrap();
    assert_eq!((revision(&hers).await, revision(&his).await), (2, 2));
    teams::remove(&world.app, &world.owner, world.org, pilots, &[id(&mia)])
        .await
        .unwrap();
    assert_eq!(
        (revision(&hers).await, revision(&his).await),
        (1, 2),
        "she waits like everybody else"
    );
    teams::delete(&world.app, &world.owner, world.org, pilots)
        .await
        .unwrap();
    assert_eq!(
        (revision(&hers).await, revision(&his).await),
        (1, 1),
        "nobody is in a team that is gone"
    );
    let missing = save_as(world, telemetry(false), &first(&[pilots])).await;
    assert_eq!(kind(missing), Kind::Conflict, "one is under way");
    rollouts::release(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    assert_eq!((revision(&hers).await, revision(&his).await), (2, 2));
    let missing = save_as(world, telemetry(false), &first(&[pilots])).await;
    assert_eq!(kind(missing), Kind::Invalid);
}

fn speaks(manifest: &tessera_wire::Manifest, team: TeamId) -> bool {
    manifest
        .layers
        .iter()
        .any(|layer| layer.layer == LayerName::Team(team))
}

async fn who_waits_keeps_what_their_team_said(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let (design, other) = (
        team(world, "Design", &[&mia]).await,
        team(world, "Pilots", &[]).await,
    );
    save_in(
        world,
        LayerName::Team(design),
        json!({ "memory": { "audio_capture": false } }),
        None,
    )
    .await
    .unwrap();
    let machine = Machine::enrol(world, &mia).await;
    save_as(world, telemetry(false), &first(&[other])).await.unwrap();
    let clear = json!({ "memory": { "audio_capture": null } });
    save_in(world, LayerName::Team(design), clear, None)
        .await
        .unwrap();
    let waiting = machine.manifest(world).await;
    assert_eq!(waiting.payload().revision, 1);
    assert!(
        speaks(waiting.payload(), design),
        "the team still binds who waits"
    );
    rollouts::release(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    let released = machine.manifest(world).await;
    assert!(!speaks(released.payload(), design));
    assert_eq!(released.payload().layers.len(), 1);
}

async fn a_team_that_went_does_not_come_back(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let design = team(world, "Design", &[&mia]).await;
    save_in(
        world,
        LayerName::Team(design),
        json!({ "memory": { "audio_capture": false } }),
        None,
    )
    .await
    .unwrap();
    let machine = Machine::enrol(world, &mia).await;
    save_as(world, telemetry(false), &waves(&[50])).await.unwrap();
    teams::delete(&world.app, &world.owner, world.org, design)
        .await
        .unwrap();
    assert!(!speaks(machine.manifest(world).await.payload(), design));
    let undoing = rollouts::undoing(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    assert_eq!(undoing.back.gone, [LayerName::Team(design)]);
    let by = rollouts::roll_back(&world.app, &world.owner, world.org, 2, None)
        .await
        .unwrap();
    let back = machine.manifest(world).await;
    assert_eq!(back.payload().revision, by);
    assert!(back.payload().layers.is_empty(), "{:?}", back.payload().layers);
}

async fn a_machine_that_enrols_meanwhile_is_placed_like_the_others(world: &World) {
    let (mia, noa) = (
        world.member("mia", Role::Read).await,
        world.member("noa", Role::Read).await,
    );
    let pilots = team(world, "Pilots", &[&mia]).await;
    save(world, telemetry(false), None).await.unwrap();
    save_as(world, telemetry(true), &first(&[pilots])).await.unwrap();
    let (hers, his) = (
        Machine::enrol(world, &mia).await,
        Machine::enrol(world, &noa).await,
    );
    assert_eq!(answer(world, &hers).await, 2);
    assert_eq!(answer(world, &his).await, 1);
    let (_, state) = devices::device(&world.app, &world.owner, world.org, his.device())
        .await
        .unwrap();
    assert!(
        matches!(state, DeviceState::Applied { revision: 1, .. }),
        "{state:?}"
    );
}

async fn two_workers_at_once_make_one_step(world: &World) {
    save(world, telemetry(false), None).await.unwrap();
    let machines = machines(world, 8).await;
    save_as(world, telemetry(true), &waves(&[25, 50])).await.unwrap();
    answer_all(world, &machines).await;
    world.clock.advance(BAKE);
    let (one, two) = tokio::join!(rollouts::tick(&world.app), rollouts::tick(&world.app));
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    assert_eq!(released(world, 2).await, Some(2));
    let told = world.audit().await;
    assert_eq!(told.iter().filter(|told| *told == "rollout.advanced").count(), 1);
}

async fn only_who_may_change_settings_steers_a_rollout(world: &World) {
    save(world, telemetry(false), None).await.unwrap();
    machines(world, 2).await;
    save_as(world, telemetry(true), &waves(&[50])).await.unwrap();
    let writer = world.member("wilma", Role::Write).await;
    for refused in [
        rollouts::pause(&world.app, &writer, world.org, 2).await,
        rollouts::resume(&world.app, &writer, world.org, 2).await,
        rollouts::release(&world.app, &writer, world.org, 2).await,
        rollouts::roll_back(&world.app, &writer, world.org, 2, None)
            .await
            .map(drop),
        rollouts::staged(&world.app, &writer, world.org, 2)
            .await
            .map(drop),
    ] {
        assert_eq!(kind(refused), Kind::Forbidden);
    }
    assert_eq!(released(world, 2).await, Some(1));
}

/// Keys are no settings: everybody gets them at once, and nobody gets settings before their stage by them.
async fn a_key_reaches_who_waits_and_brings_no_settings_along(world: &World) {
    save(world, telemetry(false), None).await.unwrap();
    let machines = machines(world, 8).await;
    let design = team(world, "Design", &[&world.owner]).await;
    save_as(world, telemetry(true), &waves(&[25])).await.unwrap();
    let stage = answer_all(world, &machines).await;
    assert_eq!((count(&stage, 2), count(&stage, 1)), (2, 6));
    for (name, teams) in [
        ("For all", BTreeSet::new()),
        ("For a team", BTreeSet::from([design])),
    ] {
        let mut serials = Vec::new();
        for machine in &machines {
            serials.push(machine.manifest(world).await.payload().serial);
        }
        let new = NewKey {
            name: name.parse().unwrap(),
            kind: ProviderKind::OpenAi,
            typed: Typed::default().with("key", "sk-0123456789-0123456789"),
            delivery: Delivery::Delivered,
            teams,
        };
        let key = credentials::add(&world.app, &world.owner, world.org, new)
            .await
            .unwrap();
        for (at, machine) in machines.iter().enumerate() {
            let manifest = machine.manifest(world).await.into_payload();
            assert!(manifest.serial > serials[at], "{name}");
            assert!(manifest.credentials.contains_key(&Name::from(key)), "{name}");
        }
        assert_eq!(answer_all(world, &machines).await, stage, "{name}");
    }
}

async fn nobody_to_wait_for_is_no_reason_to_wait(world: &World) {
    let empty = team(world, "Nobody", &[]).await;
    let machine = Machine::enrol(world, &world.owner).await;
    save_as(world, telemetry(true), &first(&[empty])).await.unwrap();
    assert_eq!(rollouts::tick(&world.app).await.unwrap(), 0);
    world.clock.advance(BAKE);
    assert_eq!(rollouts::tick(&world.app).await.unwrap(), 1);
    assert_eq!(
        answer(world, &machine).await,
        1,
        "the first revision, from before the first"
    );

    // One that nobody answers goes on for nobody.
    save_as(world, telemetry(false), &waves(&[50])).await.unwrap();
    world.clock.advance(BAKE * 2);
    assert_eq!(rollouts::tick(&world.app).await.unwrap(), 0);
    let websites = Name::websites();
    assert!(
        !machine.manifest(world).await.payload().layers[0]
            .lists
            .contains_key(&websites)
    );
}
