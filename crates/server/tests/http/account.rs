//! The account over HTTP: pictures, another address, zone, sessions, and the end.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde_json::json;
use tessera_testkit::http::{Answer, Client};

use crate::asking::page;
use crate::cast::{Cast, PASSWORD, TestServer, set_up, sign_in};

/// One pixel, as a PNG and as a GIF.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;<script>alert(1)</script>";

fn png() -> Vec<u8> {
    BASE64_STANDARD.decode(PNG).unwrap()
}

/// Sends a file as the account page's form does.
async fn upload(client: &Client, name: &str, file: &[u8]) -> Answer {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request = client
        .request(Method::POST, "/account/picture")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(body);
    client.send(request).await.unwrap()
}

fn picture_in(page: &str) -> String {
    let start = page.find("/avatars/").unwrap();
    page[start..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_picture_is_served_as_nothing_but_a_picture_to_those_who_may_see_it() {
    let cast = Cast::assemble().await;
    let reader = &cast.reader.client;
    upload(reader, "me.png", &png()).await.expect(303).unwrap();
    let path = picture_in(&page(reader, "/account").await);
    let members = page(&cast.writer.client, &format!("/o/{}/members", cast.org)).await;
    assert!(members.contains(&path), "where the initials were");
    for client in [reader, &cast.writer.client, &cast.owner.client] {
        let shown = client.get(&path).await.unwrap().expect(200).unwrap();
        assert_eq!(shown.header("content-type"), Some("image/png"));
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            shown.header("content-security-policy"),
            Some("default-src 'none'; sandbox")
        );
        assert_eq!(
            shown.header("cache-control"),
            Some("private, max-age=31536000, immutable")
        );
    }
    for stranger in [&cast.other.client, &cast.stranger.client] {
        stranger.get(&path).await.unwrap().expect(404).unwrap();
    }
    cast.server
        .client()
        .get(&path)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    let other = format!("{}/{}", path.rsplit_once('/').unwrap().0, "0".repeat(64));
    reader.get(&other).await.unwrap().expect(404).unwrap();

    // A script in a picture goes no further than the door, whatever the file is called.
    upload(reader, "me.html", GIF).await.expect(303).unwrap();
    let second = picture_in(&page(reader, "/account").await);
    assert_ne!(path, second);
    let shown = reader.get(&second).await.unwrap().expect(200).unwrap();
    assert!(!shown.body.contains("script"));
    reader.get(&path).await.unwrap().expect(404).unwrap();
    let form: [(&str, &str); 0] = [];
    reader
        .post("/account/picture/remove", &form)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    assert!(!page(reader, "/account").await.contains("/avatars/"));
}

#[tokio::test]
async fn hostile_pictures_are_refused_with_the_reason() {
    let server = TestServer::start().await;
    let owner = set_up(&server).await.client;
    upload(&owner, "me.png", &png()).await.expect(303).unwrap();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let mut bomb = png();
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("me.svg", svg.clone(), 422),
        ("me.png", svg, 422),
        ("empty.png", Vec::new(), 422),
        ("cut.png", png()[..40].to_vec(), 422),
        ("bomb.png", bomb, 422),
        ("page.gif", b"GIF89a<html><script>alert(1)</script>".to_vec(), 422),
        ("huge.png", vec![0; 50 * 1024 * 1024], 413),
    ];
    for (name, file, status) in cases {
        let answer = upload(&owner, name, &file).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.gist());
        let put = owner.request(Method::PUT, "/api/v1/me/avatar").body(file);
        let answer = owner.send(put).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    assert!(
        page(&owner, "/account").await.contains("/avatars/"),
        "the old one is kept"
    );
}

