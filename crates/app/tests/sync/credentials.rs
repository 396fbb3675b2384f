//! Providers' keys: who may have them, what it takes to lead them elsewhere, and how they end.

use std::time::Duration;

use tessera_app::{
    App,
    credentials::{self, CredentialView, KeyEdit, NewKey, Tested},
    devices, orgs, teams,
};
use tessera_domain::{
    DeviceState, Kind, Role,
    credential::{CredentialState, Delivery, ProviderKind, Typed},
};
use tessera_ids::{CredentialId, TeamId};
use tessera_store::AuditQuery;
use tessera_wire::{Name, Outcome, Text};

use crate::{
    machine::{Machine, kind},
    stories,
    world::{World, id},
};

const KEY: &str = "sk-planted-0123456789-abcd";
const OTHER: &str = "sk-planted-9876543210-wxyz";
const HOUR: Duration = Duration::from_hours(1);

stories! {
    a_delivered_key_is_sealed_to_each_device,
    a_teams_key_reaches_its_members_alone,
    a_replaced_key_drains_and_its_secret_is_erased,
    keys_are_suspended_with_their_organization,
    leading_a_key_elsewhere_needs_the_key,
    a_test_is_a_real_call_that_is_noted,
    only_owners_and_admins_have_to_do_with_keys,
    a_receipt_without_the_keys_is_no_proof,
    no_row_and_no_log_line_holds_a_key,
}

fn new(name: &str, delivery: Delivery) -> NewKey {
    NewKey {
        name: name.parse().unwrap(),
        kind: ProviderKind::OpenAi,
        typed: Typed::default().with("key", KEY).with("organization", "org-1"),
        delivery,
        teams: [].into(),
    }
}

async fn add(world: &World, new: NewKey) -> CredentialId {
    credentials::add(&world.app, &world.owner, world.org, new)
        .await
        .unwrap()
}

async fn one(world: &World, id: CredentialId) -> CredentialView {
    credentials::one(&world.app, &world.owner, world.org, id)
        .await
        .unwrap()
}

async fn named(world: &World, machine: &Machine) -> Vec<(Name, u64)> {
    machine
        .manifest(world)
        .await
        .into_payload()
        .credentials
        .into_iter()
        .collect()
}

fn app(world: &World) -> &App {
    &world.app
}

async fn a_delivered_key_is_sealed_to_each_device(world: &World) {
    let (first, second) = (
        Machine::enrol(world, &world.owner).await,
        Machine::enrol(world, &world.owner).await,
    );
    add(world, new("Relayed", Delivery::Relayed)).await;
    let key = add(world, new("Delivered", Delivery::Delivered)).await;
    assert_eq!(
        named(world, &first).await,
        [(Name::from(key), 1)],
        "a relayed key never leaves the server"
    );
    for machine in [&first, &second] {
        let keys = machine.keys(world).await;
        let (version, opened) = &keys[&key];
        assert_eq!((keys.len(), *version, opened.field("key")), (1, 1, Some(KEY)));
        assert_eq!(
            (opened.name.as_str(), opened.last_four.as_str()),
            ("Delivered", "abcd")
        );
        assert_eq!(opened.field("organization"), Some("org-1"));
    }
    let foreign = first.envelopes(world).await.remove(0);
    assert!(
        foreign.open(second.sealing()).is_err(),
        "one device's seal is another's noise"
    );

    let serial = first.manifest(world).await.payload().serial;
    let edit = KeyEdit {
        name: Some("Renamed".parse().unwrap()),
        ..KeyEdit::default()
    };
    credentials::edit(app(world), &world.owner, world.org, key, edit)
        .await
        .unwrap();
    assert_eq!(named(world, &first).await, [(Name::from(key), 2)]);
    assert!(first.manifest(world).await.payload().serial > serial);
    assert_eq!(first.keys(world).await[&key].1.name.as_str(), "Renamed");
    credentials::delete(app(world), &world.owner, world.org, key)
        .await
        .unwrap();
    assert!(named(world, &first).await.is_empty() && first.keys(world).await.is_empty());
}

