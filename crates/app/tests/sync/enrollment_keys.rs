//! Enrolment keys: made, used, used up, revoked, and what a machine is told that may not have one.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tessera_app::{
    Actor, devices,
    enrollment_keys::{self, Draft},
    members, sync,
};
use tessera_domain::{DeviceState, EnrollmentKeyState, Kind, Role, device_state::SILENT};
use tessera_ids::{EnrollmentKeyId, ambient::SystemEntropy};
use tessera_store::{DeviceQuery, EndedFrom};
use tessera_wire::{DeviceSealingKey, DeviceSigningKey, Removal};
use tokio::task::JoinSet;

use crate::{
    machine::{Machine, key_request, kind},
    settings::save,
    stories,
    world::{World, id},
};

stories! {
    a_machine_is_enrolled_without_a_code_and_obeys,
    twenty_machines_share_five_uses,
    every_refusal_is_the_same_and_the_log_says_why,
    a_login_is_a_member_at_the_domain_or_nobody,
    a_key_enrols_nobody_who_left_and_in_no_deleted_organization,
    a_lost_answer_uses_the_key_once,
    a_refused_crowd_is_told_to_wait_and_fills_no_log,
    wrong_drafts_say_every_field,
    who_ended_a_device_and_who_is_silent_is_told,
}

fn draft(rule: &str, max_uses: u64) -> Draft {
    Draft {
        name: format!("Key for {rule}"),
        rule: rule.to_owned(),
        max_uses,
        days: 7,
        ..Draft::default()
    }
}

async fn make(world: &World, draft: Draft) -> (EnrollmentKeyId, String) {
    let (row, secret) = enrollment_keys::create(&world.app, &world.owner, world.org, draft)
        .await
        .unwrap();
    assert!(secret.reveal().ends_with(&row.last_four) && row.last_four.len() == 4);
    (row.id, secret.reveal().to_owned())
}

async fn for_member(world: &World, who: &Actor, max_uses: u64) -> (EnrollmentKeyId, String) {
    let draft = Draft {
        member: id(who).to_string(),
        ..draft("member", max_uses)
    };
    make(world, draft).await
}

