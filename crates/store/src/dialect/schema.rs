//! Opening a database as it is, for whoever keeps it running: nothing is migrated, and where needed nobody else may
//! have it open. And the migrations that bring a schema from one version to another.

use std::{path::Path, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::SqliteLockingMode,
};

use super::{
    Link, Location, OpenOptions, Pools, Sql,
    open::{POSTGRES, SQLITE, file_options, file_pool, of_migration, of_opening, prepare_file},
};
use tessera_ids::Timestamp;

use crate::{Error, Reader, Result, Tx, column::records};

/// Every version that the schema had, on both engines.
#[cfg(test)]
pub(crate) fn versions() -> Vec<u64> {
    let of = |migrator: &sqlx::migrate::Migrator| -> Vec<u64> {
        migrator
            .iter()
            .filter_map(|migration| u64::try_from(migration.version).ok())
            .collect()
    };
    assert_eq!(
        of(&SQLITE),
        of(&POSTGRES),
        "each migration has a file for each engine"
    );
    of(&SQLITE)
}

/// The version of the schema that this program makes.
pub(crate) fn newest_schema() -> u64 {
    let newest = SQLITE.iter().map(|migration| migration.version).max();
    newest
        .and_then(|version| u64::try_from(version).ok())
        .unwrap_or(0)
}

impl Pools {
    /// Opens a database that is there, beside whoever else has it open.
    pub(crate) async fn open_beside(location: &Location, options: &OpenOptions) -> Result<Self> {
        match location {
            Location::File(path) => {
                if !path.exists() {
                    return Err(missing(path));
                }
                let connect = file_options(path, options).create_if_missing(false);
                let pool = || file_pool(options).max_connections(1);
                let writer = pool().connect_with(connect.clone()).await;
                let writer = writer.map_err(|error| of_opening(error, path))?;
                let readers = pool().connect_lazy_with(connect.pragma("query_only", "on"));
                Ok(Self::Sqlite { writer, readers })
            }
            Location::Server(url) => Ok(Self::Postgres(server(url, options).await?)),
        }
    }

    /// Opens a database that nobody else has open, and keeps others out of an embedded one; where `make`, it may be
    /// made. Nothing in it is changed.
    pub(crate) async fn open_alone(location: &Location, options: &OpenOptions, make: bool) -> Result<Self> {
        match location {
            Location::File(path) => {
                if !make && !path.exists() {
                    return Err(missing(path));
                }
                prepare_file(path)
                    .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
                let connect = file_options(path, options)
                    .locking_mode(SqliteLockingMode::Exclusive)
                    .busy_timeout(Duration::from_millis(500));
                // One connection for all: it is the only one that the file lets in.
                let only = file_pool(options).max_connections(1).connect_with(connect).await;
                let only = only.map_err(|error| match of_opening(error, path) {
                    Error::Busy => Error::InUse,
                    other => other,
                })?;
                Ok(Self::Sqlite {
                    writer: only.clone(),
                    readers: only,
                })
            }
            Location::Server(url) => {
                let pool = server(url, options).await?;
                refuse_company(&pool).await?;
                Ok(Self::Postgres(pool))
            }
        }
    }
}

fn missing(path: &Path) -> Error {
    Error::Unavailable(format!("there is no database at {}", path.display()))
}

/// A pool that is not taken for a server's.
async fn server(url: &str, options: &OpenOptions) -> Result<PgPool> {
    let connect: PgConnectOptions = url.parse()?;
    let pool = PgPoolOptions::new()
        .acquire_timeout(options.patience)
        .max_connections(2)
        .connect_with(connect.application_name("tessera admin"))
        .await?;
    Ok(pool)
}

/// Every server keeps a connection on which it listens. One that has just ended may be listed for a moment longer.
async fn refuse_company(pool: &PgPool) -> Result<()> {
    const SERVERS: &str = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'tessera'";
    const WAIT: Duration = Duration::from_millis(200);
    for _ in 0..5 {
        let (servers,): (i64,) = sqlx::query_as(SERVERS).fetch_one(pool).await?;
        if servers == 0 {
            return Ok(());
        }
        tokio::time::sleep(WAIT).await;
    }
    Err(Error::InUse)
}

records! {
    /// What the database knows of time.
    pub struct DatabaseClock {
        /// What time it is there.
        pub now: Timestamp,
        /// When the newest line of the audit log was written.
        pub newest: Option<Timestamp>,
    }
}

impl Reader {
    /// What time it is for the database, and when something last happened in it.
    pub async fn database_clock(&mut self) -> Result<DatabaseClock> {
        const SQL: Sql = Sql {
            sqlite: "select cast(unixepoch('subsec') * 1000000 as integer) as now, max(at) as newest from audit",
            postgres: "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) as now,
                max(at) as newest from audit",
        };
        self.query(SQL).one().await
    }

    /// The version of the schema; `None` where no migration ever ran.
    pub async fn schema_version(&mut self) -> Result<Option<u64>> {
        const IS_THERE: Sql = Sql {
            sqlite: "select count(*) as count from sqlite_master where name = '_sqlx_migrations'",
            postgres: "select count(*) as count from pg_class t
                join pg_namespace n on n.oid = t.relnamespace and n.nspname = current_schema()
                where t.relname = '_sqlx_migrations'",
        };
        if self.query(IS_THERE).count().await? == 0 {
            return Ok(None);
        }
        let version = self
            .query("select coalesce(max(version), 0) as count from _sqlx_migrations where success")
            .count()
            .await?;
        Ok((version > 0).then_some(version))
    }

    /// What the engine finds wrong with its own files, in its own words; nothing when all is well. Reads everything.
    pub async fn damage(&mut self) -> Result<Vec<String>> {
        const BROKEN: &str =
            "select \"table\" || ' refers to a missing row of ' || parent || ' (' || count(*) || ' times)'
            from pragma_foreign_key_check group by \"table\", parent";
        const INVALID: &str = "select cast(conrelid::regclass as text) || ': the constraint ' || conname || ' was never checked'
            from pg_constraint where not convalidated and connamespace = current_schema()::regnamespace
            union all
            select cast(indexrelid::regclass as text) || ' is an invalid index; run `reindex`'
            from pg_index where not indisvalid";
        match &mut self.link {
            Link::Sqlite(tx) => {
                let said: Vec<(String,)> = sqlx::query_as("pragma integrity_check(20)")
                    .fetch_all(&mut **tx)
                    .await?;
                let mut wrong: Vec<_> = said
                    .into_iter()
                    .map(|(said,)| said)
                    .filter(|said| said != "ok")
                    .collect();
                let broken: Vec<(String,)> = sqlx::query_as(BROKEN).fetch_all(&mut **tx).await?;
                wrong.extend(broken.into_iter().map(|(said,)| said));
                Ok(wrong)
            }
            // A server checks each page as it is read, and its constraints cannot be broken from outside.
            Link::Postgres(tx) => {
                let said: Vec<(String,)> = sqlx::query_as(INVALID).fetch_all(&mut **tx).await?;
                Ok(said.into_iter().map(|(said,)| said).collect())
            }
        }
    }
}

impl Tx {
    /// Runs the migrations up to this version, or all of them, within this transaction.
    pub(crate) async fn migrate(&mut self, version: Option<u64>) -> Result<()> {
        let version = version.and_then(|version| i64::try_from(version).ok());
        match &mut self.link {
            Link::Sqlite(tx) => SQLITE.run_direct(version, &mut **tx, false).await,
            Link::Postgres(tx) => POSTGRES.run_direct(version, &mut **tx, false).await,
        }
        .map_err(of_migration)
    }
}
