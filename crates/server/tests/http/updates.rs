//! Updates over HTTP, by everybody and by nobody's friend.

use reqwest::Method;
use serde_json::{Value, json};
use tessera_domain::Role;
use tessera_testkit::http::Answer;

use crate::asking::{page, post};
use crate::cast::{Cast, Person, join};

/// What the sanitizer's own tests send too.
const CORPUS: &str = include_str!("../hostile/markdown.txt");

async fn call(person: &Person, method: Method, path: &str, body: &Value, status: u16) -> Answer {
    let answer = person.client.json(method, path, body).await.unwrap();
    answer.expect(status).unwrap()
}

/// Posts by the API; the update's id.
async fn posted(cast: &Cast, person: &Person, title: &str, tags: &[&str]) -> String {
    let body = json!({"title": title, "body": format!("About **{title}**"), "tags": tags});
    let answer = call(person, Method::POST, &cast.api("updates"), &body, 201).await;
    answer.json().unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_script_posts_reads_edits_and_deletes() {
    let cast = Cast::assemble().await;
    let first = posted(&cast, &cast.writer, "First", &["#Feature", "release notes"]).await;
    posted(&cast, &cast.admin, "Second", &[]).await;
    let list = cast.api("updates");
    let one = format!("{list}/{first}");
    let seen = page(&cast.reader.client, &format!("{list}?limit=1")).await;
    let seen: Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["updates"][0]["title"], "Second");
    let next = seen["next"].as_str().unwrap().replace(' ', "%20");
    let rest: Value =
        serde_json::from_str(&page(&cast.reader.client, &format!("{list}?after={next}")).await).unwrap();
    assert_eq!(
        (rest["updates"].as_array().unwrap().len(), &rest["next"]),
        (1, &Value::Null)
    );
    let update = &rest["updates"][0];
    assert_eq!(update["tags"], json!(["feature", "release-notes"]));
    assert_eq!(update["html"], "<p>About <strong>First</strong></p>\n");
    for (query, found) in [
        ("?tag=%23feature", 1),
        ("?tag=other", 0),
        ("?team=org", 2),
        ("?q=ABOUT", 2),
        (&format!("?author={}", cast.admin.account), 1),
    ] {
        let answer: Value =
            serde_json::from_str(&page(&cast.owner.client, &format!("{list}{query}")).await).unwrap();
        assert_eq!(answer["updates"].as_array().unwrap().len(), found, "{query}");
    }

    let edit = json!({"title": "First, better", "version": 1});
    let edited = call(&cast.writer, Method::PATCH, &one, &edit, 200)
        .await
        .json()
        .unwrap();
    assert_eq!(
        (&edited["version"], &edited["tags"]),
        (&json!(2), &update["tags"]),
        "tags stay"
    );
    let stale = call(&cast.admin, Method::PATCH, &one, &edit, 409)
        .await
        .json()
        .unwrap();
    assert_eq!(
        (&stale["version"], &stale["current"]["title"]),
        (&json!(2), &json!("First, better"))
    );
    call(&cast.reader, Method::PATCH, &one, &edit, 403).await;
    call(&cast.other, Method::PATCH, &one, &edit, 404).await;
    let other = join(&cast.server, cast.org, "second-writer", Role::Write).await;
    call(&other, Method::PATCH, &one, &edit, 403).await;
    call(&other, Method::DELETE, &one, &json!({}), 403).await;
    let put_right = json!({"body": "Put right", "version": 2});
    let moderated = call(&cast.admin, Method::PATCH, &one, &put_right, 200)
        .await
        .json()
        .unwrap();
    assert_eq!(moderated["moderated_by"], "admin Person");

    let heart = format!("{one}/reactions/heart");
    for _ in 0..2 {
        call(&cast.reader, Method::PUT, &heart, &json!({}), 204).await;
    }
    call(
        &cast.reader,
        Method::PUT,
        &format!("{one}/reactions/nuke"),
        &json!({}),
        404,
    )
    .await;
    let comments = format!("{one}/comments");
    call(&cast.reader, Method::POST, &comments, &json!({"text": "Hm"}), 403).await;
    let said = call(
        &cast.writer,
        Method::POST,
        &comments,
        &json!({"text": "*Hm*"}),
        201,
    )
    .await;
    let said = said.json().unwrap();
    assert_eq!(said["html"], "<p><em>Hm</em></p>\n");
    let comment = format!("{comments}/{}", said["id"].as_str().unwrap());
    call(&cast.admin, Method::PATCH, &comment, &json!({"text": "No"}), 403).await;
    call(
        &cast.writer,
        Method::PATCH,
        &comment,
        &json!({"text": "Yes"}),
        200,
    )
    .await;
    call(&other, Method::DELETE, &comment, &json!({}), 403).await;
    let seen: Value = serde_json::from_str(&page(&cast.reader.client, &one).await).unwrap();
    assert_eq!(
        seen["reactions"],
        json!([{"reaction": "heart", "count": 1, "mine": true}])
    );
    assert_eq!(seen["comments"], 1);
    call(&cast.admin, Method::DELETE, &comment, &json!({}), 204).await;
    let left: Value = serde_json::from_str(&page(&cast.writer.client, &comments).await).unwrap();
    assert_eq!(
        (&left["comments"][0]["text"], &left["comments"][0]["removed_by"]),
        (&Value::Null, &json!("admin Person"))
    );
    call(&cast.reader, Method::DELETE, &heart, &json!({}), 204).await;
    call(&cast.writer, Method::DELETE, &one, &json!({}), 204).await;
    cast.owner.client.get(&one).await.unwrap().expect(404).unwrap();
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn people_write_preview_and_read_updates_without_scripts() {
    let cast = Cast::assemble().await;
    let home = format!("/o/{}", cast.org);
    let (list, new) = (format!("{home}/updates"), format!("{home}/updates/new"));
    assert!(
        page(&cast.writer.client, &list)
            .await
            .contains("Post the first one")
    );
    assert!(!page(&cast.reader.client, &list).await.contains("Post Update"));
    cast.reader.client.get(&new).await.unwrap().expect(403).unwrap();

    let typed = [
        ("title", "News"),
        ("body", "It is **here**"),
        ("tags", "#feature, big one"),
    ];
    let preview = post(
        &cast.writer.client,
        &new,
        &[&typed[..], &[("intent", "preview")]].concat(),
        200,
    )
    .await;
    assert!(preview.body.contains("<strong>here</strong>") && preview.body.contains("not posted yet"));
    assert!(preview.body.contains("It is **here**</textarea>") && preview.body.contains("#feature, big one"));
    let wrong = [
        ("title", ""),
        ("body", "Kept as typed"),
        ("tags", "a;b"),
        ("intent", "post"),
    ];
    let refused = post(&cast.writer.client, &new, &wrong, 422).await.body;
    assert!(
        refused.contains("Fill this in.") && refused.contains("Kept as typed") && refused.contains("a;b")
    );
    assert_eq!(refused.matches("aria-invalid").count(), 2);
    let done = post(
        &cast.writer.client,
        &new,
        &[&typed[..], &[("intent", "post")]].concat(),
        303,
    )
    .await;
    let one = done.location().unwrap().to_owned();

    let seen = page(&cast.reader.client, &one).await;
    assert!(seen.contains("<strong>here</strong>") && seen.contains("#big-one"));
    assert!(!seen.contains("/edit") && !seen.contains("/delete") && !seen.contains("Your comment"));
    assert!(
        page(&cast.reader.client, &home).await.contains("News"),
        "Home tells the newest"
    );
    let filtered = page(&cast.reader.client, &format!("{list}?tag=feature")).await;
    assert!(filtered.contains("News") && filtered.contains("value=\"feature\" selected"));
    assert!(
        page(&cast.reader.client, &format!("{list}?tag=none"))
            .await
            .contains("No update matches")
    );
    assert!(
        page(&cast.admin.client, &format!("{home}/jump?q=new"))
            .await
            .contains("News")
    );

    post(
        &cast.reader.client,
        &format!("{one}/react"),
        &[("reaction", "heart on")],
        303,
    )
    .await;
    assert!(page(&cast.reader.client, &one).await.contains("heart off"));
    post(
        &cast.reader.client,
        &format!("{one}/react"),
        &[("reaction", "nuke on")],
        422,
    )
    .await;
    let comments = format!("{one}/comments");
    post(
        &cast.reader.client,
        &comments,
        &[("text", "Hm"), ("intent", "comment")],
        403,
    )
    .await;
    let looked = post(&cast.admin.client, &comments, &[("text", "*Hm*")], 200)
        .await
        .body;
    assert!(looked.contains("<em>Hm</em>") && looked.contains("*Hm*</textarea>"));
    post(
        &cast.admin.client,
        &comments,
        &[("text", " "), ("intent", "comment")],
        422,
    )
    .await;
    post(
        &cast.admin.client,
        &comments,
        &[("text", "*Hm*"), ("intent", "comment")],
        303,
    )
    .await;
    let seen = page(&cast.admin.client, &one).await;
    let own = between(&seen, &format!("{comments}/"), "/edit");
    let edited = [("text", "Better"), ("intent", "save")];
    post(
        &cast.owner.client,
        &format!("{comments}/{own}/edit"),
        &edited,
        403,
    )
    .await;
    post(
        &cast.admin.client,
        &format!("{comments}/{own}/edit"),
        &edited,
        303,
    )
    .await;
    post(&cast.owner.client, &format!("{comments}/{own}/delete"), &[], 422).await;
    post(
        &cast.owner.client,
        &format!("{comments}/{own}/delete"),
        &[("confirm", "delete")],
        303,
    )
    .await;
    assert!(
        page(&cast.admin.client, &one)
            .await
            .contains("was deleted by Olga Owner")
    );

    let gone = format!("{one}/delete");
    assert!(page(&cast.owner.client, &gone).await.contains("Delete “News”"));
    post(&cast.owner.client, &gone, &[], 422).await;
    post(&cast.owner.client, &gone, &[("confirm", "delete")], 303).await;
    let late = [&typed[..], &[("intent", "post"), ("base", "1")]].concat();
    let kept = post(&cast.writer.client, &format!("{one}/edit"), &late, 409)
        .await
        .body;
    assert!(
        kept.contains("deleted meanwhile") && kept.contains("It is **here**"),
        "{kept}"
    );
    cast.writer.client.get(&one).await.unwrap().expect(404).unwrap();
}

/// What stands between two texts.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = &page[page.find(before).unwrap() + before.len()..];
    &rest[..rest.find(after).unwrap()]
}

