//! Rollouts in stages and the way back, as admins meet them in their browsers and scripts by the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::asking::{page, post};
use crate::cast::Cast;

async fn api(cast: &Cast, method: Method, path: &str, body: &Value, status: u16) -> Value {
    let answer = cast
        .admin
        .client
        .json(method, &cast.api(path), body)
        .await
        .unwrap();
    answer.expect(status).unwrap().json().unwrap_or_default()
}

async fn get(cast: &Cast, path: &str) -> Value {
    let answer = cast.admin.client.get(&cast.api(path)).await.unwrap();
    answer.expect(200).unwrap().json().unwrap()
}

fn telemetry(on: bool) -> Value {
    json!({ "settings": { "features": { "telemetry": on } } })
}

#[tokio::test]
async fn a_review_offers_stages_and_the_page_steers_them() {
    let cast = Cast::assemble().await;
    let (admin, home) = (&cast.admin.client, format!("/o/{}", cast.org));
    api(&cast, Method::PATCH, "settings", &telemetry(false), 200).await;
    let features = format!("{home}/settings/features");
    let typed = [
        ("base_revision", "1"),
        ("features.telemetry", "on"),
        ("intent", "review"),
    ];
    let review = post(admin, &features, &typed, 200).await.body;
    for offered in [
        "To everyone at once",
        "In waves",
        "5, 25, 100",
        "Halt above this share",
    ] {
        assert!(review.contains(offered), "{offered}: {review}");
    }
    let save = |percents: &'static str| {
        [
            ("base_revision", "1"),
            ("features.telemetry", "on"),
            ("reach", "waves"),
            ("reach_percents", percents),
            ("reach_bake", "60"),
            ("reach_limit", "10"),
            ("note", "Carefully"),
            ("back", "/"),
            ("intent", "save"),
        ]
    };
    let wrong = post(admin, &format!("{home}/review"), &save("half"), 422)
        .await
        .body;
    assert!(
        wrong.contains("as percentages")
            && wrong.contains("value=\"half\"")
            && wrong.contains("value=\"Carefully\""),
        "what was typed is kept: {wrong}"
    );
    post(admin, &format!("{home}/review"), &save("50"), 303).await;

    let rollout = format!("{home}/rollouts/2");
    let shown = page(admin, &rollout).await;
    for said in [
        "50 % of all devices",
        "Everybody",
        "released, watched now",
        ">Pause<",
        "Release to everyone now",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(
        page(admin, &home)
            .await
            .contains("Rollout of revision 2: running")
    );
    let joining = [
        ("base_revision", "2"),
        ("features.processing_mode", "local"),
        ("intent", "review"),
    ];
    let joins = post(admin, &features, &joining, 200).await.body;
    assert!(
        joins.contains("this joins it") && !joins.contains("In waves"),
        "{joins}"
    );

    post(admin, &format!("{rollout}/pause"), &[], 303).await;
    let paused = page(admin, &rollout).await;
    assert!(
        paused.contains(">Go on<") && !paused.contains(">Pause<"),
        "{paused}"
    );
    post(admin, &format!("{rollout}/pause"), &[], 303).await;
    assert!(
        page(admin, &rollout)
            .await
            .contains("is paused, so it cannot be paused")
    );
    post(admin, &format!("{rollout}/resume"), &[], 303).await;
    post(admin, &format!("{rollout}/release"), &[], 303).await;
    let done = page(admin, &rollout).await;
    assert!(
        done.contains("Every stage was released") && !done.contains(">Go on<"),
        "{done}"
    );
    assert!(!page(admin, &home).await.contains("Rollout of revision 2"));
}

