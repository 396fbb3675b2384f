//! The only module that names an engine: connections, the two spellings where SQL differs, and
//! what each driver's errors mean. Opening is in [`open`], reading cells in [`row`].

use sqlx::{Postgres, Sqlite, Transaction};

use crate::{Error, error::Unique};

mod listen;
mod open;
mod row;
mod schema;
mod tables;

pub(crate) use listen::payload;
pub use listen::{Heard, Listener};
pub(crate) use open::Pools;
pub use open::{Durability, Location, OpenOptions};
pub(crate) use row::AnyRow;
pub use schema::DatabaseClock;
pub(crate) use schema::newest_schema;
#[cfg(test)]
pub(crate) use schema::versions;
pub(crate) use tables::{Table, TableColumn};

/// An open transaction on whichever engine the server was started with.
pub(crate) enum Link {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs the same expression against the driver that is open, with that driver's spelling of the
/// statement and its variant of [`AnyRow`].
macro_rules! on {
    ($link:expr, $sql:expr, |$conn:ident, $text:ident, $row:ident| $body:expr) => {
        match $link {
            $crate::dialect::Link::Sqlite(tx) => {
                let ($conn, $text, $row) = (&mut **tx, $sql.sqlite, $crate::dialect::AnyRow::Sqlite);
                $body
            }
            $crate::dialect::Link::Postgres(tx) => {
                let ($conn, $text, $row) = (&mut **tx, $sql.postgres, $crate::dialect::AnyRow::Postgres);
                $body
            }
        }
    };
}
pub(crate) use on;

/// One statement, in the dialect both engines share unless a macro below spelt it twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl From<&'static str> for Sql {
    fn from(shared: &'static str) -> Self {
        Self {
            sqlite: shared,
            postgres: shared,
        }
    }
}

/// What the engine says of the database: its bytes, and the newest migration.
pub(crate) const DATABASE_FACTS: Sql = Sql {
    sqlite: "select (select page_count from pragma_page_count()) * (select page_size from pragma_page_size()) as size,
            (select max(version) from _sqlx_migrations) as schema",
    postgres: "select pg_database_size(current_database()) as size,
            (select max(version) from _sqlx_migrations) as schema",
};

/// A statement that reads the JSON array bound as `$n` as the table `r`:
/// `bulk!("insert into t (a, b) select r.a, r.b from ", $2 { a: uuid, b: int }, " where true")`.
/// Ids and bytes are hexadecimal text in the array.
///
/// `limit -1` keeps SQLite from folding `r` into what stands around it: it would then parse the whole array
/// anew for each row of the other table, which made 10,000 invitations take 45 seconds.
macro_rules! bulk {
    ($($before:literal)?, $parameter:literal { $($column:ident: $kind:ident),+ $(,)? }, $after:literal) => {
        $crate::dialect::Sql {
            sqlite: concat!(
                $($before,)? "(select 1 as one",
                $(", ", $crate::dialect::cell!(sqlite $kind $column), " as ", stringify!($column),)+
                " from json_each(", $parameter, ") limit -1) as r", $after
            ),
            postgres: concat!(
                $($before,)? "(select 1 as one",
                $(", ", $crate::dialect::cell!(postgres $kind $column), " as ", stringify!($column),)+
                " from json_to_recordset(", $parameter, "::json) as e (one bigint",
                $(", ", stringify!($column), $crate::dialect::cell!(type $kind),)+
                ")) as r", $after
            ),
        }
    };
}
pub(crate) use bulk;

/// One column of the table that [`bulk`] makes of a JSON array.
macro_rules! cell {
    (sqlite uuid $c:ident) => {
        concat!("unhex(value ->> '", stringify!($c), "')")
    };
    (sqlite bytes $c:ident) => {
        concat!("unhex(value ->> '", stringify!($c), "')")
    };
    (sqlite int $c:ident) => {
        concat!("(value ->> '", stringify!($c), "')")
    };
    (sqlite text $c:ident) => {
        concat!("(value ->> '", stringify!($c), "')")
    };
    (postgres uuid $c:ident) => {
        concat!("e.", stringify!($c), "::uuid")
    };
    (postgres bytes $c:ident) => {
        concat!("decode(e.", stringify!($c), ", 'hex')")
    };
    (postgres int $c:ident) => {
        concat!("e.", stringify!($c))
    };
    (postgres text $c:ident) => {
        concat!("e.", stringify!($c))
    };
    (type int) => {
        " bigint"
    };
    (type $kind:ident) => {
        " text"
    };
}
pub(crate) use cell;

