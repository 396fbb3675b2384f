//! People in their browsers: invited, joining, managed, and never shown what was typed by somebody else as mark-up.

use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use reqwest::{Method, StatusCode};
use tessera_domain::Role;
use tessera_testkit::device::Applicant;

use crate::asking::{page, post};
use crate::cast::{Cast, PASSWORD, join};

/// Mark-up that must come back as text wherever it was typed.
const MARKUP: &str = "<script>alert(1)</script>";

/// Invites somebody through the form and gives the link from their mail.
async fn invite(cast: &Cast, email: &str, role: &str) -> String {
    let form = [("email", email), ("role", role), ("intent", "send")];
    let path = format!("/o/{}/members/invite", cast.org);
    post(&cast.owner.client, &path, &form, 303).await;
    cast.server.link(email, "/invitations/tsl_").await
}

#[tokio::test]
async fn an_invited_person_signs_up_by_the_link_and_is_inside() {
    let cast = Cast::assemble().await;
    let link = invite(&cast, "ines@example.org", "write").await;
    let ines = cast.server.client();
    let shown = page(&ines, &link).await;
    assert!(
        shown.contains("Join Example") && !shown.contains("ines@example.org"),
        "the address is masked: {shown}"
    );
    let token = link.rsplit('/').next().unwrap();
    let form = page(&ines, &format!("/sign-up?invitation={token}")).await;
    assert!(form.contains("readonly"), "the invited address cannot be changed");

    let weak = [
        ("invitation", token),
        ("name", "Ines Okafor"),
        ("password", "short"),
    ];
    let again = post(&ines, "/sign-up", &weak, 422).await.body;
    assert!(
        again.contains("Ines Okafor") && !again.contains("short\""),
        "the name is kept, the password is not"
    );
    let good = [
        ("invitation", token),
        ("name", "Ines Okafor"),
        ("password", PASSWORD),
    ];
    let joined = post(&ines, "/sign-up", &good, 303).await;
    assert_eq!(joined.location(), Some(format!("/o/{}", cast.org).as_str()));

    let home = page(&ines, joined.location().unwrap()).await;
    assert!(home.contains("ines@example.org"));
    for hidden in ["/memory", "/settings", "/members/invite"] {
        assert!(
            !home.contains(&format!("\"/o/{}{hidden}\"", cast.org)),
            "{hidden} is not shown to who may not"
        );
    }
    assert!(page(&ines, &link).await.contains("Already accepted"));
}

#[tokio::test]
async fn a_wrong_account_is_told_which_address_was_invited_and_may_switch() {
    let cast = Cast::assemble().await;
    let link = invite(&cast, "ines@example.org", "read").await;
    let shown = page(&cast.stranger.client, &link).await;
    assert!(shown.contains("for another address") && shown.contains("stranger@example.org"));
    assert!(!shown.contains("ines@example.org"));
    let refused = post(&cast.stranger.client, &link, &[], 303).await;
    assert_eq!(
        refused.location(),
        Some(link.as_str()),
        "accepting leads back to what the page says"
    );
    let switched = post(&cast.stranger.client, "/sign-out", &[("next", &link)], 303).await;
    assert_eq!(switched.location(), Some(link.as_str()));
    assert!(page(&cast.stranger.client, &link).await.contains("Sign up"));
}

#[tokio::test]
async fn a_pending_invitation_is_resent_and_revoked_and_its_links_say_so() {
    let cast = Cast::assemble().await;
    let first = invite(&cast, "ines@example.org", "read").await;
    let list = format!("/o/{}/invitations", cast.org);
    let path = row_path(&page(&cast.owner.client, &list).await, &list);
    let link = post(&cast.owner.client, &format!("{path}/link"), &[], 303).await;
    let copied = page(&cast.owner.client, link.location().unwrap()).await;
    assert!(
        copied.contains("/invitations/mine/") && !copied.contains("tsl_"),
        "a link to copy proves no address"
    );

    post(&cast.owner.client, &format!("{path}/resend"), &[], 303).await;
    cast.server
        .client()
        .get(&first)
        .await
        .unwrap()
        .expect(404)
        .unwrap();
    post(&cast.owner.client, &format!("{path}/revoke"), &[], 303).await;
    let listed = page(&cast.owner.client, &list).await;
    assert!(listed.contains("No pending invitation"), "{listed}");
}

