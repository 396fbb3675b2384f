//! The audit log as admins read it, filter it, check it and take it out.

use reqwest::Method;
use serde_json::json;
use tessera_testkit::http::Answer;

use crate::cast::Cast;

/// Does a few things that the log tells of, one of them with a name that a spreadsheet would run.
async fn busy() -> Cast {
    let cast = Cast::assemble().await;
    let member = cast.api(&format!("members/{}", cast.writer.account));
    let role = json!({"role": "read"});
    let changed = cast
        .owner
        .client
        .json(Method::PATCH, &member, &role)
        .await
        .unwrap();
    changed.expect(204).unwrap();
    let form = [("name", "=HYPERLINK(\"http://evil.example\")")];
    let renamed = format!("/o/{}/settings", cast.org);
    cast.admin
        .client
        .post(&renamed, &form)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    cast
}

async fn get(cast: &Cast, path: &str) -> Answer {
    cast.admin.client.get(path).await.unwrap().expect(200).unwrap()
}

#[tokio::test]
async fn the_log_reads_as_sentences_and_is_filtered() {
    let cast = busy().await;
    let page = format!("/o/{}/settings/audit", cast.org);
    let body = get(&cast, &page).await.body;
    assert!(
        body.contains("changed the role of writer Person from Write to Read"),
        "{body}"
    );
    assert!(body.contains("Olga Owner") && body.contains("127.0.0.1"));
    assert!(body.contains("<del><span class=\"hidden\">was </span>write</del>"));
    assert!(
        !body.contains("=HYPERLINK(\"http"),
        "what people typed is escaped"
    );

    let only = get(&cast, &format!("{page}?action=people&actor=OWNER%40"))
        .await
        .body;
    assert!(only.contains("changed the role") && !only.contains("renamed the organization"));
    let none = get(&cast, &format!("{page}?q=%27+or+1%3D1+--")).await.body;
    assert!(none.contains("No entry matches"));
    let wrong = get(&cast, &format!("{page}?since=yesterday")).await.body;
    assert!(wrong.contains("A day is written like") && wrong.contains("changed the role"));
    let past = get(&cast, &format!("{page}?until=2000-01-01")).await.body;
    assert!(past.contains("No entry matches"));
    let lost = cast.admin.client.get(&format!("{page}?after=x")).await.unwrap();
    lost.expect(422).unwrap();
}

#[tokio::test]
async fn scripts_page_through_the_log_and_check_it() {
    let cast = busy().await;
    let (mut numbers, mut after) = (Vec::new(), String::new());
    loop {
        let path = cast.api(&format!("audit?limit=2&after={after}"));
        let page = get(&cast, &path).await.json().unwrap();
        for entry in page["entries"].as_array().unwrap() {
            assert!(entry["digest"].as_str().is_some_and(|digest| digest.len() == 64));
            numbers.push(entry["number"].as_u64().unwrap());
        }
        let Some(next) = page["next"].as_str() else { break };
        next.clone_into(&mut after);
    }
    assert_eq!(numbers, (1..=numbers[0]).rev().collect::<Vec<_>>());

    let found = get(&cast, &cast.api("audit/verify")).await.json().unwrap();
    assert_eq!(
        (
            &found["unbroken"],
            &found["first"],
            &found["last"],
            &found["older"]
        ),
        (&json!(true), &json!(1), &json!(numbers[0]), &json!(0))
    );
    for (query, status) in [
        ("since=yesterday", 422),
        ("after=nonsense", 422),
        ("limit=x", 422),
        ("q=%00", 422),
    ] {
        let path = cast.api(&format!("audit?{query}"));
        cast.admin
            .client
            .get(&path)
            .await
            .unwrap()
            .expect(status)
            .unwrap();
    }
    let since = get(&cast, &cast.api("audit?since=2999-01-01T00:00:00Z")).await;
    assert_eq!(since.json().unwrap()["entries"], json!([]));
}

#[tokio::test]
async fn the_log_is_taken_out_safely_and_that_is_an_entry_too() {
    let cast = busy().await;
    let home = format!("/o/{}/settings/audit", cast.org);
    let export = format!("{home}/export");
    let form = [("format", "csv"), ("action", "organization")];
    let csv = cast
        .admin
        .client
        .post(&export, &form)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(
        csv.headers["content-disposition"]
            .to_str()
            .unwrap()
            .contains("audit-log.csv")
    );
    assert!(csv.body.starts_with("\u{feff}number,id,at,"), "{}", csv.body);
    assert!(csv.body.contains("exported the audit log as CSV"));
    // No cell begins with what a spreadsheet would run.
    assert!(csv.body.contains(",\"'=HYPERLINK"), "{}", csv.body);
    for begun in [",=", ",\"=", "\n="] {
        assert!(!csv.body.contains(begun), "{begun:?} in {}", csv.body);
    }
    assert!(
        !csv.body.contains("changed the role"),
        "the filter holds for the file too"
    );

    let lines = get(&cast, &cast.api("audit/export")).await.body;
    let entries: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let numbers: Vec<_> = entries
        .iter()
        .map(|entry| entry["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=numbers[0]).rev().collect::<Vec<_>>());
    assert_eq!(entries[0]["action"], "audit.exported");
    assert_eq!(entries[0]["after"]["format"], "JSON Lines");

    let checked = cast
        .admin
        .client
        .post(&format!("{home}/check"), &[])
        .await
        .unwrap();
    checked.expect(303).unwrap();
    let body = get(&cast, &home).await.body;
    let said = format!("Entries 1 to {} are unbroken", numbers[0]);
    assert!(body.contains(&said), "{body}");
}