#[tokio::test]
async fn programs_see_and_change_what_a_token_may() {
    let cast = Cast::assemble().await;
    let form = [("token_name", "ci"), ("token_life", "7")];
    let made = cast.reader.client.post("/account/tokens", &form).await.unwrap();
    let start = made.body.find("tsa_").unwrap();
    let secret = made.body[start..].split(['<', '"']).next().unwrap();
    let script = cast.server.client().with_token(secret);
    let me = script
        .json(
            Method::PATCH,
            "/api/v1/me",
            &json!({"name": "Rea", "zone": "asia/tokyo"}),
        )
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        (me["name"].as_str(), me["zone"].as_str()),
        (Some("Rea"), Some("Asia/Tokyo"))
    );
    for (wrong, pointer) in [
        (json!({"zone": "Mars/Olympus"}), "/zone"),
        (json!({"name": " "}), "/name"),
    ] {
        let refused = script.json(Method::PATCH, "/api/v1/me", &wrong).await.unwrap();
        let refused = refused.expect(422).unwrap().json().unwrap();
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    let email = json!({"email": "new@example.org"});
    script
        .json(Method::PATCH, "/api/v1/me", &email)
        .await
        .unwrap()
        .expect(422)
        .unwrap();

    script
        .get("/api/v1/me/avatar")
        .await
        .unwrap()
        .expect(404)
        .unwrap();
    let put = script.request(Method::PUT, "/api/v1/me/avatar").body(png());
    let kept = script
        .send(put)
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    let me = script.get("/api/v1/me").await.unwrap().json().unwrap();
    assert_eq!(me["avatar"], kept["avatar"]);
    script
        .get("/api/v1/me/avatar")
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    let gone = script.request(Method::DELETE, "/api/v1/me/avatar");
    script.send(gone).await.unwrap().expect(204).unwrap();

    let sessions = script.get("/api/v1/me/sessions").await.unwrap().json().unwrap();
    let id = sessions["sessions"][0]["id"].as_str().unwrap();
    let end = script.request(Method::DELETE, &format!("/api/v1/me/sessions/{id}"));
    script.send(end).await.unwrap().expect(204).unwrap();
    let after = cast.reader.client.get("/account").await.unwrap();
    assert!(after.location().unwrap().starts_with("/sign-in"));
    let tokens = script.get("/api/v1/me/tokens").await.unwrap().json().unwrap();
    let id = tokens["tokens"][0]["id"].as_str().unwrap();
    assert!(tokens["tokens"][0]["expires_at"].is_string());
    let end = script.request(Method::DELETE, &format!("/api/v1/me/tokens/{id}"));
    script.send(end).await.unwrap().expect(204).unwrap();
    script.get("/api/v1/me").await.unwrap().expect(401).unwrap();
}

#[tokio::test]
async fn another_address_is_asked_for_confirmed_and_told() {
    let cast = Cast::assemble().await;
    let reader = &cast.reader.client;
    let form = [
        ("email", "rea@example.net"),
        ("email_password", "not the password"),
    ];
    let refused = reader
        .post("/account/email", &form)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    assert!(refused.body.contains("This is not your password.") && refused.body.contains("rea@example.net"));
    let form = [("email", "rea@example.net"), ("email_password", PASSWORD)];
    reader
        .post("/account/email", &form)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    let waiting = page(reader, "/account").await;
    assert!(waiting.contains("A link is on its way") && waiting.contains("reader@example.org"));
    cast.server.mail("reader@example.org", "rea@example.net").await;
    let link = cast.server.link("rea@example.net", "/change-email/").await;

    let elsewhere = page(&cast.writer.client, &link).await;
    assert!(elsewhere.contains("This link does not work here"));
    cast.server
        .client()
        .get(&link)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    let asks = page(reader, &link).await;
    assert!(asks.contains("rea@example.net"));
    let me = reader.get("/api/v1/me").await.unwrap().json().unwrap();
    assert_eq!(me["email"], "reader@example.org", "looking changes nothing");
    assert_eq!(me["pending_email"], "rea@example.net");
    let form: [(&str, &str); 0] = [];
    reader.post(&link, &form).await.unwrap().expect(303).unwrap();
    let me = reader.get("/api/v1/me").await.unwrap().json().unwrap();
    assert_eq!(me["email"], "rea@example.net");
    assert!(me["pending_email"].is_null());
    cast.server.mail("reader@example.org", "was changed").await;
    sign_in(&cast.server, "rea@example.net").await;
}