/// The path of the only row's actions.
fn row_path(listed: &str, list: &str) -> String {
    let start = listed.find(&format!("{list}/inv_")).unwrap();
    listed[start..]
        .split(['"', '/'])
        .take(5)
        .collect::<Vec<_>>()
        .join("/")
        .trim_end_matches('/')
        .to_owned()
}

#[tokio::test]
async fn a_member_is_removed_with_everything_they_had() {
    let cast = Cast::assemble().await;
    let victim = join(&cast.server, cast.org, "victim", Role::Read).await;
    let path = format!("/o/{}/members/{}/remove", cast.org, victim.account);
    assert!(
        page(&cast.admin.client, &path)
            .await
            .contains("Remove victim Person")
    );
    post(&cast.admin.client, &path, &[], 422).await;
    post(&cast.reader.client, &path, &[("confirm", "remove")], 403).await;
    post(&cast.other.client, &path, &[("confirm", "remove")], 404).await;
    post(&cast.admin.client, &path, &[("confirm", "remove")], 303).await;
    let after = victim.client.get(&format!("/o/{}", cast.org)).await.unwrap();
    assert!(
        after.location().unwrap().starts_with("/sign-in"),
        "their session ended"
    );
    let list = page(&cast.admin.client, &format!("/o/{}/members", cast.org)).await;
    assert!(!list.contains("victim@example.org"));
    let steps = page(
        &cast.admin.client,
        &format!("/o/{}/removals/{}", cast.org, victim.account),
    )
    .await;
    assert!(steps.contains("Removed by admin Person") && steps.contains("All done"));
}

#[tokio::test]
async fn roles_change_behind_the_save_bar_and_the_last_owner_stays() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/members", cast.org);
    let writer = format!("role.{}", cast.writer.account);
    post(
        &cast.owner.client,
        &path,
        &[(&writer, "admin"), ("intent", "save")],
        303,
    )
    .await;
    let owner = format!("role.{}", cast.owner.account);
    let refused = post(
        &cast.owner.client,
        &path,
        &[(&owner, "read"), ("intent", "save")],
        409,
    )
    .await;
    assert!(refused.body.contains("last owner"));
    let kept = format!("name=\"{owner}\" value=\"read\"");
    assert!(refused.body.contains(&kept), "what was chosen is kept");
    post(
        &cast.reader.client,
        &path,
        &[(&writer, "read"), ("intent", "save")],
        403,
    )
    .await;
}

#[tokio::test]
async fn a_machine_is_let_in_by_its_code() {
    let cast = Cast::assemble().await;
    let applicant = Applicant::begin(&cast.server.base, "ada-laptop").await.unwrap();
    let code = applicant.code().to_string();
    let reader = &cast.reader.client;
    let wrong = post(reader, "/activate", &[("code", "BBBB-BBBB")], 422).await;
    assert!(wrong.body.contains("BBBB-BBBB") && wrong.body.contains("autofocus"));
    let review = post(reader, "/activate", &[("code", &code)], 200).await.body;
    assert!(review.contains("Approve ada-laptop?"));
    let unset = [("code", code.as_str()), ("intent", "approve")];
    post(reader, "/activate/decide", &unset, 422).await;
    let org = cast.org.to_string();
    let approve = [("code", code.as_str()), ("org", &org), ("intent", "approve")];
    post(reader, "/activate/decide", &approve, 200).await;
    applicant.finish().await.unwrap();
    let own = page(reader, &format!("/o/{org}/devices")).await;
    assert!(
        own.contains("ada-laptop") && !own.contains("workbench"),
        "a reader sees their own machines alone"
    );
    let all = page(&cast.admin.client, &format!("/o/{org}/devices")).await;
    assert!(all.contains("ada-laptop") && all.contains("workbench"));
    let csv = cast
        .admin
        .client
        .get(&format!("/o/{org}/devices.csv"))
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert!(csv.body.contains("ada-laptop"));
}

#[tokio::test]
async fn a_device_is_wiped_only_by_its_name() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/devices/{}/wipe", cast.org, cast.device.id);
    post(&cast.reader.client, &path, &[("confirm", "workbench")], 404).await;
    let refused = post(&cast.admin.client, &path, &[("confirm", "workbank")], 422).await;
    assert!(refused.body.contains("value=\"workbank\""));
    post(&cast.admin.client, &path, &[("confirm", "workbench")], 303).await;
    assert!(
        page(&cast.admin.client, &format!("/o/{}/devices", cast.org))
            .await
            .contains("wiped")
    );
}

