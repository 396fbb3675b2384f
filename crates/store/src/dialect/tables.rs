//! The schema as the engine itself tells it, and the rows of any table as lines of JSON that are alike on both engines:
//! what archives are made of. Nothing here knows a table by its name, so none can be forgotten.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use sqlx::AssertSqlSafe;

use super::{AnyRow, Link, Sql};
use crate::{
    Error, Reader, Result, Tx,
    column::{records, words},
};

/// Rows are handed on once they come to this many bytes.
const BATCH: usize = 1 << 20;

records! {
    struct ColumnRow {
        place: String,
        name: String,
        kind: String,
        key: u64,
    }

    struct ParentRow {
        place: String,
        parent: String,
    }

    struct FunctionRow {
        name: String,
    }
}

words! {
    /// What an archive says of a column.
    pub(crate) enum ColumnKind {
        Int = "int",
        Text = "text",
        Bytes = "bytes",
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableColumn {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    /// Whether the engine has a type of its own for what are 16 bytes elsewhere.
    uuid: bool,
}

/// A table, its columns by name.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<TableColumn>,
    /// The columns of its primary key, in order.
    key: Vec<String>,
}

impl Table {
    /// What its rows are sorted by: its key, or everything where it has none.
    fn order(&self) -> String {
        let all = || self.columns.iter().map(|column| quoted(&column.name)).collect();
        let names: Vec<_> = match self.key.as_slice() {
            [] => all(),
            key => key.iter().map(|name| quoted(name)).collect(),
        };
        let sorted: Vec<_> = names.iter().map(|name| format!("{name} nulls first")).collect();
        sorted.join(", ")
    }

    fn select(&self) -> String {
        let cells: Vec<_> = self
            .columns
            .iter()
            .map(|column| match (quoted(&column.name), column.uuid) {
                (name, true) => format!("uuid_send({name})"),
                (name, false) => name,
            })
            .collect();
        format!(
            "select {} from {} order by {}",
            cells.join(", "),
            quoted(&self.name),
            self.order()
        )
    }

    /// The statement that inserts an array of rows, each an array of cells.
    fn insert(&self, link: &Link) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        let cells = self.columns.iter().enumerate();
        let (cells, from): (Vec<_>, _) = match link {
            Link::Sqlite(_) => (
                cells
                    .map(|(index, column)| match column.kind {
                        ColumnKind::Bytes => format!("unhex(value ->> {index})"),
                        ColumnKind::Int | ColumnKind::Text => format!("value ->> {index}"),
                    })
                    .collect(),
                "json_each($1)",
            ),
            Link::Postgres(_) => (
                cells
                    .map(|(index, column)| match column.kind {
                        ColumnKind::Bytes if column.uuid => format!("(value ->> {index})::uuid"),
                        ColumnKind::Bytes => format!("decode(value ->> {index}, 'hex')"),
                        ColumnKind::Int => format!("(value ->> {index})::bigint"),
                        ColumnKind::Text => format!("value ->> {index}"),
                    })
                    .collect(),
                "jsonb_array_elements($1::jsonb) as e (value)",
            ),
        };
        format!(
            "insert into {} ({}) select {} from {from}",
            quoted(&self.name),
            names.join(", "),
            cells.join(", ")
        )
    }
}

impl Reader {
    /// Every table but the engine's and the migrations' own, parents before what refers to them.
    pub(crate) async fn tables(&mut self) -> Result<Vec<Table>> {
        const COLUMNS: Sql = Sql {
            sqlite: "select m.name as place, c.name as name, lower(c.type) as kind, c.pk as key
                from sqlite_master m join pragma_table_info(m.name) c
                where m.type = 'table' and m.name not like 'sqlite\\_%' escape '\\' and m.name <> '_sqlx_migrations'
                order by m.name, c.name",
            postgres: "select cast(t.relname as text) as place, cast(a.attname as text) as name,
                    cast(format_type(a.atttypid, null) as text) as kind,
                    cast(coalesce((select k.place from unnest(cast(i.indkey as int2[])) with ordinality as k (number, place)
                        where k.number = a.attnum), 0) as bigint) as key
                from pg_class t
                join pg_namespace n on n.oid = t.relnamespace and n.nspname = current_schema()
                join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
                left join pg_index i on i.indrelid = t.oid and i.indisprimary
                where t.relkind in ('r', 'p') and t.relname <> '_sqlx_migrations'
                order by cast(t.relname as text) collate \"C\", cast(a.attname as text) collate \"C\"",
        };
        let columns: Vec<ColumnRow> = self.query(COLUMNS).all().await?;
        let mut tables: Vec<(Table, Vec<(u64, String)>)> = Vec::new();
        for column in columns {
            if tables.last().is_none_or(|(table, _)| table.name != column.place) {
                let table = Table {
                    name: column.place.clone(),
                    columns: Vec::new(),
                    key: Vec::new(),
                };
                tables.push((table, Vec::new()));
            }
            if let Some((table, key)) = tables.last_mut() {
                if column.key > 0 {
                    key.push((column.key, column.name.clone()));
                }
                table.columns.push(of_type(column)?);
            }
        }
        let tables = tables.into_iter().map(|(table, mut key)| {
            key.sort();
            let key = key.into_iter().map(|(_, name)| name).collect();
            Table { key, ..table }
        });
        let tables = tables.collect();
        self.parents_first(tables).await
    }

