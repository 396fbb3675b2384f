//! Many members changed at once: all of it, or nothing.

use tessera_app::{
    Actor,
    members::{self, Applied, MemberEdit},
    teams,
};
use tessera_domain::{Kind, Role};
use tessera_ids::{AccountId, TeamId, ambient::SystemEntropy};
use tessera_store::{MemberQuery, MemberSort};

use crate::{
    stories,
    world::{PASSWORD, World, email, id, refused, run},
};

stories! {
    many_edits_are_one_transaction_or_none,
    the_whole_set_keeps_an_owner,
    who_was_faster_is_shown_to_the_second,
    hostile_sets_are_refused_as_a_whole,
    ten_thousand_members_are_seeded_changed_and_exported,
}

fn edit(who: &Actor, role: Option<Role>) -> MemberEdit {
    MemberEdit {
        member: id(who),
        was: None,
        role,
        join: Vec::new(),
        leave: Vec::new(),
    }
}

async fn team(world: &World, name: &str) -> TeamId {
    teams::create(&world.app, &world.owner, world.org, &name.parse().unwrap())
        .await
        .unwrap()
}

pub(crate) async fn count(world: &World, action: &str) -> usize {
    let log = world.audit().await;
    log.iter().filter(|entry| *entry == action).count()
}

async fn many_edits_are_one_transaction_or_none(world: &World) {
    let (app, org) = (&world.app, world.org);
    let admin = world.member("adam", Role::Admin).await;
    let (wren, rita) = (
        world.member("wren", Role::Write).await,
        world.member("rita", Role::Read).await,
    );
    let (scouts, cooks) = (team(world, "Scouts").await, team(world, "Cooks").await);
    teams::add(app, &admin, org, scouts, &[id(&wren)]).await.unwrap();
    teams::set_lead(app, &admin, org, scouts, id(&wren), true)
        .await
        .unwrap();
    let wanted = [
        MemberEdit {
            join: vec![cooks, cooks],
            leave: vec![scouts],
            ..edit(&wren, Some(Role::Read))
        },
        MemberEdit {
            join: vec![scouts],
            ..edit(&rita, Some(Role::Write))
        },
        edit(&world.owner, Some(Role::Read)),
    ];
    // One of three is above the admin, so nothing happens, and the plan says which.
    let plan = members::plan(app, &admin, org, &wanted).await.unwrap();
    let refusals: Vec<bool> = plan.edits.iter().map(|edit| edit.refused.is_some()).collect();
    assert_eq!(refusals, [false, false, true]);
    assert_eq!(plan.edits[0].leads_lost.len(), 1, "Read leads no team");
    assert!(plan.edits[0].rights_lost().count() >= 3);
    let error = members::apply(app, &admin, org, &wanted).await.unwrap_err();
    assert_eq!(error.kind, Kind::Forbidden);
    assert_eq!(error.fields[0].pointer, "/members/2");
    assert!(error.fields[0].message.starts_with("Olga Owner: "), "{error:?}");
    assert_eq!(world.role(&wren).await, Some(Role::Write));
    assert_eq!(count(world, "member.role_changed").await, 0);

    let applied = members::apply(app, &admin, org, &wanted[..2]).await.unwrap();
    assert_eq!(applied, Applied { roles: 2, places: 3 });
    assert_eq!(
        (world.role(&wren).await, world.role(&rita).await),
        (Some(Role::Read), Some(Role::Write))
    );
    let view = members::member(app, &admin, org, id(&wren)).await.unwrap();
    let names: Vec<_> = view
        .teams
        .iter()
        .map(|team| (team.name.as_str(), team.lead))
        .collect();
    assert_eq!(names, [("Cooks", false)]);
    assert_eq!(count(world, "member.role_changed").await, 2);
    assert_eq!(count(world, "team.members_added").await, 3);
    assert_eq!(count(world, "team.members_removed").await, 1);
    // The same once more changes nothing and says nothing.
    let again = members::apply(app, &admin, org, &wanted[..2]).await.unwrap();
    assert_eq!(again, Applied::default());
    assert_eq!(count(world, "member.role_changed").await, 2);
    assert_eq!(
        refused(members::apply(app, &rita, org, &wanted[..1]).await),
        Kind::Forbidden
    );
}

async fn the_whole_set_keeps_an_owner(world: &World) {
    let (app, org) = (&world.app, world.org);
    let other = world.member("otto", Role::Owner).await;
    let heir = world.member("hera", Role::Write).await;
    let both = [
        edit(&world.owner, Some(Role::Admin)),
        edit(&other, Some(Role::Admin)),
    ];
    let error = members::apply(app, &world.owner, org, &both).await.unwrap_err();
    assert_eq!((error.kind, error.fields.len()), (Kind::Conflict, 2));
    assert_eq!(world.role(&other).await, Some(Role::Owner));
    // With an heir in the same set, both may go.
    let three = [&both[..], &[edit(&heir, Some(Role::Owner))]].concat();
    members::apply(app, &world.owner, org, &three).await.unwrap();
    assert_eq!(world.role(&heir).await, Some(Role::Owner));
    assert_eq!(world.role(&world.owner).await, Some(Role::Admin));

    // Two owners who demote each other in bulk, and one who hands over meanwhile, leave one.
    members::change_role(app, &heir, org, id(&other), Role::Owner)
        .await
        .unwrap();
    let (mine, theirs) = ([edit(&other, Some(Role::Read))], [edit(&heir, Some(Role::Read))]);
    let password = PASSWORD.into();
    let (one, two, three) = tokio::join!(
        members::apply(app, &heir, org, &mine),
        members::apply(app, &other, org, &theirs),
        members::transfer(app, &other, org, id(&world.owner), Some(&password)),
    );
    let owners = app.store.read().await.unwrap().count_owners(org).await.unwrap();
    assert!(owners >= 1, "{one:?} {two:?} {three:?}");
}

