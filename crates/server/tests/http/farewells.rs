//! Signing somebody out everywhere, removing them step by step, leaving, and handing the organization over.

use reqwest::Method;
use serde_json::json;
use tessera_domain::Role;

use crate::asking::{page, post};
use crate::cast::{Cast, PASSWORD, enrol, join, sign_in};
use crate::members::read;

#[tokio::test]
async fn signing_out_ends_browsers_and_says_what_goes_on() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/members/{}/sign-out", cast.org, cast.writer.account);
    let asked = page(&cast.admin.client, &path).await;
    assert!(asked.contains("Sign writer Person out everywhere") && asked.contains("devices stay enrolled"));
    post(&cast.admin.client, &path, &[], 422).await;
    post(&cast.admin.client, &path, &[("confirm", "sign-out")], 303).await;
    let gone = cast.writer.client.get(&format!("/o/{}", cast.org)).await.unwrap();
    assert!(gone.location().unwrap().starts_with("/sign-in"));
    cast.server
        .mail(&cast.writer.email, "signed you out everywhere")
        .await;
    let back = sign_in(&cast.server, &cast.writer.email).await;
    page(&back, &format!("/o/{}", cast.org)).await;
    let owner = format!("/o/{}/members/{}/sign-out", cast.org, cast.owner.account);
    assert!(
        page(&cast.admin.client, &owner)
            .await
            .contains("Only an owner may")
    );
    post(&cast.admin.client, &owner, &[("confirm", "sign-out")], 403).await;
}

#[tokio::test]
async fn a_removal_is_followed_until_the_last_receipt() {
    let cast = Cast::assemble().await;
    let victim = join(&cast.server, cast.org, "victim", Role::Write).await;
    let device = enrol(&cast.server, cast.org, victim.account, "victims-desk").await;
    let token = device.token().await.unwrap();
    let home = format!("/o/{}", cast.org);
    let remove = format!("{home}/members/{}/remove", victim.account);
    assert!(
        page(&cast.admin.client, &remove)
            .await
            .contains("Their device is refused at once")
    );
    let done = post(&cast.admin.client, &remove, &[("confirm", "remove")], 303).await;
    let steps = done.location().unwrap().to_owned();
    assert_eq!(steps, format!("{home}/removals/{}", victim.account));
    let shown = page(&cast.admin.client, &steps).await;
    for part in [
        "Membership ended",
        "1 session",
        "victims-desk",
        "waiting",
        "data-live=\"removal\"",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let refused = cast.server.client().with_token(&token);
    refused
        .get("/sync/v1/manifest")
        .await
        .unwrap()
        .expect(403)
        .unwrap();
    let api = cast.api(&format!("removals/{}", victim.account));
    assert_eq!(read(&cast.owner.client, &api).await["complete"], false);
    let gone = device.id.to_string().parse().unwrap();
    let app = &cast.server.running.site.app;
    let mut tx = app.store.begin().await.unwrap();
    assert!(
        tx.set_device_wiped(cast.org, gone, app.clock.now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert!(page(&cast.admin.client, &steps).await.contains("All done."));
    assert_eq!(read(&cast.owner.client, &api).await["complete"], true);
    let list = page(&cast.admin.client, &format!("{home}/removals")).await;
    assert!(list.contains("victim@example.org") && list.contains("Removed by admin Person"));
    for client in [&cast.reader.client, &cast.writer.client] {
        client.get(&steps).await.unwrap().expect(403).unwrap();
    }
    cast.other.client.get(&steps).await.unwrap().expect(404).unwrap();
    let member = format!("{home}/members/{}", victim.account);
    let led = cast.admin.client.get(&member).await.unwrap().expect(303).unwrap();
    assert_eq!(led.location(), Some(steps.as_str()), "old links lead there");
    cast.reader
        .client
        .get(&member)
        .await
        .unwrap()
        .expect(404)
        .unwrap();
    let never = format!("{home}/removals/{}", cast.reader.account);
    cast.admin.client.get(&never).await.unwrap().expect(404).unwrap();
}

#[tokio::test]
async fn leaving_is_asked_about_and_ownership_is_handed_over_by_name() {
    let cast = Cast::assemble().await;
    let home = format!("/o/{}", cast.org);
    let leave = format!("{home}/leave");
    assert!(page(&cast.writer.client, &leave).await.contains("Leave Example"));
    let unasked = post(&cast.writer.client, &leave, &[], 303).await;
    assert_eq!(unasked.location(), Some(leave.as_str()));
    post(&cast.writer.client, &leave, &[("confirm", "leave")], 303).await;

    let transfer = format!("{home}/transfer");
    cast.admin
        .client
        .get(&transfer)
        .await
        .unwrap()
        .expect(403)
        .unwrap();
    let choose = page(&cast.owner.client, &transfer).await;
    assert!(choose.contains("admin Person") && !choose.contains("writer Person"));
    let to = cast.reader.account.to_string();
    let confirm = page(&cast.owner.client, &format!("{transfer}?to={to}")).await;
    assert!(confirm.contains("reader Person") && confirm.contains("Olga Owner"));
    post(&cast.admin.client, &transfer, &[("to", &to)], 403).await;
    post(&cast.owner.client, &transfer, &[("to", &to)], 303).await;
    cast.server.mail(&cast.reader.email, "You own Example now").await;
    cast.server
        .mail(&cast.owner.email, "You handed Example over")
        .await;
    post(&cast.owner.client, &transfer, &[("to", &to)], 403).await;
    let roles = read(&cast.reader.client, &cast.api("members?role=owner")).await;
    assert_eq!(roles["members"][0]["id"], to);
    let wrong = json!({"member": cast.owner.account, "password": "not my password"});
    let api = cast.api("transfer");
    let refused = cast
        .reader
        .client
        .json(Method::POST, &api, &wrong)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    assert_eq!(refused.json().unwrap()["errors"][0]["pointer"], "/password");
    let right = json!({"member": cast.owner.account, "password": PASSWORD});
    cast.reader
        .client
        .json(Method::POST, &api, &right)
        .await
        .unwrap()
        .expect(204)
        .unwrap();
}
