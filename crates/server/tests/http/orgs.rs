//! The organization itself, by its pages and by the API: what it says of itself, its creation, its end.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::json;
use tessera_testkit::http::{Answer, Client};

use crate::asking::{page, post};
use crate::cast::{Cast, PASSWORD, TestServer, set_up, sign_in};

#[tokio::test]
async fn an_admin_says_where_the_organization_sits_without_scripts() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/settings", cast.org);
    let admin = &cast.admin.client;
    let fresh = page(admin, &path).await;
    assert!(fresh.contains("No country") && fresh.contains("Show its states"));
    assert!(
        !fresh.contains("Danger zone"),
        "an admin is not shown what an owner may"
    );
    assert!(page(&cast.owner.client, &path).await.contains("Danger zone"));

    let typed = [
        ("base_version", "0"),
        ("name", "Example"),
        ("country", "US"),
        ("street", "1 <b>Main</b> Street"),
        ("phone", "not yet right"),
        ("intent", "country"),
    ];
    let states = post(admin, &path, &typed, 200).await.body;
    assert!(states.contains("California") && states.contains("not yet right"));
    assert!(states.contains("1 &#60;b&#62;Main") && !states.contains("<b>Main"));

    let mut save = typed.to_vec();
    save[5] = ("intent", "save");
    save.push(("state", "US-CA"));
    let refused = post(admin, &path, &save, 422).await.body;
    assert!(refused.contains("Write the number with digits") && refused.contains("1 &#60;b&#62;Main"));
    save[4] = ("phone", "+1 (555) 010-0199");
    post(admin, &path, &save, 303).await;
    let saved = page(admin, &path).await;
    assert!(saved.contains("+1 (555) 010-0199") && saved.contains("value=\"US-CA\" selected"));
    let writer = cast.writer.client.post(&path, &save).await.unwrap();
    assert_eq!(writer.status, 403);
}

#[tokio::test]
async fn the_second_of_two_admins_is_shown_the_firsts_change_and_loses_nothing() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/settings", cast.org);
    let first = [
        ("base_version", "0"),
        ("saw.city", ""),
        ("city", "Roma"),
        ("intent", "save"),
    ];
    post(&cast.admin.client, &path, &first, 303).await;
    let second = [
        ("base_version", "0"),
        ("saw.city", ""),
        ("city", "Milano"),
        ("saw.street", ""),
        ("street", "Via Dante 2"),
        ("intent", "save"),
    ];
    let owner = &cast.owner.client;
    let told = post(owner, &path, &second, 409).await.body;
    assert!(told.contains("admin Person saved first") && told.contains("“Roma”"));
    assert!(told.contains("saving yours replaces it"));
    assert!(told.contains("value=\"Milano\"") && told.contains("Via Dante 2"));
    assert!(told.contains("name=\"base_version\" value=\"1\""));
    let again = [
        ("base_version", "1"),
        ("saw.city", "Roma"),
        ("city", "Milano"),
        ("saw.street", ""),
        ("street", "Via Dante 2"),
        ("intent", "save"),
    ];
    post(owner, &path, &again, 303).await;
    assert!(page(owner, &path).await.contains("value=\"Milano\""));
}

#[tokio::test]
async fn hostile_details_are_refused_field_by_field() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/settings", cast.org);
    let owner = &cast.owner.client;
    let long = "x".repeat(20_000);
    for (field, text) in [
        ("name", " "),
        ("name", long.as_str()),
        ("contact_name", "a\u{202e}b"),
        ("contact_email", "<script>alert(1)</script>"),
        ("phone", "\u{661}\u{662}\u{663}"),
        ("country", "ZZ"),
        ("street", long.as_str()),
        ("city", "a\u{7}b"),
        ("state", long.as_str()),
        ("postal_code", "1;2"),
    ] {
        let form = [("base_version", "0"), (field, text), ("intent", "save")];
        let refused = post(owner, &path, &form, 422).await.body;
        assert!(
            refused.contains(&format!("id=\"{field}-error\"")),
            "{field} {}",
            &text[..text.len().min(20)]
        );
        assert!(!refused.contains("<script>alert"));
    }
    let nonsense = [("base_version", "-1"), ("city", "Roma"), ("intent", "save")];
    post(owner, &path, &nonsense, 422).await;
}

