//! How long a hundred thousand websites take, and what one row of them moves. The figures are promises;
//! run with `--release --ignored --no-capture` to see them.

use std::time::{Duration, Instant};

use serde_json::json;
use tessera_app::{
    settings,
    sync::{Subscription, Told},
};
use tessera_domain::website_import::preview;
use tessera_policy::{LayerName, WebsiteList};
use tessera_store::testing::Engine;

use crate::{
    machine::Machine,
    settings::save,
    world::{self, World},
};

#[tokio::test]
#[ignore = "a measurement, for optimised builds"]
async fn a_hundred_thousand_websites_on_sqlite() {
    world::run(Engine::Sqlite, measure).await;
}

#[tokio::test]
#[ignore = "a measurement, for optimised builds"]
async fn a_hundred_thousand_websites_on_postgres() {
    world::run(Engine::Postgres, measure).await;
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
async fn measure(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    let file: Vec<_> = (0..100_000)
        .map(|n| format!("https://www.site{n}.example/path/{n}"))
        .collect();
    let began = Instant::now();
    let read = preview(file.join("\n").as_bytes(), &WebsiteList::default()).unwrap();
    let previewed = began.elapsed();

    let add: Vec<_> = read.ready_rules().collect();
    let began = Instant::now();
    save(world, json!({ "memory": { "websites": { "add": add } } }), None)
        .await
        .unwrap();
    let saved = began.elapsed();

    let actor = machine.sign_in(world).await;
    let mut stream = Subscription::open(&world.app, actor, None).unwrap();
    stream.next(&world.app).await.unwrap();
    let began = Instant::now();
    let row = json!({ "memory": { "websites": { "add": ["one-more.example"] } } });
    save(world, row, None).await.unwrap();
    let edited = began.elapsed();
    let Told::Manifest(told) = stream.next(&world.app).await.unwrap() else {
        panic!("the device is in order")
    };
    let frame = told.frame.len();

    let began = Instant::now();
    let page = settings::websites(
        &world.app,
        &world.owner,
        world.org,
        LayerName::Org,
        "site99",
        None,
        50,
    )
    .await
    .unwrap();
    let searched = began.elapsed();
    assert_eq!((page.total, page.rows.len()), (100_001, 50));

    println!(
        "{}: preview {previewed:?}, save {saved:?}, one more row {edited:?} and {frame} bytes, search {searched:?}",
        world.app.store.engine_name()
    );
    assert!(frame <= 64 * 1024, "{frame} bytes");
    assert!(previewed <= Duration::from_secs(2), "{previewed:?}");
    assert!(saved <= Duration::from_secs(3), "{saved:?}");
}