async fn team(world: &World, name: &str) -> TeamId {
    teams::create(app(world), &world.owner, world.org, &name.parse().unwrap())
        .await
        .unwrap()
}

async fn a_teams_key_reaches_its_members_alone(world: &World) {
    let (ada, bea) = (
        world.member("Ada", Role::Read).await,
        world.member("Bea", Role::Read).await,
    );
    let (hers, others) = (
        Machine::enrol(world, &ada).await,
        Machine::enrol(world, &bea).await,
    );
    let scouts = team(world, "Scouts").await;
    teams::add(app(world), &world.owner, world.org, scouts, &[id(&ada)])
        .await
        .unwrap();
    let own = NewKey {
        teams: [scouts].into(),
        ..new("Scouts'", Delivery::Delivered)
    };
    let key = add(world, own).await;
    assert_eq!(named(world, &hers).await, [(Name::from(key), 1)]);
    assert!(named(world, &others).await.is_empty() && others.keys(world).await.is_empty());

    teams::add(app(world), &world.owner, world.org, scouts, &[id(&bea)])
        .await
        .unwrap();
    assert_eq!(others.keys(world).await.len(), 1, "who joins gets it");
    teams::remove(app(world), &world.owner, world.org, scouts, &[id(&ada)])
        .await
        .unwrap();
    assert!(
        named(world, &hers).await.is_empty() && hers.keys(world).await.is_empty(),
        "who leaves loses it"
    );
    teams::delete(app(world), &world.owner, world.org, scouts)
        .await
        .unwrap();
    assert!(others.keys(world).await.is_empty(), "nobody's, not everybody's");
    assert_eq!(one(world, key).await.teams, []);

    let nowhere = NewKey {
        teams: ["team_00000000000000000000000009".parse().unwrap()].into(),
        ..new("Nobody's", Delivery::Relayed)
    };
    let refused = credentials::add(app(world), &world.owner, world.org, nowhere)
        .await
        .unwrap_err();
    assert_eq!(refused.fields[0].pointer, "/teams");
}

async fn a_replaced_key_drains_and_its_secret_is_erased(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let old = add(world, new("Production", Delivery::Delivered)).await;
    let replace = |text: &str| {
        let typed = Typed::default().with("key", text);
        credentials::replace(app(world), &world.owner, world.org, old, typed, HOUR)
    };
    assert_eq!(
        kind(replace(KEY).await),
        Kind::Invalid,
        "the same key is no other"
    );
    assert_eq!(kind(replace("").await), Kind::Invalid);
    let successor = replace(OTHER).await.unwrap();
    assert_eq!(kind(replace(OTHER).await), Kind::Conflict, "once is enough");
    let (before, after) = (one(world, old).await, one(world, successor).await);
    assert!(matches!(before.state, CredentialState::Draining(drain) if drain.successor == successor));
    assert_eq!(
        (after.state, after.name.as_str()),
        (CredentialState::Active, "Production")
    );
    assert_ne!(before.fingerprint, after.fingerprint);
    assert_eq!(
        named(world, &machine).await.len(),
        2,
        "both work while the old one drains"
    );
    let edit = credentials::edit(app(world), &world.owner, world.org, old, KeyEdit::default());
    assert_eq!(kind(edit.await.map(|_| ())), Kind::Conflict);

    assert_eq!(credentials::retire_due(app(world)).await.unwrap(), 0);
    world.clock.advance(HOUR);
    assert_eq!(
        machine.keys(world).await.len(),
        1,
        "its time is over before anybody looks"
    );
    assert_eq!(credentials::retire_due(app(world)).await.unwrap(), 1);
    assert_eq!(named(world, &machine).await, [(Name::from(successor), 1)]);
    assert!(matches!(
        one(world, old).await.state,
        CredentialState::Retired { .. }
    ));
    let mut tx = world.app.store.read().await.unwrap();
    assert_eq!(tx.credential_secret(world.org, old).await.unwrap(), None);
    drop(tx);
    assert_eq!(
        kind(credentials::test(app(world), &world.owner, world.org, old).await),
        Kind::Conflict
    );
    assert!(world.audit().await.contains(&"credential.retired".to_owned()));
}

