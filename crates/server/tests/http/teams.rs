//! Teams as people and scripts meet them: seen by everybody, managed by admins, led by their leads.

use reqwest::Method;
use serde_json::{Value, json};
use tessera_app::seeding::{self, NewMember};
use tessera_domain::Role;
use tessera_testkit::http::Client;

use crate::asking::{page, post};
use crate::cast::Cast;

const MARKUP: &str = "<script>alert(1)</script>";

async fn call(client: &Client, method: Method, path: &str, body: &Value, status: u16) -> Value {
    let answer = client.json(method, path, body).await.unwrap();
    let answer = answer.expect(status).unwrap();
    answer.json().unwrap_or(Value::Null)
}

/// Creates a team through the form; its path.
async fn create(cast: &Cast, name: &str) -> String {
    let made = post(
        &cast.admin.client,
        &format!("/o/{}/teams", cast.org),
        &[("name", name)],
        303,
    )
    .await;
    made.location().unwrap().to_owned()
}

#[tokio::test]
async fn a_team_is_made_renamed_and_deleted_by_hand() {
    let cast = Cast::assemble().await;
    let (admin, list) = (&cast.admin.client, format!("/o/{}/teams", cast.org));
    assert!(page(&cast.reader.client, &list).await.contains("No teams yet"));
    for (name, said) in [
        ("", "Fill this in"),
        (&"x".repeat(61), "60"),
        ("a\u{202e}b", "name"),
    ] {
        let again = post(admin, &list, &[("name", name)], 422).await.body;
        assert!(again.contains("aria-invalid") || again.contains(said), "{name:?}");
    }
    let design = create(&cast, MARKUP).await;
    let shown = page(admin, &design).await;
    assert!(
        !shown.contains(MARKUP) && shown.contains("&#60;script&#62;"),
        "{shown}"
    );
    let taken = post(admin, &list, &[("name", &MARKUP.to_uppercase())], 409)
        .await
        .body;
    assert!(taken.contains("A team with this name exists."));

    post(admin, &format!("{design}/rename"), &[("name", "Design")], 303).await;
    let home = page(&cast.reader.client, &format!("/o/{}", cast.org)).await;
    assert!(
        home.contains(&format!("href=\"{design}\"")),
        "the sidebar leads to it"
    );
    assert!(!home.contains("Create team"));
    assert!(
        page(admin, &format!("/o/{}", cast.org))
            .await
            .contains("Create team")
    );

    let settings = format!("/o/{}/settings/teams", cast.org);
    let shown = page(admin, &settings).await;
    assert!(shown.contains("Delete Design") && shown.contains(&format!("{design}/delete")));
    let asked = page(admin, &format!("{design}/delete")).await;
    assert!(asked.contains("Delete Design") && asked.contains("Nobody is in it."));
    post(admin, &format!("{design}/delete"), &[], 422).await;
    let gone = post(admin, &format!("{design}/delete"), &[("confirm", "delete")], 303).await;
    assert_eq!(gone.location(), Some(settings.as_str()));
    admin.get(&design).await.unwrap().expect(404).unwrap();
    post(admin, &format!("{design}/delete"), &[("confirm", "delete")], 404).await;
}

#[tokio::test]
async fn a_lead_manages_their_team_and_sees_no_more_than_that() {
    let cast = Cast::assemble().await;
    let (design, other) = (create(&cast, "Design").await, create(&cast, "Sales").await);
    let (lead, admin) = (&cast.writer, &cast.admin.client);
    let account = lead.account.to_string();
    let shown = page(&lead.client, &design).await;
    assert!(!shown.contains("Add members") && !shown.contains("Rename"));
    lead.client
        .get(&format!("{design}/add"))
        .await
        .unwrap()
        .expect(403)
        .unwrap();

    let ticked = [("account", account.as_str()), ("intent", "add")];
    post(admin, &format!("{design}/add"), &ticked, 303).await;
    let make = [("intent", format!("lead.{account}"))];
    let make: Vec<_> = make.iter().map(|(key, value)| (*key, value.as_str())).collect();
    post(admin, &format!("{design}/members"), &make, 303).await;
    let shown = page(&lead.client, &design).await;
    assert!(shown.contains("led by writer Person"), "{shown}");
    assert!(shown.contains("Add members") && !shown.contains("/rename") && !shown.contains("Make lead"));

    let reader = cast.reader.account.to_string();
    let ticked = [("account", reader.as_str()), ("intent", "add")];
    post(&lead.client, &format!("{design}/add"), &ticked, 303).await;
    assert!(page(&lead.client, &design).await.contains("reader@example.org"));
    post(&lead.client, &format!("{other}/add"), &ticked, 403).await;
    post(
        &lead.client,
        &format!("{other}/paste"),
        &[("addresses", "a@b.example")],
        403,
    )
    .await;
    // Who may not is told so, and nothing happens.
    let own = format!("lead.{reader}");
    post(
        &lead.client,
        &format!("{design}/members"),
        &[("intent", &own)],
        403,
    )
    .await;
    post(
        &cast.reader.client,
        &format!("{design}/members"),
        &[("intent", "remove")],
        403,
    )
    .await;

    let out = [("account", reader.as_str()), ("intent", "remove")];
    post(&lead.client, &format!("{design}/members"), &out, 303).await;
    assert!(!page(&lead.client, &design).await.contains("reader@example.org"));
}

