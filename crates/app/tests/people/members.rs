//! Members: roles, removal, leaving, lists.

use tessera_app::{accounts, members, sessions};
use tessera_domain::{Kind, Role};
use tessera_store::{DeviceLife, MemberQuery, MemberSort};

use crate::{
    stories,
    world::{PASSWORD, World, email, id, refused, run, visitor},
};

stories! {
    roles_change_within_the_actors_own,
    the_last_owner_stays,
    who_is_removed_loses_everything_at_once,
    a_page_goes_on_where_the_last_one_ended,
    a_new_name_shows_in_every_list,
}

async fn roles_change_within_the_actors_own(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let writer = world.member("wren", Role::Write).await;
    let change =
        async |actor, who, role| members::change_role(&world.app, actor, world.org, id(who), role).await;
    assert_eq!(
        refused(change(&writer, &writer, Role::Admin).await),
        Kind::Forbidden
    );
    assert_eq!(
        refused(change(&admin, &world.owner, Role::Read).await),
        Kind::Forbidden
    );
    assert_eq!(
        refused(change(&admin, &writer, Role::Owner).await),
        Kind::Forbidden
    );
    change(&admin, &writer, Role::Admin).await.unwrap();
    assert_eq!(world.role(&writer).await, Some(Role::Admin));
    change(&admin, &writer, Role::Admin).await.unwrap();
    change(&world.owner, &admin, Role::Owner).await.unwrap();
    let changes = world
        .audit()
        .await
        .iter()
        .filter(|action| *action == "member.role_changed")
        .count();
    assert_eq!(changes, 2);
}

async fn the_last_owner_stays(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let owner = &world.owner;
    let demote = members::change_role(&world.app, owner, world.org, id(owner), Role::Admin).await;
    assert_eq!(refused(demote), Kind::Conflict);
    assert_eq!(
        refused(members::leave(&world.app, owner, world.org).await),
        Kind::Conflict
    );
    assert_eq!(
        refused(members::remove(&world.app, owner, world.org, id(owner)).await),
        Kind::Conflict
    );
    assert_eq!(
        refused(members::remove(&world.app, &admin, world.org, id(owner)).await),
        Kind::Forbidden
    );
    members::change_role(&world.app, owner, world.org, id(&admin), Role::Owner)
        .await
        .unwrap();
    members::leave(&world.app, owner, world.org).await.unwrap();
    assert_eq!(world.role(owner).await, None);
}

async fn who_is_removed_loses_everything_at_once(world: &World) {
    let writer = world.member("wren", Role::Write).await;
    let session = accounts::sign_in(&world.app, &visitor(), &email("wren"), &PASSWORD.into())
        .await
        .unwrap();
    let device = world.device(&writer).await;
    members::remove(&world.app, &world.owner, world.org, id(&writer))
        .await
        .unwrap();
    let mut tx = world.app.store.read().await.unwrap();
    let device = tx.device(world.org, device).await.unwrap().unwrap();
    drop(tx);
    assert_eq!(device.life, DeviceLife::Removed);
    assert!(device.tombstone.is_some());
    let here = [192, 0, 2, 7].into();
    assert!(
        sessions::authenticate(&world.app, session.token.reveal(), here)
            .await
            .is_err()
    );
    let page = members::list(&world.app, &writer, world.org, &MemberQuery::default()).await;
    assert_eq!(refused(page), Kind::NotFound);
    let again = members::remove(&world.app, &world.owner, world.org, id(&writer)).await;
    assert_eq!(refused(again), Kind::NotFound);
    // The account stays, and may be invited again.
    world.invite("wren", Role::Read).await;
}

async fn a_page_goes_on_where_the_last_one_ended(world: &World) {
    for name in ["ana", "ben", "cyd"] {
        world.member(name, Role::Read).await;
    }
    let list = async |sort| {
        let query = MemberQuery {
            sort,
            limit: 2,
            ..MemberQuery::default()
        };
        members::list(&world.app, &world.owner, world.org, &query)
            .await
            .unwrap()
    };
    let first = list(MemberSort::Name(None)).await;
    assert_eq!((first.total, first.more, first.seats.used), (4, true, 4));
    let last = &first.members[1].member;
    let second = list(MemberSort::Name(Some((last.name_key.clone(), last.account)))).await;
    assert!(!second.more);
    let names: Vec<_> = first
        .members
        .iter()
        .chain(&second.members)
        .map(|row| row.member.name.as_str().to_owned())
        .collect();
    assert_eq!(names, ["ana", "ben", "cyd", "Olga Owner"]);
    let found = MemberQuery {
        search: Some("CYD@".to_owned()),
        ..MemberQuery::default()
    };
    let found = members::list(&world.app, &world.owner, world.org, &found)
        .await
        .unwrap();
    assert_eq!(found.total, 1);
}

async fn a_new_name_shows_in_every_list(world: &World) {
    let ana = world.member("ana", Role::Read).await;
    let device = world.device(&ana).await;
    accounts::rename(&world.app, &ana, &"Zoë Z.".parse().unwrap())
        .await
        .unwrap();
    let found = MemberQuery {
        search: Some("zoë".to_owned()),
        ..MemberQuery::default()
    };
    let page = members::list(&world.app, &world.owner, world.org, &found)
        .await
        .unwrap();
    assert_eq!(page.members[0].member.name.as_str(), "Zoë Z.");
    let mut tx = world.app.store.read().await.unwrap();
    let device = tx.device(world.org, device).await.unwrap().unwrap();
    assert_eq!(device.member_name.as_str(), "Zoë Z.");
}
