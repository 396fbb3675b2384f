//! Members in a browser and by script: found, changed many at once, exported.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};
use tessera_app::seeding::{self, NewMember};
use tessera_domain::Role;
use tessera_testkit::http::Client;

use crate::asking::{page, post};
use crate::cast::{Cast, enrol};

pub(crate) async fn read(client: &Client, path: &str) -> Value {
    client
        .get(path)
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap()
}

/// The value of a hidden control of a page.
fn pending(page: &str) -> String {
    let start = page.find("name=\"pending\"").unwrap();
    let text = &page[start..];
    let from = text.find('>').unwrap() + 1;
    text[from..text.find("</textarea>").unwrap()].to_owned()
}

async fn crowd(cast: &Cast, count: usize) {
    let people: Vec<_> = (0..count)
        .map(|number| NewMember {
            name: format!("Crowd {number:03}").parse().unwrap(),
            email: format!("crowd{number:03}@example.org").parse().unwrap(),
            role: if number.is_multiple_of(2) {
                Role::Read
            } else {
                Role::Write
            },
        })
        .collect();
    seeding::members(&cast.server.running.site.app, cast.org, &people)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_script_pages_filters_and_sorts() {
    let cast = Cast::assemble().await;
    crowd(&cast, 30).await;
    let reader = &cast.reader.client;
    for sort in ["", "&sort=name", "&sort=joined", "&sort=role"] {
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let path = cast.api(&format!("members?limit=7{sort}{after}"));
            let found = read(reader, &path).await;
            assert_eq!(found["total"], 34);
            let members = found["members"].as_array().unwrap().clone();
            seen.extend(
                members
                    .iter()
                    .map(|member| member["id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = found["next"].as_str() else { break };
            after = format!("&after={}", utf8_percent_encode(next, NON_ALPHANUMERIC));
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((all, seen.len()), (34, 34), "{sort}: each once");
    }
    for (query, total) in [
        ("q=CROWD01", 10),
        ("role=owner", 1),
        ("role=write", 16),
        ("device=none", 33),
        ("device=behind", 1),
        ("device=current", 0),
        ("q=crowd&role=read&device=none", 15),
        ("q=%25", 0),
    ] {
        let found = read(reader, &cast.api(&format!("members?{query}"))).await;
        assert_eq!(found["total"], total, "{query}");
    }
    for (query, pointer) in [
        ("after=nonsense", "/after"),
        ("after=%00", ""),
        ("sort=role&after=acct_1%20x", "/after"),
        ("role=emperor", "/role"),
        ("team=scouts", "/team"),
        ("device=lost", "/device"),
        ("sort=salary", "/sort"),
        ("limit=many", "/limit"),
    ] {
        let path = cast.api(&format!("members?{query}"));
        let refused = reader.get(&path).await.unwrap().expect(422).unwrap();
        let refused = refused.json().unwrap();
        let said = refused["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert_eq!(said, pointer, "{query}");
    }
    let one = read(reader, &cast.api(&format!("members/{}", cast.writer.account))).await;
    assert_eq!(
        (one["role"].as_str(), one["teams"].as_array().unwrap().len()),
        (Some("write"), 0)
    );
}

#[tokio::test]
async fn a_set_of_changes_is_made_whole_or_not_at_all() {
    let cast = Cast::assemble().await;
    let (admin, path) = (&cast.admin.client, cast.api("members"));
    let (writer, reader) = (cast.writer.account, cast.reader.account);
    let patch = async |body: Value, status: u16| {
        let answer = admin.json(Method::PATCH, &path, &body).await.unwrap();
        answer.expect(status).unwrap().json().unwrap()
    };
    let refused = patch(
        json!({"members": [
            {"id": writer, "role": "read"},
            {"id": cast.owner.account, "role": "read"},
            {"id": reader, "role": "owner"},
        ]}),
        403,
    )
    .await;
    let pointers: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/members/1", "/members/2"]);
    let overtaken = json!({"members": [{"id": writer, "role": "admin", "was": "read"}]});
    assert!(
        patch(overtaken, 409).await["detail"]
            .as_str()
            .unwrap()
            .contains("meanwhile")
    );
    let twice = json!({"members": [{"id": writer, "role": "read"}, {"id": writer, "role": "admin"}]});
    patch(twice, 422).await;
    let stranger = json!({"members": [{"id": cast.stranger.account, "role": "read"}]});
    patch(stranger, 422).await;
    patch(json!({"members": [{"id": writer, "salary": 3}]}), 422).await;
    let many: Vec<Value> = (0..10_001)
        .map(|_| json!({"id": writer, "role": "read"}))
        .collect();
    patch(json!({"members": many}), 413).await;
    assert_eq!(
        patch(json!({"members": []}), 200).await,
        json!({"roles": 0, "places": 0})
    );
    let one = read(admin, &cast.api(&format!("members/{writer}"))).await;
    assert_eq!(one["role"], "write", "nothing of all that was done");
    let done =
        json!({"members": [{"id": writer, "role": "read", "was": "write"}, {"id": reader, "role": "write"}]});
    assert_eq!(patch(done, 200).await, json!({"roles": 2, "places": 0}));
}

#[tokio::test]
async fn many_are_changed_behind_the_save_bar() {
    let cast = Cast::assemble().await;
    crowd(&cast, 60).await;
    let (owner, home) = (&cast.owner.client, format!("/o/{}", cast.org));
    let list = format!("{home}/members");
    // All that match the filter, over every page, and one row by itself.
    let narrowed = format!("{list}?q=crowd&role=read");
    let shown = page(owner, &narrowed).await;
    assert!(shown.contains("all 30 members that match"), "{shown}");
    let form = [("scope", "all"), ("bulk_role", "admin"), ("intent", "review")];
    let review = post(owner, &narrowed, &form, 200).await.body;
    assert!(review.contains("30 members: 30 roles") && review.contains("Crowd 000"));
    let edits = pending(&review);
    assert_eq!(edits.lines().count(), 30);
    let send = format!("{home}/members/review?q=crowd&role=read");
    // Back to editing shows what was chosen.
    let back = [
        ("pending", edits.as_str()),
        ("scope", "all"),
        ("bulk_role", "admin"),
        ("intent", "back"),
    ];
    let back = post(owner, &send, &back, 200).await.body;
    assert!(
        back.contains("<option value=\"admin\" selected") && back.contains("<option value=\"all\" selected")
    );
    let save = [("pending", edits.as_str()), ("intent", "save")];
    post(owner, &send, &save, 303).await;
    assert!(page(owner, &list).await.contains("30 roles are changed"));
    let admins = read(owner, &cast.api("members?role=admin")).await;
    assert_eq!(admins["total"], 31);

    // Another admin was faster: theirs is shown, nothing is lost, and saving once more means it.
    let writer = cast.writer.account.to_string();
    let (role, was) = (format!("role.{writer}"), format!("was.{writer}"));
    let form = [
        (role.as_str(), "read"),
        (was.as_str(), "write"),
        ("intent", "review"),
    ];
    let review = post(owner, &list, &form, 200).await.body;
    assert!(review.contains("may no longer: post updates"), "{review}");
    let mine = pending(&review);
    let path = cast.api(&format!("members/{writer}"));
    let theirs = json!({"role": "admin"});
    cast.admin
        .client
        .json(Method::PATCH, &path, &theirs)
        .await
        .unwrap()
        .expect(204)
        .unwrap();
    let save = [("pending", mine.as_str()), ("intent", "save")];
    let again = post(owner, &format!("{home}/members/review"), &save, 409)
        .await
        .body;
    assert!(again.contains("Somebody else changed one of these members"));
    assert!(again.contains("You saw Write; somebody else made them Admin."));
    let mine = pending(&again);
    let save = [("pending", mine.as_str()), ("intent", "save")];
    post(owner, &format!("{home}/members/review"), &save, 303).await;
    assert_eq!(read(owner, &path).await["role"], "read");

    // The refused may be left out.
    let owner_id = cast.owner.account.to_string();
    let both = format!("{owner_id} owner read\n{writer} read write");
    let form = [("pending", both.as_str()), ("intent", "save")];
    let refused = post(owner, &format!("{home}/members/review"), &form, 409)
        .await
        .body;
    assert!(refused.contains("last owner") && refused.contains("Leave out the refused"));
    let form = [("pending", both.as_str()), ("intent", "without")];
    let rest = post(owner, &format!("{home}/members/review"), &form, 200)
        .await
        .body;
    assert_eq!(pending(&rest).lines().count(), 1);
    for forged in ["nonsense", "acct_1 * *", &format!("{writer} * * +x")] {
        let form = [("pending", forged), ("intent", "save")];
        post(owner, &format!("{home}/members/review"), &form, 422).await;
    }
    let form = [
        ("pick", writer.as_str()),
        ("bulk_role", "owner"),
        ("intent", "save"),
    ];
    post(&cast.reader.client, &list, &form, 403).await;
    post(&cast.other.client, &list, &form, 404).await;
}

#[tokio::test]
async fn a_members_page_shows_to_each_what_they_may_see() {
    let cast = Cast::assemble().await;
    let home = format!("/o/{}", cast.org);
    let device = enrol(&cast.server, cast.org, cast.writer.account, "writers-desk").await;
    let path = format!("{home}/members/{}", cast.writer.account);
    let seen = page(&cast.admin.client, &path).await;
    for part in [
        "writers-desk",
        "/remove",
        "Sign out everywhere",
        "View effective settings",
        "name=\"role\"",
    ] {
        assert!(seen.contains(part), "{part}");
    }
    assert!(!seen.contains("/transfer"), "an admin hands nothing over");
    let own = page(&cast.writer.client, &path).await;
    assert!(own.contains("writers-desk") && own.contains("/leave") && !own.contains("/remove"));
    let other = page(&cast.reader.client, &path).await;
    for part in [
        "writers-desk",
        "/remove",
        "Sign out everywhere",
        "/settings\"",
        "name=\"role\"",
    ] {
        assert!(!other.contains(part), "{part}");
    }
    let settings = page(&cast.admin.client, &(path.clone() + "/settings")).await;
    assert!(settings.contains("Effective settings of writer Person") && settings.contains("built-in"));
    cast.reader
        .client
        .get(&(path.clone() + "/settings"))
        .await
        .unwrap()
        .expect(403)
        .unwrap();
    let stranger = format!("{home}/members/{}", cast.stranger.account);
    for rest in ["", "/settings", "/sign-out", "/remove"] {
        let answer = cast.owner.client.get(&(stranger.clone() + rest)).await.unwrap();
        answer.expect(404).unwrap();
    }
    // Role and teams are edited there by the same way.
    let form = [("was", "write"), ("role", "read"), ("intent", "review")];
    let review = post(&cast.admin.client, &path, &form, 200).await.body;
    assert!(review.contains(&format!("action=\"{path}\"")));
    let edits = pending(&review);
    let form = [
        ("pending", edits.as_str()),
        ("was", "write"),
        ("role", "read"),
        ("intent", "save"),
    ];
    post(&cast.admin.client, &path, &form, 303).await;
    assert!(
        page(&cast.admin.client, &path)
            .await
            .contains("1 role is changed")
    );
    drop(device);
}

#[tokio::test]
async fn the_export_is_whole_and_harmless() {
    let cast = Cast::assemble().await;
    crowd(&cast, 1_005).await;
    let evil = NewMember {
        name: "=HYPERLINK(\"http://evil\")".parse().unwrap(),
        email: "evil@example.org".parse().unwrap(),
        role: Role::Read,
    };
    seeding::members(&cast.server.running.site.app, cast.org, &[evil])
        .await
        .unwrap();
    let path = format!("/o/{}/members.csv", cast.org);
    let all = cast.admin.client.get(&path).await.unwrap().expect(200).unwrap();
    assert_eq!(all.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(all.body.lines().count(), 1 + 4 + 1_005 + 1);
    assert!(all.body.contains("\"'=HYPERLINK(\"\"http://evil\"\")\""));
    let some = page(
        &cast.admin.client,
        &format!("{path}?q=crowd&role=write&sort=joined"),
    )
    .await;
    assert_eq!(some.lines().count(), 1 + 502);
    cast.reader.client.get(&path).await.unwrap().expect(403).unwrap();
    cast.other.client.get(&path).await.unwrap().expect(404).unwrap();
}
