//! PostgreSQL that goes away under load, and a replica that does.

use tessera_testkit::actors::Person;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::faults::{Line, rounds};
use tessera_testkit::outside::{Party, all_present};
use tessera_testkit::serve::{self, Serve, free_port};
use tessera_testkit::wait;

use crate::promises::{Promises, device, founded};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_under_load_loses_nothing() -> anyhow::Result<()> {
    if !all_present(&[Party::Postgres]) {
        return Ok(());
    }
    let database = Database::create(Engine::Postgres).await?;
    let (server, owner) = founded(&database, serve::Options::default(), free_port()?).await?;
    let agent = device(&owner, &server.base()).await?;
    let mut promises = Promises::default();
    for round in 0..rounds(4) {
        let saving = save_some(&mut promises, &owner, round);
        let (saved, cut) = tokio::join!(saving, cut_often(&database));
        cut?;
        promises.nothing_is_loosened(&agent);
        assert!(saved > 0, "round {round}: nothing was saved any more");
        promises.are_kept(&owner, &agent).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_dies_under_load_loses_nothing() -> anyhow::Result<()> {
    if !all_present(&[Party::Postgres]) {
        return Ok(());
    }
    let ports = [free_port()?, free_port()?];
    let line = Line::start(ports.to_vec()).await?;
    let options = serve::Options {
        public_url: Some(line.base()),
        ..serve::Options::default()
    };
    let database = Database::create(Engine::Postgres).await?;
    let (mut first, owner) = founded(&database, options.clone(), ports[0]).await?;
    let _second = Serve::start_on(ports[1], &database, options).await?;
    let agent = device(&owner, &line.base()).await?;
    let mut promises = Promises::default();
    promises.block(&owner, "before.example".to_owned()).await?;
    promises.are_kept(&owner, &agent).await?;
    for round in 0..rounds(3) {
        let (_, killed) = tokio::join!(save_some(&mut promises, &owner, round), first.kill());
        let (port, options) = killed?;
        promises.nothing_is_loosened(&agent);
        promises.are_kept(&owner, &agent).await?;
        first = Serve::start_on(port, &database, options).await?;
        promises.block(&owner, format!("both-{round}.example")).await?;
        promises.are_kept(&owner, &agent).await?;
    }
    Ok(())
}

/// Tries to save twelve times, and gives how many were answered with yes.
async fn save_some(promises: &mut Promises, owner: &Person, round: u64) -> usize {
    let before = promises.blocked.len();
    for number in 0..12 {
        let host = format!("site-{round}-{number}.example");
        let tried = wait::until("a save to be taken", async || {
            let taken = promises.block(owner, host.clone()).await;
            Ok(taken.is_ok().then_some(()))
        });
        if tried.await.is_err() {
            break;
        }
    }
    promises.blocked.len() - before
}

/// Ends all connections again and again.
async fn cut_often(database: &Database) -> anyhow::Result<()> {
    for _ in 0..5 {
        database.cut_connections().await?;
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    }
    Ok(())
}
