//! The end of an account.

use tessera_app::{Actor, accounts, invitations, members, orgs, sessions, tokens};
use tessera_domain::{Kind, Role};
use tessera_ids::OrgId;

use crate::{
    stories,
    world::{PASSWORD, World, email, id, offer, refused, run, visitor},
};

stories! {
    an_account_ends_with_all_that_was_its_own,
    the_last_owner_of_any_organization_stays,
    two_owners_who_delete_their_accounts_at_once_leave_one,
    an_owner_who_goes_while_the_other_leaves_is_kept,
    who_joins_while_their_account_ends_is_a_member_or_nobody,
}

/// How often each race is run, since a race that is lost once in ten is lost.
const ROUNDS: usize = 6;

async fn delete(world: &World, who: &Actor, typed: &str) -> tessera_domain::Result<()> {
    accounts::delete(&world.app, who, &format!("{typed}@example.com"), &PASSWORD.into()).await
}

async fn owners(world: &World, org: OrgId) -> u64 {
    let mut tx = world.app.store.read().await.unwrap();
    tx.count_owners(org).await.unwrap()
}

async fn an_account_ends_with_all_that_was_its_own(world: &World) {
    let (app, org) = (&world.app, world.org);
    let signed_in = {
        let link = world.invite("ana", Role::Admin).await;
        world.join("ana", &link).await
    };
    let ana = signed_in.actor(&visitor());
    let device = world.device(&ana).await;
    let (_, token) = tokens::create(app, &ana, "ci".parse().unwrap(), None)
        .await
        .unwrap();
    invitations::invite_one(app, &ana, org, offer("bea", Role::Read))
        .await
        .unwrap();
    let sent = world.link_to("bea").await;

    let script = tokens::authenticate(app, token.reveal(), [192, 0, 2, 7].into())
        .await
        .unwrap();
    assert_eq!(refused(delete(world, &script, "ana").await), Kind::Forbidden);
    let mistyped = delete(world, &ana, "Ana").await.unwrap_err();
    assert_eq!(mistyped.fields[0].pointer, "/email");
    let wrong = accounts::delete(app, &ana, "ana@example.com", &"not her password".into()).await;
    assert_eq!(wrong.unwrap_err().fields[0].pointer, "/password");
    assert!(world.role(&ana).await.is_some(), "nothing was deleted so far");

    delete(world, &ana, "ana").await.unwrap();
    assert_eq!(world.role(&ana).await, None);
    let cookie = signed_in.token.reveal();
    let session = sessions::authenticate(app, cookie, [192, 0, 2, 7].into()).await;
    assert_eq!(refused(session), Kind::Unauthenticated);
    let used = tokens::authenticate(app, token.reveal(), [192, 0, 2, 7].into()).await;
    assert_eq!(refused(used), Kind::Unauthenticated);
    let mut tx = app.store.read().await.unwrap();
    let buried = tx.device(org, device).await.unwrap().unwrap();
    assert!(buried.tombstone.is_some(), "its machine is told to wipe");
    drop(tx);
    assert!(world.audit().await.ends_with(&["member.left".to_owned()]));
    assert_eq!(world.mails().await.last().unwrap().to, "ana@example.com");
    assert!(delete(world, &ana, "ana").await.is_err(), "it is gone");

    world.join("bea", &sent).await;
    let back = world.member("ana", Role::Read).await;
    assert_ne!(
        id(&back),
        id(&ana),
        "the address is free, and the account another"
    );
}

async fn the_last_owner_of_any_organization_stays(world: &World) {
    let (app, otto) = (&world.app, world.member("otto", Role::Owner).await);
    let second = orgs::create(app, &world.owner, &"Friends".parse().unwrap())
        .await
        .unwrap();
    let held = accounts::last_owner_of(app, &world.owner).await.unwrap();
    assert_eq!((held.len(), held[0].org), (1, second));
    let refusal = delete(world, &world.owner, "olga").await.unwrap_err();
    assert!(refusal.kind == Kind::Conflict && refusal.public.contains("Friends"));
    assert_eq!(
        owners(world, world.org).await,
        2,
        "not even the other org was left"
    );

    invitations::invite_one(app, &world.owner, second, offer("otto", Role::Owner))
        .await
        .unwrap();
    let link = world.link_to("otto").await;
    invitations::accept(app, &otto, &link).await.unwrap();
    assert!(
        accounts::last_owner_of(app, &world.owner)
            .await
            .unwrap()
            .is_empty()
    );
    delete(world, &world.owner, "olga").await.unwrap();
    assert_eq!(
        (owners(world, world.org).await, owners(world, second).await),
        (1, 1)
    );
    let held = accounts::last_owner_of(app, &otto).await.unwrap();
    assert_eq!(held.len(), 2);
}

/// Makes somebody an owner, by whoever is one.
async fn another_owner(world: &World, by: &Actor, name: &str) -> Actor {
    invitations::invite_one(&world.app, by, world.org, offer(name, Role::Owner))
        .await
        .unwrap();
    let link = world.link_to(name).await;
    world.join(name, &link).await.actor(&visitor())
}

async fn two_owners_who_delete_their_accounts_at_once_leave_one(world: &World) {
    let mut last = (world.owner.clone(), "olga".to_owned());
    for round in 0..ROUNDS {
        let name = format!("otto{round}");
        let other = another_owner(world, &last.0, &name).await;
        let (one, two) = tokio::join!(delete(world, &last.0, &last.1), delete(world, &other, &name));
        assert_eq!(one.is_ok(), two.is_err(), "{one:?} {two:?}");
        let stays = if one.is_ok() { (other, name) } else { last };
        assert_eq!(one.and(two).unwrap_err().kind, Kind::Conflict);
        assert_eq!(owners(world, world.org).await, 1);
        last = stays;
    }
}

async fn an_owner_who_goes_while_the_other_leaves_is_kept(world: &World) {
    for round in 0..ROUNDS {
        let name = format!("otto{round}");
        let other = another_owner(world, &world.owner, &name).await;
        let (left, gone) = tokio::join!(
            members::change_role(&world.app, &world.owner, world.org, id(&world.owner), Role::Admin),
            delete(world, &other, &name),
        );
        assert_eq!(left.is_ok(), gone.is_err(), "{left:?} {gone:?}");
        assert_eq!(owners(world, world.org).await, 1);
        if left.is_ok() {
            members::change_role(&world.app, &other, world.org, id(&world.owner), Role::Owner)
                .await
                .unwrap();
            delete(world, &other, &name).await.unwrap();
        }
    }
}

async fn who_joins_while_their_account_ends_is_a_member_or_nobody(world: &World) {
    let second = orgs::create(&world.app, &world.owner, &"Friends".parse().unwrap())
        .await
        .unwrap();
    for round in 0..ROUNDS {
        let name = format!("ana{round}");
        let ana = world.member(&name, Role::Read).await;
        invitations::invite_one(&world.app, &world.owner, second, offer(&name, Role::Read))
            .await
            .unwrap();
        let link = world.link_to(&name).await;
        let (joined, gone) = tokio::join!(
            invitations::accept(&world.app, &ana, &link),
            delete(world, &ana, &name),
        );
        let mut tx = world.app.store.read().await.unwrap();
        let is_there = tx.account_by_email(&email(&name)).await.unwrap().is_some();
        let is_member = tx.membership(second, id(&ana)).await.unwrap().is_some();
        assert_eq!(is_there, gone.is_err(), "{joined:?} {gone:?}");
        assert!(
            is_there || !is_member,
            "a membership of nobody: {joined:?} {gone:?}"
        );
    }
}
