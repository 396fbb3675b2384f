//! Filling an empty database: from an archive, or from another database. All of it is one transaction, and it is
//! committed only when what was written has been read again and has the same sums.

use std::io::Read;

use super::{
    ArchiveError, Checked, Result, Sum, TableHead, TableSum,
    read::{Part, Parts, damaged},
};
use crate::{Error, Store, Tx, dialect::Table};

/// Rows are written once they come to this many bytes.
const BATCH: usize = 1 << 20;

/// An empty database on its way to being full.
struct Filling {
    tx: Tx,
    tables: Vec<Table>,
}

impl Filling {
    /// Begins, with the tables of that version of the schema. What Tessera kept there before goes where `replace` says
    /// so.
    async fn begin(target: &Store, schema: u64, replace: bool) -> Result<Self> {
        let mut tx = target.begin().await?;
        let tables = tx.tables().await?;
        let ours = tables.iter().any(|table| table.name == "installation");
        // Migrations alone prove nothing: other programs keep theirs in a table of the same name.
        match tx.schema_version().await?.filter(|_| ours) {
            None if !tables.is_empty() => {
                let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
                return Err(ArchiveError::Foreign(names.join(", ")));
            }
            None => {}
            Some(_) => {
                if !replace && is_used(&mut tx, &tables).await? {
                    return Err(ArchiveError::Occupied);
                }
                tx.drop_tables(&tables).await?;
            }
        }
        tx.migrate(Some(schema)).await?;
        let tables = tx.tables().await?;
        Ok(Self { tx, tables })
    }

    fn table(&self, head: &TableHead) -> Result<Table> {
        let found = self.tables.iter().find(|table| table.name == head.table);
        found
            .filter(|table| TableHead::of(table) == *head)
            .cloned()
            .ok_or_else(|| damaged(format!("the table {} is not as its schema has it", head.table)))
    }

    /// Writes lines of rows, each with its end.
    async fn insert(&mut self, table: &Table, lines: &[u8]) -> Result<()> {
        let Some(lines) = lines.strip_suffix(b"\n") else {
            return Ok(());
        };
        let rows = std::str::from_utf8(lines).map_err(|_| damaged("a row is not text"))?;
        // Within a line every control character is escaped, so each line's end lies between two rows.
        let array = format!("[{}]", rows.replace('\n', ","));
        self.tx.insert_cells(table, array).await?;
        Ok(())
    }

    /// Sees that what was written has those sums and that nothing else is there, brings the schema up to date, and
    /// commits.
    async fn finish(mut self, wanted: &[TableSum]) -> Result<()> {
        for table in &self.tables {
            let same = match wanted.iter().find(|sum| sum.name == table.name) {
                Some(sum) => self.tx.sum(table).await? == *sum,
                None => !self.tx.has_rows(table).await?,
            };
            if !same {
                return Err(ArchiveError::Differs(table.name.clone()));
            }
        }
        self.tx.migrate(None).await?;
        Ok(self.tx.commit().await?)
    }
}

/// Whether somebody has begun to use the installation; a server that was only started leaves a row about itself.
async fn is_used(tx: &mut Tx, tables: &[Table]) -> Result<bool, Error> {
    for table in tables {
        if table.name != "installation" && tx.has_rows(table).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Store {
    /// Makes this database what an archive holds, which was [checked](super::check) before.
    ///
    /// # Errors
    /// [`ArchiveError::Occupied`] when there is something in it and `replace` is not said; *Damaged* when the archive is
    /// not the one that was checked. Nothing is changed then.
    pub async fn load_archive(&self, archive: impl Read, checked: &Checked, replace: bool) -> Result<()> {
        let mut parts = Parts::open(archive)?;
        let mut filling = Filling::begin(self, parts.head.schema, replace).await?;
        let mut at: Option<Table> = None;
        let mut lines = Vec::new();
        loop {
            let full = match parts.next()? {
                Part::Row(line) => {
                    lines.extend_from_slice(line);
                    lines.len() >= BATCH
                }
                Part::Table(head) => {
                    write(&mut filling, at.as_ref(), &mut lines).await?;
                    at = Some(filling.table(&head)?);
                    false
                }
                Part::End(again) if *again == *checked => {
                    write(&mut filling, at.as_ref(), &mut lines).await?;
                    return filling.finish(&checked.sums).await;
                }
                Part::End(_) => return Err(damaged("it was changed while it was read")),
            };
            if full {
                write(&mut filling, at.as_ref(), &mut lines).await?;
            }
        }
    }

    /// Makes another database what this one is, every table of it; gives the sums of what was copied. This one is only
    /// read.
    ///
    /// # Errors
    /// [`ArchiveError::Occupied`] when there is something in the other one and `replace` is not said. Nothing is changed
    /// then.
    pub async fn copy_into(&self, target: &Self, replace: bool) -> Result<Vec<TableSum>> {
        let mut source = self.snapshot().await?;
        let schema = source.known_schema().await?;
        let mut filling = Filling::begin(target, schema, replace).await?;
        let mut sums = Vec::new();
        for table in source.tables().await? {
            let copy = filling.table(&TableHead::of(&table))?;
            let mut sum = Sum::default();
            source
                .each_lines(&table, async |lines| {
                    sum.add(lines);
                    filling.insert(&copy, lines).await.map_err(|error| match error {
                        ArchiveError::Store(error) => error,
                        other => Error::Internal(other.to_string()),
                    })
                })
                .await?;
            sums.push(sum.end(&table.name));
        }
        filling.finish(&sums).await?;
        Ok(sums)
    }
}

async fn write(filling: &mut Filling, table: Option<&Table>, lines: &mut Vec<u8>) -> Result<()> {
    if let Some(table) = table {
        filling.insert(table, lines).await?;
    }
    lines.clear();
    Ok(())
}
