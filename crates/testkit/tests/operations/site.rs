//! An installation as its operator has it: a database, and a server process that can be stopped.

use tessera_testkit::actors::Person;
use tessera_testkit::database::Database;
use tessera_testkit::serve::{Options, Serve};

/// A server process that was set up, and its first owner.
pub(crate) async fn found(database: &Database) -> anyhow::Result<(Serve, Person)> {
    let mut server = Serve::start(database, Options::default()).await?;
    let link = server.setup_link().await?;
    let owner = Person::set_up(&link, "Meridian", "Ada", "ada@meridian.example").await?;
    Ok((server, owner))
}
