//! An installation as its operator has it: a database, a server process that can be stopped, and commands.

use anyhow::Context as _;
use tessera_testkit::actors::Person;
use tessera_testkit::database::Database;
use tessera_testkit::program::{self, Finished};
use tessera_testkit::serve::{MASTER_KEY, Options, Serve};

/// A server process that was set up, and its first owner.
pub(crate) async fn found(database: &Database) -> anyhow::Result<(Serve, Person)> {
    let mut server = Serve::start(database, Options::default()).await?;
    let link = server.setup_link().await?;
    let owner = Person::set_up(&link, "Meridian", "Ada", "ada@meridian.example").await?;
    Ok((server, owner))
}

/// Runs `tessera admin …` on a database, with the configuration that its server has.
pub(crate) async fn admin(database: &Database, arguments: &[&str]) -> anyhow::Result<Finished> {
    let data = database.folder().join("server").display().to_string();
    let mut all = vec!["admin"];
    all.extend(arguments);
    all.extend(["--data", data.as_str()]);
    if let Some(url) = database.url() {
        all.extend(["--database-url", url]);
    }
    program::run_with(database.folder(), all, &[("TESSERA_MASTER_KEY", MASTER_KEY)]).await
}

/// As [`admin`], and it must go well.
pub(crate) async fn admin_does(database: &Database, arguments: &[&str]) -> anyhow::Result<String> {
    let done = admin(database, arguments).await?;
    anyhow::ensure!(
        done.code == Some(0),
        "{arguments:?}: {} {}",
        done.output,
        done.errors
    );
    Ok(done.output)
}

/// As [`admin`], and it must be refused; what it says.
pub(crate) async fn admin_refuses(database: &Database, arguments: &[&str]) -> anyhow::Result<String> {
    let done = admin(database, arguments).await?;
    anyhow::ensure!(
        done.code == Some(1),
        "{arguments:?}: {:?} {}",
        done.code,
        done.output
    );
    Ok(done.errors)
}

/// A path as an argument.
pub(crate) fn text(path: &std::path::Path) -> anyhow::Result<&str> {
    path.to_str().context("a test's path is text")
}