async fn keys_are_suspended_with_their_organization(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let key = add(world, new("Production", Delivery::Delivered)).await;
    assert_eq!(machine.keys(world).await.len(), 1);
    let manifest = machine.manifest(world).await;
    orgs::delete(app(world), &world.owner, world.org, "Acme")
        .await
        .unwrap();
    assert!(named(world, &machine).await.is_empty() && machine.keys(world).await.is_empty());
    let now = machine.manifest(world).await;
    assert!(
        now.payload().serial > manifest.payload().serial,
        "devices are told at once"
    );
    assert_eq!(
        now.payload().layers,
        manifest.payload().layers,
        "restrictions stay"
    );
    orgs::restore(app(world), &world.owner, world.org).await.unwrap();
    assert_eq!(machine.keys(world).await[&key].1.field("key"), Some(KEY));
    assert_eq!(one(world, key).await.state, CredentialState::Active);
}

async fn leading_a_key_elsewhere_needs_the_key(world: &World) {
    let key = add(world, new("Production", Delivery::Relayed)).await;
    let edit = |edit: KeyEdit| credentials::edit(app(world), &world.owner, world.org, key, edit);
    let url = || Typed::default().with("base_url", "https://elsewhere.example/v1");
    let typed = |typed| KeyEdit {
        typed,
        ..KeyEdit::default()
    };
    let delivered = || KeyEdit {
        delivery: Some(Delivery::Delivered),
        ..KeyEdit::default()
    };
    for asked in [typed(url()), delivered()] {
        let refused = edit(asked).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.fields[0].pointer.as_str()),
            (Kind::Invalid, "/secret/key")
        );
    }
    assert_eq!(one(world, key).await.version, 1, "nothing was changed");
    edit(typed(Typed::default().with("organization", "")))
        .await
        .unwrap();
    let moved = edit(typed(url().with("key", KEY))).await.unwrap();
    assert_eq!(
        moved.settings.entries(),
        [("base_url", "https://elsewhere.example/v1".to_owned())]
    );
    let stale = KeyEdit {
        base: Some(1),
        ..delivered()
    };
    assert_eq!(kind(edit(stale).await), Kind::Conflict);
    let same = edit(KeyEdit::default()).await.unwrap();
    assert_eq!(same.version, moved.version, "what changes nothing is nothing");
    add(world, new("Second", Delivery::Relayed)).await;
    let taken = KeyEdit {
        name: Some("second".parse().unwrap()),
        ..KeyEdit::default()
    };
    assert_eq!(kind(edit(taken).await), Kind::Conflict);
}