#[tokio::test]
async fn the_second_editor_sees_the_firsts_text_and_keeps_their_own() {
    let cast = Cast::assemble().await;
    let id = posted(&cast, &cast.writer, "Plan", &[]).await;
    let edit = format!("/o/{}/updates/{id}/edit", cast.org);
    let form = |title: &'static str, body: &'static str, base: &'static str| {
        [
            ("title", title),
            ("body", body),
            ("tags", "#plan"),
            ("base", base),
            ("intent", "post"),
        ]
    };
    let opened = page(&cast.admin.client, &edit).await;
    assert!(opened.contains("an update by writer Person") && opened.contains("name=\"base\" value=\"1\""));
    post(&cast.admin.client, &edit, &form("Their plan", "Theirs", "1"), 303).await;
    let late = post(&cast.writer.client, &edit, &form("My plan", "Mine", "1"), 409)
        .await
        .body;
    for shown in [
        "admin Person saved first",
        "Their plan",
        "Theirs",
        "My plan",
        "Mine</textarea>",
        "value=\"2\"",
    ] {
        assert!(late.contains(shown), "{shown}");
    }
    post(&cast.writer.client, &edit, &form("My plan", "Mine", "2"), 303).await;
    let seen = page(&cast.reader.client, edit.trim_end_matches("/edit")).await;
    assert!(seen.contains("My plan") && seen.contains("edited by admin Person"));
}

