//! Lines that drop, slow down, break off and lie between a device and its server.

use tessera_testkit::database::{Database, Engine};
use tessera_testkit::faults::{Line, Mood, rounds};
use tessera_testkit::serve::{self, free_port};
use tessera_testkit::wait;

use crate::promises::{Promises, device, founded};

#[tokio::test(flavor = "multi_thread")]
async fn no_line_is_so_bad_that_a_device_is_loosened_or_lost() -> anyhow::Result<()> {
    let port = free_port()?;
    let line = Line::start(vec![port]).await?;
    let options = serve::Options {
        public_url: Some(line.base()),
        ..serve::Options::default()
    };
    let database = Database::create(Engine::Sqlite).await?;
    let (server, owner) = founded(&database, options, port).await?;
    let agent = device(&owner, &line.base()).await?;
    let mut promises = Promises::default();
    promises.block(&owner, "first.example".to_owned()).await?;
    promises.are_kept(&owner, &agent).await?;
    for round in 0..rounds(2) {
        let moods = [
            Mood::Down,
            Mood::BreaksOff(90),
            Mood::Lies,
            Mood::BreaksOff(700),
            Mood::Down,
            Mood::Lies,
        ];
        for (number, mood) in moods.into_iter().enumerate() {
            line.be(mood);
            promises
                .block(&owner, format!("site-{round}-{number}.example"))
                .await?;
            wait::until_true(format!("{mood:?} to be felt"), async || {
                promises.nothing_is_loosened(&agent);
                Ok(line.treated() > 0)
            })
            .await?;
            line.be(Mood::Clean);
            promises.are_kept(&owner, &agent).await?;
        }
        // A slow line is a line.
        line.be(Mood::Slow);
        promises.block(&owner, format!("slow-{round}.example")).await?;
        promises.are_kept(&owner, &agent).await?;
    }
    let log = server.printed().join("\n");
    assert!(!log.contains("panicked"), "{log}");
    Ok(())
}
