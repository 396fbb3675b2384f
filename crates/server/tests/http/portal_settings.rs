//! Admins in their browsers: settings reviewed, saved and fought over, lists typed and dropped, and the way back.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use tessera_testkit::http::{Answer, Client};

use crate::asking::{page, post};
use crate::cast::Cast;

#[tokio::test]
async fn of_two_admins_the_second_sees_the_others_change_and_loses_nothing() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/settings/features", cast.org);
    let theirs = [
        ("base_revision", "0"),
        ("features.telemetry", "off"),
        ("note", "Less chatter"),
        ("intent", "save"),
    ];
    post(&cast.owner.client, &path, &theirs, 303).await;
    let mine = [
        ("base_revision", "0"),
        ("features.telemetry", "on"),
        ("features.processing_mode", "local"),
        ("note", "On the machine only"),
        ("intent", "save"),
    ];
    let conflict = post(&cast.admin.client, &path, &mine, 409).await.body;
    for shown in [
        "Olga Owner saved first",
        "Less chatter",
        "On the machine only",
        "Processing mode",
    ] {
        assert!(conflict.contains(shown), "{shown}: {conflict}");
    }
    assert!(
        conflict.contains("name=\"features.processing_mode\" value=\"local\""),
        "the edit is carried along"
    );
    let on_top = [
        ("base_revision", "1"),
        ("features.processing_mode", "local"),
        ("note", "On the machine only"),
        ("back", &path),
        ("intent", "save"),
    ];
    let review = format!("/o/{}/review", cast.org);
    let saved = post(&cast.admin.client, &review, &on_top, 303).await;
    assert_eq!(saved.location(), Some(path.as_str()));
    let settings = cast
        .owner
        .client
        .get(&cast.api("settings"))
        .await
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(settings["revision"], 2);
    assert_eq!(
        settings["settings"]["features"]["telemetry"]["value"], false,
        "the first change stands"
    );
    assert_eq!(
        settings["settings"]["features"]["processing_mode"]["value"],
        "local"
    );
}

#[tokio::test]
async fn a_review_changes_nothing_and_back_keeps_what_was_typed() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/settings/features", cast.org);
    let typed = [
        ("base_revision", "0"),
        ("features.telemetry", "off"),
        ("intent", "review"),
    ];
    let review = post(&cast.admin.client, &path, &typed, 200).await.body;
    assert!(
        review.contains("1 device of") && review.contains("Telemetry no longer lets the assistant"),
        "{review}"
    );
    let back = [
        ("base_revision", "0"),
        ("features.telemetry", "off"),
        ("back", &path),
        ("intent", "back"),
    ];
    let form = post(&cast.admin.client, &format!("/o/{}/review", cast.org), &back, 200)
        .await
        .body;
    assert!(form.contains("1 unsaved change"), "{form}");
    let wrong = [
        ("base_revision", "0"),
        ("features.processing_mode", "moon"),
        ("note", "why"),
        ("intent", "save"),
    ];
    let refused = post(&cast.admin.client, &path, &wrong, 422).await.body;
    assert!(refused.contains("value=\"why\""), "what was typed is kept");
    let unchanged = [
        ("base_revision", "0"),
        ("features.telemetry", "on"),
        ("intent", "save"),
    ];
    post(&cast.admin.client, &path, &unchanged, 303).await;
    let settings = cast
        .owner
        .client
        .get(&cast.api("settings"))
        .await
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(settings["revision"], 0, "nothing of it was saved");
}

/// Sends a file as a browser does and gives where its preview is.
async fn upload(client: &Client, path: &str, csv: &str, status: u16) -> Answer {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"deny.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{csv}\r\n--b--\r\n"
    );
    let request = client
        .request(Method::POST, path)
        .header(CONTENT_TYPE, "multipart/form-data; boundary=b");
    client
        .send(request.body(body))
        .await
        .unwrap()
        .expect(status)
        .unwrap()
}

#[tokio::test]
async fn three_bad_rows_of_ten_thousand_are_named_and_the_rest_is_offered() {
    let cast = Cast::assemble().await;
    let (admin, list) = (&cast.admin.client, format!("/o/{}/memory/websites", cast.org));
    let rows: Vec<String> = (0..9_997).map(|n| format!("site{n}.example\r\n")).collect();
    let mut csv = rows.concat();
    csv.push_str("co.uk\r\n.leading.example\r\nhttp://\r\n");
    let import = upload(admin, &format!("{list}/import"), &csv, 303)
        .await
        .location()
        .unwrap()
        .to_owned();
    let first = page(admin, &import).await;
    assert!(
        first.contains("Add 9,997 websites") && first.contains("3 refused rows"),
        "{first}"
    );
    let refused = page(admin, &format!("{import}?state=refused")).await;
    for named in [
        "9998",
        "9999",
        "10000",
        "co.uk",
        ".leading.example",
        "public suffix",
    ] {
        assert!(refused.contains(named), "{named}");
    }
    // Somebody else neither sees the file nor can save it.
    let other = cast.owner.client.get(&import).await.unwrap();
    assert_eq!(other.location(), Some(list.as_str()));
    let token = import.rsplit('/').next().unwrap();
    let save = [
        ("import", token),
        ("base_revision", "0"),
        ("note", "The usual"),
        ("intent", "save"),
    ];
    post(admin, &import, &save, 303).await;
    let saved = page(admin, &format!("{list}?q=site999")).await;
    assert!(
        saved.contains("9,997 websites in the list") && saved.contains("site9990.example"),
        "{saved}"
    );
}