#[tokio::test]
async fn a_new_organization_is_confirmed_and_its_first_people_are_invited() {
    let server = TestServer::start_with("[organizations]\nseats = 3\n").await;
    let owner = set_up(&server).await;
    let form = page(&owner.client, "/organizations/new").await;
    assert!(form.contains("3 seats"));
    let made = post(
        &owner.client,
        "/organizations/new",
        &[("name", "Second Legion")],
        303,
    )
    .await;
    let welcome = made.location().unwrap().to_owned();
    let shown = page(&owner.client, &welcome).await;
    for words in [
        "Second Legion is ready",
        "Send Invites &amp; Finish",
        "Skip for Now",
        "Add another member",
        "Select a role…",
    ] {
        assert!(shown.contains(words), "{words}");
    }
    server.mail(&owner.email, "Second Legion").await;
    let rows = |roles: [&'static str; 3]| {
        vec![
            ("email", "ada@example.org"),
            ("role", roles[0]),
            ("email", "bea@example.org"),
            ("role", roles[1]),
            ("email", "cia@example.org"),
            ("role", roles[2]),
            ("email", ""),
            ("role", ""),
        ]
    };
    let mut more = rows(["read", "", "read"]);
    more.push(("intent", "more"));
    let longer = post(&owner.client, &welcome, &more, 200).await.body;
    assert!(longer.contains("ada@example.org") && longer.contains("id=\"email-7\""));

    let refused = post(&owner.client, &welcome, &rows(["read", "", "read"]), 422)
        .await
        .body;
    assert!(refused.contains("Select a role.") && refused.contains("ada@example.org"));
    let full = post(&owner.client, &welcome, &rows(["read", "write", "read"]), 422)
        .await
        .body;
    assert!(full.contains("2 invitations sent.") && full.contains("cia@example.org"));
    assert!(!full.contains("ada@example.org"));
    server.mail("ada@example.org", "Second Legion").await;
    let skipped = post(&owner.client, &welcome, &[("intent", "send")], 303).await;
    assert_eq!(skipped.location(), Some(welcome.trim_end_matches("/welcome")));
}

#[tokio::test]
async fn an_owner_deletes_in_two_steps_and_the_organization_is_nowhere_but_restorable() {
    let cast = Cast::assemble().await;
    let (owner, home) = (&cast.owner.client, format!("/o/{}", cast.org));
    let delete = format!("{home}/delete");
    let invite = [("email", "late@example.org"), ("role", "read")];
    post(owner, &format!("{home}/members/invite"), &invite, 303).await;
    let link = cast.server.link("late@example.org", "/invitations/tsl_").await;
    let asked = page(owner, &delete).await;
    assert!(
        asked.contains("4 memberships")
            && asked.contains("1 device")
            && asked.contains("1 pending invitation")
    );
    for client in [&cast.admin.client, &cast.writer.client, &cast.reader.client] {
        assert_eq!(client.get(&delete).await.unwrap().status, 403);
        let forced = [("name", "Example"), ("intent", "delete")];
        assert_eq!(client.post(&delete, &forced).await.unwrap().status, 403);
    }
    for name in ["example", "Exаmple", "", "Example "] {
        let status = if name == "Example " { 200 } else { 422 };
        let form = [("name", name), ("intent", "continue")];
        post(owner, &delete, &form, status).await;
    }
    let wrong = [("name", "Exаmple"), ("intent", "delete")];
    post(owner, &delete, &wrong, 422).await;
    let form = [("name", "Example"), ("intent", "continue")];
    let last = post(owner, &delete, &form, 200).await.body;
    assert!(last.contains("Delete Example?"));

    let mut live = owner
        .request(Method::GET, &format!("{home}/live?topics=members"))
        .send()
        .await
        .unwrap();
    assert_eq!(live.status(), 200);
    let form = [("name", "Example"), ("intent", "delete")];
    let gone = post(owner, &delete, &form, 303).await;
    assert_eq!(gone.location(), Some("/"));
    while live.chunk().await.unwrap().is_some() {}

    for client in [owner, &cast.admin.client, &cast.reader.client] {
        for path in [
            "",
            "/members",
            "/settings",
            "/teams",
            "/live",
            "/delete",
            "/welcome",
        ] {
            let answer = client.get(&format!("{home}{path}")).await.unwrap();
            assert_eq!(answer.status, 404, "{path}");
        }
        for path in ["members", "settings", "devices", "teams"] {
            assert_eq!(client.get(&cast.api(path)).await.unwrap().status, 404, "{path}");
        }
    }
    let given = cast.device.manifest(&cast.device_token).await.unwrap();
    let receipt = cast.device.receipt(&given, 1);
    let delivered = cast.device.deliver(&cast.device_token, &receipt).await.unwrap();
    assert!(delivered.status.is_success());
    let gone = cast.server.client().get(&link).await.unwrap();
    let gone = gone.expect(404).unwrap();
    assert!(
        gone.body.contains("Example does not exist any more"),
        "{}",
        gone.gist()
    );
    cast.server.mail(&cast.owner.email, "Example was deleted").await;

    let restore = format!("/organizations/{}/restore", cast.org);
    for (path, shown) in [
        ("/", "7 days left"),
        ("/account", "Deleted organizations you own"),
    ] {
        assert!(page(owner, path).await.contains(shown), "{path}");
        assert!(!page(&cast.admin.client, path).await.contains(&restore));
    }
    assert_eq!(cast.admin.client.post(&restore, &[]).await.unwrap().status, 404);
    let back = post(owner, &restore, &[], 303).await;
    assert_eq!(back.location(), Some(home.as_str()));
    assert!(
        page(&cast.admin.client, &format!("{home}/members"))
            .await
            .contains("reader Person")
    );
    assert!(!page(&cast.server.client(), &link).await.contains("is gone"));
}

