//! Writing an archive from one snapshot of a database, a batch of rows at a time.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use tessera_ids::Timestamp;

use super::{ArchiveError, FORMAT, Head, Result, Scope, Sum, TableHead, TableSum, Trailer, digest};
use crate::{Error, Hash, Reader, dialect};

/// Writes lines and sums them.
struct Lines<W: Write> {
    out: GzEncoder<W>,
    hash: Sha256,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.hash.update(lines);
        self.out.write_all(lines)
    }

    fn write_json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.write(&line)
    }
}

impl Reader {
    /// Writes everything that this transaction sees, which should be a [`snapshot`](crate::Store::snapshot). `seal` is
    /// given the digest of all that was written and answers what only this installation can.
    ///
    /// # Errors
    /// [`ArchiveError::Empty`] for a database without an installation, [`ArchiveError::NewerDatabase`] for one that this
    /// program does not know.
    pub async fn write_archive<W: Write>(
        &mut self,
        out: W,
        product: &str,
        taken_at: Timestamp,
        engine: &str,
        seal: impl FnOnce(&Hash) -> Vec<u8>,
    ) -> Result<(Head, Vec<TableSum>)> {
        let schema = self.known_schema().await?;
        let installation = self.key_check().await?.ok_or(ArchiveError::Empty)?;
        let all = self.tables().await?;
        let (tables, left_out): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|table| Scope::Backup.holds(&table.name));
        let head = Head {
            tessera_backup: FORMAT,
            product: product.to_owned(),
            schema,
            taken_at,
            engine: engine.to_owned(),
            key_check: crate::hex(&installation),
            tables: tables.iter().map(|table| table.name.clone()).collect(),
            left_out: left_out.into_iter().map(|table| table.name).collect(),
        };
        let mut lines = Lines {
            out: GzEncoder::new(out, Compression::default()),
            hash: Sha256::new(),
        };
        lines.write_json(&head)?;
        let mut sums = Vec::with_capacity(tables.len());
        for table in &tables {
            lines.write_json(&TableHead::of(table))?;
            let mut sum = Sum::default();
            self.each_lines(table, async |batch| {
                sum.add(batch);
                lines
                    .write(batch)
                    .map_err(|error| Error::Unavailable(format!("writing the backup: {error}")))
            })
            .await?;
            sums.push(sum.end(&table.name));
        }
        let whole = digest(lines.hash.clone());
        let trailer = Trailer {
            sums,
            sha256: crate::hex(&whole),
            seal: crate::hex(&seal(&whole)),
        };
        lines.write_json(&trailer)?;
        lines.out.finish()?.flush()?;
        Ok((head, trailer.sums))
    }

    /// The version of the schema, which this program knows.
    pub(super) async fn known_schema(&mut self) -> Result<u64> {
        let schema = self.schema_version().await?.ok_or(ArchiveError::Empty)?;
        if schema > dialect::newest_schema() {
            return Err(ArchiveError::NewerDatabase(schema));
        }
        Ok(schema)
    }
}
