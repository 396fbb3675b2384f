//! Who is put into teams and taken out, what a team leaves behind, and what happens at the same moment.

use serde_json::json;
use tessera_app::{
    invitations::{self, Offer},
    members, seeding,
    settings::{self, SaveRequest},
    teams::{self, Placed},
};
use tessera_domain::{Kind, Role, address_list};
use tessera_ids::TeamId;
use tessera_policy::{LayerName, SettingsPatch};
use tessera_store::TeamMemberQuery;

use crate::{
    stories,
    world::{World, email, id, refused, run},
};

stories! {
    pasted_addresses_are_placed_one_by_one,
    everybody_whom_a_search_finds_is_put_in,
    who_may_only_read_leads_nothing,
    a_deleted_team_leaves_nothing_behind,
    a_team_that_goes_while_people_join_it_is_gone,
    a_lead_who_is_demoted_while_adding_adds_before_or_not_at_all,
    two_renames_to_one_name_leave_one,
}

/// How often each race is run.
const ROUNDS: usize = 8;

async fn team(world: &World, name: &str) -> TeamId {
    teams::create(&world.app, &world.owner, world.org, &name.parse().unwrap())
        .await
        .unwrap()
}

async fn inside(world: &World, team: TeamId) -> u64 {
    teams::team(&world.app, &world.owner, world.org, team)
        .await
        .unwrap()
        .members
}

/// What the newest audit entry says.
async fn newest_entry(world: &World) -> tessera_store::AuditEntry {
    let mut tx = world.app.store.read().await.unwrap();
    let query = tessera_store::AuditQuery::default();
    tx.audit(world.org, &query, 1).await.unwrap().remove(0)
}

async fn pasted_addresses_are_placed_one_by_one(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let (ada, bob) = (
        world.member("ada", Role::Read).await,
        world.member("bob", Role::Read).await,
    );
    let design = team(world, "Design").await;
    teams::add(app, owner, org, design, &[id(&bob)]).await.unwrap();
    let text = "Ada <ADA@example.com>; bob@example.com\nnobody@example.com, not-an-address\nada@example.com";
    let pasted = address_list::read(text).unwrap();
    let placed = teams::add_addresses(app, owner, org, design, &pasted)
        .await
        .unwrap();
    assert_eq!(
        (&placed[..3], &placed[4]),
        (
            &[Placed::Added, Placed::Inside, Placed::NoMember][..],
            &Placed::Again
        )
    );
    assert!(matches!(placed[3], Placed::Malformed(_)));
    let entry = newest_entry(world).await;
    assert_eq!(
        (entry.action.as_str(), entry.target_name.as_str()),
        ("team.members_added", "Design")
    );
    let told: serde_json::Value = serde_json::from_str(&entry.after.unwrap()).unwrap();
    assert_eq!(
        (told["count"].as_u64(), told["members"][0]["email"].as_str()),
        (Some(1), Some("ada@example.com"))
    );
    let before = world.audit().await.len();
    teams::add_addresses(app, owner, org, design, &pasted)
        .await
        .unwrap();
    assert_eq!(
        world.audit().await.len(),
        before,
        "nothing changed, nothing is told"
    );
    assert_eq!(
        refused(teams::add_addresses(app, &ada, org, design, &pasted).await),
        Kind::Forbidden
    );
}

async fn everybody_whom_a_search_finds_is_put_in(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let people: Vec<_> = (0..300)
        .map(|number| seeding::NewMember {
            name: format!("Person {number:03}").parse().unwrap(),
            email: email(&format!("p{number:03}")),
            role: Role::Read,
        })
        .collect();
    seeding::members(app, org, &people).await.unwrap();
    let design = team(world, "Design").await;
    let search = |text: &str| Some(text.to_owned());
    assert_eq!(
        teams::add_matching(app, owner, org, design, search("person 00"))
            .await
            .unwrap(),
        10
    );
    assert_eq!(
        teams::add_matching(app, owner, org, design, search("person"))
            .await
            .unwrap(),
        290
    );
    assert_eq!(
        teams::add_matching(app, owner, org, design, search("%"))
            .await
            .unwrap(),
        0
    );
    let wanted = TeamMemberQuery {
        limit: 1_000,
        ..TeamMemberQuery::default()
    };
    let page = teams::members(app, owner, org, design, &wanted).await.unwrap();
    assert_eq!((page.members.len(), page.more, page.total), (200, true, 300));
    let all: Vec<_> = page.members.iter().map(|member| member.account).collect();
    assert_eq!(teams::remove(app, owner, org, design, &all).await.unwrap(), 200);
    let left = teams::candidates(app, owner, org, design, &wanted, &all[..2])
        .await
        .unwrap();
    assert_eq!(
        (left.total, left.picked.len()),
        (201, 2),
        "the owner is outside too"
    );
    let too_many = vec![id(owner); teams::AT_ONCE + 1];
    assert_eq!(
        refused(teams::add(app, owner, org, design, &too_many).await),
        Kind::TooLarge
    );
}

async fn who_may_only_read_leads_nothing(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let lea = world.member("lea", Role::Write).await;
    let design = team(world, "Design").await;
    teams::add(app, owner, org, design, &[id(&lea)]).await.unwrap();
    teams::set_lead(app, owner, org, design, id(&lea), true)
        .await
        .unwrap();
    let entries = world.audit().await.len();
    teams::set_lead(app, owner, org, design, id(&lea), true)
        .await
        .unwrap();
    assert_eq!(world.audit().await.len(), entries);
    let seen = teams::view(app, &lea, org, design).await.unwrap();
    assert!(seen.may_assign && !seen.may_manage && seen.leads.len() == 1);

    members::change_role(app, owner, org, id(&lea), Role::Read)
        .await
        .unwrap();
    let seen = teams::view(app, &lea, org, design).await.unwrap();
    assert!(!seen.may_assign && seen.leads.is_empty());
    assert_eq!(
        refused(teams::add(app, &lea, org, design, &[id(owner)]).await),
        Kind::Forbidden
    );
    let query = TeamMemberQuery::default();
    assert_eq!(
        refused(teams::candidates(app, &lea, org, design, &query, &[]).await),
        Kind::Forbidden
    );
}