async fn a_test_is_a_real_call_that_is_noted(world: &World) {
    let good = add(world, new("Good", Delivery::Relayed)).await;
    let bad = NewKey {
        typed: Typed::default().with("key", "sk-planted-0123456789-bad"),
        ..new("Bad", Delivery::Relayed)
    };
    let bad = add(world, bad).await;
    let test = |key| credentials::test(app(world), &world.owner, world.org, key);
    assert_eq!(test(good).await.unwrap(), Tested::Works { models: Some(2) });
    let problem = "The provider refused (401): no such key".to_owned();
    assert_eq!(
        test(bad).await.unwrap(),
        Tested::Fails {
            problem: problem.clone()
        }
    );
    assert_eq!(one(world, bad).await.test.unwrap().problem, Some(problem));
    let view = one(world, good).await;
    assert!(view.used_at.is_some() && view.test.unwrap().problem.is_none());
    let models = credentials::list_models(app(world), &world.owner, world.org, good)
        .await
        .unwrap();
    assert_eq!(models, ["openai-large"], "each once");
    assert_eq!(
        kind(credentials::list_models(app(world), &world.owner, world.org, bad).await),
        Kind::Invalid
    );
    let kinds = credentials::providers_with_keys(app(world), &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!(kinds, [ProviderKind::OpenAi].into());
    let mut refused = None;
    for _ in 0..200 {
        refused = test(good).await.err();
        if refused.is_some() {
            break;
        }
    }
    assert_eq!(refused.map(|error| error.kind), Some(Kind::RateLimited));
}

async fn only_owners_and_admins_have_to_do_with_keys(world: &World) {
    let key = add(world, new("Production", Delivery::Relayed)).await;
    let admin = world.member("Alba", Role::Admin).await;
    assert_eq!(
        credentials::list(app(world), &admin, world.org)
            .await
            .unwrap()
            .len(),
        1
    );
    for role in [Role::Write, Role::Read] {
        let other = world.member(role.title(), role).await;
        let (app, org) = (app(world), world.org);
        assert_eq!(
            kind(credentials::list(app, &other, org).await.map(|_| ())),
            Kind::Forbidden
        );
        assert_eq!(
            kind(credentials::one(app, &other, org, key).await.map(|_| ())),
            Kind::Forbidden
        );
        assert_eq!(
            kind(credentials::test(app, &other, org, key).await),
            Kind::Forbidden
        );
        assert_eq!(
            kind(credentials::delete(app, &other, org, key).await),
            Kind::Forbidden
        );
        assert_eq!(
            kind(credentials::list_models(app, &other, org, key).await),
            Kind::Forbidden
        );
        let added = credentials::add(app, &other, org, new("Own", Delivery::Relayed)).await;
        assert_eq!(kind(added), Kind::Forbidden);
    }
    let missing = "cred_00000000000000000000000009".parse().unwrap();
    let found = credentials::one(app(world), &world.owner, world.org, missing).await;
    assert_eq!(kind(found.map(|_| ())), Kind::NotFound);
}

async fn a_receipt_without_the_keys_is_no_proof(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    add(world, new("Production", Delivery::Delivered)).await;
    let manifest = machine.manifest(world).await;
    let state = async || {
        let found = devices::device(app(world), &world.owner, world.org, machine.device()).await;
        found.unwrap().1
    };
    let whole = machine.receipt(&manifest);
    let mut silent = machine.receipt(&manifest);
    silent
        .sections
        .retain(|line| line.section.as_str() != Name::CREDENTIALS);
    machine.send(world, &silent).await.unwrap();
    assert!(
        matches!(state().await, DeviceState::Failed { .. }),
        "it says nothing of the keys"
    );
    let mut failed = machine.receipt(&manifest);
    for line in failed
        .sections
        .iter_mut()
        .filter(|line| line.section.as_str() == Name::CREDENTIALS)
    {
        line.outcome = Outcome::Failed {
            reason: Text::clip("the disk is full"),
        };
    }
    machine.send(world, &failed).await.unwrap();
    assert!(matches!(state().await, DeviceState::Failed { .. }));
    let mut whole = whole;
    whole.counter = failed.counter + 1;
    machine.send(world, &whole).await.unwrap();
    assert!(matches!(state().await, DeviceState::Applied { .. }));
}

async fn no_row_and_no_log_line_holds_a_key(world: &World) {
    let key = add(world, new("Production", Delivery::Delivered)).await;
    credentials::test(app(world), &world.owner, world.org, key)
        .await
        .unwrap();
    let typed = Typed::default().with("key", OTHER);
    credentials::replace(app(world), &world.owner, world.org, key, typed, HOUR)
        .await
        .unwrap();
    let mut tx = world.app.store.read().await.unwrap();
    let lines = tx.audit(world.org, &AuditQuery::default(), 1_000).await.unwrap();
    let sealed = tx.credential_secret(world.org, key).await.unwrap().unwrap();
    let rows = format!("{lines:?} {:?}", tx.credentials(world.org).await.unwrap());
    for planted in [KEY, OTHER, "planted"] {
        assert!(!rows.contains(planted), "{rows}");
        assert!(
            !sealed
                .windows(planted.len())
                .any(|bytes| bytes == planted.as_bytes())
        );
    }
}