#[tokio::test]
async fn a_roll_back_names_what_it_undoes_before_it_does() {
    let cast = Cast::assemble().await;
    let (admin, home) = (&cast.admin.client, format!("/o/{}", cast.org));
    api(&cast, Method::PATCH, "settings", &telemetry(false), 200).await;
    let mut staged = telemetry(true);
    staged["rollout"] = json!({ "stages": [{ "percent": 50, "bake_minutes": 60 }] });
    api(&cast, Method::PATCH, "settings", &staged, 200).await;
    let ask = format!("{home}/rollouts/2/roll-back");
    let asked = page(admin, &ask).await;
    for said in [
        "It undoes revision 2",
        "Telemetry",
        "revision 1 said",
        "Roll back revision 2",
    ] {
        assert!(asked.contains(said), "{said}: {asked}");
    }
    assert_eq!(
        get(&cast, "settings").await["revision"],
        2,
        "asking changes nothing"
    );
    post(admin, &ask, &[("note", "Too slow")], 303).await;
    let settings = get(&cast, "settings").await;
    assert_eq!(settings["revision"], 3);
    assert_eq!(settings["settings"]["features"]["telemetry"]["value"], false);
    let shown = page(admin, &format!("{home}/rollouts/2")).await;
    assert!(
        shown.contains("Rolled back") && shown.contains("Revision 3"),
        "{shown}"
    );
    assert_eq!(admin.get(&ask).await.unwrap().status, 409);
    assert_eq!(get(&cast, "revisions/3").await["note"], "Too slow");
}

#[tokio::test]
async fn scripts_begin_watch_and_steer_a_rollout() {
    let cast = Cast::assemble().await;
    api(&cast, Method::PATCH, "settings", &telemetry(false), 200).await;
    let mut staged = telemetry(true);
    for (wrong, pointer) in [
        (
            json!({ "stages": [{ "percent": 5, "teams": [] }] }),
            "/rollout/stages/0",
        ),
        (
            json!({ "stages": [{ "percent": 50 }, { "percent": 20 }] }),
            "/rollout/stages/1/percent",
        ),
        (json!({ "stages": [] }), "/rollout/stages"),
    ] {
        staged["rollout"] = wrong;
        let refused = api(&cast, Method::PATCH, "settings", &staged, 422).await;
        assert!(refused.to_string().contains(pointer), "{refused}");
    }
    staged["rollout"] = json!({ "stages": [{ "percent": 50, "bake_minutes": 30 }], "failure_limit": 20 });
    api(&cast, Method::PATCH, "settings", &staged, 200).await;
    let seen = get(&cast, "rollouts/2").await;
    let stages = &seen["stages"];
    assert_eq!(
        (&stages["state"], &stages["released"]),
        (&json!("running"), &json!(1))
    );
    assert_eq!(
        stages["plan"][0],
        json!({ "percent": 50, "teams": null, "bake_minutes": 30, "devices": 1, "applied": 0, "failed": 0 })
    );
    assert_eq!(
        (&stages["failure_limit"], &stages["baseline"]),
        (&json!(20), &json!(1))
    );
    assert_eq!(get(&cast, "rollouts/1").await["stages"], Value::Null);
    staged["settings"]["features"]["telemetry"] = json!(false);
    api(&cast, Method::PATCH, "settings", &staged, 409).await;

    let nothing = json!({});
    for (deed, state) in [
        ("pause", "paused"),
        ("resume", "running"),
        ("release", "finished"),
    ] {
        api(&cast, Method::POST, &format!("rollouts/2/{deed}"), &nothing, 204).await;
        assert_eq!(get(&cast, "rollouts/2").await["stages"]["state"], state);
    }
    let back = api(
        &cast,
        Method::POST,
        "rollouts/2/roll-back",
        &json!({ "note": "Enough" }),
        200,
    )
    .await;
    assert_eq!(back["revision"], 3);
    assert_eq!(get(&cast, "rollouts/2").await["stages"]["rolled_back_by"], 3);
    api(&cast, Method::POST, "rollouts/2/roll-back", &nothing, 409).await;
    api(&cast, Method::POST, "rollouts/1/pause", &nothing, 404).await;
}