/// A statement whose inner `select` passes over rows that another worker holds.
macro_rules! skip_locked {
    ($before:literal, $after:literal) => {
        $crate::dialect::Sql {
            sqlite: concat!($before, $after),
            postgres: concat!($before, " for update skip locked", $after),
        }
    };
}
pub(crate) use skip_locked;

impl Link {
    /// Tells every process that listens, when the transaction commits. SQLite serves one process,
    /// which knows what it committed.
    pub(crate) async fn notify(&mut self, payload: &str) -> sqlx::Result<()> {
        if let Self::Postgres(tx) = self {
            sqlx::query("select pg_notify($1, $2)")
                .bind(listen::CHANNEL)
                .bind(payload)
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    pub(crate) async fn roll_back(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }
}

/// What PostgreSQL calls each key, and the columns that SQLite names instead.
const UNIQUE: [(Unique, &str, &str); 7] = [
    (
        Unique::AccountEmail,
        "accounts_email_unique",
        "accounts.email_key",
    ),
    (
        Unique::Membership,
        "memberships_unique",
        "memberships.org, memberships.account",
    ),
    (Unique::TeamName, "teams_name_unique", "teams.org, teams.name_key"),
    (
        Unique::CredentialName,
        "credentials_name_unique",
        "credentials.org, credentials.name_key",
    ),
    (
        Unique::PendingInvitation,
        "invitations_pending_unique",
        "invitations.org, invitations.email_key",
    ),
    (
        Unique::UserCode,
        "enrollments_user_code_unique",
        "enrollments.user_code",
    ),
    (
        Unique::Revision,
        "revisions_unique",
        "revisions.org, revisions.number",
    ),
];

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => of_database(database.as_ref()),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

fn of_database(error: &dyn sqlx::error::DatabaseError) -> Error {
    if error.is_unique_violation() {
        let known = UNIQUE.iter().find(|(_, constraint, columns)| {
            error.constraint() == Some(constraint) || error.message().ends_with(&format!("failed: {columns}"))
        });
        return Error::NotUnique(known.map_or(Unique::Other, |(unique, ..)| *unique));
    }
    if error.is_foreign_key_violation() {
        return Error::Reference;
    }
    let text = error.to_string();
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // An extended result code carries the primary one in its low byte.
        return match code.parse::<i32>().unwrap_or(1) & 0xff {
            5 | 6 => Error::Busy,
            8 | 10 | 13 => Error::Unwritable(text),
            14 => Error::Unavailable(text),
            _ => Error::Internal(text),
        };
    }
    match code.as_ref() {
        "40001" | "40P01" | "55P03" => Error::Busy,
        // disk_full, and read_only_sql_transaction as a standby answers.
        "53100" | "25006" => Error::Unwritable(text),
        code if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => Error::Unavailable(text),
        _ => Error::Internal(text),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Row as _, SqliteConnection};

    use super::Sql;

    #[tokio::test]
    async fn an_array_is_parsed_once_and_not_for_each_row_of_the_table() {
        const UPDATE: Sql = bulk!(
            "explain query plan update t set a = r.a from ",
            "$1" { id: int, a: text },
            " where t.org = 1 and t.id = r.id"
        );
        let mut tx = SqliteConnection::connect("sqlite::memory:").await.expect("opens");
        sqlx::raw_sql("create table t (org integer not null, id integer not null, a text, primary key (org, id)) strict")
            .execute(&mut tx)
            .await
            .expect("a table");
        let plan = sqlx::query(UPDATE.sqlite)
            .bind("[]")
            .fetch_all(&mut tx)
            .await
            .expect("a plan");
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert!(
            plan.iter().any(|step| step.starts_with("MATERIALIZE")),
            "{plan:?}"
        );
        assert!(
            plan.iter().any(|step| step.contains("org=? AND id=?")),
            "{plan:?}"
        );
    }
}
