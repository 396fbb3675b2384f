//! A fetched row of either driver, read cell by cell.

use sqlx::{Row, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

/// A row that either driver fetched.
pub(crate) enum AnyRow {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! cells {
    ($($name:ident: $type:ty),+ $(,)?) => {
        impl AnyRow {
            $(pub(crate) fn $name(&self, column: &str) -> sqlx::Result<Option<$type>> {
                match self {
                    Self::Sqlite(row) => row.try_get(column),
                    Self::Postgres(row) => row.try_get(column),
                }
            })+
        }
    };
}

cells! { uuid: Uuid, int: i64, text: String, bytes: Vec<u8> }

macro_rules! numbered_cells {
    ($($name:ident: $type:ty),+ $(,)?) => {
        impl AnyRow {
            $(pub(crate) fn $name(&self, index: usize) -> sqlx::Result<Option<$type>> {
                match self {
                    Self::Sqlite(row) => row.try_get(index),
                    Self::Postgres(row) => row.try_get(index),
                }
            })+
        }
    };
}

numbered_cells! { int_at: i64, text_at: String, bytes_at: Vec<u8> }
