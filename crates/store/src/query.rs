//! One statement on its way through whichever driver is open. Everything that reaches an engine
//! passes here, so this is where NUL is refused and where a transaction learns that it must be
//! tried again.

use serde::Serialize;

use crate::{
    Error, Reader, Result,
    column::{Arg, Bind, Record, records},
    dialect::{AnyRow, Sql, on},
};

records! {
    struct Count {
        count: u64,
    }
}

pub(crate) struct Query<'t> {
    reader: &'t mut Reader,
    sql: Sql,
    args: Result<Vec<Arg>>,
}

macro_rules! prepare {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for arg in $args {
            query = match arg {
                Arg::Uuid(value) => query.bind(value),
                Arg::Int(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Bytes(value) => query.bind(value),
                Arg::OutOfRange => continue,
            };
        }
        query
    }};
}

impl Reader {
    pub(crate) fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        Query {
            reader: self,
            sql: sql.into(),
            args: Ok(Vec::new()),
        }
    }
}

impl Query<'_> {
    pub(crate) fn bind(mut self, value: impl Bind) -> Self {
        let arg = value.arg();
        if let Ok(args) = &mut self.args {
            match &arg {
                Arg::Text(Some(text)) if text.contains('\0') => self.args = Err(Error::Nul),
                Arg::OutOfRange => self.args = Err(Error::OutOfRange),
                _ => args.push(arg),
            }
        }
        self
    }

    /// Binds the array that a `bulk!` statement reads.
    pub(crate) fn rows(mut self, rows: &[impl Serialize]) -> Self {
        match serde_json::to_string(rows) {
            Ok(json) if escapes_nul(&json) => self.args = Err(Error::Nul),
            Ok(json) => return self.bind(json),
            Err(error) => self.args = Err(Error::Internal(error.to_string())),
        }
        self
    }

    /// Runs it; the number of rows it touched.
    pub(crate) async fn run(self) -> Result<u64> {
        let args = self.args?;
        let done = on!(&mut self.reader.link, self.sql, |conn, text, _row| {
            prepare!(text, args)
                .execute(conn)
                .await
                .map(|done| done.rows_affected())
        });
        self.reader.checked(done)
    }

    pub(crate) async fn all<T: Record>(self) -> Result<Vec<T>> {
        let args = self.args?;
        let rows: sqlx::Result<Vec<AnyRow>> = on!(&mut self.reader.link, self.sql, |conn, text, row| {
            prepare!(text, args)
                .fetch_all(conn)
                .await
                .map(|rows| rows.into_iter().map(row).collect())
        });
        self.reader.checked(rows)?.iter().map(T::record).collect()
    }

    pub(crate) async fn optional<T: Record>(self) -> Result<Option<T>> {
        Ok(self.all().await?.pop())
    }

    pub(crate) async fn one<T: Record>(self) -> Result<T> {
        self.optional()
            .await?
            .ok_or_else(|| Error::Internal("a statement gave no row".to_owned()))
    }

    /// The number in the column `count`.
    pub(crate) async fn count(self) -> Result<u64> {
        let count: Count = self.one().await?;
        Ok(count.count)
    }

    /// True when it touched a row.
    pub(crate) async fn touched(self) -> Result<bool> {
        Ok(self.run().await? > 0)
    }
}

/// Whether the JSON text holds an escaped NUL, as opposed to an escaped backslash before `u0000`.
fn escapes_nul(json: &str) -> bool {
    json.match_indices("u0000").any(|(at, _)| {
        let slashes = json.as_bytes()[..at]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        slashes % 2 == 1
    })
}

#[cfg(test)]
mod tests {
    use super::escapes_nul;

    #[test]
    fn an_escaped_nul_is_told_from_a_written_backslash() {
        let json = |text: &str| serde_json::to_string(text).expect("a string is JSON");
        assert!(escapes_nul(&json("a\0b")));
        assert!(escapes_nul(&json("\\\0")));
        assert!(!escapes_nul(&json("\\u0000")));
        assert!(!escapes_nul(&json("u0000")));
    }
}