async fn a_machine_is_enrolled_without_a_code_and_obeys(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let (key, text) = for_member(world, &mia, 2).await;
    let machine = Machine::by_key(world, &text, (None, None)).await.unwrap();
    assert_eq!(machine.enrolled.org, world.org);
    let (device, _) = devices::device(&world.app, &mia, world.org, machine.device())
        .await
        .unwrap();
    assert_eq!((device.account, device.enrollment_key), (id(&mia), Some(key)));
    let mails = world.mails().await;
    let told = mails.iter().find(|mail| mail.subject.contains("ada-laptop"));
    assert!(
        told.unwrap().text.contains("Key for member"),
        "the mail names the key"
    );

    let saved = save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    let manifest = machine.manifest(world).await;
    assert_eq!(manifest.payload().revision, saved.revision);
    machine.send(world, &machine.receipt(&manifest)).await.unwrap();
    let keys = enrollment_keys::list(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!((keys[0].0.uses, keys[0].1), (1, EnrollmentKeyState::Usable));
    assert!(keys[0].0.used_at.is_some());

    enrollment_keys::revoke(&world.app, &world.owner, world.org, key)
        .await
        .unwrap();
    let again = enrollment_keys::revoke(&world.app, &world.owner, world.org, key).await;
    assert_eq!(kind(again), Kind::Conflict);
    assert_eq!(
        kind(Machine::by_key(world, &text, (None, None)).await.map(drop)),
        Kind::Forbidden
    );
    let manifest = machine.manifest(world).await;
    assert_eq!(manifest.payload().revision, saved.revision, "its device goes on");
    let audit = world.audit().await;
    for action in [
        "enrollment_key.created",
        "device.enrolled_by_key",
        "enrollment_key.revoked",
    ] {
        assert!(audit.iter().any(|one| one == action), "{action}: {audit:?}");
    }
}

async fn twenty_machines_share_five_uses(world: &World) {
    let (key, text) = for_member(world, &world.owner, 5).await;
    let mut crowd = JoinSet::new();
    for _ in 0..20 {
        let (signing, sealing) = (
            DeviceSigningKey::generate(&SystemEntropy),
            DeviceSealingKey::generate(&SystemEntropy),
        );
        let envelope = key_request(world, &signing, &sealing, &text, (None, None));
        let app = Arc::clone(&world.app);
        crowd.spawn(async move { sync::enrol_by_key(&app, &envelope, None).await.is_ok() });
    }
    let came = crowd.join_all().await.into_iter().filter(|came| *came).count();
    assert_eq!(came, 5);
    let (row, state) = enrollment_keys::one(&world.app, &world.owner, world.org, key)
        .await
        .unwrap();
    assert_eq!((row.uses, state), (5, EnrollmentKeyState::Spent));
    let query = DeviceQuery {
        enrollment_key: Some(key),
        ..DeviceQuery::default()
    };
    let found = devices::devices(&world.app, &world.owner, world.org, query)
        .await
        .unwrap();
    assert_eq!(found.devices.len(), 5);
}

async fn every_refusal_is_the_same_and_the_log_says_why(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let (revoked, revoked_text) = for_member(world, &mia, 9).await;
    let (_, spent) = for_member(world, &mia, 1).await;
    let (_, expired) = make(
        world,
        Draft {
            member: id(&mia).to_string(),
            days: 1,
            ..draft("member", 9)
        },
    )
    .await;
    let (_, told) = make(world, draft("told", 9)).await;
    enrollment_keys::revoke(&world.app, &world.owner, world.org, revoked)
        .await
        .unwrap();
    Machine::by_key(world, &spent, (None, None)).await.unwrap();
    world.clock.advance(Duration::from_hours(25));
    let unknown = format!("tsk_{}", "A".repeat(43));
    let mut said = Vec::new();
    for (text, claim) in [
        (&unknown, (None, None)),
        (&revoked_text, (None, None)),
        (&spent, (None, None)),
        (&expired, (None, None)),
        (&told, (None, None)),
        (&told, (Some("nobody@example.com"), None)),
        (&told, (Some("no address"), None)),
    ] {
        let error = Machine::by_key(world, text, claim).await.map(drop).unwrap_err();
        assert_eq!(error.kind, Kind::Forbidden);
        said.push(error.public.into_owned());
    }
    said.dedup();
    assert_eq!(said.len(), 1, "one sentence for all: {said:?}");
    let mut tx = world.app.store.read().await.unwrap();
    let lines = tx
        .audit(world.org, &tessera_store::AuditQuery::default(), 100)
        .await
        .unwrap();
    let why = lines
        .iter()
        .filter(|line| line.action == "enrollment_key.refused")
        .map(|line| {
            let after: serde_json::Value = serde_json::from_str(line.after.as_ref().unwrap()).unwrap();
            after["why"].as_str().unwrap().to_owned()
        })
        .collect::<Vec<_>>();
    for wanted in [
        "the key is revoked",
        "the key is spent",
        "the key is expired",
        "the machine named no member",
        "nobody@example.com is no member",
    ] {
        assert!(why.iter().any(|why| why == wanted), "{wanted}: {why:?}");
    }
    let all = format!("{lines:?}");
    for text in [&revoked_text, &spent, &expired, &told] {
        assert!(!all.contains(text.as_str()), "no key stands in the log");
    }
}

async fn a_login_is_a_member_at_the_domain_or_nobody(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let mut tx = world.app.store.read().await.unwrap();
    let domain = tx
        .account(id(&mia))
        .await
        .unwrap()
        .unwrap()
        .email
        .domain()
        .to_owned();
    drop(tx);
    let (_, text) = make(
        world,
        Draft {
            domain,
            ..draft("login", 9)
        },
    )
    .await;
    let machine = Machine::by_key(world, &text, (None, Some(r"CORP\Mia")))
        .await
        .unwrap();
    let (device, _) = devices::device(&world.app, &mia, world.org, machine.device())
        .await
        .unwrap();
    assert_eq!(device.account, id(&mia));
    for claim in [
        (None, None),
        (None, Some("root")),
        (Some("mia@example.com"), Some("no one")),
    ] {
        let refused = Machine::by_key(world, &text, claim).await.map(drop);
        assert_eq!(kind(refused), Kind::Forbidden, "{claim:?}");
    }
}

async fn a_key_enrols_nobody_who_left_and_in_no_deleted_organization(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let (_, hers) = for_member(world, &mia, 9).await;
    let (_, owners) = for_member(world, &world.owner, 9).await;
    members::remove(&world.app, &world.owner, world.org, id(&mia))
        .await
        .unwrap();
    assert_eq!(
        kind(Machine::by_key(world, &hers, (None, None)).await.map(drop)),
        Kind::Forbidden
    );
    let mut tx = world.app.store.begin().await.unwrap();
    tx.lock_org(world.org).await.unwrap();
    tx.set_org_deleted(world.org, Some(world.app.clock.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        kind(Machine::by_key(world, &owners, (None, None)).await.map(drop)),
        Kind::Forbidden
    );
}

async fn a_lost_answer_uses_the_key_once(world: &World) {
    let (key, text) = for_member(world, &world.owner, 1).await;
    let machine = Machine::by_key(world, &text, (None, None)).await.unwrap();
    let again = machine.by_key_again(world, &text, (None, None)).await.unwrap();
    assert_eq!(again, machine.enrolled);
    let (row, _) = enrollment_keys::one(&world.app, &world.owner, world.org, key)
        .await
        .unwrap();
    assert_eq!(row.uses, 1);
    devices::end(
        &world.app,
        &world.owner,
        world.org,
        machine.device(),
        Removal::Wiped,
    )
    .await
    .unwrap();
    let risen = machine.by_key_again(world, &text, (None, None)).await;
    assert_eq!(kind(risen), Kind::Forbidden, "a device that ended stays ended");
}

async fn a_refused_crowd_is_told_to_wait_and_fills_no_log(world: &World) {
    let (_, text) = for_member(world, &world.owner, 1).await;
    Machine::by_key(world, &text, (None, None)).await.unwrap();
    let mut kinds = Vec::new();
    for _ in 0..62 {
        kinds.push(kind(Machine::by_key(world, &text, (None, None)).await.map(drop)));
    }
    assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Forbidden).count(), 60);
    assert_eq!(kinds.last(), Some(&Kind::RateLimited));
    let refused = world.audit().await;
    let refused = refused
        .iter()
        .filter(|action| *action == "enrollment_key.refused");
    assert_eq!(refused.count(), 20);
}

