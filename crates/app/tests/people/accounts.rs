//! Accounts, sessions and personal access tokens.

use std::time::Duration;

use tessera_app::{
    Actor, Cost,
    accounts::{self, SignUp},
    installation, orgs, sessions, tokens,
};
use tessera_domain::Kind;
use tessera_store::testing;

use crate::{
    stories,
    world::{PASSWORD, World, bare_app, email, id, refused, run, run_with, visitor},
};

stories! {
    the_set_up_link_makes_one_owner_once,
    a_wrong_address_and_a_wrong_password_are_told_alike,
    guessing_is_slowed_per_account_and_a_right_password_clears_it,
    a_reset_ends_every_session_and_its_link_works_once,
    sessions_end_when_idle_when_old_and_when_told,
    a_token_acts_for_its_person_but_makes_no_tokens,
    open_sign_up_answers_alike_and_proves_the_address_by_link_and_password,
    sign_up_is_by_invitation_unless_opened,
    a_new_password_ends_other_sessions_only,
    only_operators_found_organizations_unless_opened,
}

const OTHER: &str = "nine yellow raincoats";

async fn the_set_up_link_makes_one_owner_once(world: &World) {
    assert_eq!(installation::open(&world.app).await.unwrap(), None);
    let me = accounts::me(&world.app, &world.owner).await.unwrap();
    assert!(me.is_operator && me.verified_at.is_some());
    assert_eq!(orgs::mine(&world.app, &world.owner).await.unwrap().len(), 1);
    assert_eq!(
        refused(installation::check_link(&world.app, "tsl_anything").await),
        Kind::NotFound
    );
    assert_eq!(world.audit().await, ["org.created"]);
}

#[tokio::test]
async fn a_second_start_replaces_the_link_and_another_master_key_is_refused() {
    let test = testing::open(testing::Engine::Sqlite).await.unwrap();
    let (app, _) = bare_app(&test, |_| {});
    let first = installation::open(&app).await.unwrap().unwrap();
    let second = installation::open(&app).await.unwrap().unwrap();
    let token = |link: &str| link.rsplit('/').next().unwrap().to_owned();
    assert!(installation::check_link(&app, &token(&second)).await.is_ok());
    assert_eq!(
        refused(installation::check_link(&app, &token(&first)).await),
        Kind::NotFound
    );
    let (stranger, _) = bare_app(&test, |_| {});
    assert_eq!(refused(installation::open(&stranger).await), Kind::Unavailable);
    test.remove().await;
}

async fn a_wrong_address_and_a_wrong_password_are_told_alike(world: &World) {
    let unknown = accounts::sign_in(&world.app, &visitor(), &email("nobody"), &PASSWORD.into()).await;
    let wrong = accounts::sign_in(&world.app, &visitor(), &email("olga"), &OTHER.into()).await;
    let (unknown, wrong) = (unknown.unwrap_err(), wrong.unwrap_err());
    assert_eq!((unknown.kind, unknown.public), (wrong.kind, wrong.public));
    assert_eq!(wrong.kind, Kind::Unauthenticated);
    accounts::sign_in(&world.app, &visitor(), &email("OLGA"), &PASSWORD.into())
        .await
        .unwrap();
}

async fn guessing_is_slowed_per_account_and_a_right_password_clears_it(world: &World) {
    let guess = async |password: &str| {
        accounts::sign_in(&world.app, &visitor(), &email("olga"), &password.into())
            .await
            .map(|_| ())
    };
    for _ in 0..9 {
        assert_eq!(refused(guess(OTHER).await), Kind::Unauthenticated);
    }
    guess(PASSWORD).await.unwrap();
    for _ in 0..10 {
        assert_eq!(refused(guess(OTHER).await), Kind::Unauthenticated);
    }
    let limited = guess(PASSWORD).await.unwrap_err();
    assert_eq!(limited.kind, Kind::RateLimited);
    assert!(limited.retry_after.unwrap() > Duration::from_mins(14));
    world.clock.advance(Duration::from_mins(16));
    guess(PASSWORD).await.unwrap();
}

