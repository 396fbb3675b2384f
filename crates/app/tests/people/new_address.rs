//! Another address for an account.

use tessera_app::{Actor, accounts, invitations, members};
use tessera_domain::{Kind, Role};
use tessera_store::{InvitationQuery, MemberQuery};

use crate::{
    stories,
    world::{PASSWORD, World, email, id, offer, refused, run, visitor},
};

stories! {
    a_new_address_counts_once_its_owner_confirms_it,
    a_taken_address_is_told_to_nobody_but_its_owner,
    an_address_that_nobody_proved_gives_way,
    seats_follow_a_new_address,
}

const OTHER: &str = "nine yellow raincoats";

async fn ask(world: &World, who: &Actor, wanted: &str) -> tessera_domain::Result<()> {
    accounts::ask_for_email(&world.app, who, &email(wanted), &PASSWORD.into()).await
}

async fn address(world: &World, who: &Actor) -> String {
    accounts::me(&world.app, who).await.unwrap().email.to_string()
}

async fn a_new_address_counts_once_its_owner_confirms_it(world: &World) {
    let (ana, app) = (world.member("ana", Role::Read).await, &world.app);
    let wrong = accounts::ask_for_email(app, &ana, &email("ana.new"), &OTHER.into()).await;
    assert_eq!(wrong.unwrap_err().fields[0].pointer, "/password");
    assert_eq!(
        ask(world, &ana, "ana").await.unwrap_err().fields[0].pointer,
        "/email"
    );
    assert_eq!(accounts::pending_email(app, &ana).await.unwrap(), None);

    ask(world, &ana, "ana.new").await.unwrap();
    assert_eq!(address(world, &ana).await, "ana@example.com");
    let waits = accounts::pending_email(app, &ana).await.unwrap().unwrap();
    assert_eq!(waits.email, email("ana.new"));
    let notice = world.mails().await.into_iter().next_back().unwrap();
    assert!(notice.to == "ana@example.com" && notice.text.contains("ana.new@example.com"));
    let link = world.link_to("ana.new").await;
    assert_eq!(
        accounts::opened_email(app, &ana, &link).await.unwrap(),
        email("ana.new")
    );
    for answer in [
        accounts::opened_email(app, &world.owner, &link).await,
        accounts::confirm_email(app, &world.owner, &link).await,
    ] {
        assert_eq!(
            refused(answer),
            Kind::NotFound,
            "the link is worth nothing to others"
        );
    }

    // Dropping it kills the link; a link to a new password of the old mailbox dies with the change.
    accounts::drop_email(app, &ana).await.unwrap();
    assert_eq!(
        refused(accounts::confirm_email(app, &ana, &link).await),
        Kind::NotFound
    );
    ask(world, &ana, "ana.new").await.unwrap();
    let link = world.link_to("ana.new").await;
    accounts::ask_for_reset(app, &visitor(), &email("ana"))
        .await
        .unwrap();
    let reset = world.link_to("ana").await;
    accounts::reset_account(app, &reset).await.unwrap();
    accounts::confirm_email(app, &ana, &link).await.unwrap();
    assert_eq!(
        refused(accounts::confirm_email(app, &ana, &link).await),
        Kind::NotFound
    );
    assert_eq!(
        refused(accounts::reset_account(app, &reset).await),
        Kind::NotFound
    );
    let me = accounts::me(app, &ana).await.unwrap();
    assert!(me.email == email("ana.new") && me.verified_at.is_some());
    accounts::sign_in(app, &visitor(), &email("ana.new"), &PASSWORD.into())
        .await
        .unwrap();
    let former = accounts::sign_in(app, &visitor(), &email("ana"), &PASSWORD.into()).await;
    assert_eq!(refused(former), Kind::Unauthenticated);
    let found = MemberQuery {
        search: Some("ana.new@".to_owned()),
        ..MemberQuery::default()
    };
    let page = members::list(app, &world.owner, world.org, &found).await.unwrap();
    assert_eq!(page.total, 1, "lists find the new address");
    assert!(world.audit().await.contains(&"account.email_changed".to_owned()));
    assert_eq!(world.mails().await.last().unwrap().to, "ana@example.com");
}

async fn a_taken_address_is_told_to_nobody_but_its_owner(world: &World) {
    let (ana, zoe) = (
        world.member("ana", Role::Read).await,
        world.member("zoe", Role::Read).await,
    );
    ask(world, &ana, "Zoe").await.unwrap();
    let waits = accounts::pending_email(&world.app, &ana).await.unwrap();
    assert!(waits.is_some(), "it looks as any other");
    let told = world.mails().await;
    let told = told
        .iter()
        .rev()
        .find(|mail| mail.to == "Zoe@example.com")
        .unwrap();
    assert!(told.text.contains("has an account") && !told.text.contains("change-email"));

    // An address that is taken between asking and confirming.
    ask(world, &ana, "bea").await.unwrap();
    let link = world.link_to("bea").await;
    ask(world, &zoe, "bea").await.unwrap();
    let other = world.link_to("bea").await;
    accounts::confirm_email(&world.app, &zoe, &other).await.unwrap();
    assert_eq!(
        refused(accounts::confirm_email(&world.app, &ana, &link).await),
        Kind::Conflict
    );
    assert_eq!(address(world, &ana).await, "ana@example.com");
}

async fn an_address_that_nobody_proved_gives_way(world: &World) {
    let ana = world.member("ana", Role::Read).await;
    let app = &world.app;
    let mut tx = app.store.begin().await.unwrap();
    let mut squatter = tx.account(id(&ana)).await.unwrap().unwrap();
    squatter.id = tessera_ids::AccountId::generate(&*app.clock, &*app.entropy);
    squatter.email = email("bea");
    squatter.verified_at = None;
    tx.insert_account(&squatter).await.unwrap();
    tx.commit().await.unwrap();
    ask(world, &ana, "bea").await.unwrap();
    let link = world.link_to("bea").await;
    accounts::confirm_email(app, &ana, &link).await.unwrap();
    assert_eq!(address(world, &ana).await, "bea@example.com");
}

async fn seats_follow_a_new_address(world: &World) {
    let (ana, app) = (world.member("ana", Role::Read).await, &world.app);
    let mut tx = app.store.begin().await.unwrap();
    tx.set_seats(world.org, Some(3)).await.unwrap();
    tx.commit().await.unwrap();
    invitations::invite_one(app, &world.owner, world.org, offer("bea", Role::Read))
        .await
        .unwrap();
    let seats = async || {
        let page = invitations::list(app, &world.owner, world.org, &InvitationQuery::default(), 10)
            .await
            .unwrap();
        (page.seats.used, page.seats.held)
    };
    assert_eq!(seats().await, (2, 1));
    for (wanted, link_of) in [("bea", "bea"), ("cleo", "cleo")] {
        ask(world, &ana, wanted).await.unwrap();
        let link = world.link_to(link_of).await;
        accounts::confirm_email(app, &ana, &link).await.unwrap();
        assert_eq!(
            seats().await,
            (2, 0),
            "what was offered to {wanted} holds no seat"
        );
    }
    invitations::invite_one(app, &world.owner, world.org, offer("bea", Role::Read))
        .await
        .unwrap();
    assert_eq!(seats().await, (2, 1));
}
