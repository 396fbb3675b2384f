//! Pictures of people: who may see them, and what is kept of a file.

use tessera_app::{accounts, members, picture};
use tessera_domain::{Kind, Role};

use crate::{
    stories,
    world::{World, id, refused, run},
};

stories! {
    a_picture_is_seen_by_those_who_share_an_organization,
    a_profile_is_changed_as_a_whole_or_in_part,
}

/// One red pixel, as a GIF.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

async fn a_picture_is_seen_by_those_who_share_an_organization(world: &World) {
    let (ana, zoe) = (
        world.member("ana", Role::Read).await,
        world.member("zoe", Role::Read).await,
    );
    let app = &world.app;
    let digest = picture::set_avatar(app, &ana, GIF.into()).await.unwrap();
    let again = picture::set_avatar(app, &zoe, GIF.into()).await.unwrap();
    assert_eq!(digest, again, "the same pixels have one name");
    let png = picture::avatar(app, &zoe, id(&ana), digest).await.unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let shown = picture::avatars(app, &[id(&ana), id(&world.owner)])
        .await
        .unwrap();
    assert_eq!(shown.len(), 1);

    let svg = picture::set_avatar(app, &ana, b"<svg/>".as_slice().into()).await;
    assert_eq!(svg.unwrap_err().fields[0].pointer, "/picture");
    picture::avatar(app, &ana, id(&ana), digest).await.unwrap();

    members::remove(app, &world.owner, world.org, id(&zoe))
        .await
        .unwrap();
    let seen = picture::avatar(app, &zoe, id(&ana), digest).await;
    assert_eq!(refused(seen), Kind::NotFound, "they share nothing any more");
    picture::remove_avatar(app, &ana).await.unwrap();
    picture::remove_avatar(app, &ana).await.unwrap();
    let gone = picture::avatar(app, &world.owner, id(&ana), digest).await;
    assert_eq!(refused(gone), Kind::NotFound);
    assert_eq!(picture::logo_of(app, &ana, world.org).await.unwrap(), None);
    assert_eq!(
        refused(picture::logo(app, &zoe, world.org, digest).await),
        Kind::NotFound
    );
}

async fn a_profile_is_changed_as_a_whole_or_in_part(world: &World) {
    let app = &world.app;
    let wanted = accounts::ProfileEdit {
        name: Some("Olga O.".parse().unwrap()),
        zone: Some("Europe/Rome".parse().unwrap()),
    };
    accounts::edit(app, &world.owner, &wanted).await.unwrap();
    let me = accounts::me(app, &world.owner).await.unwrap();
    assert_eq!((me.name.as_str(), me.zone.as_str()), ("Olga O.", "Europe/Rome"));
    accounts::edit(app, &world.owner, &accounts::ProfileEdit::default())
        .await
        .unwrap();
    assert_eq!(accounts::me(app, &world.owner).await.unwrap(), me);
    assert_eq!(
        accounts::zone(app, &world.owner).await.unwrap().as_str(),
        "Europe/Rome"
    );
}