async fn a_deleted_team_leaves_nothing_behind(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let rita = world.member("rita", Role::Read).await;
    let (design, sales) = (team(world, "Design").await, team(world, "Sales").await);
    teams::add(app, owner, org, design, &[id(&rita)]).await.unwrap();
    world.device(&rita).await;
    let patch = json!({ "features": { "telemetry": false } });
    let request = SaveRequest {
        layer: LayerName::Team(design),
        edits: SettingsPatch::parse(&patch).unwrap(),
        team_defaults: Vec::new(),
        note: None,
        expected: None,
    };
    assert_eq!(
        settings::save(app, owner, org, request).await.unwrap().revision,
        1
    );
    let offer = Offer {
        email: email("ines"),
        role: Role::Read,
        teams: vec![design, sales],
    };
    invitations::invite_one(app, owner, org, offer).await.unwrap();
    let link = world.link_to("ines").await;
    let deletion = teams::deletion(app, owner, org, design).await.unwrap();
    assert_eq!((deletion.team.has_settings, deletion.invitations), (true, 1));
    let serial = async || {
        let mut tx = app.store.read().await.unwrap();
        tx.org(org).await.unwrap().unwrap().last_serial
    };
    let before = serial().await;

    teams::delete(app, owner, org, design).await.unwrap();

    assert!(serial().await > before, "its members' devices are told");
    let now = settings::current(app, owner, org).await.unwrap();
    assert_eq!(now.snapshot.revision, 2);
    assert!(now.snapshot.tree.layer(LayerName::Team(design)).is_none());
    let revision = settings::revision(app, owner, org, 2).await.unwrap();
    assert_eq!(
        revision.summary.note.unwrap().as_str(),
        "The team Design was deleted"
    );
    assert_eq!(revision.summary.changes.len(), 1);
    let ines = world.join("ines", &link).await.actor(&crate::world::visitor());
    let seen = teams::members(app, &ines, org, sales, &TeamMemberQuery::default())
        .await
        .unwrap();
    assert_eq!(seen.members[0].account, id(&ines), "the other team stays");
    assert_eq!(
        refused(teams::delete(app, owner, org, design).await),
        Kind::NotFound
    );
}

async fn a_team_that_goes_while_people_join_it_is_gone(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let admin = world.member("adam", Role::Admin).await;
    let rita = world.member("rita", Role::Read).await;
    for round in 0..ROUNDS {
        let design = team(world, &format!("Design {round}")).await;
        let who = [id(&rita)];
        let (added, deleted) = tokio::join!(
            teams::add(app, &admin, org, design, &who),
            teams::delete(app, owner, org, design),
        );
        deleted.unwrap();
        assert!(
            matches!(&added, Ok(1)) || refused(added.clone()) == Kind::NotFound,
            "{added:?}"
        );
        let mut tx = app.store.read().await.unwrap();
        assert_eq!(tx.teams_of(org, &who).await.unwrap(), []);
    }
}

async fn a_lead_who_is_demoted_while_adding_adds_before_or_not_at_all(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let lea = world.member("lea", Role::Write).await;
    let rita = world.member("rita", Role::Read).await;
    for round in 0..ROUNDS {
        let design = team(world, &format!("Design {round}")).await;
        teams::add(app, owner, org, design, &[id(&lea)]).await.unwrap();
        teams::set_lead(app, owner, org, design, id(&lea), true)
            .await
            .unwrap();
        let who = [id(&rita)];
        let added = if round % 2 == 0 {
            let (added, demoted) = tokio::join!(
                teams::add(app, &lea, org, design, &who),
                members::change_role(app, owner, org, id(&lea), Role::Read),
            );
            demoted.unwrap();
            added
        } else {
            let (added, demoted) = tokio::join!(
                teams::add(app, &lea, org, design, &who),
                teams::set_lead(app, owner, org, design, id(&lea), false),
            );
            demoted.unwrap();
            added
        };
        let expected = match added {
            Ok(added) => 1 + added,
            Err(error) => {
                assert_eq!(error.kind, Kind::Forbidden);
                1
            }
        };
        assert_eq!(inside(world, design).await, expected);
        members::change_role(app, owner, org, id(&lea), Role::Write)
            .await
            .unwrap();
    }
}

async fn two_renames_to_one_name_leave_one(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let admin = world.member("adam", Role::Admin).await;
    for round in 0..ROUNDS {
        let (one, two) = (
            team(world, &format!("One {round}")).await,
            team(world, &format!("Two {round}")).await,
        );
        let (upper, lower) = (
            format!("GOAL {round}").parse().unwrap(),
            format!("goal {round}").parse().unwrap(),
        );
        let (first, second) = tokio::join!(
            teams::rename(app, owner, org, one, &upper),
            teams::rename(app, &admin, org, two, &lower),
        );
        assert_eq!(first.is_ok(), second.is_err(), "{first:?} {second:?}");
        let lost = first.and(second).unwrap_err();
        assert_eq!(
            (lost.kind, &*lost.public),
            (Kind::Conflict, "A team with this name exists.")
        );
    }
}
