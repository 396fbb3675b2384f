//! Teams and their leads.

use tessera_app::teams;
use tessera_domain::{Kind, Role};

use crate::{
    stories,
    world::{World, id, refused, run},
};

stories! {
    a_lead_manages_their_own_team_only,
    a_team_that_goes_leaves_its_members,
    who_joins_a_team_with_settings_gets_a_new_serial,
}

async fn a_lead_manages_their_own_team_only(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let lead = world.member("lea", Role::Write).await;
    let reader = world.member("rita", Role::Read).await;
    let own = teams::create(app, owner, org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let other = teams::create(app, owner, org, &"Sales".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        refused(teams::create(app, owner, org, &"DESIGN".parse().unwrap()).await),
        Kind::Conflict
    );
    assert_eq!(
        refused(teams::create(app, &lead, org, &"Mine".parse().unwrap()).await),
        Kind::Forbidden
    );
    assert_eq!(
        refused(teams::set_lead(app, owner, org, own, id(&lead), true).await),
        Kind::Conflict
    );
    teams::add(app, owner, org, own, &[id(&lead), id(&reader)])
        .await
        .unwrap();
    assert_eq!(
        refused(teams::set_lead(app, owner, org, own, id(&reader), true).await),
        Kind::Conflict
    );
    assert_eq!(
        refused(teams::remove(app, &lead, org, own, &[id(&reader)]).await),
        Kind::Forbidden
    );
    teams::set_lead(app, owner, org, own, id(&lead), true)
        .await
        .unwrap();
    assert_eq!(
        teams::remove(app, &lead, org, own, &[id(&reader)]).await.unwrap(),
        1
    );
    assert_eq!(
        teams::remove(app, &lead, org, own, &[id(&reader)]).await.unwrap(),
        0
    );
    assert_eq!(
        refused(teams::add(app, &lead, org, other, &[id(&reader)]).await),
        Kind::Forbidden
    );
}

async fn a_team_that_goes_leaves_its_members(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let reader = world.member("rita", Role::Read).await;
    let team = teams::create(app, owner, org, &"Design".parse().unwrap())
        .await
        .unwrap();
    teams::add(app, owner, org, team, &[id(&reader)]).await.unwrap();
    teams::rename(app, owner, org, team, &"Craft".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        teams::list(app, &reader, org).await.unwrap()[0].name.as_str(),
        "Craft"
    );
    teams::delete(app, owner, org, team).await.unwrap();
    assert_eq!(refused(teams::team(app, owner, org, team).await), Kind::NotFound);
    assert_eq!(world.role(&reader).await, Some(Role::Read));
}

async fn who_joins_a_team_with_settings_gets_a_new_serial(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let reader = world.member("rita", Role::Read).await;
    let team = teams::create(app, owner, org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let device = world.device(&reader).await;
    let serial = async || {
        app.store
            .read()
            .await
            .unwrap()
            .org(org)
            .await
            .unwrap()
            .unwrap()
            .last_serial
    };
    let before = serial().await;
    teams::add(app, owner, org, team, &[id(&reader)]).await.unwrap();
    assert_eq!(serial().await, before);
    let mut tx = app.store.begin().await.unwrap();
    tx.set_team_has_settings(org, team, true).await.unwrap();
    tx.commit().await.unwrap();
    teams::remove(app, owner, org, team, &[id(&reader)])
        .await
        .unwrap();
    assert!(serial().await > before);
    let moved = app
        .store
        .read()
        .await
        .unwrap()
        .device(org, device)
        .await
        .unwrap()
        .unwrap();
    assert_ne!(moved.audience, "none");
}
