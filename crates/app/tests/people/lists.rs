//! Lists of people: looked at, sent by a worker in chunks, stopped, and never invited twice.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use tessera_app::{
    invitations::{
        self, Alteration, LinkState, List,
        batch::{self, Choice},
    },
    members, teams,
};
use tessera_domain::{
    Kind, Role,
    people_import::{RowState, Written},
};
use tessera_ids::InvitationBatchId;
use tessera_store::{BatchRowQuery, BatchState, InvitationQuery};

use crate::{
    stories,
    world::{World, email, id, offer, only_invitation, refused, run, visitor},
};

stories! {
    a_list_is_looked_at_chosen_from_and_sent,
    two_workers_at_one_list_invite_everybody_once,
    a_list_stops_when_its_sender_may_not_go_on,
    a_list_is_its_owners_and_not_kept_for_ever,
    a_script_sends_a_list_and_may_repeat_it,
    what_an_invitation_offers_changes_while_it_is_pending,
    an_invitation_of_a_deleted_organization_says_so,
    who_cannot_invite_any_more_is_not_asked_again,
}

fn csv(people: usize) -> List {
    let rows = (0..people).map(|number| format!("p{number}@example.com,read\n"));
    List::Csv(Bytes::from(rows.collect::<String>()))
}

async fn draft(world: &World, list: List) -> InvitationBatchId {
    batch::draft(&world.app, &world.owner, world.org, "people.csv", list)
        .await
        .unwrap()
}

/// Works until no list is being sent any more.
async fn work(world: &World) {
    while batch::work(&world.app).await.unwrap() {}
}

async fn set_seats(world: &World, seats: u64) {
    let mut tx = world.app.store.begin().await.unwrap();
    tx.set_seats(world.org, Some(seats)).await.unwrap();
    tx.commit().await.unwrap();
}

/// Every address that is invited, as often as it is.
async fn invited(world: &World) -> Vec<String> {
    let (mut all, mut wanted) = (Vec::new(), InvitationQuery::default());
    loop {
        let page = invitations::list(&world.app, &world.owner, world.org, &wanted, 200)
            .await
            .unwrap();
        let last = page.invitations.last().map(|row| &row.invitation);
        wanted.after = last.map(|last| (last.invited_at, last.id));
        all.extend(
            page.invitations
                .iter()
                .map(|row| row.invitation.email.to_string()),
        );
        if !page.more {
            return all;
        }
    }
}

async fn a_list_is_looked_at_chosen_from_and_sent(world: &World) {
    set_seats(world, 4).await;
    let rows = "email,role\nana@example.com,read\nben@example.com,boss\nolga@example.com,read\n\
        cyd@example.com,WRITE\nANA@example.com,read\ndan@example.com,read\neve@example.com,read\n";
    let list = draft(world, List::Csv(Bytes::from(rows))).await;
    assert!(world.mails().await.is_empty(), "nothing is sent before");
    assert!(!batch::work(&world.app).await.unwrap());
    let seen = batch::view(&world.app, &world.owner, world.org, list)
        .await
        .unwrap();
    let counts = seen.counts;
    assert_eq!(
        (
            counts.ready,
            counts.malformed,
            counts.member,
            counts.duplicate,
            counts.no_seat
        ),
        (3, 1, 1, 1, 1)
    );
    assert_eq!((seen.chosen, seen.batch.state), (3, BatchState::Preview));

    // Cyd stays out, Eve takes the seat; of the malformed row nobody can be chosen.
    let page = Choice::Page {
        shown: vec![0, 3, 5, 6],
        chosen: vec![0, 1, 5, 6],
    };
    batch::choose(&world.app, &world.owner, world.org, list, page)
        .await
        .unwrap();
    // Somebody else takes a seat and an address meanwhile.
    world.invite("dan", Role::Admin).await;
    batch::send(&world.app, &world.owner, world.org, list)
        .await
        .unwrap();
    batch::send(&world.app, &world.owner, world.org, list)
        .await
        .unwrap();
    work(world).await;

    let seen = batch::view(&world.app, &world.owner, world.org, list)
        .await
        .unwrap();
    assert_eq!(
        (
            seen.batch.state,
            seen.chosen,
            seen.settled,
            seen.counts.sent,
            seen.counts.ready
        ),
        (BatchState::Done, 3, 3, 2, 1)
    );
    let wanted = BatchRowQuery {
        refused: true,
        ..BatchRowQuery::default()
    };
    let refused_rows = batch::rows(&world.app, &world.owner, world.org, list, wanted, 10)
        .await
        .unwrap();
    let states: Vec<_> = refused_rows.iter().map(|row| (row.line, row.state)).collect();
    assert_eq!(
        states,
        [
            (3, RowState::Malformed),
            (4, RowState::Member),
            (6, RowState::Duplicate),
            (7, RowState::Invited),
        ]
    );
    let addresses: BTreeSet<_> = invited(world).await.into_iter().collect();
    assert_eq!(addresses.len(), 3);
    assert_eq!(world.mails().await.len(), 3);
    let late = batch::choose(&world.app, &world.owner, world.org, list, Choice::All).await;
    assert_eq!(refused(late), Kind::Conflict);
    let actions = world.audit().await;
    for action in ["invitation_list.sent", "invitation_list.ended"] {
        assert_eq!(
            actions.iter().filter(|known| *known == action).count(),
            1,
            "{actions:?}"
        );
    }
}

