//! Invitations and seats.

use std::time::Duration;

use tessera_app::{
    accounts,
    invitations::{self, Fit, LinkState, Offer, Outcome},
    orgs, teams,
};
use tessera_domain::{InvitationState, Kind, Role, invitation::MailState, seats::Ledger};
use tessera_ids::TeamId;
use tessera_store::{InvitationQuery, TeamMemberQuery};

use crate::{
    stories,
    world::{PASSWORD, World, email, id, offer, only_invitation, refused, run, visitor},
};

stories! {
    the_invited_sign_up_with_their_link_and_are_in,
    a_wrong_account_sees_a_mask_and_cannot_accept,
    an_expired_invitation_says_so_frees_its_seat_and_can_be_sent_again,
    resending_kills_the_old_link_and_revoking_ends_it,
    several_are_invited_and_each_is_told_why_not,
    nobody_invites_above_their_role,
    an_account_accepts_what_its_address_is_invited_to,
    a_mail_that_left_shows_on_the_invitation,
}

async fn the_invited_sign_up_with_their_link_and_are_in(world: &World) {
    let link = world.invite("ana", Role::Write).await;
    let page = invitations::list(
        &world.app,
        &world.owner,
        world.org,
        &InvitationQuery::default(),
        10,
    )
    .await
    .unwrap();
    assert_eq!(
        page.seats,
        Ledger {
            limit: None,
            used: 1,
            held: 1
        }
    );
    let pending = &page.invitations[0].invitation.state;
    assert!(matches!(
        pending,
        InvitationState::Pending {
            mail: MailState::NotSentYet,
            ..
        }
    ));

    let view = invitations::open(&world.app, None, &link).await.unwrap();
    assert_eq!(view.state, LinkState::Open(Fit::SignUp { email: email("ana") }));
    assert_eq!(
        (view.org_name.as_str(), view.invited_by.as_str(), view.role),
        ("Acme", "Olga Owner", Role::Write)
    );

    let ana = world.join("ana", &link).await.actor(&visitor());
    assert_eq!(world.role(&ana).await, Some(Role::Write));
    let seats = orgs::view(&world.app, &ana, world.org).await.unwrap().seats;
    assert_eq!(
        seats,
        Ledger {
            limit: None,
            used: 2,
            held: 0
        }
    );
    assert_eq!(
        invitations::open(&world.app, None, &link).await.unwrap().state,
        LinkState::Accepted
    );
    let actions = world.audit().await;
    assert_eq!(
        actions,
        [
            "org.created",
            "invitation.sent",
            "account.created",
            "invitation.accepted"
        ]
    );
    let mail = &world.mails().await[0];
    assert_eq!(mail.subject, "Olga Owner invites you to Acme");
}

async fn a_wrong_account_sees_a_mask_and_cannot_accept(world: &World) {
    let rita = world.member("rita", Role::Read).await;
    let link = world.invite("ana", Role::Write).await;
    let view = invitations::open(&world.app, Some(&rita), &link).await.unwrap();
    assert_eq!(
        view.state,
        LinkState::Open(Fit::Another {
            masked: "a•••@example.com".to_owned()
        })
    );
    assert_eq!(
        refused(invitations::accept(&world.app, &rita, &link).await),
        Kind::Forbidden
    );
    let id = only_invitation(world).await;
    let taken = invitations::accept_mine(&world.app, &rita, world.org, id).await;
    assert_eq!(refused(taken), Kind::NotFound);
    assert_eq!(
        refused(invitations::accept(&world.app, &rita, "tsl_made_up").await),
        Kind::NotFound
    );
}

async fn an_expired_invitation_says_so_frees_its_seat_and_can_be_sent_again(world: &World) {
    let link = world.invite("ana", Role::Read).await;
    world.clock.advance(Duration::from_hours(24 * 7));
    let view = invitations::open(&world.app, None, &link).await.unwrap();
    assert_eq!(view.state, LinkState::Expired);
    let page = invitations::list(
        &world.app,
        &world.owner,
        world.org,
        &InvitationQuery::default(),
        10,
    )
    .await
    .unwrap();
    assert_eq!(page.seats.held, 0);
    assert!(matches!(
        page.invitations[0].invitation.state,
        InvitationState::Expired { .. }
    ));

    invitations::ask_again(&world.app, &visitor(), &link)
        .await
        .unwrap();
    let asked = world.mails().await.pop().unwrap();
    assert_eq!(
        (asked.to.as_str(), asked.subject.as_str()),
        ("olga@example.com", "ana@example.com asks for a new invitation")
    );

    invitations::resend(&world.app, &world.owner, world.org, only_invitation(world).await)
        .await
        .unwrap();
    let fresh = world.link_to("ana").await;
    let ana = world.join("ana", &fresh).await.actor(&visitor());
    assert_eq!(world.role(&ana).await, Some(Role::Read));
}