async fn a_reset_ends_every_session_and_its_link_works_once(world: &World) {
    let before = accounts::sign_in(&world.app, &visitor(), &email("olga"), &PASSWORD.into())
        .await
        .unwrap();
    accounts::ask_for_reset(&world.app, &visitor(), &email("nobody"))
        .await
        .unwrap();
    assert!(world.mails().await.is_empty());
    accounts::ask_for_reset(&world.app, &visitor(), &email("olga"))
        .await
        .unwrap();
    let link = world.link_to("olga").await;
    assert_eq!(
        accounts::reset_account(&world.app, &link).await.unwrap(),
        email("olga")
    );
    let short = accounts::reset_password(&world.app, &visitor(), &link, &"short".into())
        .await
        .unwrap_err();
    assert_eq!(short.fields[0].pointer, "/password");

    let after = accounts::reset_password(&world.app, &visitor(), &link, &OTHER.into())
        .await
        .unwrap();
    let here = [192, 0, 2, 7].into();
    assert_eq!(
        refused(sessions::authenticate(&world.app, before.token.reveal(), here).await),
        Kind::Unauthenticated
    );
    sessions::authenticate(&world.app, after.token.reveal(), here)
        .await
        .unwrap();
    let again = accounts::reset_password(&world.app, &visitor(), &link, &PASSWORD.into()).await;
    assert_eq!(refused(again), Kind::NotFound);
    accounts::sign_in(&world.app, &visitor(), &email("olga"), &OTHER.into())
        .await
        .unwrap();
    assert_eq!(
        world.mails().await.last().unwrap().subject,
        "Your password was changed"
    );
}

async fn sessions_end_when_idle_when_old_and_when_told(world: &World) {
    let here = [192, 0, 2, 7].into();
    let sign_in = async || {
        accounts::sign_in(&world.app, &visitor(), &email("olga"), &PASSWORD.into())
            .await
            .unwrap()
    };
    let (used, idle, told) = (sign_in().await, sign_in().await, sign_in().await);
    sessions::sign_out(&world.app, told.token.reveal()).await.unwrap();
    sessions::sign_out(&world.app, "worthless").await.unwrap();
    assert!(
        sessions::authenticate(&world.app, told.token.reveal(), here)
            .await
            .is_err()
    );
    let actor = sessions::authenticate(&world.app, used.token.reveal(), here)
        .await
        .unwrap();
    actor.require_recent().unwrap();

    for _ in 0..9 {
        world.clock.advance(Duration::from_hours(24 * 9));
        sessions::authenticate(&world.app, used.token.reveal(), here)
            .await
            .unwrap();
    }
    assert!(
        sessions::authenticate(&world.app, idle.token.reveal(), here)
            .await
            .is_err()
    );
    let actor = sessions::authenticate(&world.app, used.token.reveal(), here)
        .await
        .unwrap();
    assert_eq!(refused(actor.require_recent()), Kind::Unauthenticated);
    assert_eq!(
        refused(sessions::confirm_password(&world.app, &actor, &OTHER.into()).await),
        Kind::Invalid
    );
    sessions::confirm_password(&world.app, &actor, &PASSWORD.into())
        .await
        .unwrap();
    let actor = sessions::authenticate(&world.app, used.token.reveal(), here)
        .await
        .unwrap();
    actor.require_recent().unwrap();
    world.clock.advance(Duration::from_hours(24 * 10));
    assert!(
        sessions::authenticate(&world.app, used.token.reveal(), here)
            .await
            .is_err()
    );
}

async fn a_token_acts_for_its_person_but_makes_no_tokens(world: &World) {
    let here = [192, 0, 2, 7].into();
    let day = Some(Duration::from_hours(24));
    let (row, token) = tokens::create(&world.app, &world.owner, "CI".parse().unwrap(), day)
        .await
        .unwrap();
    let script = tokens::authenticate(&world.app, token.reveal(), here)
        .await
        .unwrap();
    assert_eq!(id(&script), id(&world.owner));
    orgs::view(&world.app, &script, world.org).await.unwrap();
    assert_eq!(
        refused(tokens::create(&world.app, &script, "more".parse().unwrap(), None).await),
        Kind::Forbidden
    );
    assert_eq!(tokens::list(&world.app, &script).await.unwrap()[0].id, row.id);
    world.clock.advance(Duration::from_hours(25));
    assert_eq!(
        refused(tokens::authenticate(&world.app, token.reveal(), here).await),
        Kind::Unauthenticated
    );
    tokens::delete(&world.app, &world.owner, row.id).await.unwrap();
    assert_eq!(
        refused(tokens::delete(&world.app, &world.owner, row.id).await),
        Kind::NotFound
    );
}

