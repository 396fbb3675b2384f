//! Applications that memory may and may not look at: switched, added, edited, and offered once they were seen.

use serde_json::json;

use crate::asking::{ask, carried, page, post, save_reviewed};
use crate::cast::Cast;

#[tokio::test]
async fn applications_are_switched_reviewed_and_saved() {
    let cast = Cast::assemble().await;
    let (admin, org) = (&cast.admin.client, cast.org.to_string());
    let list = format!("/o/{org}/memory/applications");
    let shown = page(admin, &list).await;
    for word in [
        "Blocked Applications",
        "Available Applications",
        "1Password",
        "always blocked",
        "Global",
        "AnyDesk",
    ] {
        assert!(shown.contains(word), "{word}");
    }
    assert!(
        page(admin, &format!("{list}?list=available&q=slack"))
            .await
            .contains("com.tinyspeck.slackmacgap")
    );
    let switches = [
        ("base_revision", "0"),
        ("app.anydesk", "off"),
        ("app.slack", "off"),
        ("app.slack", "on"),
        ("app.zoom", "off"),
        ("purge", "on"),
        ("intent", "review"),
    ];
    let review = post(admin, &list, &switches, 200).await.body;
    for said in [
        "Slack: blocked",
        "AnyDesk: available",
        "Slack is never captured any more.",
        "Purge orders",
    ] {
        assert!(review.contains(said), "{said}: {review}");
    }
    assert!(!review.contains("Zoom"), "what is as it was is no change");
    let saved = save_reviewed(admin, &org, &review).await;
    assert!(saved.location().unwrap().starts_with(&list));

    let test = cast.api("memory/test");
    let verdict = ask(
        admin,
        &test,
        json!({ "application": "com.tinyspeck.slackmacgap" }),
    )
    .await;
    assert_eq!(
        (&verdict["decision"], &verdict["layer"]),
        (&json!("deny"), &json!("org"))
    );
    let verdict = ask(admin, &test, json!({ "application": "anydesk.exe" })).await;
    assert_eq!(
        (&verdict["decision"], &verdict["reason"]),
        (&json!("allow"), &json!("allowed_application"))
    );
    let settings = admin.get(&cast.api("settings")).await.unwrap().json().unwrap();
    assert_eq!(settings["settings"]["memory"]["purges"]["value"], 1);

    // Removed, a known application is what Tessera says again.
    let back = [
        ("base_revision", "1"),
        ("remove_app", "slack"),
        ("app.anydesk", "on"),
        ("intent", "save"),
    ];
    post(admin, &list, &back, 303).await;
    let settings = admin.get(&cast.api("settings")).await.unwrap().json().unwrap();
    assert_eq!(settings["settings"]["memory"]["applications"]["value"], 0);
    post(&cast.writer.client, &list, &back, 403).await;
}