#[tokio::test]
async fn deleting_asks_for_the_password_of_who_signed_in_long_ago() {
    let cast = Cast::assemble().await;
    let delete = format!("/o/{}/delete", cast.org);
    let client = sign_in(&cast.server, &cast.owner.email).await;
    let app = &cast.server.running.site.app;
    let mut tx = app.store.begin().await.unwrap();
    for session in tx.sessions_of(cast.owner.account, app.clock.now()).await.unwrap() {
        tx.set_recent_auth(session.id, tessera_ids::Timestamp::EPOCH)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    assert!(page(&client, &delete).await.contains("Your password"));
    let form = [("name", "Example"), ("intent", "delete")];
    let refused = post(&client, &delete, &form, 422).await.body;
    assert!(refused.contains("id=\"password-error\""));
    let wrong = [("name", "Example"), ("password", "guess"), ("intent", "delete")];
    post(&client, &delete, &wrong, 422).await;
    let right = [
        ("name", "Example"),
        ("password", PASSWORD),
        ("intent", "continue"),
    ];
    let last = post(&client, &delete, &right, 200).await.body;
    assert!(last.contains("The last question"));
}

#[tokio::test]
async fn a_script_reads_changes_creates_and_restores_organizations() {
    let cast = Cast::assemble().await;
    let (owner, path) = (&cast.owner.client, format!("/api/v1/orgs/{}", cast.org));
    let fresh = owner.get(&path).await.unwrap().expect(200).unwrap();
    assert_eq!(fresh.header("etag"), Some("\"0\""));
    let fresh = fresh.json().unwrap();
    assert_eq!(
        (&fresh["name"], &fresh["role"]),
        (&json!("Example"), &json!("owner"))
    );
    assert_eq!(
        fresh["seats"],
        json!({"total": null, "used": 4, "held": 0, "free": null})
    );
    assert_eq!(fresh["profile"]["city"], json!(null));
    let read = cast.reader.client.get(&path).await.unwrap().json().unwrap();
    assert_eq!((&read["role"], &read["profile"]), (&json!("read"), &json!(null)));

    let change = json!({"city": "Roma", "country": "it", "state": "Roma", "phone": null});
    let request = owner
        .request(Method::PATCH, &path)
        .header(IF_MATCH, "\"0\"")
        .json(&json!({"city": "Roma", "country": "us", "state": "California", "phone": null}));
    let changed = owner.send(request).await.unwrap().expect(200).unwrap();
    assert_eq!(changed.header("etag"), Some("\"1\""));
    let changed = changed.json().unwrap();
    assert_eq!(
        (&changed["state"], &changed["version"]),
        (&json!("US-CA"), &json!(1))
    );
    let stale = owner
        .request(Method::PATCH, &path)
        .header(IF_MATCH, "\"0\"")
        .json(&change);
    let stale = owner
        .send(stale)
        .await
        .unwrap()
        .expect(409)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(stale["current"]["profile"]["city"], json!("Roma"));
    for (body, pointer) in [
        (json!({"country": "DE", "state": "California"}), "/state"),
        (json!({"name": null}), "/name"),
        (json!({"phone": "☎"}), "/phone"),
    ] {
        let refused = owner.json(Method::PATCH, &path, &body).await.unwrap();
        let refused = refused.expect(422).unwrap().json().unwrap();
        assert_eq!(refused["errors"][0]["pointer"], json!(pointer));
    }
    for body in [json!({}), json!({"guard": 1}), json!({"city": 7})] {
        let refused = owner.json(Method::PATCH, &path, &body).await.unwrap();
        assert!(refused.status.is_client_error(), "{body}");
    }

    let name = json!({"name": "Third"});
    let stranger = &cast.stranger.client;
    let refused = stranger.json(Method::POST, "/api/v1/orgs", &name).await.unwrap();
    assert_eq!(refused.status, 403);
    let made = owner.json(Method::POST, "/api/v1/orgs", &name).await.unwrap();
    let made = made.expect(201).unwrap().json().unwrap();
    let list = owner.get("/api/v1/orgs").await.unwrap().json().unwrap();
    assert_eq!(list["organizations"].as_array().unwrap().len(), 2);

    let third = made["id"].as_str().unwrap();
    let form = [("name", "Third"), ("intent", "delete")];
    post(owner, &format!("/o/{third}/delete"), &form, 303).await;
    let gone = owner.get(&format!("/api/v1/orgs/{third}")).await.unwrap();
    assert_eq!(gone.status, 404);
    let list = owner.get("/api/v1/orgs").await.unwrap().json().unwrap();
    assert_eq!(list["deleted"][0]["id"], json!(third));
    let restore = format!("/api/v1/orgs/{third}/restore");
    assert_eq!(stranger.post(&restore, &[]).await.unwrap().status, 404);
    post(owner, &restore, &[], 204).await;
    post(owner, &restore, &[], 409).await;
    owner
        .get(&format!("/api/v1/orgs/{third}"))
        .await
        .unwrap()
        .expect(200)
        .unwrap();
}

/// One transparent pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\
    \x00\x00\x00\rIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82";

async fn upload(client: &Client, path: &str, intent: &str, file: &[u8]) -> Answer {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"intent\"\r\n\r\n{intent}\r\n--b\r\n\
         Content-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request = client.request(Method::POST, path);
    let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=b");
    client.send(request.body(body)).await.unwrap()
}

#[tokio::test]
async fn a_logo_is_put_up_shown_to_members_and_taken_down() {
    let cast = Cast::assemble().await;
    let home = format!("/o/{}", cast.org);
    let action = format!("{home}/settings/logo");
    let (admin, reader) = (&cast.admin.client, &cast.reader.client);
    assert_eq!(
        upload(&cast.writer.client, &action, "upload", PNG).await.status,
        403
    );
    for file in [&b"<svg onload=alert(1)>"[..], b"", &PNG[..40]] {
        let refused = upload(admin, &action, "upload", file).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("id=\"logo-error\""));
    }
    assert_eq!(upload(admin, &action, "upload", PNG).await.status, 303);
    let shown = page(reader, &home).await;
    let start = shown.find(&format!("{home}/logo/")).unwrap();
    let logo = shown[start..].split('"').next().unwrap();
    let picture = reader.get(logo).await.unwrap().expect(200).unwrap();
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert_eq!(cast.stranger.client.get(logo).await.unwrap().status, 404);
    assert_eq!(upload(admin, &action, "remove", b"").await.status, 303);
    assert_eq!(reader.get(logo).await.unwrap().status, 404);

    let api = cast.api("logo");
    let put = admin.request(Method::PUT, &api).body(PNG);
    admin.send(put).await.unwrap().expect(204).unwrap();
    admin.get(logo).await.unwrap().expect(200).unwrap();
    let delete = admin.request(Method::DELETE, &api);
    admin.send(delete).await.unwrap().expect(204).unwrap();
    assert!(!page(reader, &home).await.contains("/logo/"));
}
