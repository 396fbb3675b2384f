//! What an organization says of itself: who may change it, and two admins at once.

use tessera_app::orgs;
use tessera_domain::{Kind, ProfileEdit, ProfileField, Role};

use crate::{
    stories,
    world::{World, email, refused, run},
};

stories! {
    admins_say_what_the_organization_is,
    the_second_of_two_admins_overwrites_nothing,
    who_creates_an_organization_is_sent_a_confirmation,
}

fn edit(fields: &[(ProfileField, &str)]) -> ProfileEdit {
    fields
        .iter()
        .map(|(field, text)| (*field, (*text).to_owned()))
        .collect()
}

async fn admins_say_what_the_organization_is(world: &World) {
    let (app, org) = (&world.app, world.org);
    let admin = world.member("Alba", Role::Admin).await;
    let there = edit(&[
        (ProfileField::Name, "Acme  Roma"),
        (ProfileField::Country, "it"),
        (ProfileField::State, "RM"),
        (ProfileField::ContactEmail, "office@example.com"),
    ]);
    for role in [Role::Write, Role::Read] {
        let actor = world.member(role.as_str(), role).await;
        let changed = orgs::change_profile(app, &actor, org, None, &there).await;
        assert_eq!(refused(changed), Kind::Forbidden);
        assert_eq!(refused(orgs::profile(app, &actor, org).await), Kind::Forbidden);
    }
    let changed = orgs::change_profile(app, &admin, org, Some(0), &there)
        .await
        .unwrap();
    assert_eq!(changed.version, 1);
    assert_eq!(changed.profile.text(ProfileField::State), "IT-RM");
    assert_eq!(orgs::profile(app, &admin, org).await.unwrap(), changed);
    let seen = orgs::view(app, &admin, org).await.unwrap();
    assert_eq!(seen.name.as_str(), "Acme Roma");
    let same = orgs::change_profile(app, &admin, org, Some(1), &there)
        .await
        .unwrap();
    assert_eq!(same.version, 1, "nothing changed");
    let wrong = edit(&[(ProfileField::Name, ""), (ProfileField::Phone, "none")]);
    let error = orgs::change_profile(app, &admin, org, None, &wrong)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.fields.len()), (Kind::Invalid, 2));
    let changes = world.audit().await;
    assert_eq!(
        changes.iter().filter(|action| *action == "org.changed").count(),
        1
    );
}

async fn the_second_of_two_admins_overwrites_nothing(world: &World) {
    let (app, org) = (&world.app, world.org);
    let admin = world.member("Alba", Role::Admin).await;
    let rome = edit(&[(ProfileField::City, "Roma")]);
    let milan = edit(&[(ProfileField::City, "Milano")]);
    let (one, two) = tokio::join!(
        orgs::change_profile(app, &world.owner, org, Some(0), &rome),
        orgs::change_profile(app, &admin, org, Some(0), &milan)
    );
    assert!(one.is_ok() != two.is_ok());
    let error = one.and(two).unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    let present = orgs::profile(app, &admin, org).await.unwrap();
    let told = error.current.unwrap();
    assert_eq!(told["version"], 1);
    assert_eq!(told["profile"]["city"], present.profile.text(ProfileField::City));
    orgs::change_profile(app, &admin, org, Some(1), &milan)
        .await
        .unwrap();
}

async fn who_creates_an_organization_is_sent_a_confirmation(world: &World) {
    let (app, name) = (&world.app, "Second".parse().unwrap());
    let reader = world.member("Rea", Role::Read).await;
    assert_eq!(refused(orgs::create(app, &reader, &name).await), Kind::Forbidden);
    let second = orgs::create(app, &world.owner, &name).await.unwrap();
    let mails = world.mails().await;
    let mail = mails
        .iter()
        .find(|mail| mail.subject == "Second is ready")
        .unwrap();
    assert_eq!(mail.to, email("olga").as_str());
    assert!(mail.text.contains(&second.to_string()));
    let seats = orgs::view(app, &world.owner, second).await.unwrap().seats;
    assert_eq!((seats.limit, seats.used), (None, 1));
}