#[tokio::test]
async fn ticks_are_kept_while_one_searches_and_turns_pages() {
    let cast = Cast::assemble().await;
    let people: Vec<_> = (0..120)
        .map(|number| NewMember {
            name: format!("Person {number:03}").parse().unwrap(),
            email: format!("p{number:03}@example.org").parse().unwrap(),
            role: Role::Read,
        })
        .collect();
    let app = &cast.server.running.site.app;
    let ids = seeding::members(app, cast.org, &people).await.unwrap();
    let (admin, design) = (&cast.admin.client, create(&cast, "Design").await);
    let add = format!("{design}/add");
    let first = ids[0].to_string();
    let search = [
        ("account", first.as_str()),
        ("q", "person 11"),
        ("intent", "search"),
    ];
    let found = post(admin, &add, &search, 200).await.body;
    assert!(found.contains("Picked so far") && found.contains("p000@example.org"));
    assert!(found.contains("p110@example.org") && !found.contains("p050@example.org"));
    assert!(found.contains("10 of 10 people"));

    let shown = page(admin, &add).await;
    let next = shown.split("name=\"next\" value=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap();
    let turn = [("account", first.as_str()), ("next", next), ("intent", "next")];
    let second = post(admin, &add, &turn, 200).await.body;
    assert!(second.contains("p050@example.org") && second.contains("p000@example.org"));
    for bad in ["nonsense", "x y"] {
        post(admin, &add, &[("next", bad), ("intent", "next")], 422).await;
    }
    let empty = post(admin, &add, &[("intent", "add"), ("q", "zz")], 422)
        .await
        .body;
    assert!(empty.contains("Tick at least one person.") && empty.contains("value=\"zz\""));

    let all = [("shown", "person 0"), ("intent", "all")];
    post(admin, &add, &all, 303).await;
    assert!(page(admin, &design).await.contains("50 of 100 members"));
    assert!(
        page(admin, &format!("{design}?q=p099"))
            .await
            .contains("1 of 1 member")
    );
}

#[tokio::test]
async fn pasted_addresses_get_a_result_each() {
    let cast = Cast::assemble().await;
    let (admin, design) = (&cast.admin.client, create(&cast, "Design").await);
    let paste = format!("{design}/paste");
    let list = format!("Reader <reader@example.org>; stranger@example.org\r\n{MARKUP}\nREADER@example.org");
    let shown = post(admin, &paste, &[("addresses", &list)], 200).await.body;
    assert!(!shown.contains(MARKUP));
    for said in [
        "1 added",
        "1 without a member",
        "stands further up",
        "/members/invite",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let left = shown.split("<textarea").nth(1).unwrap();
    assert!(
        left.contains("stranger@example.org") && !left.contains("reader@"),
        "what found nobody stays"
    );
    assert!(page(admin, &design).await.contains("reader@example.org"));
    for (list, status) in [
        ("", 422),
        (" ;, \n", 422),
        (&"a@example.org\n".repeat(10_001), 413),
        (&"x".repeat(2_000_000), 413),
    ] {
        post(admin, &paste, &[("addresses", list)], status).await;
    }
    let broken = admin
        .request(Method::POST, &paste)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("addresses=%ff%fe");
    admin.send(broken).await.unwrap().expect(422).unwrap();
}

#[tokio::test]
async fn the_jump_box_and_the_lists_find_teams() {
    let cast = Cast::assemble().await;
    let design = create(&cast, "École 100%").await;
    let jump = format!("/o/{}/jump?q=%C3%A9COLE", cast.org);
    let reader = &cast.reader.client;
    let found = reader.get(&jump).await.unwrap().expect(303).unwrap();
    assert_eq!(found.location(), Some(design.as_str()));
    let list = format!("/o/{}/teams", cast.org);
    assert!(page(reader, &format!("{list}?q=100%25")).await.contains(&design));
    assert!(
        page(reader, &format!("{list}?q=zz"))
            .await
            .contains("No team matches")
    );
    reader
        .get(&format!("{list}?after=nonsense"))
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    let elsewhere = design.replace(&cast.org.to_string(), "org_00000000000000000000000000");
    cast.other
        .client
        .get(&elsewhere)
        .await
        .unwrap()
        .expect(404)
        .unwrap();
    cast.other.client.get(&design).await.unwrap().expect(404).unwrap();
}

#[tokio::test]
async fn a_script_keeps_teams() {
    let cast = Cast::assemble().await;
    let (admin, writer, teams) = (&cast.admin.client, &cast.writer.client, cast.api("teams"));
    let none = &Value::Null;
    let made = call(admin, Method::POST, &teams, &json!({"name": "Design"}), 201).await;
    let path = format!("{teams}/{}", made["id"].as_str().unwrap());
    assert_eq!((made["members"].as_u64(), &made["leads"]), (Some(0), &json!([])));
    call(admin, Method::POST, &teams, &json!({"name": "design"}), 409).await;
    let wrong = call(admin, Method::POST, &teams, &json!({"name": " "}), 422).await;
    assert_eq!(wrong["errors"][0]["pointer"], "/name");
    call(
        admin,
        Method::POST,
        &teams,
        &json!({"name": "x", "lead": true}),
        422,
    )
    .await;
    call(writer, Method::POST, &teams, &json!({"name": "Mine"}), 403).await;
    call(&cast.other.client, Method::GET, &path, none, 404).await;

    let (reader, lead) = (cast.reader.account, cast.writer.account);
    let members = format!("{path}/members");
    let people = json!({
        "members": [lead, cast.stranger.account],
        "emails": ["reader@example.org", "Reader@example.org", "nobody@example.org", "nonsense"],
    });
    let added = call(admin, Method::POST, &members, &people, 200).await;
    assert_eq!(added["added"], 2, "who is no member is passed over");
    let results: Vec<_> = added["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["result"])
        .collect();
    assert_eq!(results, ["added", "duplicate", "no_member", "malformed"]);
    call(writer, Method::POST, &members, &people, 403).await;

    let lead_path = format!("{path}/leads/{lead}");
    call(admin, Method::PUT, &format!("{path}/leads/{reader}"), none, 409).await;
    call(writer, Method::PUT, &lead_path, none, 403).await;
    call(admin, Method::PUT, &lead_path, none, 204).await;
    let seen = call(&cast.reader.client, Method::GET, &path, none, 200).await;
    assert_eq!(
        (seen["members"].as_u64(), &seen["leads"]),
        (Some(2), &json!([lead]))
    );
    let out = json!({"members": [reader]});
    let removed = call(writer, Method::POST, &format!("{members}/remove"), &out, 200).await;
    assert_eq!(removed["removed"], 1, "the lead may");
    call(writer, Method::DELETE, &format!("{members}/{reader}"), none, 404).await;

    let page = call(writer, Method::GET, &format!("{members}?limit=1"), none, 200).await;
    assert_eq!((page["total"].as_u64(), &page["next"]), (Some(1), none));
    assert_eq!(page["members"][0]["lead"], true);
    call(admin, Method::DELETE, &lead_path, none, 204).await;
    call(writer, Method::POST, &members, &people, 403).await;

    let renamed = call(admin, Method::PATCH, &path, &json!({"name": "Craft"}), 200).await;
    assert_eq!(renamed["name"], "Craft");
    for name in ["Alpha", "Beta"] {
        call(admin, Method::POST, &teams, &json!({ "name": name }), 201).await;
    }
    let first = call(admin, Method::GET, &format!("{teams}?limit=2"), none, 200).await;
    assert_eq!(
        (first["teams"].as_array().unwrap().len(), first["total"].as_u64()),
        (2, Some(3))
    );
    let next = first["next"].as_str().unwrap().replace(' ', "%20");
    let rest = call(admin, Method::GET, &format!("{teams}?after={next}"), none, 200).await;
    assert_eq!(
        (&rest["teams"][0]["name"], &rest["next"]),
        (&json!("Craft"), none)
    );
    call(admin, Method::GET, &format!("{teams}?after=x"), none, 422).await;

    call(writer, Method::DELETE, &path, none, 403).await;
    call(admin, Method::DELETE, &path, none, 204).await;
    call(admin, Method::DELETE, &path, none, 404).await;
    let left = call(
        &cast.owner.client,
        Method::GET,
        &cast.api("members?q=writer"),
        none,
        200,
    )
    .await;
    assert_eq!(left["total"], 1, "its members stay");
}