async fn two_workers_at_one_list_invite_everybody_once(world: &World) {
    const PEOPLE: usize = 1_201;
    let list = draft(world, csv(PEOPLE)).await;
    batch::send(&world.app, &world.owner, world.org, list)
        .await
        .unwrap();
    // A first worker dies in the middle of a chunk: its transaction is dropped.
    let dying = async {
        let died = tokio::time::timeout(Duration::from_millis(1), batch::work(&world.app)).await;
        drop(died);
    };
    dying.await;
    let (one, two, three) = tokio::join!(
        batch::work(&world.app),
        batch::work(&world.app),
        invitations::invite_one(&world.app, &world.owner, world.org, offer("p1200", Role::Admin)),
    );
    assert!(one.unwrap() && two.unwrap());
    let was_first = three.is_ok();
    work(world).await;
    let seen = batch::view(&world.app, &world.owner, world.org, list)
        .await
        .unwrap();
    assert_eq!(
        (seen.batch.state, seen.settled),
        (BatchState::Done, PEOPLE as u64)
    );
    assert_eq!(seen.counts.sent, PEOPLE as u64 - u64::from(was_first));
    let all = invited(world).await;
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (PEOPLE, PEOPLE));
    let health = world
        .app
        .store
        .read()
        .await
        .unwrap()
        .outbox_health(None, None)
        .await
        .unwrap();
    assert_eq!(health.waiting, PEOPLE as u64, "one mail each");
}

async fn a_list_stops_when_its_sender_may_not_go_on(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let list = batch::draft(&world.app, &admin, world.org, "mine", csv(600))
        .await
        .unwrap();
    batch::send(&world.app, &admin, world.org, list).await.unwrap();
    assert!(batch::work(&world.app).await.unwrap());
    members::change_role(&world.app, &world.owner, world.org, id(&admin), Role::Read)
        .await
        .unwrap();
    work(world).await;
    assert_eq!(invited(world).await.len(), 500);
    members::change_role(&world.app, &world.owner, world.org, id(&admin), Role::Admin)
        .await
        .unwrap();
    let seen = batch::view(&world.app, &admin, world.org, list).await.unwrap();
    assert_eq!(
        (seen.batch.state, seen.settled, seen.chosen),
        (BatchState::Stopped, 500, 600)
    );
    assert!(seen.batch.reason.unwrap().contains("may not invite"));
}

async fn a_list_is_its_owners_and_not_kept_for_ever(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let list = draft(world, csv(2)).await;
    let other = batch::view(&world.app, &admin, world.org, list).await;
    assert_eq!(refused(other), Kind::NotFound);
    assert_eq!(
        refused(batch::send(&world.app, &admin, world.org, list).await),
        Kind::NotFound
    );
    batch::choose(&world.app, &world.owner, world.org, list, Choice::Nobody)
        .await
        .unwrap();
    let nobody = batch::send(&world.app, &world.owner, world.org, list).await;
    assert_eq!(refused(nobody), Kind::Invalid);
    world.clock.advance(batch::PREVIEW_KEPT);
    let late = batch::send(&world.app, &world.owner, world.org, list).await;
    assert_eq!(refused(late), Kind::NotFound);
    let writer = world.member("wren", Role::Write).await;
    let may_not = batch::draft(&world.app, &writer, world.org, "x", csv(1)).await;
    assert_eq!(refused(may_not), Kind::Forbidden);
    let dropped = draft(world, csv(1)).await;
    batch::discard(&world.app, &world.owner, world.org, dropped)
        .await
        .unwrap();
    assert_eq!(
        refused(batch::view(&world.app, &world.owner, world.org, dropped).await),
        Kind::NotFound
    );
}