#[tokio::test]
async fn a_team_has_a_feed_of_its_own_and_a_voice() {
    let cast = Cast::assemble().await;
    let app = &cast.server.running.site.app;
    let owner = tessera_app::Actor::System("test");
    let name = "Design".parse().unwrap();
    let team = tessera_app::teams::create(app, &owner, cast.org, &name)
        .await
        .unwrap();
    let body = json!({"title": "For us", "body": "x", "team": team});
    call(&cast.writer, Method::POST, &cast.api("updates"), &body, 403).await;
    tessera_app::teams::add(app, &owner, cast.org, team, &[cast.writer.account])
        .await
        .unwrap();
    call(&cast.writer, Method::POST, &cast.api("updates"), &body, 201).await;
    let place = format!("/o/{}/teams/{team}", cast.org);
    let seen = page(&cast.writer.client, &place).await;
    assert!(seen.contains("For us") && seen.contains("updates/new?team="));
    let seen = page(&cast.reader.client, &place).await;
    assert!(
        seen.contains("For us") && !seen.contains("updates/new"),
        "everybody reads it"
    );

    let new = format!("/o/{}/updates/new", cast.org);
    let editor = page(&cast.writer.client, &format!("{new}?team={team}")).await;
    assert!(editor.contains(&format!("value=\"{team}\" selected")) && !editor.contains("as its voice"));
    let spoken = format!("{team} voice");
    let form = [
        ("title", "We say"),
        ("body", "x"),
        ("place", spoken.as_str()),
        ("intent", "post"),
    ];
    post(&cast.writer.client, &new, &form, 403).await;
    tessera_app::teams::set_lead(app, &owner, cast.org, team, cast.writer.account, true)
        .await
        .unwrap();
    assert!(
        page(&cast.writer.client, &new)
            .await
            .contains("Design, as its voice")
    );
    let done = post(&cast.writer.client, &new, &form, 303).await;
    let seen = page(&cast.reader.client, done.location().unwrap()).await;
    assert!(seen.contains("Design, by writer Person"));
    tessera_app::teams::delete(app, &owner, cast.org, team)
        .await
        .unwrap();
    cast.reader
        .client
        .get(done.location().unwrap())
        .await
        .unwrap()
        .expect(404)
        .unwrap();
    let gone = [
        ("title", "Late"),
        ("body", "Long text"),
        ("place", spoken.as_str()),
        ("intent", "post"),
    ];
    let kept = post(&cast.writer.client, &new, &gone, 409).await.body;
    assert!(kept.contains("Long text") && kept.contains("Your text is kept here."));
}

