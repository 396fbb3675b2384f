//! The end of an organization: out of reach at once, back within seven days, gone afterwards; its devices obey
//! until they are told to wipe.

use std::time::Duration;

use serde_json::json;
use tessera_app::{
    AccountActor, Actor, Credential,
    invitations::{self, LinkState},
    members, orgs, settings,
    sync::{self, Subscription, Told},
    teams,
};
use tessera_domain::{Kind, Role};
use tessera_ids::{ApiTokenId, Clock as _, ambient::SystemEntropy};
use tessera_store::{MemberQuery, purge, testing};
use tessera_wire::{DeviceSigningKey, Removal, Tombstone, token::Scope, verify};

use crate::{
    machine::{Machine, begin, kind},
    settings::save,
    stories,
    world::{PASSWORD, World, email, id, visitor},
};

const DAY: Duration = Duration::from_hours(24);

stories! {
    a_deleted_organization_is_out_of_reach_while_its_devices_obey,
    within_seven_days_everything_comes_back,
    after_seven_days_devices_wipe_and_the_data_goes,
    a_purge_that_was_cut_short_goes_on,
    only_owners_delete_and_only_by_its_name,
    two_owners_delete_and_restore_at_once,
}

async fn delete(world: &World) {
    orgs::delete(&world.app, &world.owner, world.org, "Acme")
        .await
        .unwrap();
}

async fn a_deleted_organization_is_out_of_reach_while_its_devices_obey(world: &World) {
    let (app, org) = (&world.app, world.org);
    let admin = world.member("Alba", Role::Admin).await;
    let reader = world.member("Rea", Role::Read).await;
    world.member("Bea", Role::Owner).await;
    let link = world.invite("Late", Role::Read).await;
    let machine = Machine::enrol(world, &reader).await;
    let off = json!({ "features": { "telemetry": false } });
    let saved = save(world, off.clone(), None).await.unwrap();
    let mut pages = app.hub.page_events(org);
    delete(world).await;

    for actor in [&world.owner, &admin, &reader] {
        assert_eq!(kind(orgs::view(app, actor, org).await), Kind::NotFound);
        let members = members::list(app, actor, org, &MemberQuery::default()).await;
        assert_eq!(kind(members.map(|page| page.total)), Kind::NotFound);
        assert_eq!(kind(members::leave(app, actor, org).await), Kind::NotFound);
        assert_eq!(kind(teams::list(app, actor, org).await), Kind::NotFound);
        assert_eq!(
            kind(settings::mine(app, actor, org).await.map(drop)),
            Kind::NotFound
        );
        assert!(orgs::mine(app, actor).await.unwrap().is_empty());
    }
    assert_eq!(kind(save(world, off, None).await.map(drop)), Kind::NotFound);
    let (code, _) = begin(world, &DeviceSigningKey::generate(&SystemEntropy)).await;
    assert_eq!(
        kind(sync::approve(app, &reader, org, &code).await),
        Kind::NotFound
    );

    let opened = invitations::open(app, None, &link).await.unwrap();
    assert_eq!(opened.state, LinkState::Gone);
    let wanted = invitations::InvitedSignUp {
        name: "Late".parse().unwrap(),
        password: PASSWORD.into(),
    };
    let joined = invitations::sign_up(app, &visitor(), &link, wanted).await;
    assert_eq!(kind(joined.map(drop)), Kind::NotFound);
    assert!(invitations::ask_again(app, &visitor(), &link).await.is_err());

    let manifest = machine.manifest(world).await;
    assert_eq!(manifest.payload().revision, saved.revision);
    machine.send(world, &machine.receipt(&manifest)).await.unwrap();

    let mails = world.mails().await;
    let told = |to: &str| {
        let to = email(to);
        mails
            .iter()
            .filter(|mail| mail.to == to.as_str() && mail.subject == "Acme was deleted")
            .count()
    };
    assert_eq!((told("olga"), told("Bea"), told("Alba")), (1, 1, 0));
    // Whoever looked on hears the rest, and then that it is over.
    while pages.recv().await.is_ok() {}
}