#[tokio::test]
async fn two_revisions_are_compared_and_parts_come_back() {
    let cast = Cast::assemble().await;
    let (admin, home) = (&cast.admin.client, format!("/o/{}", cast.org));
    let team = api(&cast, Method::POST, "teams", &json!({ "name": "Design" }), 201).await;
    let team = team["id"].as_str().unwrap().to_owned();
    let first = json!({ "settings": { "features": { "telemetry": false }, "memory": { "websites": { "add": ["bank.example"] } } } });
    api(&cast, Method::PATCH, "settings", &first, 200).await;
    let of_team = json!({ "layer": team, "settings": { "memory": { "audio_capture": false } } });
    api(&cast, Method::PATCH, "settings", &of_team, 200).await;
    let third = json!({ "settings": { "features": { "telemetry": true, "processing_mode": "local" }, "memory": { "websites": { "add": ["clinic.example"], "remove": ["bank.example"] } } } });
    api(&cast, Method::PATCH, "settings", &third, 200).await;

    let compared = page(admin, &format!("{home}/settings/history/compare?from=1&to=3")).await;
    for said in [
        "The organization",
        "The team Design",
        "bank.example",
        "clinic.example",
        "Telemetry",
    ] {
        assert!(compared.contains(said), "{said}: {compared}");
    }
    let layers = get(&cast, "revisions/compare?from=1&to=3").await;
    assert_eq!(layers["layers"].as_array().unwrap().len(), 2);
    page(admin, &format!("{home}/settings/history/compare?from=moon&to=99")).await;

    let restore = format!("{home}/settings/history/1/restore");
    let offered = page(admin, &restore).await;
    for part in [
        "value=\"org\"",
        "value=\"org/features\"",
        "value=\"org/memory.websites\"",
        "memory.audio_capture",
    ] {
        assert!(offered.contains(part), "{part}: {offered}");
    }
    let nothing = post(
        admin,
        &restore,
        &[("intent", "save"), ("base_revision", "3")],
        422,
    )
    .await;
    assert!(nothing.body.contains("Tick what should come back"));
    let mut chosen = vec![
        ("part", "org/memory.websites"),
        ("intent", "review"),
        ("base_revision", "3"),
    ];
    let review = post(admin, &restore, &chosen, 200).await.body;
    assert!(
        review.contains("bank.example") && !review.contains("Telemetry"),
        "{review}"
    );
    chosen[1] = ("intent", "save");
    post(admin, &restore, &chosen, 303).await;
    let late = post(admin, &restore, &chosen, 409).await.body;
    assert!(late.contains("revision 4 is the newest"), "{late}");
    let difference = get(&cast, "revisions/compare?from=3&to=4").await.to_string();
    assert!(
        difference.contains("bank.example") && !difference.contains("telemetry"),
        "{difference}"
    );

    let parts = json!({ "parts": ["org/features"], "note": "As it was" });
    assert_eq!(
        api(&cast, Method::POST, "revisions/1/restore", &parts, 200).await["revision"],
        5
    );
    let settings = get(&cast, "settings").await;
    assert_eq!(settings["settings"]["features"]["telemetry"]["value"], false);
    assert_eq!(
        settings["settings"]["features"]["processing_mode"]["source"],
        "built-in"
    );
    let whole = api(&cast, Method::POST, "revisions/3/restore", &json!({}), 200).await;
    assert_eq!(whole["revision"], 6);
    let same = get(&cast, "revisions/compare?from=3&to=6").await;
    assert_eq!(same["layers"], json!([]));
    let again = api(&cast, Method::POST, "revisions/3/restore", &json!({}), 200).await;
    assert_eq!((&again["revision"], &again["changes"]), (&json!(6), &json!([])));
    let unknown = json!({ "parts": ["org/moon"] });
    api(&cast, Method::POST, "revisions/3/restore", &unknown, 422).await;

    // A team that is gone does not come back, and the page says so.
    let gone = cast
        .admin
        .client
        .request(Method::DELETE, &cast.api(&format!("teams/{team}")));
    cast.admin.client.send(gone).await.unwrap().expect_done().unwrap();
    let offered = page(admin, &format!("{home}/settings/history/6/restore")).await;
    assert!(
        offered.contains("A team that was deleted cannot come back"),
        "{offered}"
    );
}
