//! Inviting many: by script and in a browser, with files as people and mischief write them.

use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::http::{Answer, Client};

use crate::asking::page;
use crate::cast::Cast;

async fn preview(cast: &Cast, kind: &str, body: impl Into<reqwest::Body>) -> Answer {
    let client = &cast.admin.client;
    let request = client
        .request(Method::POST, &cast.api("invitations/preview"))
        .header("content-type", kind)
        .body(body);
    client.send(request).await.unwrap()
}

async fn get(client: &Client, path: &str) -> Value {
    client
        .get(path)
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap()
}

async fn set_seats(cast: &Cast, seats: u64) {
    let store = &cast.server.running.site.app.store;
    let mut tx = store.begin().await.unwrap();
    tx.set_seats(cast.org, Some(seats)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_script_previews_and_sends_a_list() {
    let cast = Cast::assemble().await;
    set_seats(&cast, 6).await;
    let csv = "Email;Role\nana@example.org;READ\nben@example.org;\nreader@example.org;read\nANA@example.org;read\n\
        cyd@example.org;owner\ndan@example.org;write\neve@example.org;write\n";
    let seen = preview(&cast, "text/csv", csv)
        .await
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        seen["counts"],
        json!({"ready": 2, "malformed": 2, "duplicate": 1, "invited": 0, "member": 1, "no_seat": 1})
    );
    assert_eq!(
        seen["rows"][0],
        json!({"line": 2, "input": "ana@example.org;READ", "state": "ready", "reason": null})
    );
    let states: Vec<&str> = seen["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        [
            "ready",
            "malformed",
            "member",
            "duplicate",
            "malformed",
            "ready",
            "no_seat"
        ]
    );
    assert!(
        seen["rows"][4]["reason"]
            .as_str()
            .unwrap()
            .contains("Only an owner")
    );
    let seats = get(&cast.admin.client, &cast.api("seats")).await;
    assert_eq!(
        seats,
        json!({"total": 6, "used": 4, "held": 0, "free": 2}),
        "a preview changes nothing"
    );

    let list = json!([
        {"email": "ana@example.org", "role": "Read"},
        {"email": "reader@example.org", "role": "read"},
        {"email": "ben@example.org"},
        {"email": "dan@example.org", "role": "WRITE", "teams": ["Ghosts"]},
        {"email": "dan@example.org", "role": "WRITE", "teams": []},
        {"email": "eve@example.org", "role": "write"},
    ]);
    let same = preview(&cast, "application/json", list.to_string())
        .await
        .expect(200)
        .unwrap();
    assert_eq!(same.json().unwrap()["counts"]["ready"], 2);
    let client = &cast.admin.client;
    let path = cast.api("invitations");
    let send = || client.json(Method::POST, &path, &list);
    let sent = send().await.unwrap().expect(200).unwrap().json().unwrap();
    let states = |answer: &Value| {
        let rows = answer["rows"].as_array().unwrap().iter();
        rows.map(|row| row["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        states(&sent),
        ["sent", "member", "malformed", "malformed", "sent", "no_seat"]
    );
    assert!(sent["rows"][0]["id"].as_str().unwrap().starts_with("inv_"));
    let again = send().await.unwrap().expect(200).unwrap().json().unwrap();
    assert_eq!(
        states(&again),
        [
            "invited",
            "member",
            "malformed",
            "malformed",
            "invited",
            "no_seat"
        ]
    );
    let seats = get(client, &cast.api("seats")).await;
    assert_eq!(seats, json!({"total": 6, "used": 4, "held": 2, "free": 0}));
    cast.server.link("dan@example.org", "/invitations/tsl_").await;
}

#[tokio::test]
async fn a_script_pages_changes_and_ends_invitations() {
    let cast = Cast::assemble().await;
    let (client, path) = (&cast.owner.client, cast.api("invitations"));
    let one = json!({"email": "Ana@example.org", "role": "ADMIN"});
    let made = client
        .json(Method::POST, &path, &one)
        .await
        .unwrap()
        .expect(201)
        .unwrap();
    let id = made.json().unwrap()["id"].as_str().unwrap().to_owned();
    let twice = client
        .json(Method::POST, &path, &one)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    assert_eq!(twice.json().unwrap()["errors"][0]["pointer"], "/email");
    for (body, pointer) in [
        (json!({"email": "x@example.org"}), "/role"),
        (json!({"email": "x", "role": "read"}), "/email"),
        (
            json!({"email": "x@example.org", "role": "read", "teams": ["Ghosts"]}),
            "/teams",
        ),
    ] {
        let refused = client
            .json(Method::POST, &path, &body)
            .await
            .unwrap()
            .expect(422)
            .unwrap();
        assert_eq!(refused.json().unwrap()["errors"][0]["pointer"], pointer, "{body}");
    }
    for name in ["ben", "cyd"] {
        let body = json!({"email": format!("{name}@example.org"), "role": "read"});
        client
            .json(Method::POST, &path, &body)
            .await
            .unwrap()
            .expect(201)
            .unwrap();
    }
    let first = get(client, &format!("{path}?limit=2")).await;
    assert_eq!(first["invitations"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let rest = get(client, &format!("{path}?limit=2&after={next}")).await;
    assert_eq!(
        (&rest["invitations"][0]["email"], &rest["next"]),
        (&json!("Ana@example.org"), &Value::Null)
    );
    let found = get(client, &format!("{path}?q=BEN")).await;
    assert_eq!(found["invitations"].as_array().unwrap().len(), 1);
    client
        .get(&format!("{path}?after=nonsense"))
        .await
        .unwrap()
        .expect(422)
        .unwrap();

    let this = format!("{path}/{id}");
    let changed = client
        .json(Method::PATCH, &this, &json!({"role": "Write"}))
        .await
        .unwrap();
    let changed = changed.expect(200).unwrap().json().unwrap();
    assert_eq!(
        (&changed["role"], &changed["state"]),
        (&json!("write"), &json!("pending"))
    );
    client
        .json(Method::PATCH, &this, &json!({"role": "boss"}))
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    client
        .json(Method::PATCH, &this, &json!({"teams": ["Ghosts"]}))
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    let gone = client.request(Method::DELETE, &this);
    client.send(gone).await.unwrap().expect(204).unwrap();
    let late = client
        .json(Method::PATCH, &this, &json!({"role": "read"}))
        .await
        .unwrap();
    late.expect(409).unwrap();
    assert_eq!(
        get(client, &cast.api("seats")).await,
        json!({"total": null, "used": 4, "held": 2, "free": null})
    );
}

#[tokio::test]
async fn a_hostile_list_is_refused_in_plain_words() {
    let cast = Cast::assemble().await;
    for (body, status, says) in [
        (Vec::new(), 422, "nobody"),
        (b"email,role\n".to_vec(), 422, "header"),
        (b"ana@example.org,read\nb\0b,read".to_vec(), 422, "NUL"),
        (b"ana@example.org,read\n\xff\xfe\xfd".to_vec(), 422, "UTF-8"),
        (vec![0x89, b'P', b'N', b'G', 0, 1, 2, 3], 422, ""),
        (b"x@example.org,read\n".repeat(10_001), 413, "10000"),
        (vec![b'a'; 9 * 1024 * 1024], 413, "large"),
    ] {
        let answer = preview(&cast, "text/csv", body).await.expect(status).unwrap();
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
    }
    let line = preview(&cast, "text/csv", vec![b'a'; 7 * 1024 * 1024])
        .await
        .expect(200)
        .unwrap();
    assert!(line.body.len() < 1_000, "a long line is cut");
    preview(&cast, "image/png", "x").await.expect(415).unwrap();
    let nested = preview(&cast, "application/json", "[".repeat(100_000)).await;
    assert!(nested.status.is_client_error());
    let wrong = preview(&cast, "application/json", r#"[{"email": 7}]"#).await;
    wrong.expect(422).unwrap();
}

/// Posts a file as a browser does.
async fn upload(cast: &Cast, name: &str, bytes: Vec<u8>) -> Answer {
    let client = &cast.owner.client;
    let path = format!("/o/{}/members/invite/file", cast.org);
    let head = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: text/csv\r\n\r\n"
    );
    let body = [head.as_bytes(), &bytes, b"\r\n--edge--\r\n"].concat();
    let request = client
        .request(Method::POST, &path)
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body);
    client.send(request).await.unwrap()
}

#[tokio::test]
async fn a_file_is_looked_at_chosen_from_sent_and_followed() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let csv = "ana@example.org,read\nben@example.org,write\n=cmd()@x,read\n<b>@example,admin\n";
    let kept = upload(&cast, "spring.csv", csv.into()).await.expect(303).unwrap();
    let list = kept.location().unwrap().to_owned();
    let shown = page(owner, &list).await;
    assert!(
        shown.contains("Nobody is invited yet") && shown.contains("spring.csv"),
        "{shown}"
    );
    assert!(shown.contains("2 people are chosen") && !shown.contains("<b>@example"));
    assert!(
        page(owner, &format!("{list}?state=malformed"))
            .await
            .contains("=cmd()@x")
    );
    // Nobody else sees it.
    cast.admin.client.get(&list).await.unwrap().expect(404).unwrap();

    let nobody = [("shown", "0"), ("shown", "1"), ("intent", "send")];
    let refused = owner.post(&list, &nobody).await.unwrap().expect(422).unwrap();
    assert!(refused.body.contains("Choose at least one person"));
    let one = [
        ("shown", "0"),
        ("shown", "1"),
        ("row", "1"),
        ("row", "3"),
        ("intent", "send"),
    ];
    owner.post(&list, &one).await.unwrap().expect(303).unwrap();
    cast.server.link("ben@example.org", "/invitations/tsl_").await;
    let done = loop {
        let shown = page(owner, &list).await;
        if !shown.contains(">Refresh</a>") {
            break shown;
        }
        tokio::task::yield_now().await;
    };
    assert!(done.contains("1 of 1 dealt with, 1 invited"), "{done}");
    let pending = page(owner, &format!("/o/{}/invitations", cast.org)).await;
    assert!(pending.contains("ben@example.org") && !pending.contains("ana@example.org"));
    let csv = owner
        .get(&format!("{list}/refused.csv"))
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert!(
        csv.body.contains("'=cmd()@x") && csv.body.contains("malformed"),
        "{}",
        csv.body
    );
    assert!(!csv.body.contains("ben@example.org"));
}

#[tokio::test]
async fn typed_rows_and_a_pasted_list_become_one_preview() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let form = format!("/o/{}/members/invite", cast.org);
    let more = [("email", "ana@example.org"), ("role", "write"), ("intent", "add")];
    let shown = owner.post(&form, &more).await.unwrap().expect(200).unwrap().body;
    assert!(
        shown.contains("email-1") && shown.contains("ana@example.org") && shown.contains("Select a role…")
    );

    let unset = [
        ("email", "ana@example.org"),
        ("role", ""),
        ("pasted", "ben@example.org"),
        ("pasted_role", ""),
        ("intent", "send"),
    ];
    let again = owner.post(&form, &unset).await.unwrap().expect(422).unwrap().body;
    assert_eq!(again.matches("Select a role.<").count(), 2, "{again}");
    assert!(again.contains("ben@example.org"), "what was pasted is kept");

    let both = [
        ("email", "ana@example.org"),
        ("role", "write"),
        ("pasted", "Ben <ben@example.org>; reader@example.org"),
        ("pasted_role", "read"),
        ("intent", "send"),
    ];
    let kept = owner.post(&form, &both).await.unwrap().expect(303).unwrap();
    let shown = page(owner, kept.location().unwrap()).await;
    assert!(
        shown.contains("3 addresses") && shown.contains("already a member"),
        "{shown}"
    );
    let dropped = owner
        .post(kept.location().unwrap(), &[("intent", "discard")])
        .await
        .unwrap();
    dropped.expect(303).unwrap();
    owner
        .get(kept.location().unwrap())
        .await
        .unwrap()
        .expect(404)
        .unwrap();
}

#[tokio::test]
async fn a_broken_file_keeps_the_page_and_a_dead_link_has_one() {
    let cast = Cast::assemble().await;
    let broken = upload(&cast, "people.xlsx", b"PK\x03\x04\0\0".to_vec())
        .await
        .expect(422)
        .unwrap();
    assert!(
        broken.body.contains("This file could not be read") && broken.body.contains("Nobody was invited")
    );
    upload(&cast, "empty.csv", Vec::new()).await.expect(422).unwrap();
    let many = "x@example.org,read\n".repeat(10_001).into_bytes();
    upload(&cast, "many.csv", many).await.expect(413).unwrap();

    let unknown = cast
        .server
        .client()
        .get("/invitations/tsl_never")
        .await
        .unwrap()
        .expect(404)
        .unwrap();
    assert!(unknown.body.contains("This link does not work") && unknown.body.contains("newest mail"));
    set_seats(&cast, 4).await;
    let full = page(&cast.owner.client, &format!("/o/{}/members/invite", cast.org)).await;
    assert!(full.contains("No seats available") && full.contains("whoever runs this Tessera"));
}

#[tokio::test]
async fn a_pending_invitation_is_found_and_offers_something_else() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let list = format!("/o/{}/invitations", cast.org);
    let made = json!({"email": "ana@example.org", "role": "read"});
    let made = owner
        .json(Method::POST, &cast.api("invitations"), &made)
        .await
        .unwrap();
    let id = made.expect(201).unwrap().json().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        page(owner, &format!("{list}?q=ANA"))
            .await
            .contains("ana@example.org")
    );
    assert!(
        page(owner, &format!("{list}?q=zz"))
            .await
            .contains("No invitation matches")
    );
    let edit = format!("{list}/{id}/edit");
    assert!(page(owner, &edit).await.contains("Invitation of ana@example.org"));
    owner
        .post(&edit, &[("role", "boss"), ("intent", "save")])
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    owner
        .post(&edit, &[("role", "admin"), ("intent", "save")])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    assert!(
        page(owner, &list)
            .await
            .contains("<td data-label=\"Role\">Admin</td>")
    );
}