async fn within_seven_days_everything_comes_back(world: &World) {
    let (app, org) = (&world.app, world.org);
    let admin = world.member("Alba", Role::Admin).await;
    let link = world.invite("Late", Role::Read).await;
    let machine = Machine::enrol(world, &admin).await;
    let saved = save(world, json!({ "features": { "telemetry": false } }), None)
        .await
        .unwrap();
    delete(world).await;
    world.clock.advance(6 * DAY);
    assert_eq!(orgs::purge_due(app).await.unwrap(), 0);
    assert!(orgs::deleted(app, &admin).await.unwrap().is_empty());
    let listed = orgs::deleted(app, &world.owner).await.unwrap();
    assert_eq!((listed.len(), listed[0].name.as_str()), (1, "Acme"));
    assert_eq!(kind(orgs::restore(app, &admin, org).await), Kind::NotFound);
    orgs::restore(app, &world.owner, org).await.unwrap();

    let view = orgs::view(app, &admin, org).await.unwrap();
    assert_eq!((view.role, view.revision), (Role::Admin, saved.revision));
    assert_eq!(orgs::mine(app, &admin).await.unwrap().len(), 1);
    assert!(orgs::deleted(app, &world.owner).await.unwrap().is_empty());
    assert_eq!(machine.manifest(world).await.payload().revision, saved.revision);
    let opened = invitations::open(app, None, &link).await.unwrap();
    assert!(matches!(opened.state, LinkState::Open(_)));
    let again = orgs::restore(app, &world.owner, org).await;
    assert_eq!(kind(again), Kind::Conflict);
    let audit = world.audit().await;
    assert!(audit.ends_with(&["org.deleted".to_owned(), "org.restored".to_owned()]));
}

async fn after_seven_days_devices_wipe_and_the_data_goes(world: &World) {
    let (app, org) = (&world.app, world.org);
    let reader = world.member("Rea", Role::Read).await;
    world.invite("Late", Role::Read).await;
    let machine = Machine::enrol(world, &reader).await;
    let idle = Machine::enrol(world, &world.owner).await;
    let list = json!({ "memory": { "websites": { "add": ["bank.example.com"] } } });
    save(world, list, None).await.unwrap();
    let manifest = machine.manifest(world).await;
    machine.send(world, &machine.receipt(&manifest)).await.unwrap();
    delete(world).await;
    world.clock.advance(7 * DAY);
    let restored = orgs::restore(app, &world.owner, org).await;
    assert_eq!(kind(restored), Kind::Conflict);
    assert!(orgs::deleted(app, &world.owner).await.unwrap().is_empty());

    let listening = machine.sign_in(world).await;
    let mut stream = Subscription::open(app, listening, Some(manifest.payload().serial)).unwrap();
    let (told, purged) = tokio::join!(stream.next(app), orgs::purge_due(app));
    assert!(matches!(told.unwrap(), Told::Tombstone(_)));
    assert_eq!(purged.unwrap(), 1);
    assert_eq!(orgs::purge_due(app).await.unwrap(), 0);

    for table in purge::GOES {
        let left = testing::rows_of_org(&app.store, table, org).await;
        assert_eq!(left, 0, "{table} still holds rows of the organization");
    }
    assert!(orgs::mine(app, &reader).await.unwrap().is_empty());
    let audit = world.audit().await;
    assert!(audit.contains(&"device.enrolled".to_owned()), "the log stays");
    assert_eq!(audit.last().unwrap(), "org.purged");

    // Weeks later a machine comes back that heard nothing of it.
    world.clock.advance(40 * DAY);
    let token = idle.token(world).await;
    assert_eq!(token.scope, Scope::Tombstone);
    let signed = serde_json::to_vec(&token.tombstone.unwrap()).unwrap();
    let tombstone = verify::<Tombstone>(&signed, idle.org_key()).unwrap();
    assert_eq!(tombstone.payload().kind, Removal::Removed);
    idle.send_last(world).await.unwrap();
    idle.send_last(world).await.unwrap();
    let audit = world.audit().await;
    assert_eq!(audit.last().unwrap(), "device.wiped_itself");
}