async fn resending_kills_the_old_link_and_revoking_ends_it(world: &World) {
    let old = world.invite("ana", Role::Read).await;
    let id = only_invitation(world).await;
    invitations::resend(&world.app, &world.owner, world.org, id)
        .await
        .unwrap();
    assert_eq!(
        refused(invitations::open(&world.app, None, &old).await),
        Kind::NotFound
    );
    let new = world.link_to("ana").await;
    assert_ne!(old, new);

    invitations::revoke(&world.app, &world.owner, world.org, id)
        .await
        .unwrap();
    let view = invitations::open(&world.app, None, &new).await.unwrap();
    assert_eq!(view.state, LinkState::Revoked);
    let wanted = invitations::InvitedSignUp {
        name: "Ana".parse().unwrap(),
        password: PASSWORD.into(),
    };
    let late = invitations::sign_up(&world.app, &visitor(), &new, wanted)
        .await
        .unwrap_err();
    assert_eq!(late.kind, Kind::Conflict);
    assert_eq!(
        refused(invitations::resend(&world.app, &world.owner, world.org, id).await),
        Kind::Conflict
    );
    // The address is free to be invited anew.
    world.invite("ana", Role::Admin).await;
}

async fn several_are_invited_and_each_is_told_why_not(world: &World) {
    let team = teams::create(&world.app, &world.owner, world.org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let ghost = TeamId::generate(&*world.app.clock, &*world.app.entropy);
    set_seats(world, 3).await;
    let offers = [
        Offer {
            teams: vec![team],
            ..offer("ana", Role::Write)
        },
        offer("ANA", Role::Read),
        offer("olga", Role::Read),
        Offer {
            teams: vec![ghost],
            ..offer("ben", Role::Read)
        },
        offer("cyd", Role::Read),
        offer("dan", Role::Read),
    ];
    let outcomes = invitations::invite(&world.app, &world.owner, world.org, &offers)
        .await
        .unwrap();
    let [
        Outcome::Invited(first),
        second,
        Outcome::AlreadyMember,
        Outcome::UnknownTeam(unknown),
        Outcome::Invited(_),
        Outcome::NoSeat(full),
    ] = outcomes.as_slice()
    else {
        panic!("{outcomes:?}");
    };
    assert_eq!(*second, Outcome::AlreadyInvited(*first));
    assert_eq!(*unknown, ghost);
    assert_eq!(
        full.to_string(),
        "No seats available: 1 of 3 used, 2 held by invitations."
    );
    assert_eq!(world.mails().await.len(), 2);

    let ana = world
        .join("ana", &world.link_to("ana").await)
        .await
        .actor(&visitor());
    let members = teams::members(&world.app, &ana, world.org, team, &TeamMemberQuery::default())
        .await
        .unwrap();
    assert_eq!(members.members[0].account, id(&ana));
}

async fn nobody_invites_above_their_role(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    let writer = world.member("wren", Role::Write).await;
    let invite =
        async |actor, role| invitations::invite_one(&world.app, actor, world.org, offer("ana", role)).await;
    assert_eq!(refused(invite(&admin, Role::Owner).await), Kind::Forbidden);
    assert_eq!(refused(invite(&writer, Role::Read).await), Kind::Forbidden);
    let id = invite(&world.owner, Role::Owner).await.unwrap();
    assert_eq!(
        refused(invitations::revoke(&world.app, &admin, world.org, id).await),
        Kind::Forbidden
    );
    assert_eq!(
        refused(invitations::list(&world.app, &writer, world.org, &InvitationQuery::default(), 10).await),
        Kind::Forbidden
    );
    invitations::revoke(&world.app, &world.owner, world.org, id)
        .await
        .unwrap();
    invite(&admin, Role::Admin).await.unwrap();
}

async fn an_account_accepts_what_its_address_is_invited_to(world: &World) {
    let ana = world.member("ana", Role::Read).await;
    let other = orgs::create(&world.app, &world.owner, &"Other".parse().unwrap())
        .await
        .unwrap();
    invitations::invite_one(&world.app, &world.owner, other, offer("Ana", Role::Admin))
        .await
        .unwrap();
    let mine = invitations::mine(&world.app, &ana).await.unwrap();
    assert_eq!(mine[0].org_name.as_str(), "Other");
    let link = world.link_to("Ana").await;
    let view = invitations::open(&world.app, None, &link).await.unwrap();
    assert_eq!(view.state, LinkState::Open(Fit::SignIn { email: email("ana") }));
    let view = invitations::open(&world.app, Some(&ana), &link).await.unwrap();
    assert_eq!(view.state, LinkState::Open(Fit::Yours));
    invitations::accept_mine(&world.app, &ana, other, mine[0].invitation.id)
        .await
        .unwrap();
    assert_eq!(orgs::mine(&world.app, &ana).await.unwrap().len(), 2);
    assert_eq!(
        refused(invitations::accept(&world.app, &ana, &link).await),
        Kind::Conflict
    );
}

async fn a_mail_that_left_shows_on_the_invitation(world: &World) {
    world.invite("ana", Role::Read).await;
    let id = only_invitation(world).await;
    invitations::mail_settled(&world.app, world.org, id, MailState::Sent)
        .await
        .unwrap();
    let page = invitations::list(
        &world.app,
        &world.owner,
        world.org,
        &InvitationQuery::default(),
        10,
    )
    .await
    .unwrap();
    let state = &page.invitations[0].invitation.state;
    assert!(matches!(
        state,
        InvitationState::Pending {
            mail: MailState::Sent,
            ..
        }
    ));
    accounts::me(&world.app, &world.owner).await.unwrap();
}

/// Sets how many seats the organization has.
async fn set_seats(world: &World, seats: u64) {
    let mut tx = world.app.store.begin().await.unwrap();
    tx.set_seats(world.org, Some(seats)).await.unwrap();
    tx.commit().await.unwrap();
}
