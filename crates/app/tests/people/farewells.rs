//! Signing a member out everywhere, removing them step by step, and handing the organization over.

use tessera_app::{AccountActor, Actor, Credential, accounts, members, sessions, tokens};
use tessera_domain::{DeviceState, Kind, Role};
use tessera_ids::{ApiTokenId, ambient::SystemEntropy};

use crate::{
    bulk::count,
    stories,
    world::{PASSWORD, World, email, id, refused, run, visitor},
};

stories! {
    ownership_is_handed_over_in_one_step,
    signing_out_ends_what_is_the_organizations_to_end,
    a_removal_tells_each_step,
}

async fn ownership_is_handed_over_in_one_step(world: &World) {
    let (app, org) = (&world.app, world.org);
    let (admin, heir) = (
        world.member("adam", Role::Admin).await,
        world.member("hera", Role::Read).await,
    );
    let password = PASSWORD.into();
    let wrong = "not the password at all".into();
    let transfer = async |actor: &Actor, to: &Actor, password| {
        members::transfer(app, actor, org, id(to), password).await
    };
    assert_eq!(
        refused(transfer(&admin, &heir, Some(&password)).await),
        Kind::Forbidden
    );
    assert_eq!(
        refused(transfer(&world.owner, &world.owner, Some(&password)).await),
        Kind::Conflict
    );
    assert_eq!(
        refused(transfer(&world.owner, &heir, Some(&wrong)).await),
        Kind::Invalid
    );
    let script = Actor::Account(AccountActor {
        account: id(&world.owner),
        credential: Credential::ApiToken(ApiTokenId::generate(&*app.clock, &SystemEntropy)),
        address: None,
    });
    assert_eq!(refused(transfer(&script, &heir, None).await), Kind::Forbidden);
    transfer(&script, &heir, Some(&password)).await.unwrap();
    assert_eq!(
        (world.role(&heir).await, world.role(&world.owner).await),
        (Some(Role::Owner), Some(Role::Admin))
    );
    let mails = world.mails().await;
    for (to, says) in [("hera", "You own Acme now"), ("olga", "You handed Acme over")] {
        assert!(
            mails
                .iter()
                .any(|mail| mail.to == email(to).as_str() && mail.subject == says),
            "{to}"
        );
    }
    assert_eq!(count(world, "org.ownership_transferred").await, 1);
    assert_eq!(
        refused(transfer(&world.owner, &heir, Some(&password)).await),
        Kind::Forbidden
    );
    // An owner is not made one twice.
    members::change_role(app, &heir, org, id(&world.owner), Role::Owner)
        .await
        .unwrap();
    assert_eq!(
        refused(transfer(&heir, &world.owner, Some(&password)).await),
        Kind::Conflict
    );
}

async fn signing_out_ends_what_is_the_organizations_to_end(world: &World) {
    let (app, org) = (&world.app, world.org);
    let admin = world.member("adam", Role::Admin).await;
    let wren = world.member("wren", Role::Write).await;
    let device = world.device(&wren).await;
    let session = accounts::sign_in(app, &visitor(), &email("wren"), &PASSWORD.into())
        .await
        .unwrap();
    let token = tokens::create(app, &wren, "script".parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(
        refused(members::sign_out(app, &wren, org, id(&admin)).await),
        Kind::Forbidden
    );
    assert_eq!(
        refused(members::sign_out(app, &admin, org, id(&world.owner)).await),
        Kind::Forbidden
    );
    let done = members::sign_out(app, &admin, org, id(&wren)).await.unwrap();
    assert_eq!((done.sessions, done.tokens), (2, Some(1)));
    let here = [192, 0, 2, 7].into();
    assert!(
        sessions::authenticate(app, session.token.reveal(), here)
            .await
            .is_err()
    );
    assert!(tokens::authenticate(app, token.1.reveal(), here).await.is_err());
    let devices = members::devices_of(app, &admin, org, id(&wren)).await.unwrap();
    assert_eq!(devices[0].0.id, device, "devices stay enrolled");
    let mails = world.mails().await;
    assert!(
        mails
            .iter()
            .any(|mail| mail.to == email("wren").as_str() && mail.subject.contains("signed you out"))
    );
    // The operator belongs to the installation too: their scripts go on.
    let owner = members::sign_out(app, &world.owner, org, id(&world.owner))
        .await
        .unwrap();
    assert_eq!(owner.tokens, None);
}

async fn a_removal_tells_each_step(world: &World) {
    let (app, org) = (&world.app, world.org);
    let wren = world.member("wren", Role::Write).await;
    let device = world.device(&wren).await;
    let unknown = members::removal(app, &world.owner, org, id(&wren)).await;
    assert_eq!(refused(unknown), Kind::NotFound);
    members::remove(app, &world.owner, org, id(&wren)).await.unwrap();
    let view = members::removal(app, &world.owner, org, id(&wren)).await.unwrap();
    assert_eq!(
        (
            view.removal.removed_by.as_str(),
            view.removal.role,
            view.removal.sessions
        ),
        ("Olga Owner", Role::Write, Some(1))
    );
    let [(gone, state)] = &view.devices[..] else {
        panic!("{:?}", view.devices)
    };
    assert_eq!(gone.id, device);
    assert!(
        matches!(state, DeviceState::Wiped { wiped_at: None, .. }),
        "no receipt yet: {state:?}"
    );
    let mut tx = app.store.begin().await.unwrap();
    let now = app.clock.now();
    assert!(tx.set_device_wiped(org, device, now).await.unwrap());
    tx.commit().await.unwrap();
    let view = members::removal(app, &world.owner, org, id(&wren)).await.unwrap();
    assert!(
        matches!(
            view.devices[0].1,
            DeviceState::Wiped {
                wiped_at: Some(_),
                ..
            }
        ),
        "the receipt is in"
    );
    // Who comes back and leaves by themselves is told of again.
    let link = world.invite("wren", Role::Read).await;
    let back = accounts::sign_in(app, &visitor(), &email("wren"), &PASSWORD.into())
        .await
        .unwrap()
        .actor(&visitor());
    tessera_app::invitations::accept(app, &back, &link).await.unwrap();
    let view = members::removal(app, &world.owner, org, id(&wren)).await.unwrap();
    assert!(view.is_member_again);
    members::leave(app, &back, org).await.unwrap();
    let list = members::removals(app, &world.owner, org).await.unwrap();
    assert_eq!((list.len(), list[0].removed_by.as_str()), (1, ""));
    assert!(!view.removal.name.as_str().is_empty());
}