#[tokio::test]
async fn an_application_that_was_seen_is_offered_until_somebody_decides() {
    let cast = Cast::assemble().await;
    let (admin, device) = (&cast.admin.client, &cast.device);
    let token = device.token().await.unwrap();
    let seen = json!({ "applications": [
        { "name": "Frobnicate", "rules": ["exe:frobnicate", "app_id:org.example.frobnicate"] },
        { "name": "Slack", "rules": ["bundle_id:com.tinyspeck.slackmacgap"] },
    ] });
    for _ in 0..2 {
        device
            .tell_seen(&token, &seen)
            .await
            .unwrap()
            .expect(204)
            .unwrap();
    }
    let list = format!("/o/{}/memory/applications", cast.org);
    assert!(page(admin, &list).await.contains("Seen, unknown"));
    let shown = page(admin, &format!("{list}/seen")).await;
    assert!(
        shown.contains("Frobnicate") && !shown.contains("Slack"),
        "{shown}"
    );
    let offered = shown
        .split("href=\"")
        .find(|link| link.contains("/edit?name=Frobnicate"))
        .unwrap();
    let form = page(admin, &offered.split('"').next().unwrap().replace("&#38;", "&")).await;
    assert!(form.contains("org.example.frobnicate"), "{form}");
    let by_api = admin
        .get(&cast.api("memory/applications/seen"))
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert_eq!(
        by_api.json().unwrap()[0]["identifiers"],
        json!(["app_id:org.example.frobnicate", "exe:frobnicate"])
    );

    let row = json!({ "name": "Frobnicate", "identifiers": ["exe:frobnicate"], "blocked": false });
    let decided = json!({ "set": { "frobnicate": row } });
    ask(admin, &cast.api("memory/applications"), decided).await;
    assert!(!page(admin, &format!("{list}/seen")).await.contains("Frobnicate"));

    let too_many = json!({ "applications": vec![json!({ "name": "a", "rules": ["exe:a"] }); 51] });
    device
        .tell_seen(&token, &too_many)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    for hostile in [
        json!({ "applications": [{ "name": "a", "rules": [] }] }),
        json!({}),
        json!([]),
    ] {
        device
            .tell_seen(&token, &hostile)
            .await
            .unwrap()
            .expect(422)
            .unwrap();
    }
    cast.reader
        .client
        .get(&format!("{list}/seen"))
        .await
        .unwrap()
        .expect(403)
        .unwrap();
}

#[tokio::test]
async fn an_application_is_added_edited_and_refused_by_its_fields() {
    let cast = Cast::assemble().await;
    let (admin, org) = (&cast.admin.client, cast.org.to_string());
    let edit = format!("/o/{org}/memory/applications/edit");
    assert!(
        page(admin, &format!("{edit}?name=Payroll&exe=pay.exe"))
            .await
            .contains("value=\"Payroll\"")
    );
    let new = [
        ("base_revision", "0"),
        ("key", ""),
        ("app_name", "Pay <b>roll</b>"),
        ("bundle_id", "com.example.payroll.*"),
        ("exe", "payroll.exe\r\npay2.exe"),
        ("blocked", "on"),
        ("note", "Wages"),
    ];
    let wrong: Vec<_> = new
        .iter()
        .map(|(name, value)| (*name, if *name == "exe" { "*.exe" } else { *value }))
        .collect();
    let refused = post(admin, &edit, &wrong, 422).await.body;
    assert!(
        refused.contains("the only wildcard") && refused.contains("com.example.payroll.*"),
        "{refused}"
    );
    let review = post(admin, &edit, &[&new[..], &[("intent", "review")]].concat(), 200)
        .await
        .body;
    assert!(
        review.contains("Pay &#60;b&#62;roll&#60;/b&#62;: blocked"),
        "{review}"
    );
    let mut back = carried(&review);
    back.push(("intent".to_owned(), "back".to_owned()));
    let back: Vec<(&str, &str)> = back
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let again = post(admin, &format!("/o/{org}/review"), &back, 200).await.body;
    assert!(
        again.contains("com.example.payroll.*") && again.contains("payroll.exe\npay2.exe"),
        "{again}"
    );
    save_reviewed(admin, &org, &review).await;
    let shown = page(admin, &format!("/o/{org}/memory/applications?q=roll")).await;
    assert!(
        shown.contains("com.example.payroll.*") && !shown.contains("<b>roll"),
        "{shown}"
    );
    let form = page(admin, &format!("{edit}?key=pay-b-roll-b")).await;
    assert!(form.contains("payroll.exe\npay2.exe"), "{form}");
    let changed = [
        ("base_revision", "1"),
        ("key", "pay-b-roll-b"),
        ("app_name", "Payroll"),
        ("exe", "payroll.exe"),
        ("intent", "save"),
    ];
    post(admin, &edit, &changed, 303).await;
    let listed = admin
        .get(&cast.api("memory/applications?list=available&q=payroll"))
        .await
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        listed["applications"][0]["identifiers"],
        json!(["exe:payroll.exe"])
    );
    let unknown = admin.get(&format!("{edit}?key=nothing")).await.unwrap();
    assert_eq!(unknown.status, 404);
}
