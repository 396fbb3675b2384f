//! Saving settings and looking back.

use serde_json::json;
use tessera_app::settings::{self, SaveRequest, Saved};
use tessera_domain::{Kind, Result, Role};
use tessera_policy::{LayerName, Leaf, SettingsPatch, Value};

use crate::{machine::kind, stories, world::World};

stories! {
    revisions_count_from_one_without_gaps,
    a_change_of_nothing_makes_no_revision,
    the_second_of_two_admins_is_told_and_loses_nothing,
    saves_at_the_same_time_all_land,
    a_writer_may_not_save_and_a_stranger_learns_nothing,
    a_list_is_paged_searched_and_compared,
    a_refused_edit_names_its_field,
    a_search_finds_what_a_row_shows,
}

pub(crate) async fn save(world: &World, patch: serde_json::Value, expected: Option<u64>) -> Result<Saved> {
    save_in(world, LayerName::Org, patch, expected).await
}

pub(crate) async fn save_in(
    world: &World,
    layer: LayerName,
    patch: serde_json::Value,
    expected: Option<u64>,
) -> Result<Saved> {
    let edits = SettingsPatch::parse(&patch).map_err(tessera_domain::Error::invalid_fields)?;
    let request = SaveRequest {
        layer,
        edits,
        team_defaults: Vec::new(),
        note: None,
        expected,
    };
    settings::save(&world.app, &world.owner, world.org, request).await
}

fn telemetry(on: bool) -> serde_json::Value {
    json!({ "features": { "telemetry": on } })
}

async fn revisions_count_from_one_without_gaps(world: &World) {
    for number in 1..=5 {
        let saved = save(world, telemetry(number % 2 == 0), None).await.unwrap();
        assert_eq!((saved.revision, saved.changes.len()), (number, 1));
    }
    let page = settings::history(&world.app, &world.owner, world.org, None, 3)
        .await
        .unwrap();
    let numbers: Vec<_> = page.revisions.iter().map(|revision| revision.number).collect();
    assert_eq!((numbers, page.next), (vec![5, 4, 3], Some(3)));
    assert_eq!(
        world
            .audit()
            .await
            .iter()
            .filter(|action| *action == "settings.saved")
            .count(),
        5
    );
}

async fn a_change_of_nothing_makes_no_revision(world: &World) {
    let saved = save(world, telemetry(false), None).await.unwrap();
    let again = save(world, telemetry(false), Some(1)).await.unwrap();
    assert_eq!((saved.revision, again.revision), (1, 1));
    assert!(again.changes.is_empty());
}

async fn the_second_of_two_admins_is_told_and_loses_nothing(world: &World) {
    save(world, telemetry(false), Some(0)).await.unwrap();
    let error = save(world, json!({ "memory": { "audio_capture": false } }), Some(0))
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert_eq!(error.current.as_deref(), Some(&json!({ "revision": 1 })));
    let theirs = settings::compare(&world.app, &world.owner, world.org, 0, 1)
        .await
        .unwrap();
    assert_eq!(theirs.len(), 1);
    save(world, json!({ "memory": { "audio_capture": false } }), Some(1))
        .await
        .unwrap();
    let current = settings::current(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!(current.effective.get(Leaf::Telemetry).value, Value::Switch(false));
    assert_eq!(
        current.effective.get(Leaf::AudioCapture).value,
        Value::Switch(false)
    );
}

async fn saves_at_the_same_time_all_land(world: &World) {
    let add = |name: &str| json!({ "memory": { "websites": { "add": [name] } } });
    let (a, b, c) = tokio::join!(
        save(world, add("a.example.com"), None),
        save(world, add("b.example.com"), None),
        save(world, add("c.example.com"), None),
    );
    let mut numbers = [a, b, c].map(|saved| saved.unwrap().revision);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
    let page = settings::websites(&world.app, &world.owner, world.org, LayerName::Org, "", None, 10)
        .await
        .unwrap();
    assert_eq!(page.rows, ["a.example.com", "b.example.com", "c.example.com"]);
}

async fn a_writer_may_not_save_and_a_stranger_learns_nothing(world: &World) {
    let writer = world.member("wilma", Role::Write).await;
    let request = || SaveRequest {
        layer: LayerName::Org,
        edits: SettingsPatch::parse(&telemetry(false)).unwrap(),
        team_defaults: Vec::new(),
        note: None,
        expected: None,
    };
    assert_eq!(
        kind(settings::save(&world.app, &writer, world.org, request()).await),
        Kind::Forbidden
    );
    tessera_app::members::leave(&world.app, &writer, world.org)
        .await
        .unwrap();
    assert_eq!(
        kind(settings::save(&world.app, &writer, world.org, request()).await),
        Kind::NotFound
    );
    let current = settings::current(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!(current.snapshot.revision, 0);
}

async fn a_list_is_paged_searched_and_compared(world: &World) {
    let rows: Vec<_> = (0..3_000)
        .map(|number| format!("site-{number:05}.example.com"))
        .collect();
    save(world, json!({ "memory": { "websites": { "add": rows } } }), None)
        .await
        .unwrap();
    let list = |search: &'static str, after: Option<&'static str>| {
        settings::websites(
            &world.app,
            &world.owner,
            world.org,
            LayerName::Org,
            search,
            after,
            100,
        )
    };
    let first = list("", None).await.unwrap();
    assert_eq!(
        (first.rows.len(), first.total, first.next.as_deref()),
        (100, 3_000, Some("site-00099.example.com"))
    );
    let second = list("", Some("site-00099.example.com")).await.unwrap();
    assert_eq!(second.rows[0], "site-00100.example.com");
    let found = list("0299", None).await.unwrap();
    assert_eq!((found.matching, found.next), (11, None));

    save(
        world,
        json!({ "memory": { "websites": { "remove": ["site-00007.example.com"] } } }),
        None,
    )
    .await
    .unwrap();
    let changes = settings::compare(&world.app, &world.owner, world.org, 1, 2)
        .await
        .unwrap();
    let text = serde_json::to_string(&changes).unwrap();
    assert!(
        text.contains("site-00007.example.com") && text.contains("\"removed\":1"),
        "{text}"
    );
}

async fn a_refused_edit_names_its_field(world: &World) {
    let patch = json!({ "memory": { "websites": { "add": ["good.example.com", "com"] } }, "features": { "telemetry": "maybe" } });
    let error = save(world, patch, None).await.unwrap_err();
    let mut pointers: Vec<_> = error.fields.iter().map(|field| field.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["/settings/features/telemetry", "/settings/memory/websites/add/1"]
    );
}

async fn a_search_finds_what_a_row_shows(world: &World) {
    let rows = ["bücher.example", "docs.example/Private/Notes", "plain.example"];
    save(world, json!({ "memory": { "websites": { "add": rows } } }), None)
        .await
        .unwrap();
    for (search, found) in [
        ("Bücher", "xn--bcher-kva.example"),
        ("private", "docs.example/Private/Notes"),
        ("/Private/", "docs.example/Private/Notes"),
        ("PLAIN.example", "plain.example"),
    ] {
        let page = settings::websites(
            &world.app,
            &world.owner,
            world.org,
            LayerName::Org,
            search,
            None,
            10,
        )
        .await
        .unwrap();
        assert_eq!(page.rows, [found], "{search}");
    }
}
