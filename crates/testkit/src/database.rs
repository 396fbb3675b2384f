//! A database for one test: a file in a temporary folder, or a PostgreSQL database of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use crate::outside;

/// The engines that Tessera runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// An empty database and a data folder. The folder goes when this is dropped; the PostgreSQL database goes
/// with the cluster that `cargo xtask test` made.
#[derive(Debug)]
pub struct Database {
    folder: TempDir,
    url: Option<String>,
}

impl Database {
    /// Makes one.
    pub async fn create(engine: Engine) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("tessera-test-").tempdir()?;
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(create_postgres().await?),
        };
        Ok(Self { folder, url })
    }

    /// An embedded one in a folder of its own within this one.
    pub fn embedded_in(parent: &std::path::Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tessera-test-")
            .tempdir_in(parent)?;
        Ok(Self { folder, url: None })
    }

    /// Ends every connection to a PostgreSQL database at once, as when its server is restarted.
    pub async fn cut_connections(&self) -> anyhow::Result<()> {
        let url = self.url.as_deref().context("it is on PostgreSQL")?;
        let (_, name) = url.rsplit_once('/').context("a database URL names a database")?;
        let base = std::env::var("TESSERA_TEST_POSTGRES").context("TESSERA_TEST_POSTGRES names a server")?;
        let mut connection = PgConnection::connect(&base).await?;
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(name)
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// Where the server keeps its files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What a server is given as `--database-url`; nothing means the embedded database in the folder.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

async fn create_postgres() -> anyhow::Result<String> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let base = std::env::var("TESSERA_TEST_POSTGRES").context("TESSERA_TEST_POSTGRES names a server")?;
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("tessera_kit_{}_{made}", std::process::id());
    let mut connection = PgConnection::connect(&base).await?;
    for statement in [
        format!("drop database if exists {name} with (force)"),
        format!("create database {name}"),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    let (server, _) = base.rsplit_once('/').context("a database URL names a database")?;
    Ok(format!("{server}/{name}"))
}

/// The engines on which a test of both runs here; notes a skip when there is no PostgreSQL.
pub fn engines() -> Vec<Engine> {
    if outside::all_present(&[outside::Party::Postgres]) {
        vec![Engine::Sqlite, Engine::Postgres]
    } else {
        vec![Engine::Sqlite]
    }
}