async fn who_was_faster_is_shown_to_the_second(world: &World) {
    let (app, org) = (&world.app, world.org);
    let admin = world.member("adam", Role::Admin).await;
    let wren = world.member("wren", Role::Write).await;
    let seen = MemberEdit {
        was: Some(Role::Write),
        ..edit(&wren, Some(Role::Read))
    };
    members::change_role(app, &world.owner, org, id(&wren), Role::Admin)
        .await
        .unwrap();
    let plan = members::plan(app, &admin, org, std::slice::from_ref(&seen))
        .await
        .unwrap();
    assert_eq!(plan.edits[0].overtaken, Some(Role::Write));
    let error = members::apply(app, &admin, org, std::slice::from_ref(&seen))
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(error.public.contains("made them Admin meanwhile"), "{error}");
    let again = MemberEdit {
        was: Some(Role::Admin),
        ..seen
    };
    members::apply(app, &admin, org, &[again]).await.unwrap();
    assert_eq!(world.role(&wren).await, Some(Role::Read));
}

async fn hostile_sets_are_refused_as_a_whole(world: &World) {
    let (app, org) = (&world.app, world.org);
    let wren = world.member("wren", Role::Write).await;
    let stranger = || MemberEdit {
        member: AccountId::generate(&*app.clock, &SystemEntropy),
        ..edit(&wren, Some(Role::Read))
    };
    let foreign = MemberEdit {
        join: vec![TeamId::generate(&*app.clock, &SystemEntropy)],
        ..edit(&wren, None)
    };
    for (set, places) in [
        (
            vec![edit(&wren, Some(Role::Read)), stranger()],
            vec!["/members/1"],
        ),
        (
            vec![edit(&wren, Some(Role::Read)), edit(&wren, Some(Role::Admin))],
            vec!["/members/1"],
        ),
        (vec![foreign], vec!["/members/0"]),
    ] {
        let error = members::apply(app, &world.owner, org, &set).await.unwrap_err();
        let pointers: Vec<_> = error.fields.iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!((error.kind, pointers), (Kind::Invalid, places));
    }
    let many: Vec<_> = (0..=members::AT_ONCE).map(|_| stranger()).collect();
    assert_eq!(
        refused(members::apply(app, &world.owner, org, &many).await),
        Kind::TooLarge
    );
    let all = members::apply(app, &world.owner, org, &many[1..])
        .await
        .unwrap_err();
    assert_eq!((all.kind, all.fields.len()), (Kind::Invalid, members::AT_ONCE));
    assert_eq!(
        members::apply(app, &world.owner, org, &[]).await.unwrap(),
        Applied::default()
    );
    assert_eq!(world.role(&wren).await, Some(Role::Write));
}

async fn ten_thousand_members_are_seeded_changed_and_exported(world: &World) {
    let (app, org) = (&world.app, world.org);
    let people: Vec<_> = (0..10_000)
        .map(|number| tessera_app::seeding::NewMember {
            name: format!("Member {number:05}").parse().unwrap(),
            email: email(&format!("m{number:05}")),
            role: Role::Read,
        })
        .collect();
    let ids = tessera_app::seeding::members(app, org, &people).await.unwrap();
    let squad = team(world, "Squad").await;
    let readers = MemberQuery {
        role: Some(Role::Read),
        ..MemberQuery::default()
    };
    let found = members::matching(app, &world.owner, org, &readers).await.unwrap();
    assert_eq!(found.len(), 10_000);
    let edits: Vec<_> = ids[..2_000]
        .iter()
        .map(|member| MemberEdit {
            member: *member,
            was: Some(Role::Read),
            role: Some(Role::Write),
            join: vec![squad],
            leave: Vec::new(),
        })
        .collect();
    let applied = members::apply(app, &world.owner, org, &edits).await.unwrap();
    assert_eq!(
        applied,
        Applied {
            roles: 2_000,
            places: 2_000
        }
    );
    let mut query = MemberQuery {
        team: Some(squad),
        limit: members::EXPORT_PAGE,
        ..MemberQuery::default()
    };
    let mut seen = 0;
    loop {
        let (page, more) = members::export(app, &world.owner, org, &query).await.unwrap();
        assert!(page.iter().all(|row| row.member.role == Role::Write));
        seen += page.len();
        let Some(last) = page.last().filter(|_| more) else {
            break;
        };
        query.sort = MemberSort::Name(Some((last.member.name_key.clone(), last.member.account)));
    }
    assert_eq!(seen, 2_000);
    let everybody = members::matching(app, &world.owner, org, &MemberQuery::default()).await;
    assert_eq!(refused(everybody), Kind::TooLarge, "10,001 with the owner");
}