    async fn parents_first(&mut self, mut left: Vec<Table>) -> Result<Vec<Table>> {
        const PARENTS: Sql = Sql {
            sqlite: "select distinct m.name as place, f.\"table\" as parent
                from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'",
            postgres: "select distinct cast(t.relname as text) as place, cast(p.relname as text) as parent
                from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class p on p.oid = c.confrelid
                join pg_namespace n on n.oid = t.relnamespace and n.nspname = current_schema()
                where c.contype = 'f'",
        };
        let parents: Vec<ParentRow> = self.query(PARENTS).all().await?;
        let parents: BTreeSet<_> = parents.into_iter().map(|row| (row.place, row.parent)).collect();
        let mut sorted: Vec<Table> = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let waits = |table: &Table, left: &[Table]| {
                left.iter().any(|other| {
                    other.name != table.name && parents.contains(&(table.name.clone(), other.name.clone()))
                })
            };
            let next = left.iter().position(|table| !waits(table, &left));
            let next =
                next.ok_or_else(|| Error::Internal("tables refer to each other in a circle".to_owned()))?;
            sorted.push(left.remove(next));
        }
        Ok(sorted)
    }

    /// Hands on a table's rows in the order of its key, as lines of JSON, some at a time.
    pub(crate) async fn each_lines(
        &mut self,
        table: &Table,
        mut each: impl AsyncFnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut lines = Vec::new();
        macro_rules! read {
            ($tx:expr, $row:path) => {{
                let query = sqlx::query(AssertSqlSafe(table.select())).persistent(false);
                let mut rows = query.fetch(&mut **$tx);
                while let Some(row) = rows.try_next().await? {
                    write_line(&$row(row), table, &mut lines)?;
                    if lines.len() >= BATCH {
                        each(&lines).await?;
                        lines.clear();
                    }
                }
            }};
        }
        match &mut self.link {
            Link::Sqlite(tx) => read!(tx, AnyRow::Sqlite),
            Link::Postgres(tx) => read!(tx, AnyRow::Postgres),
        }
        if !lines.is_empty() {
            each(&lines).await?;
        }
        Ok(())
    }

    /// Whether a table has any row.
    pub(crate) async fn has_rows(&mut self, table: &Table) -> Result<bool> {
        let sql = format!("select 1 from {} limit 1", quoted(&table.name));
        Ok(match &mut self.link {
            Link::Sqlite(tx) => sqlx::query(AssertSqlSafe(sql))
                .fetch_optional(&mut **tx)
                .await?
                .is_some(),
            Link::Postgres(tx) => sqlx::query(AssertSqlSafe(sql))
                .fetch_optional(&mut **tx)
                .await?
                .is_some(),
        })
    }
}

impl Tx {
    /// Inserts rows that are a JSON array of arrays of cells, in the order of the table's columns.
    pub(crate) async fn insert_cells(&mut self, table: &Table, rows: String) -> Result<u64> {
        let sql = table.insert(&self.link);
        let done = match &mut self.link {
            Link::Sqlite(tx) => {
                let query = sqlx::query(AssertSqlSafe(sql)).bind(rows);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Link::Postgres(tx) => {
                let query = sqlx::query(AssertSqlSafe(sql)).bind(rows);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        };
        self.checked(done)
    }

    /// Drops every table, and what belongs to it.
    pub(crate) async fn drop_tables(&mut self, tables: &[Table]) -> Result<()> {
        const FUNCTIONS: &str = "select cast(p.oid::regprocedure as text) as name from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace and n.nspname = current_schema()
            where p.prokind = 'f' and not exists (
                select 1 from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')";
        let own = tables.iter().rev().map(|table| quoted(&table.name));
        let own: Vec<_> = own.chain(["_sqlx_migrations".to_owned()]).collect();
        for table in own {
            self.by_hand(format!("drop table if exists {table}")).await?;
        }
        if matches!(self.link, Link::Postgres(_)) {
            let functions: Vec<FunctionRow> = self.query(FUNCTIONS).all().await?;
            for function in functions {
                self.by_hand(format!("drop function {}", function.name)).await?;
            }
        }
        Ok(())
    }

    async fn by_hand(&mut self, sql: String) -> Result<()> {
        let sql = AssertSqlSafe(sql);
        let done = match &mut self.link {
            Link::Sqlite(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop),
            Link::Postgres(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop),
        };
        self.checked(done)
    }
}

fn of_type(column: ColumnRow) -> Result<TableColumn> {
    let kind = match column.kind.as_str() {
        "integer" | "bigint" => ColumnKind::Int,
        "text" => ColumnKind::Text,
        "blob" | "bytea" | "uuid" => ColumnKind::Bytes,
        other => {
            let place = format!("{}.{}", column.place, column.name);
            return Err(Error::Internal(format!("{place} has the unknown type {other}")));
        }
    };
    Ok(TableColumn {
        name: column.name,
        kind,
        uuid: column.kind == "uuid",
    })
}

fn write_line(row: &AnyRow, table: &Table, line: &mut Vec<u8>) -> Result<()> {
    let unwritable = |error: serde_json::Error| Error::Internal(error.to_string());
    for (index, column) in table.columns.iter().enumerate() {
        line.push(if index == 0 { b'[' } else { b',' });
        match column.kind {
            ColumnKind::Int => {
                serde_json::to_writer(&mut *line, &row.int_at(index)?).map_err(unwritable)?;
            }
            ColumnKind::Text => {
                serde_json::to_writer(&mut *line, &row.text_at(index)?).map_err(unwritable)?;
            }
            ColumnKind::Bytes => write_bytes(row.bytes_at(index)?.as_deref(), line),
        }
    }
    line.extend_from_slice(b"]\n");
    Ok(())
}

fn write_bytes(bytes: Option<&[u8]>, line: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let Some(bytes) = bytes else {
        line.extend_from_slice(b"null");
        return;
    };
    line.push(b'"');
    for byte in bytes {
        line.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    line.push(b'"');
}

/// A name as both engines take it. Names come from the schema alone.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
