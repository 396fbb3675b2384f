//! Opening a database: where it is, how durable, its pools, and the migrations it needs.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    Connection as _, PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::Link;
use crate::{Error, Result};

pub(super) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// A database up to this size is read whole at start to see that it is sound.
const CHECKED_WHOLE: u64 = 64 << 20;

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file of the embedded engine.
    File(PathBuf),
    /// A `postgres://` address.
    Server(String),
}

impl FromStr for Location {
    type Err = Error;

    /// Reads a `postgres://` address, a `sqlite:` address, or the path of a file.
    fn from_str(text: &str) -> Result<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Server(text.to_owned()));
        }
        let path = text
            .strip_prefix("sqlite:")
            .map_or(text, |rest| rest.trim_start_matches("//"));
        match path {
            "" => Err(Error::Internal("the database address is empty".to_owned())),
            path if path.contains("://") => {
                Err(Error::Internal("the database address is unknown".to_owned()))
            }
            path => Ok(Self::File(path.into())),
        }
    }
}

/// What a commit on the embedded engine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// The disk: nothing committed is lost when the power goes.
    #[default]
    Disk,
    /// Nothing; for tests that open hundreds of databases.
    Nothing,
}

/// How to open a database.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// What a commit waits for on the embedded engine.
    pub durability: Durability,
    /// Connections kept at most: readers of the embedded engine, all of a server.
    pub connections: u32,
    /// How long a transaction waits for a connection.
    pub patience: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Disk,
            connections: 8,
            patience: Duration::from_secs(10),
        }
    }
}

/// The connections of a store.
#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// One writer, because SQLite has one; several readers beside it.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Pools {
    pub(crate) async fn open(location: &Location, options: &OpenOptions) -> Result<Self> {
        match location {
            Location::File(path) => open_file(path, options).await,
            Location::Server(url) => open_server(url, options).await,
        }
    }

    /// A transaction that may write. `BEGIN IMMEDIATE` takes SQLite's write lock before anything
    /// is read; a deferred one would fail when it came to write.
    pub(crate) async fn begin(&self) -> sqlx::Result<Link> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Link::Sqlite(writer.begin_with("begin immediate").await?),
            Self::Postgres(pool) => {
                Link::Postgres(pool.begin_with("begin isolation level read committed").await?)
            }
        })
    }

    /// A transaction that only reads, and all of it as things were at its first statement.
    pub(crate) async fn snapshot(&self) -> sqlx::Result<Link> {
        Ok(match self {
            // Every transaction is one on the embedded engine.
            Self::Sqlite { readers, .. } => Link::Sqlite(readers.begin_with("begin").await?),
            Self::Postgres(pool) => Link::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        })
    }

    /// A transaction that only reads.
    pub(crate) async fn read(&self) -> sqlx::Result<Link> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Link::Sqlite(readers.begin_with("begin").await?),
            Self::Postgres(pool) => Link::Postgres(
                pool.begin_with("begin isolation level read committed read only")
                    .await?,
            ),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Connections that are open, and those of them that nobody uses.
    pub(crate) fn connections(&self) -> (u32, u32) {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        match self {
            Self::Sqlite { writer, readers } => (
                writer.size() + readers.size(),
                small(writer.num_idle() + readers.num_idle()),
            ),
            Self::Postgres(pool) => (pool.size(), small(pool.num_idle())),
        }
    }

    /// What the operator's screen calls the engine.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

pub(super) fn file_options(path: &Path, options: &OpenOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match options.durability {
            Durability::Disk => SqliteSynchronous::Full,
            Durability::Nothing => SqliteSynchronous::Off,
        })
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
}

pub(super) fn file_pool(options: &OpenOptions) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .acquire_timeout(options.patience)
        .idle_timeout(None)
        .max_lifetime(None)
        // A full disk makes the engine end a transaction by itself. The driver cannot undo what is no more, and would
        // believe for ever that it is still within it: such a connection is closed, and the next one is sound.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

async fn open_file(path: &Path, options: &OpenOptions) -> Result<Pools> {
    let size =
        prepare_file(path).map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    let connect = file_options(path, options);
    let pool = || file_pool(options);
    let writer = pool().max_connections(1).connect_with(connect.clone()).await;
    let writer = writer.map_err(|error| of_opening(error, path))?;
    check_file(&writer, path, size).await?;
    SQLITE.run(&writer).await.map_err(of_migration)?;
    // What was committed before this start no longer hangs on the log of writes beside the file.
    sqlx::query("pragma wal_checkpoint(truncate)")
        .execute(&writer)
        .await?;
    let readers = pool()
        .max_connections(options.connections.max(1))
        .min_connections(0)
        .connect_lazy_with(connect.pragma("query_only", "on"));
    Ok(Pools::Sqlite { writer, readers })
}

/// Makes the file readable by its owner alone (the engine gives its side files the same mode);
/// its size.
pub(super) fn prepare_file(path: &Path) -> std::io::Result<u64> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file.metadata()?.len())
}

/// What the engine says of a file that is no database, and of one that lost a part.
const NOT_SOUND: [&str; 2] = ["26", "11"];

/// Why a file does not open, with what to do about it where the file itself is to blame.
pub(super) fn of_opening(error: sqlx::Error, path: &Path) -> Error {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    if code.is_some_and(|code| NOT_SOUND.contains(&code.as_ref())) {
        damaged(path, &error)
    } else {
        error.into()
    }
}

fn damaged(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!(
        "the database file {} is damaged ({why}). Nothing in it was changed, and devices go on enforcing what they have. Move \
         it away together with the -wal and -shm files beside it, keep them, and restore the last backup with `tessera admin \
         restore`",
        path.display()
    ))
}

async fn check_file(writer: &SqlitePool, path: &Path, size: u64) -> Result<()> {
    // A file that lost its end is refused at its first statement; what a large one lost in between, when it is read.
    let check = if size <= CHECKED_WHOLE {
        "pragma quick_check(1)"
    } else {
        "select 'ok' from sqlite_schema limit 1"
    };
    let answer: Option<(String,)> = sqlx::query_as(check)
        .fetch_optional(writer)
        .await
        .map_err(|error| damaged(path, &error))?;
    match answer {
        Some((word,)) if word != "ok" => Err(damaged(path, &word)),
        _ => Ok(()),
    }
}

async fn open_server(url: &str, options: &OpenOptions) -> Result<Pools> {
    let connect: PgConnectOptions = url.parse()?;
    let pool = PgPoolOptions::new()
        .acquire_timeout(options.patience)
        .max_connections(options.connections.max(2))
        .connect_with(connect.application_name("tessera"))
        .await?;
    // Takes an advisory lock, so that replicas that start together migrate one after another.
    POSTGRES.run(&pool).await.map_err(of_migration)?;
    Ok(Pools::Postgres(pool))
}

pub(super) fn of_migration(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(version) => Error::Internal(format!(
            "the database was migrated to version {version} by a newer Tessera; start that one, or restore a backup"
        )),
        MigrateError::VersionMismatch(version) => Error::Internal(format!(
            "migration {version} is not the one that made this database"
        )),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => Error::Internal(other.to_string()),
    }
}
