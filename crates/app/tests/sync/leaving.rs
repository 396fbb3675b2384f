//! Where only administrators sign machines out: members are refused, and told whom to ask.

use serde_json::json;
use tessera_app::{devices, members, sync};
use tessera_domain::{Kind, Role};
use tessera_wire::Removal;

use crate::{
    machine::{Machine, kind},
    settings::save,
    stories,
    world::World,
};

stories! {
    a_member_may_leave_unless_the_organization_says_otherwise,
    who_may_not_leave_is_told_whom_to_ask,
    a_machine_that_leaves_all_the_same_is_recorded,
}

async fn keep(world: &World, is_kept: bool) {
    let edits = json!({ "features": { "member_sign_out": !is_kept } });
    save(world, edits, None).await.unwrap();
}

async fn a_member_may_leave_unless_the_organization_says_otherwise(world: &World) {
    let mia = world.member("mia", Role::Write).await;
    let machine = Machine::enrol(world, &mia).await;
    let (app, org) = (&world.app, world.org);
    assert_eq!(devices::why_kept(app, &mia, org).await.unwrap(), None);
    let answer = sync::may_leave(app, &machine.sign_in(world).await).await.unwrap();
    assert!(answer.allowed && answer.why.as_str().is_empty());
    devices::end(app, &mia, org, machine.device(), Removal::SignedOut)
        .await
        .unwrap();
    members::leave(app, &mia, org).await.unwrap();
}

async fn who_may_not_leave_is_told_whom_to_ask(world: &World) {
    let mia = world.member("mia", Role::Write).await;
    let ann = world.member("ann", Role::Admin).await;
    let (hers, admins) = (
        Machine::enrol(world, &mia).await,
        Machine::enrol(world, &ann).await,
    );
    keep(world, true).await;
    let (app, org) = (&world.app, world.org);
    let answer = sync::may_leave(app, &hers.sign_in(world).await).await.unwrap();
    assert!(!answer.allowed);
    assert!(
        answer.why.as_str().contains("ann"),
        "admins are named: {:?}",
        answer.why
    );
    for end in [Removal::SignedOut, Removal::Wiped] {
        let refused = devices::end(app, &mia, org, hers.device(), end)
            .await
            .unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden);
        assert_eq!(refused.public, answer.why.as_str());
    }
    assert_eq!(kind(members::leave(app, &mia, org).await), Kind::Forbidden);

    let own = sync::may_leave(app, &admins.sign_in(world).await).await.unwrap();
    assert!(own.allowed, "an admin needs no admin");
    devices::end(app, &ann, org, hers.device(), Removal::SignedOut)
        .await
        .unwrap();
    let told = sync::may_leave(app, &hers.sign_in(world).await).await;
    assert_eq!(
        kind(told),
        Kind::Forbidden,
        "it was let go: it gets its tombstone"
    );
    members::leave(app, &mia, org).await.unwrap();
    members::remove(app, &world.owner, org, crate::world::id(&ann))
        .await
        .unwrap();
}

async fn a_machine_that_leaves_all_the_same_is_recorded(world: &World) {
    let mia = world.member("mia", Role::Read).await;
    let machine = Machine::enrol(world, &mia).await;
    keep(world, true).await;
    machine.send_last(world).await.unwrap();
    let mut tx = world.app.store.read().await.unwrap();
    let lines = tx
        .audit(world.org, &tessera_store::AuditQuery::default(), 9)
        .await
        .unwrap();
    let line = lines
        .iter()
        .find(|line| line.action == "device.wiped_itself")
        .unwrap();
    assert!(
        line.after.as_ref().unwrap().contains("only administrators"),
        "{line:?}"
    );
}