async fn sign_up_is_by_invitation_unless_opened(world: &World) {
    assert_eq!(
        refused(accounts::sign_up(&world.app, &visitor(), eve()).await),
        Kind::Forbidden
    );
    assert!(world.mails().await.is_empty());
}

async fn open_sign_up_answers_alike_and_proves_the_address_by_link_and_password(world: &World) {
    let engine = if world.app.store.engine_name() == "SQLite" {
        testing::Engine::Sqlite
    } else {
        testing::Engine::Postgres
    };
    run_with(engine, |config| config.open_sign_up = true, open_sign_up).await;
}

async fn open_sign_up(world: &World) {
    let app = &world.app;
    let taken = SignUp {
        email: email("olga"),
        ..eve()
    };
    accounts::sign_up(app, &visitor(), taken).await.unwrap();
    assert_eq!(world.mails().await[0].subject, "You have an account already");

    accounts::sign_up(app, &visitor(), eve()).await.unwrap();
    let stale = world.link_to("eve").await;
    let early = accounts::sign_in(app, &visitor(), &email("eve"), &PASSWORD.into()).await;
    assert_eq!(refused(early), Kind::Forbidden);
    let link = world.link_to("eve").await;
    assert_ne!(stale, link);
    assert_eq!(
        refused(accounts::verifying_account(app, &stale).await),
        Kind::NotFound
    );
    assert_eq!(
        accounts::verifying_account(app, &link).await.unwrap(),
        email("eve")
    );

    let guess = accounts::verify_email(app, &visitor(), &link, &OTHER.into()).await;
    assert_eq!(refused(guess), Kind::Invalid);
    let signed_in = accounts::verify_email(app, &visitor(), &link, &PASSWORD.into())
        .await
        .unwrap();
    let eve = signed_in.actor(&visitor());
    assert!(orgs::mine(app, &eve).await.unwrap().is_empty());
    let again = accounts::verify_email(app, &visitor(), &link, &PASSWORD.into()).await;
    assert_eq!(refused(again), Kind::NotFound);
    accounts::sign_in(app, &visitor(), &email("eve"), &PASSWORD.into())
        .await
        .unwrap();
}

async fn a_new_password_ends_other_sessions_only(world: &World) {
    let other = accounts::sign_in(&world.app, &visitor(), &email("olga"), &PASSWORD.into())
        .await
        .unwrap();
    let here = [192, 0, 2, 7].into();
    let change = async |present: &str| {
        accounts::change_password(&world.app, &world.owner, &present.into(), &OTHER.into()).await
    };
    assert_eq!(
        change(OTHER).await.unwrap_err().fields[0].pointer,
        "/present_password"
    );
    accounts::ask_for_reset(&world.app, &visitor(), &email("olga"))
        .await
        .unwrap();
    let link = world.link_to("olga").await;
    change(PASSWORD).await.unwrap();
    assert!(
        accounts::reset_account(&world.app, &link).await.is_err(),
        "a link that was asked for before would undo the change"
    );
    assert!(
        sessions::authenticate(&world.app, other.token.reveal(), here)
            .await
            .is_err()
    );
    let left = sessions::list(&world.app, &world.owner).await.unwrap();
    assert_eq!(left.len(), 1);
    assert!(left[0].is_current);
}

async fn only_operators_found_organizations_unless_opened(world: &World) {
    let reader: Actor = world.member("rita", tessera_domain::Role::Read).await;
    let name = "Other".parse().unwrap();
    assert_eq!(
        refused(orgs::create(&world.app, &reader, &name).await),
        Kind::Forbidden
    );
    let org = orgs::create(&world.app, &world.owner, &name).await.unwrap();
    assert_eq!(
        refused(orgs::view(&world.app, &reader, org).await),
        Kind::NotFound
    );
}

fn eve() -> SignUp {
    SignUp {
        name: "Eve".parse().unwrap(),
        email: email("eve"),
        password: PASSWORD.into(),
    }
}

#[test]
fn the_default_cost_is_the_full_one() {
    assert_eq!(Cost::default(), Cost::Full);
}