#[tokio::test]
async fn hostile_text_is_shown_as_text_or_refused() {
    let cast = Cast::assemble().await;
    let list = cast.api("updates");
    let long = "x".repeat(1024 * 1024);
    call(
        &cast.writer,
        Method::POST,
        &list,
        &json!({"title": long, "body": "x"}),
        413,
    )
    .await;
    let many: Vec<String> = (0..10_000).map(|number| format!("tag{number}")).collect();
    for wrong in [
        json!({"title": "x".repeat(121), "body": "x"}),
        json!({"title": "a\0b", "body": "x"}),
        json!({"title": "a\u{202e}b", "body": "x"}),
        json!({"title": "x", "body": "\0"}),
        json!({"title": "x", "body": ""}),
        json!({"title": "x", "body": "x".repeat(20_001)}),
        json!({"title": "x", "body": "x", "tags": ["a,b"]}),
        json!({"title": "x", "body": "x", "tags": many}),
        json!({"title": "x", "body": "x", "surprise": true}),
        json!({"title": "x", "body": "x", "as_team": true}),
    ] {
        let refused = call(&cast.writer, Method::POST, &list, &wrong, 422).await;
        assert!(!refused.body.contains('\0'));
    }
    let deep = [
        "> ".repeat(9_900),
        "- ".repeat(9_900),
        "[".repeat(19_000),
        "*a _b ".repeat(3_000),
    ];
    // What nobody can see is refused with its place, and so never comes as far as a page.
    let all = CORPUS.replace("\n%%\n", "\n\n").replace('\u{200b}', "");
    let wide: Vec<String> = all
        .chars()
        .collect::<Vec<_>>()
        .chunks(15_000)
        .map(|part| part.iter().collect())
        .collect();
    for text in deep.into_iter().chain(wide) {
        let body = json!({"title": "<script>alert(1)</script>", "body": text, "tags": ["ok"]});
        let made = call(&cast.writer, Method::POST, &list, &body, 201)
            .await
            .json()
            .unwrap();
        let one = format!("/o/{}/updates/{}", cast.org, made["id"].as_str().unwrap());
        let said = [
            (
                "text",
                &text[..text.char_indices().nth(3_900).map_or(text.len(), |(at, _)| at)],
            ),
            ("intent", "comment"),
        ];
        post(&cast.writer.client, &format!("{one}/comments"), &said, 303).await;
        for shown in [
            page(&cast.reader.client, &one).await,
            page(&cast.admin.client, &format!("{one}/edit")).await,
        ] {
            assert_eq!(tessera_testkit::harmless::harm(&shown), Vec::<String>::new());
        }
    }
    page(&cast.reader.client, &format!("/o/{}/updates", cast.org)).await;
}
