//! An operator at the server's command line: `tessera admin …` as a process.

use std::path::Path;

use anyhow::Context as _;

use crate::database::Database;
use crate::program::{self, Finished};
use crate::serve::MASTER_KEY;

/// Runs `tessera admin …` on a database, with the configuration that its server has.
pub async fn admin(database: &Database, arguments: &[&str]) -> anyhow::Result<Finished> {
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
pub async fn admin_does(database: &Database, arguments: &[&str]) -> anyhow::Result<String> {
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
pub async fn admin_refuses(database: &Database, arguments: &[&str]) -> anyhow::Result<String> {
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
pub fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a test's path is text")
}
