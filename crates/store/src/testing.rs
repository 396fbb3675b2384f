//! Throwaway stores for tests, of this crate and others.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use tessera_ids::OrgId;

use crate::{Durability, Location, OpenOptions, Store, column::records, dialect::Sql};

records! {
    struct Table {
        name: String,
    }
}

/// The engines that a test can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded engine, in a temporary folder.
    Sqlite,
    /// The server at `TESSERA_TEST_POSTGRES`, or on this machine; a database of the test's own.
    Postgres,
}

/// A store that goes, database and all, with [`TestStore::remove`]; the folder of an embedded one
/// goes in any case.
#[derive(Debug)]
pub struct TestStore {
    /// The open store.
    pub store: Store,
    /// Where it is, to open it again.
    pub location: Location,
    name: String,
    _folder: Option<tempfile::TempDir>,
}

/// Opens an empty, migrated store; `None` when there is no PostgreSQL here, which is said on
/// standard error. With `CI` set, that is a failure instead.
///
/// # Panics
/// When the store cannot be made.
pub async fn open(engine: Engine) -> Option<TestStore> {
    open_with(engine, "").await
}

/// As [`open`]; `database` is appended to PostgreSQL's `create database`, as to give it a locale.
///
/// # Panics
/// When the store cannot be made.
pub async fn open_with(engine: Engine, database: &str) -> Option<TestStore> {
    let name = fresh_name();
    let (location, folder) = match engine {
        Engine::Sqlite => {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            (Location::File(folder.path().join("tessera.db")), Some(folder))
        }
        Engine::Postgres => {
            let mut server = server().await?;
            let sql = format!("create database {name} {database}");
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut server)
                .await
                .expect("the test may create a database");
            (Location::Server(address(&name)), None)
        }
    };
    let store = Store::open(&location, &options())
        .await
        .expect("a fresh store opens");
    Some(TestStore {
        store,
        location,
        name,
        _folder: folder,
    })
}

/// How tests open a store: nothing waits for the disk, and few connections are taken.
pub fn options() -> OpenOptions {
    OpenOptions {
        durability: Durability::Nothing,
        connections: 6,
        ..OpenOptions::default()
    }
}

impl TestStore {
    /// Runs statements past the store, as somebody with the database in their hands could; what the engine
    /// says against it.
    ///
    /// # Errors
    /// The engine's own words.
    pub async fn tamper(&self, sql: &'static str) -> Result<(), String> {
        let done = match &self.location {
            Location::File(file) => {
                let path = file.to_string_lossy();
                let mut by_hand = SqliteConnection::connect(&path)
                    .await
                    .map_err(|error| said(&error))?;
                sqlx::raw_sql(sql).execute(&mut by_hand).await.map(drop)
            }
            Location::Server(address) => {
                let mut by_hand = PgConnection::connect(address)
                    .await
                    .map_err(|error| said(&error))?;
                sqlx::raw_sql(sql).execute(&mut by_hand).await.map(drop)
            }
        };
        done.map_err(|error| said(&error))
    }

    /// Closes the store and drops its database.
    pub async fn remove(mut self) {
        self.store.close().await;
        let name = std::mem::take(&mut self.name);
        if matches!(self.location, Location::Server(_)) {
            drop_database(&name).await;
        }
    }
}

fn said(error: &sqlx::Error) -> String {
    error.to_string()
}

/// The tables that hold rows of organizations, by their column `org`, as the schema has them now.
///
/// # Panics
/// When the schema cannot be read.
pub async fn tables_of_orgs(store: &Store) -> Vec<String> {
    const SQL: Sql = Sql {
        sqlite: "select m.name from sqlite_master m join pragma_table_info(m.name) c on c.name = 'org'
            where m.type = 'table' order by m.name",
        postgres: "select cast(table_name as text) as name from information_schema.columns
            where column_name = 'org' and table_schema = current_schema() order by 1",
    };
    let mut tx = store.read().await.expect("the store answers");
    let tables: Vec<Table> = tx.query(SQL).all().await.expect("the schema is readable");
    tables.into_iter().map(|table| table.name).collect()
}

/// How many rows of an organization a table holds.
///
/// # Panics
/// When there is no such table, or it has no column `org`.
pub async fn rows_of_org(store: &Store, table: &str, org: OrgId) -> u64 {
    // Statements are constants everywhere but here, where the schema says what to ask.
    let sql: &'static str = format!("select count(*) as count from {table} where org = $1").leak();
    let mut tx = store.read().await.expect("the store answers");
    tx.query(sql).bind(org).count().await.expect("the table is there")
}

/// Also when a test fails before it calls [`TestStore::remove`].
impl Drop for TestStore {
    fn drop(&mut self) {
        if !matches!(self.location, Location::Server(_)) || self.name.is_empty() {
            return;
        }
        let name = std::mem::take(&mut self.name);
        // A runtime of its own: this one may be going down.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(drop_database(&name));
            }
        });
        let _ = thread.join();
    }
}

async fn drop_database(name: &str) {
    if let Ok(mut server) = PgConnection::connect(&address("postgres")).await {
        let sql = format!("drop database if exists {name} with (force)");
        let _ = sqlx::query(AssertSqlSafe(sql)).execute(&mut server).await;
    }
}

fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let random: [u8; 6] = tessera_ids::ambient::random_bytes(&tessera_ids::ambient::SystemEntropy);
    format!(
        "tessera_test_{}_{}",
        crate::hex(&random),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The server's address, with another database.
fn address(database: &str) -> String {
    let configured = std::env::var("TESSERA_TEST_POSTGRES");
    let server = configured
        .as_deref()
        .unwrap_or("postgres://root@127.0.0.1:5432/postgres");
    let (before, options) = server
        .split_once('?')
        .map_or((server, ""), |(before, options)| (before, options));
    let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
    let separator = if options.is_empty() { "" } else { "?" };
    format!("{base}/{database}{separator}{options}")
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
async fn server() -> Option<PgConnection> {
    match PgConnection::connect(&address("postgres")).await {
        Ok(server) => Some(server),
        Err(error) => {
            assert!(
                std::env::var_os("CI").is_none(),
                "PostgreSQL must answer in CI: {error}"
            );
            eprintln!("skipped: no PostgreSQL answers at TESSERA_TEST_POSTGRES: {error}");
            None
        }
    }
}