#[tokio::test]
async fn a_file_for_one_member_binds_that_member_alone() {
    let cast = Cast::assemble().await;
    let (admin, reader) = (&cast.admin.client, cast.reader.account);
    let list = format!("/o/{}/members/{reader}/tighten/websites", cast.org);
    let import = upload(admin, &format!("{list}/import"), "bank.example\nco.uk\n", 303).await;
    let import = import.location().unwrap().to_owned();
    assert!(page(admin, &import).await.contains("Add 1 website"));
    let token = import.rsplit('/').next().unwrap();
    // The file was dropped on this list, so no other takes it.
    let elsewhere = [("import", token), ("base_revision", "0"), ("intent", "save")];
    let other = format!("/o/{}/memory/websites/import/{token}", cast.org);
    post(admin, &other, &elsewhere, 422).await;
    post(admin, &import, &elsewhere, 303).await;
    assert!(page(admin, &list).await.contains("1 website in the list"));
    let everybody = page(admin, &format!("/o/{}/memory/websites", cast.org)).await;
    assert!(everybody.contains("0 websites in the list"), "{everybody}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_costs_nothing() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/memory/websites/import", cast.org);
    let answer = upload(&cast.admin.client, &path, "", 422).await;
    assert!(answer.body.contains("could not be read"));
    upload(&cast.reader.client, &path, "a.example", 403).await;
    upload(&cast.other.client, &path, "a.example", 404).await;
}

#[tokio::test]
async fn websites_are_added_searched_and_removed_one_by_one() {
    let cast = Cast::assemble().await;
    let (admin, list) = (&cast.admin.client, format!("/o/{}/memory/websites", cast.org));
    for (website, base) in [("https://www.bank.example/", "0"), ("example.com/hr", "0")] {
        let add = [("website", website), ("base_revision", base), ("intent", "add")];
        post(admin, &list, &add, 303).await;
    }
    let shown = page(admin, &list).await;
    assert!(shown.contains("2 websites in the list") && shown.contains("pages under /hr"));
    let refused = post(
        admin,
        &list,
        &[("website", "co.uk"), ("base_revision", "2"), ("intent", "add")],
        422,
    )
    .await;
    assert!(refused.body.contains("value=\"co.uk\"") && refused.body.contains("public suffix"));
    let remove = [
        ("remove", "bank.example"),
        ("base_revision", "2"),
        ("intent", "remove"),
    ];
    post(admin, &list, &remove, 303).await;
    assert!(page(admin, &list).await.contains("1 website in the list"));
}

#[tokio::test]
async fn going_back_is_a_new_revision() {
    let cast = Cast::assemble().await;
    let (admin, home) = (&cast.admin.client, format!("/o/{}", cast.org));
    let features = format!("{home}/settings/features");
    post(
        admin,
        &features,
        &[
            ("base_revision", "0"),
            ("features.telemetry", "off"),
            ("intent", "save"),
        ],
        303,
    )
    .await;
    post(
        admin,
        &features,
        &[
            ("base_revision", "1"),
            ("features.telemetry", "on"),
            ("intent", "save"),
        ],
        303,
    )
    .await;
    let detail = page(admin, &format!("{home}/settings/history/1")).await;
    assert!(detail.contains("Go back to this"));
    let path = format!("{home}/settings/history/1/restore");
    assert!(detail.contains(&path));
    let mut restore = vec![("what", "all"), ("base_revision", "2"), ("intent", "review")];
    let review = post(admin, &path, &restore, 200).await.body;
    assert!(review.contains("name=\"what\" value=\"all\"") && review.contains("Telemetry"));
    restore[2] = ("intent", "save");
    post(admin, &path, &restore, 303).await;
    let settings = admin.get(&cast.api("settings")).await.unwrap().json().unwrap();
    assert_eq!(settings["revision"], 3);
    assert_eq!(settings["settings"]["features"]["telemetry"]["value"], false);
}

#[tokio::test]
async fn an_open_page_hears_of_its_regions_only() {
    let cast = Cast::assemble().await;
    let path = format!("/o/{}/live?topics=revisions,invitations", cast.org);
    let mut stream = cast
        .owner
        .client
        .request(Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    let greeting = stream.chunk().await.unwrap().unwrap();
    assert_eq!(&greeting[..], b":\n\n");
    let save = [
        ("base_revision", "0"),
        ("features.telemetry", "off"),
        ("intent", "save"),
    ];
    post(
        &cast.owner.client,
        &format!("/o/{}/settings/features", cast.org),
        &save,
        303,
    )
    .await;
    let told = stream.chunk().await.unwrap().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&told),
        "event: message\ndata: {\"topic\":\"revisions\"}\n\n"
    );
    let stranger = cast
        .other
        .client
        .request(Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), 404);
}