#[tokio::test]
async fn signing_out_works_with_a_broken_session() {
    let cast = Cast::assemble().await;
    let client = cast.server.client();
    let request = client
        .request(Method::POST, "/sign-out")
        .header(COOKIE, "tessera_session=broken");
    let answer = client.send(request).await.unwrap().expect(200).unwrap();
    assert!(answer.body.contains("Signed out"));
    post(&cast.reader.client, "/sign-out", &[], 200).await;
    let after = cast.reader.client.get(&format!("/o/{}", cast.org)).await.unwrap();
    assert!(after.location().unwrap().starts_with("/sign-in?next="));
}

#[tokio::test]
async fn an_account_makes_and_deletes_tokens_and_sees_its_browsers() {
    let cast = Cast::assemble().await;
    let reader = &cast.reader.client;
    let made = post(reader, "/account/tokens", &[("token_name", "Nightly")], 200)
        .await
        .body;
    let start = made.find("tsa_").unwrap();
    let secret: String = made[start..]
        .chars()
        .take_while(|c| c.is_alphanumeric() || "_-".contains(*c))
        .collect();
    let script = cast.server.client().with_token(&secret);
    script.get("/api/v1/me").await.unwrap().expect(200).unwrap();
    let shown = page(reader, "/account").await;
    assert!(!shown.contains(&secret) && shown.contains("Nightly") && shown.contains("this browser"));
    let start = shown.find("/account/tokens/").unwrap();
    let revoke = shown[start..].split('"').next().unwrap();
    post(reader, revoke, &[], 303).await;
    assert_eq!(
        script.get("/api/v1/me").await.unwrap().status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn mark_up_comes_back_as_text_wherever_it_was_typed() {
    let cast = Cast::assemble().await;
    let (owner, org) = (&cast.owner.client, cast.org);
    post(owner, "/account", &[("name", MARKUP)], 303).await;
    post(
        owner,
        &format!("/o/{org}/settings"),
        &[("name", MARKUP), ("intent", "save")],
        303,
    )
    .await;
    let features = [
        ("base_revision", "0"),
        ("features.telemetry", "off"),
        ("note", MARKUP),
        ("intent", "save"),
    ];
    post(owner, &format!("/o/{org}/settings/features"), &features, 303).await;
    post(owner, "/account/tokens", &[("token_name", MARKUP)], 200).await;
    let refused = [
        (
            format!("/o/{org}/memory/websites"),
            vec![("website", MARKUP), ("base_revision", "1"), ("intent", "add")],
        ),
        (
            format!("/o/{org}/members/invite"),
            vec![("email", MARKUP), ("role", MARKUP)],
        ),
        ("/activate".to_owned(), vec![("code", MARKUP)]),
        (
            "/sign-in".to_owned(),
            vec![("email", MARKUP), ("password", MARKUP), ("next", MARKUP)],
        ),
        ("/forgot-password".to_owned(), vec![("email", MARKUP)]),
        (
            "/organizations/new".to_owned(),
            vec![("name", "\n<script>alert(1)</script>\u{7}")],
        ),
    ];
    for (path, form) in refused {
        let answer = owner.post(&path, &form).await.unwrap();
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(!answer.body.contains("<script>alert"), "{path}");
    }
    let pages = [
        "",
        "/members",
        "/settings",
        "/settings/features",
        "/settings/history",
        "/settings/history/1",
        "/rollouts/1",
        "/devices",
        "/my-settings",
        "/teams",
        "/invitations",
        "/jump?q=%3Cscript%3Ealert(1)",
        "/memory/websites?q=%3Cscript%3Ealert(1)",
        "/members?q=%3Cscript%3Ealert(1)",
        "/devices?q=%22%3E%3Cscript%3Ealert(1)",
    ];
    for place in pages {
        assert!(
            !page(owner, &format!("/o/{org}{place}"))
                .await
                .contains("<script>alert"),
            "{place}"
        );
    }
    assert!(!page(owner, "/account").await.contains("<script>alert"));
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/settings", cast.org);
    // A browser says itself that the form is another site's, and sends the cookie along all the same.
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let request = browser
        .post(format!("{}{path}", cast.server.base))
        .header(COOKIE, cast.owner.client.cookie_header())
        .header(ORIGIN, "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("name=Stolen&intent=save");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert!(!page(&cast.owner.client, &path).await.contains("Stolen"));
}