#[tokio::test]
async fn times_follow_the_readers_zone_on_pages_only() {
    let cast = Cast::assemble().await;
    let reader = &cast.reader.client;
    assert!(page(reader, "/account").await.contains(" UTC\""));
    let form = [("name", "Rea"), ("zone", "Asia/Kathmandu")];
    reader.post("/account", &form).await.unwrap().expect(303).unwrap();
    let shown = page(reader, "/account").await;
    assert!(shown.contains(" +0545\"") && !shown.contains(" UTC\""));
    let members = page(reader, &format!("/o/{}/members", cast.org)).await;
    assert!(members.contains(" +0545\""));
    assert!(page(&cast.writer.client, "/account").await.contains(" UTC\""));
    let sessions = reader.get("/api/v1/me/sessions").await.unwrap();
    assert!(!sessions.body.contains("+05"));
    let form = [("name", "Rea"), ("zone", "Mars/Olympus")];
    reader.post("/account", &form).await.unwrap().expect(422).unwrap();
}

#[tokio::test]
async fn a_new_password_is_chosen_with_the_present_one() {
    let cast = Cast::assemble().await;
    let reader = &cast.reader.client;
    let elsewhere = sign_in(&cast.server, &cast.reader.email).await;
    let new = "nine yellow raincoats";
    let form = [("present_password", "wrong"), ("new_password", new)];
    let refused = reader
        .post("/account/password", &form)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    assert!(refused.body.contains("This is not your password."));
    let form = [("present_password", PASSWORD), ("new_password", "short")];
    reader
        .post("/account/password", &form)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    let form = [("present_password", PASSWORD), ("new_password", new)];
    reader
        .post("/account/password", &form)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    reader.get("/account").await.unwrap().expect(200).unwrap();
    elsewhere.get("/account").await.unwrap().expect(303).unwrap();
}

#[tokio::test]
async fn an_account_is_deleted_by_its_owner_alone_and_never_the_last_owner() {
    let cast = Cast::assemble().await;
    let last = page(&cast.owner.client, "/account/delete").await;
    assert!(last.contains("You are the last owner here") && !last.contains("Delete my account"));
    let form = [("email", cast.owner.email.as_str()), ("password", PASSWORD)];
    let refused = cast.owner.client.post("/account/delete", &form).await.unwrap();
    refused.expect(409).unwrap();

    let reader = &cast.reader.client;
    let asks = page(reader, "/account/delete").await;
    assert!(asks.contains("cannot be undone") && asks.contains("keep your name"));
    let form = [("email", "reader"), ("password", PASSWORD)];
    let refused = reader
        .post("/account/delete", &form)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    assert!(
        refused.body.contains("value=\"reader\""),
        "what was typed is kept"
    );
    let form = [("email", cast.reader.email.as_str()), ("password", PASSWORD)];
    let done = reader
        .post("/account/delete", &form)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    assert_eq!(done.location(), Some("/sign-in"));
    assert!(
        page(reader, "/sign-in")
            .await
            .contains("Your account is deleted.")
    );
    let members = cast.owner.client.get(&cast.api("members")).await.unwrap();
    assert!(!members.body.contains(&cast.reader.email));
    let client = cast.server.client();
    let form = [("email", cast.reader.email.as_str()), ("password", PASSWORD)];
    client.post("/sign-in", &form).await.unwrap().expect(401).unwrap();
}

#[tokio::test]
async fn whoever_has_a_broken_session_can_still_leave_it() {
    let server = TestServer::start().await;
    let long = format!("tessera_session={}", "x".repeat(4_000));
    let cookies: [&[u8]; 6] = [
        b"tessera_session=garbage",
        b"tessera_session=",
        b"tessera_session=%00%ff; tessera_session=tss_other",
        b"tessera_session=\xff\xfe",
        b";;;=;tessera_session",
        long.as_bytes(),
    ];
    for cookie in cookies {
        let shown = String::from_utf8_lossy(&cookie[..cookie.len().min(40)]).into_owned();
        for method in [Method::GET, Method::POST] {
            let answer = reqwest::Client::new()
                .request(method.clone(), format!("{}/sign-out", server.base))
                .header(COOKIE, cookie)
                .header("sec-fetch-site", "same-origin")
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{method} {shown}");
            let cleared = answer.headers().get_all(SET_COOKIE).iter();
            let cleared = cleared.filter_map(|value| value.to_str().ok());
            let cleared = cleared
                .filter(|value| value.starts_with("tessera_session=;"))
                .count();
            assert_eq!(cleared, usize::from(method == Method::POST), "{method} {shown}");
        }
    }
}
