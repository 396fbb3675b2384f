//! What two do at the same moment: one wins, the other is told what happened.

use tessera_app::{
    Actor,
    invitations::{self, InvitedSignUp},
    members::{self, MemberEdit},
    teams,
};
use tessera_domain::{Kind, Role};
use tessera_store::InvitationQuery;

use crate::{
    stories,
    world::{PASSWORD, World, id, offer, run, visitor},
};

stories! {
    two_owners_who_demote_each_other_leave_one,
    two_owners_who_leave_at_once_leave_one,
    an_owner_who_leaves_while_the_other_hands_over_leaves_one,
    two_people_who_take_the_last_seat_take_it_once,
    two_invitations_of_one_address_make_one,
    one_link_used_twice_at_once_seats_once,
}

/// How often each race is run, since a race that is lost once in ten is lost.
const ROUNDS: usize = 8;

async fn two_owners_who_demote_each_other_leave_one(world: &World) {
    let other = world.member("otto", Role::Owner).await;
    let (app, org) = (&world.app, world.org);
    for _ in 0..ROUNDS {
        let (one, two) = tokio::join!(
            members::change_role(app, &world.owner, org, id(&other), Role::Admin),
            members::change_role(app, &other, org, id(&world.owner), Role::Admin),
        );
        assert_eq!(one.is_ok(), two.is_err(), "{one:?} {two:?}");
        let lost = one.and(two).unwrap_err();
        assert_eq!(lost.kind, Kind::Forbidden);
        assert_eq!(lost.public, "Only an owner may change or remove an owner.");
        let winner = if world.role(&other).await == Some(Role::Owner) {
            &other
        } else {
            &world.owner
        };
        let loser = if id(winner) == id(&other) {
            &world.owner
        } else {
            &other
        };
        members::change_role(app, winner, org, id(loser), Role::Owner)
            .await
            .unwrap();
    }
}

async fn two_owners_who_leave_at_once_leave_one(world: &World) {
    let other = world.member("otto", Role::Owner).await;
    let (one, two) = tokio::join!(
        members::leave(&world.app, &world.owner, world.org),
        members::change_role(&world.app, &other, world.org, id(&other), Role::Read),
    );
    assert_eq!(one.is_ok(), two.is_err(), "{one:?} {two:?}");
    assert_eq!(one.and(two).unwrap_err().kind, Kind::Conflict);
    let owners = world
        .app
        .store
        .read()
        .await
        .unwrap()
        .count_owners(world.org)
        .await
        .unwrap();
    assert_eq!(owners, 1);
}

/// Whichever comes first, somebody owns the organization afterwards: leaving, removing, handing over, demoting many at once.
async fn an_owner_who_leaves_while_the_other_hands_over_leaves_one(world: &World) {
    let (app, org) = (&world.app, world.org);
    let password = PASSWORD.into();
    let demotion = |who: &Actor| {
        [MemberEdit {
            member: id(who),
            was: None,
            role: Some(Role::Read),
            join: Vec::new(),
            leave: Vec::new(),
        }]
    };
    let mut people = Vec::new();
    for round in 0..ROUNDS {
        let other = world.member(&format!("otto{round}"), Role::Read).await;
        people.push((other, world.member(&format!("hera{round}"), Role::Read).await));
    }
    let mut owner = world.owner.clone();
    let mut everybody = vec![owner.clone()];
    for (round, (other, heir)) in people.into_iter().enumerate() {
        members::change_role(app, &owner, org, id(&other), Role::Owner)
            .await
            .unwrap();
        let (mine, theirs) = (demotion(&owner), demotion(&other));
        let answers = match round % 4 {
            0 => tokio::join!(
                members::leave(app, &owner, org),
                members::transfer(app, &other, org, id(&heir), Some(&password))
            ),
            1 => tokio::join!(
                async { members::apply(app, &owner, org, &theirs).await.map(drop) },
                async { members::apply(app, &other, org, &mine).await.map(drop) }
            ),
            2 => tokio::join!(
                members::remove(app, &owner, org, id(&other)),
                members::leave(app, &owner, org)
            ),
            _ => tokio::join!(
                members::transfer(app, &owner, org, id(&heir), Some(&password)),
                async { members::apply(app, &other, org, &mine).await.map(drop) }
            ),
        };
        everybody.extend([other, heir]);
        let mut owners = Vec::new();
        for person in &everybody {
            if world.role(person).await == Some(Role::Owner) {
                owners.push(person.clone());
            }
        }
        assert!(!owners.is_empty(), "nobody owns it: {answers:?}");
        owner = owners.remove(0);
        // The next round begins with one owner again.
        for extra in owners {
            members::change_role(app, &owner, org, id(&extra), Role::Read)
                .await
                .unwrap();
        }
    }
}

async fn two_people_who_take_the_last_seat_take_it_once(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    for round in 0..ROUNDS {
        set_seats(world, 3 + u64::try_from(round).unwrap()).await;
        let (first, second) = (format!("a{round}"), format!("b{round}"));
        let (one, two) = tokio::join!(
            invitations::invite_one(&world.app, &world.owner, world.org, offer(&first, Role::Read)),
            invitations::invite_one(&world.app, &admin, world.org, offer(&second, Role::Read)),
        );
        assert_eq!(one.is_ok(), two.is_err(), "{one:?} {two:?}");
        let lost = one.and(two).unwrap_err();
        assert_eq!(lost.kind, Kind::Conflict);
        assert!(lost.public.starts_with("No seats available"), "{lost}");
    }
    let seats = invitations::list(&world.app, &admin, world.org, &InvitationQuery::default(), 1)
        .await
        .unwrap()
        .seats;
    assert_eq!(seats.free(), Some(0));
}

async fn two_invitations_of_one_address_make_one(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let (one, two) = tokio::join!(
        invitations::invite_one(&world.app, &world.owner, world.org, offer("ana", Role::Read)),
        invitations::invite_one(&world.app, &admin, world.org, offer("Ana", Role::Write)),
    );
    assert_eq!(one.is_ok(), two.is_err(), "{one:?} {two:?}");
    assert_eq!(one.and(two).unwrap_err().fields[0].pointer, "/email");
}

async fn one_link_used_twice_at_once_seats_once(world: &World) {
    set_seats(world, 2).await;
    let link = world.invite("ana", Role::Read).await;
    let wanted = || InvitedSignUp {
        name: "Ana".parse().unwrap(),
        password: PASSWORD.into(),
    };
    let (here, there) = (visitor(), visitor());
    let (one, two) = tokio::join!(
        invitations::sign_up(&world.app, &here, &link, wanted()),
        invitations::sign_up(&world.app, &there, &link, wanted()),
    );
    assert_eq!(one.is_ok(), two.is_err());
    assert_eq!(one.and(two).unwrap_err().kind, Kind::Conflict);
    let team = teams::list(&world.app, &world.owner, world.org).await.unwrap();
    assert!(team.is_empty());
}

async fn set_seats(world: &World, seats: u64) {
    let mut tx = world.app.store.begin().await.unwrap();
    tx.set_seats(world.org, Some(seats)).await.unwrap();
    tx.commit().await.unwrap();
}