async fn a_purge_that_was_cut_short_goes_on(world: &World) {
    let (app, org) = (&world.app, world.org);
    for _ in 0..3 {
        Machine::enrol(world, &world.owner).await;
    }
    delete(world).await;
    world.clock.advance(7 * DAY);
    // As after a kill in the middle: begun, and some rows gone.
    let mut tx = app.store.begin().await.unwrap();
    assert!(tx.set_org_purging(org, world.clock.now()).await.unwrap());
    tx.purge_some(org, 1).await.unwrap();
    tx.commit().await.unwrap();
    let restored = orgs::restore(app, &world.owner, org).await;
    assert_eq!(kind(restored), Kind::Conflict);
    // Two replicas take it up at once.
    let (one, other) = tokio::join!(orgs::purge_due(app), orgs::purge_due(app));
    assert!(one.unwrap() + other.unwrap() >= 1);
    let mut tx = app.store.read().await.unwrap();
    assert!(tx.org(org).await.unwrap().unwrap().purged_at.is_some());
    assert!(tx.living_devices(org, 9).await.unwrap().is_empty());
    drop(tx);
    let ends = world.audit().await;
    assert_eq!(ends.iter().filter(|action| *action == "org.purged").count(), 1);
}

async fn only_owners_delete_and_only_by_its_name(world: &World) {
    let (app, org) = (&world.app, world.org);
    for role in [Role::Admin, Role::Write, Role::Read] {
        let actor = world.member(role.as_str(), role).await;
        assert_eq!(
            kind(orgs::delete(app, &actor, org, "Acme").await),
            Kind::Forbidden
        );
        assert_eq!(kind(orgs::what_goes(app, &actor, org).await), Kind::Forbidden);
    }
    let as_owner = |credential| {
        Actor::Account(AccountActor {
            account: id(&world.owner),
            credential,
            address: None,
        })
    };
    let token = ApiTokenId::generate(&*world.clock, &SystemEntropy);
    let script = as_owner(Credential::ApiToken(token));
    assert_eq!(
        kind(orgs::delete(app, &script, org, "Acme").await),
        Kind::Forbidden
    );
    let old = as_owner(Credential::Session {
        id: world.owner.session().unwrap(),
        recent: false,
    });
    assert_eq!(
        kind(orgs::delete(app, &old, org, "Acme").await),
        Kind::Unauthenticated
    );
    for name in ["", "acme", "Acme!", "\u{410}cme", "Acme\0"] {
        let refused = orgs::delete(app, &world.owner, org, name).await;
        assert_eq!(kind(refused), Kind::Invalid, "{name:?}");
    }
    let (_, goes) = orgs::what_goes(app, &world.owner, org).await.unwrap();
    assert_eq!((goes.members, goes.devices), (4, 0));
    let living = orgs::restore(app, &world.owner, org).await;
    assert_eq!(kind(living), Kind::Conflict);
}

async fn two_owners_delete_and_restore_at_once(world: &World) {
    let (app, org) = (&world.app, world.org);
    let other = world.member("Bea", Role::Owner).await;
    let (one, two) = tokio::join!(
        orgs::delete(app, &world.owner, org, "Acme"),
        orgs::delete(app, &other, org, "Acme")
    );
    assert!(one.is_ok() != two.is_ok());
    assert_eq!(kind(one.and(two)), Kind::NotFound);
    let (one, two) = tokio::join!(
        orgs::restore(app, &world.owner, org),
        orgs::restore(app, &other, org)
    );
    assert!(one.is_ok() != two.is_ok());
    assert_eq!(kind(one.and(two)), Kind::Conflict);
    orgs::view(app, &other, org).await.unwrap();
}
