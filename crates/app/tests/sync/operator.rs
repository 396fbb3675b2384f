//! Operators: who they are, what they see and decide, and what they are told of.

use std::time::Duration;

use tessera_app::{
    accounts,
    alerts::{self, Disk},
    operator::{self, SignUpState},
};
use tessera_domain::{Kind, Role};
use tessera_ids::JobId;
use tessera_store::{JobKind, NewJob};

use crate::{
    machine::kind,
    stories,
    world::{World, email, run_with, visitor},
};

stories! {
    nobody_else_knows_of_the_screen,
    the_last_operator_stays,
    sign_up_is_opened_and_closed,
    seats_are_set_and_told_in_the_organizations_log,
    jobs_that_fail_are_seen_tried_and_dropped,
    a_full_disk_is_told_and_is_enough_again,
}

const GIB: u64 = 1 << 30;

async fn nobody_else_knows_of_the_screen(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let app = &world.app;
    assert_eq!(kind(operator::view(app, &admin).await), Kind::NotFound);
    assert_eq!(kind(operator::org_page(app, &admin, None).await), Kind::NotFound);
    assert_eq!(
        kind(operator::set_open_sign_up(app, &admin, true).await),
        Kind::NotFound
    );
    assert_eq!(
        kind(operator::set_seats(app, &admin, world.org, Some(9)).await),
        Kind::NotFound
    );
    assert_eq!(kind(operator::test_mail(app, &admin).await), Kind::NotFound);
    assert!(!operator::is_one(app, &admin).await.unwrap());
    let view = operator::view(app, &world.owner).await.unwrap();
    assert_eq!((view.operators.len(), view.backup), (1, None));
    assert!(view.database.schema >= 15 && view.database.size > 0);
    let (orgs, next) = operator::org_page(app, &world.owner, None).await.unwrap();
    assert_eq!((orgs.len(), orgs[0].members, next), (1, 2, None));
    let mail = operator::test_mail(app, &world.owner).await.unwrap();
    assert_eq!(mail.to, "olga@example.com");
}

async fn the_last_operator_stays(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let (app, olga, adam) = (&world.app, email("olga"), email("adam"));
    let last = operator::set_operator(app, &world.owner, &olga, false).await;
    assert_eq!(kind(last), Kind::Conflict);
    let unknown = operator::set_operator(app, &world.owner, &email("nobody"), true).await;
    assert_eq!(kind(unknown), Kind::Invalid);
    operator::set_operator(app, &world.owner, &adam, true)
        .await
        .unwrap();
    assert!(operator::is_one(app, &admin).await.unwrap());
    operator::set_operator(app, &admin, &olga, false).await.unwrap();
    assert_eq!(kind(operator::view(app, &world.owner).await), Kind::NotFound);
    operator::set_may_create(app, &admin, &olga, true).await.unwrap();
    let view = operator::view(app, &admin).await.unwrap();
    assert_eq!(view.makers[0].email, olga);
}

async fn sign_up_is_opened_and_closed(world: &World) {
    let app = &world.app;
    let wanted = || accounts::SignUp {
        name: "Sue".parse().unwrap(),
        email: email("sue"),
        password: crate::world::PASSWORD.into(),
    };
    assert_eq!(
        kind(accounts::sign_up(app, &visitor(), wanted()).await),
        Kind::Forbidden
    );
    operator::set_open_sign_up(app, &world.owner, true).await.unwrap();
    assert!(operator::sign_up_is_open(app).await.unwrap());
    accounts::sign_up(app, &visitor(), wanted()).await.unwrap();
    operator::set_open_sign_up(app, &world.owner, false)
        .await
        .unwrap();
    let view = operator::view(app, &world.owner).await.unwrap();
    assert_eq!(view.sign_up, SignUpState::Closed);
}

#[tokio::test]
async fn what_the_configuration_says_is_changed_there_alone() {
    use tessera_store::testing::Engine;
    let configure = |config: &mut tessera_app::AppConfig| {
        config.open_sign_up = true;
        config.operators = vec![email("adam")];
    };
    run_with(Engine::Sqlite, configure, async |world: &World| {
        let refused = operator::set_open_sign_up(&world.app, &world.owner, false).await;
        assert_eq!(kind(refused), Kind::Conflict);
        let adam = world.member("adam", Role::Read).await;
        let view = operator::view(&world.app, &adam).await.unwrap();
        assert_eq!(view.sign_up, SignUpState::OpenByConfiguration);
        assert_eq!(view.named, ["adam@example.com"]);
    })
    .await;
}