async fn a_script_sends_a_list_and_may_repeat_it(world: &World) {
    let team = teams::create(&world.app, &world.owner, world.org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let rows = || {
        let row = |(line, name, role, team): (usize, &str, &str, &str)| {
            let teams = Some(team.to_owned()).filter(|team| !team.is_empty());
            Written::typed(
                line,
                &format!("{name}@example.com"),
                role,
                teams.into_iter().collect(),
            )
        };
        let rows = [
            (1, "ana", "Read", "design"),
            (2, "ben", "", ""),
            (3, "ana", "read", ""),
            (4, "cyd", "read", "Ghosts"),
        ];
        List::Rows(rows.into_iter().map(row).collect())
    };
    let before = invitations::preview(&world.app, &world.owner, world.org, rows())
        .await
        .unwrap();
    assert_eq!(
        (
            before.counts.ready,
            before.counts.malformed,
            before.counts.duplicate
        ),
        (1, 2, 1)
    );
    assert!(world.mails().await.is_empty());
    for first in [true, false] {
        let sent = invitations::invite_list(&world.app, &world.owner, world.org, rows())
            .await
            .unwrap();
        let (row, invitation) = &sent.rows[0];
        let state = if first { RowState::Sent } else { RowState::Invited };
        assert_eq!((row.state, invitation.is_some()), (state, first));
        assert_eq!(world.mails().await.len(), 1);
    }
    let page = invitations::list(
        &world.app,
        &world.owner,
        world.org,
        &InvitationQuery::default(),
        9,
    )
    .await
    .unwrap();
    assert_eq!(page.invitations[0].invitation.teams, [team]);
    assert_eq!(page.teams[&team].as_str(), "Design");
    let empty = invitations::preview(&world.app, &world.owner, world.org, List::Rows(Vec::new())).await;
    assert_eq!(refused(empty), Kind::Invalid);
}

async fn what_an_invitation_offers_changes_while_it_is_pending(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let team = teams::create(&world.app, &world.owner, world.org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let link = world.invite("ana", Role::Read).await;
    let invitation = only_invitation(world).await;
    let change = async |role, teams| {
        let wanted = Alteration { role, teams };
        invitations::change(&world.app, &admin, world.org, invitation, wanted).await
    };
    assert_eq!(refused(change(Some(Role::Owner), None).await), Kind::Forbidden);
    let ghost = tessera_ids::TeamId::generate(&*world.app.clock, &*world.app.entropy);
    assert_eq!(refused(change(None, Some(vec![ghost])).await), Kind::Invalid);
    change(Some(Role::Write), Some(vec![team])).await.unwrap();
    let ana = world.join("ana", &link).await.actor(&visitor());
    assert_eq!(world.role(&ana).await, Some(Role::Write));
    let own = world
        .app
        .store
        .read()
        .await
        .unwrap()
        .teams_of(world.org, &[id(&ana)])
        .await
        .unwrap();
    assert_eq!(own[0].team, team);
    assert_eq!(refused(change(Some(Role::Read), None).await), Kind::Conflict);
}

async fn an_invitation_of_a_deleted_organization_says_so(world: &World) {
    let link = world.invite("ana", Role::Read).await;
    let (mut tx, now) = (world.app.store.begin().await.unwrap(), world.app.clock.now());
    tx.set_org_deleted(world.org, Some(now)).await.unwrap();
    tx.commit().await.unwrap();
    let view = invitations::open(&world.app, None, &link).await.unwrap();
    assert_eq!(view.state, LinkState::Gone);
    let asked = invitations::ask_again(&world.app, &visitor(), &link).await;
    assert_eq!(refused(asked), Kind::NotFound);
}

async fn who_cannot_invite_any_more_is_not_asked_again(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    invitations::invite_one(&world.app, &admin, world.org, offer("ana", Role::Read))
        .await
        .unwrap();
    let link = world.link_to("ana").await;
    members::remove(&world.app, &world.owner, world.org, id(&admin))
        .await
        .unwrap();
    world.clock.advance(Duration::from_hours(24 * 7));
    invitations::ask_again(&world.app, &visitor(), &link)
        .await
        .unwrap();
    let asked = world.mails().await.pop().unwrap();
    assert_eq!(asked.to, "olga@example.com", "an owner is asked instead");

    // Whoever joined by another way needs no invitation any more.
    let invitation = only_invitation(world).await;
    let mut tx = world.app.store.begin().await.unwrap();
    let account = tx.account_by_email(&email("adam")).await.unwrap().unwrap();
    tx.rename_account(account.id, &account.name, &email("ana"))
        .await
        .unwrap();
    let account = tx.account(account.id).await.unwrap().unwrap();
    let now = world.app.clock.now();
    tx.insert_membership(world.org, &account, Role::Read, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let again = invitations::resend(&world.app, &world.owner, world.org, invitation).await;
    assert_eq!(refused(again), Kind::Conflict);
}