async fn wrong_drafts_say_every_field(world: &World) {
    let wrong = Draft {
        rule: "login".to_owned(),
        domain: "no domain".to_owned(),
        days: 366,
        ..Draft::default()
    };
    let error = enrollment_keys::create(&world.app, &world.owner, world.org, wrong)
        .await
        .map(drop)
        .unwrap_err();
    let pointers: Vec<_> = error.fields.iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/domain", "/max_uses", "/days"]);
    let stranger = Draft {
        member: "nobody@example.com".to_owned(),
        ..draft("member", 1)
    };
    let refused = enrollment_keys::create(&world.app, &world.owner, world.org, stranger).await;
    assert_eq!(kind(refused.map(drop)), Kind::Invalid);
    let mia = world.member("mia", Role::Write).await;
    let refused = enrollment_keys::create(&world.app, &mia, world.org, draft("told", 1)).await;
    assert_eq!(kind(refused.map(drop)), Kind::Forbidden);
    let none = enrollment_keys::list(&world.app, &mia, world.org).await;
    assert_eq!(kind(none.map(drop)), Kind::Forbidden);
}

async fn who_ended_a_device_and_who_is_silent_is_told(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let (left, ended) = (
        Machine::enrol(world, &mia).await,
        Machine::enrol(world, &mia).await,
    );
    let silent = Machine::enrol(world, &mia).await;
    left.send_last(world).await.unwrap();
    devices::end(
        &world.app,
        &world.owner,
        world.org,
        ended.device(),
        Removal::SignedOut,
    )
    .await
    .unwrap();
    let look = async |machine: &Machine| {
        devices::device(&world.app, &world.owner, world.org, machine.device())
            .await
            .unwrap()
    };
    let (row, state) = look(&left).await;
    assert!(matches!(state, DeviceState::SignedOut { .. }), "{state:?}");
    assert_eq!(
        (row.ended_from, row.ended_by_name),
        (Some(EndedFrom::Machine), None)
    );
    let (row, _) = look(&ended).await;
    assert_eq!(row.ended_from, Some(EndedFrom::Portal));
    assert!(row.ended_by_name.is_some(), "whoever did it is named");

    let silents = async || {
        let query = DeviceQuery {
            state: Some(SILENT.to_owned()),
            ..DeviceQuery::default()
        };
        let found = devices::devices(&world.app, &world.owner, world.org, query)
            .await
            .unwrap();
        found
            .devices
            .into_iter()
            .map(|(row, _)| row.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(silents().await, []);
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(silents().await, [silent.device()], "who has ended is not silent");
    silent.sign_in(world).await;
    assert_eq!(silents().await, []);
}