async fn seats_are_set_and_told_in_the_organizations_log(world: &World) {
    world.member("adam", Role::Admin).await;
    let app = &world.app;
    let few = operator::set_seats(app, &world.owner, world.org, Some(1)).await;
    assert_eq!(kind(few), Kind::Conflict);
    operator::set_seats(app, &world.owner, world.org, Some(2))
        .await
        .unwrap();
    assert!(world.audit().await.contains(&"org.seats_set".to_owned()));
    let looked = alerts::look(app, None).await.unwrap();
    assert_eq!(
        (looked.opened, looked.queued),
        (1, 2),
        "both are told that all seats are taken"
    );
    operator::set_seats(app, &world.owner, world.org, None)
        .await
        .unwrap();
    assert_eq!(alerts::look(app, None).await.unwrap().closed, 1);
}

async fn fail_a_mail(world: &World, give_up: bool) -> JobId {
    let id = JobId::generate(&*world.app.clock, &*world.app.entropy);
    let now = world.app.clock.now();
    let job = NewJob {
        id,
        org: None,
        kind: JobKind::Mail,
        subject: None,
        payload: serde_json::json!({ "to": "ada@example.com", "subject": "x", "text": "planted-link", "html": "" }),
        created_at: now,
        run_at: now,
    };
    let mut tx = world.app.store.begin().await.unwrap();
    tx.enqueue(&[job]).await.unwrap();
    let now = world.app.clock.now();
    for leased in tx.lease_jobs(now, now, JobKind::Mail, 100).await.unwrap() {
        if leased.id != id {
            tx.complete_job(&leased).await.unwrap();
        } else if give_up {
            tx.give_job_up(&leased, now, "no such host").await.unwrap();
        } else {
            let later = now.plus(Duration::from_hours(9));
            tx.retry_job(&leased, later, "no such host").await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    id
}

async fn jobs_that_fail_are_seen_tried_and_dropped(world: &World) {
    let app = &world.app;
    let failing = fail_a_mail(world, false).await;
    let view = operator::view(app, &world.owner).await.unwrap();
    assert_eq!(view.failing[0].to.as_deref(), Some("ada@example.com"));
    assert!(
        !format!("{view:?}").contains("planted-link"),
        "what a mail holds is not shown"
    );
    assert_eq!(alerts::look(app, None).await.unwrap().opened, 0, "not at once");
    world.clock.advance(Duration::from_mins(16));
    assert_eq!(alerts::look(app, None).await.unwrap().opened, 1);
    operator::give_up_job(app, &world.owner, failing).await.unwrap();
    let looked = alerts::look(app, None).await.unwrap();
    assert_eq!(
        (looked.opened, looked.closed),
        (1, 1),
        "given up instead of stuck"
    );
    let alerts_here = operator::view(app, &world.owner).await.unwrap().alerts;
    assert_eq!(alerts_here[0].kind.as_str(), "jobs_given_up");
    operator::retry_job(app, &world.owner, failing).await.unwrap();
    assert_eq!(alerts::look(app, None).await.unwrap().closed, 1);
    let lost = fail_a_mail(world, true).await;
    operator::drop_job(app, &world.owner, lost).await.unwrap();
    assert_eq!(
        kind(operator::drop_job(app, &world.owner, lost).await),
        Kind::NotFound
    );
    assert_eq!(
        kind(operator::retry_job(app, &world.owner, lost).await),
        Kind::NotFound
    );
}

async fn a_full_disk_is_told_and_is_enough_again(world: &World) {
    let disk = |free| {
        Some(Disk {
            free,
            total: 100 * GIB,
        })
    };
    let look = async |free| alerts::look(&world.app, disk(free)).await.unwrap();
    assert_eq!(look(50 * GIB).await.opened, 0);
    let full = look(GIB / 2).await;
    assert_eq!((full.opened, full.queued), (1, 1));
    let unknown = alerts::look(&world.app, None).await.unwrap();
    assert_eq!(unknown.closed, 0, "who cannot see it says nothing");
    assert_eq!(look(5 * GIB + GIB / 2).await.closed, 0, "nearly is not enough");
    let enough = look(7 * GIB).await;
    assert_eq!((enough.closed, enough.queued), (1, 1));
}
