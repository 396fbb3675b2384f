//! Archives: all that a database holds, on either engine, as one file that a database of either engine is made from.
//!
//! An archive is gzip around lines of JSON: a [`Head`], then each table's name and columns followed by its rows in the
//! order of its key, then a trailer with the rows and the SHA-256 of each table, the SHA-256 of everything before it, and
//! a seal that whoever has not the installation's key cannot make. Times are numbers and bytes are hexadecimal, so the
//! same rows give the same lines, and therefore the same sums, on both engines: that is how a copy is checked.
//!
//! Tables are found in the schema. What is left out of a backup stands in [`LEFT_OUT`], each with its reason.

use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tessera_ids::Timestamp;

use crate::{Error, Hash, Reader, Result as StoreResult, dialect::Table};

mod fill;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Checked, check};

/// The form of archives that this program writes, and the only one that it reads.
const FORMAT: u32 = 1;

/// Tables that a backup does not hold, and why. A copy from one database into another holds them too.
pub const LEFT_OUT: &[(&str, &str)] = &[
    (
        "sessions",
        "whoever signed out since must stay signed out: everybody signs in again after a restore",
    ),
    (
        "account_tokens",
        "links in mails work once: a restore must not let them work again",
    ),
    (
        "email_changes",
        "their links work once: a restore must not let them work again",
    ),
    ("attempts", "what rate limits count is forgotten within the hour"),
    (
        "device_tokens",
        "they last ten minutes, and devices fetch new ones by themselves",
    ),
    (
        "assertion_ids",
        "they last minutes, and a device's next assertion is another",
    ),
    ("enrollments", "codes last ten minutes, and are asked for anew"),
];

/// Which tables are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All but [`LEFT_OUT`]: for keeping.
    Backup,
    /// All: for a copy that goes on where the original stopped.
    Everything,
}

impl Scope {
    fn holds(self, table: &str) -> bool {
        self == Self::Everything || LEFT_OUT.iter().all(|(left, _)| *left != table)
    }
}

/// The first line of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The form of what follows.
    pub tessera_backup: u32,
    /// The version of the program that wrote it.
    pub product: String,
    /// The version of the schema that its tables have.
    pub schema: u64,
    /// When it was begun.
    pub taken_at: Timestamp,
    /// The engine that it was read from.
    pub engine: String,
    /// Tells whether a master key is the one that opens its secrets, as hexadecimal digits. The key itself is in no
    /// archive.
    pub key_check: String,
    /// The tables that it holds, parents first.
    pub tables: Vec<String>,
    /// The tables that were left out.
    pub left_out: Vec<String>,
}

/// How many rows a table has, and the SHA-256 of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    /// The table.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Of its lines, as hexadecimal digits.
    pub sha256: String,
}

/// The line before a table's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TableHead {
    table: String,
    /// Name and kind, in the order of the cells.
    columns: Vec<(String, String)>,
}

impl TableHead {
    fn of(table: &Table) -> Self {
        let column = |column: &crate::dialect::TableColumn| (column.name.clone(), column.kind.to_string());
        Self {
            table: table.name.clone(),
            columns: table.columns.iter().map(column).collect(),
        }
    }
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Trailer {
    sums: Vec<TableSum>,
    sha256: String,
    seal: String,
}

/// Why an archive could not be written, read or loaded.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file is not what was written.
    #[error("the backup is not usable: {0}")]
    Damaged(String),
    /// It needs a newer program.
    #[error(
        "the backup was made by Tessera {product} with schema {schema}, and this program knows {known}: use that version or a newer one"
    )]
    Newer {
        /// The version that wrote it.
        product: String,
        /// Its schema.
        schema: u64,
        /// The newest schema known here.
        known: u64,
    },
    /// The database to read has a schema that this program does not know.
    #[error("the database has schema {0}, which a newer Tessera made: use that version")]
    NewerDatabase(u64),
    /// There is nothing to read.
    #[error("the database holds no Tessera")]
    Empty,
    /// The database to fill holds something.
    #[error("the database is not empty")]
    Occupied,
    /// The database to fill holds tables that Tessera did not make.
    #[error("the database holds tables that are not Tessera's: {0}")]
    Foreign(String),
    /// What was written is not what was read.
    #[error("the copy of {0} is not the same as the original; nothing was kept")]
    Differs(String),
    /// Reading or writing the file failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

type Result<T, E = ArchiveError> = std::result::Result<T, E>;

/// Counts and sums a table's lines.
#[derive(Default)]
struct Sum {
    rows: u64,
    hash: Sha256,
}

impl Sum {
    fn add(&mut self, lines: &[u8]) {
        let ends = lines.split_inclusive(|byte| *byte == b'\n');
        self.rows += u64::try_from(ends.count()).unwrap_or(u64::MAX);
        self.hash.update(lines);
    }

    fn end(self, name: &str) -> TableSum {
        TableSum {
            name: name.to_owned(),
            rows: self.rows,
            sha256: crate::hex(&self.hash.finalize()),
        }
    }
}

impl Reader {
    /// The sum of a table as it is now.
    async fn sum(&mut self, table: &Table) -> StoreResult<TableSum> {
        let mut sum = Sum::default();
        self.each_lines(table, async |lines| {
            sum.add(lines);
            Ok(())
        })
        .await?;
        Ok(sum.end(&table.name))
    }
}

fn digest(hash: Sha256) -> Hash {
    hash.finalize().into()
}
