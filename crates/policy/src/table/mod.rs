//! Lists that are part of a layer's document: rows under keys. (Websites are not: they lie beside it.)

mod row;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value as Json};

pub(crate) use row::counted;
pub use row::{ApplicationRow, CustomModelRow, PurgeRow, Row, RowKind};

/// The rows that one layer has for one leaf. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    rows: Arc<BTreeMap<Box<str>, Row>>,
    /// The words themselves, when they are no table at all to this version.
    unread: Option<Arc<Json>>,
}

impl Table {
    /// The most rows of a table.
    pub const MAX_ROWS: usize = 5_000;

    /// A table of these rows; of several under one key the last counts.
    pub fn from_rows<K: Into<Box<str>>>(rows: impl IntoIterator<Item = (K, Row)>) -> Self {
        Self {
            rows: Arc::new(rows.into_iter().map(|(key, row)| (key.into(), row)).collect()),
            unread: None,
        }
    }

    /// Reads what [`Table::to_json`] wrote. What this version does not understand is kept.
    pub(crate) fn from_json(kind: RowKind, json: Json) -> Self {
        match json {
            Json::Object(rows) => Self::from_rows(rows.into_iter().map(|(key, json)| {
                let row = Row::read(kind, &key, &json).unwrap_or(Row::Unread(json));
                (key, row)
            })),
            other => Self {
                rows: Arc::default(),
                unread: Some(Arc::new(other)),
            },
        }
    }

    /// The rows as an object, or the words that could not be read.
    pub fn to_json(&self) -> Json {
        if let Some(unread) = &self.unread {
            return Json::clone(unread);
        }
        let rows = self
            .rows
            .iter()
            .map(|(key, row)| (key.to_string(), row.to_json()));
        Json::Object(rows.collect::<Map<_, _>>())
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the layer says nothing here.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.unread.is_none()
    }

    /// The row under a key.
    pub fn get(&self, key: &str) -> Option<&Row> {
        self.rows.get(key)
    }

    /// The rows in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Row)> + Clone {
        self.rows.iter().map(|(key, row)| (&**key, row))
    }

    /// The key of a row that this version cannot read, or an empty text when it can read none of it. Whoever
    /// enforces the table denies as long as there is one.
    pub fn unreadable(&self) -> Option<&str> {
        if self.unread.is_some() {
            return Some("");
        }
        let mut rows = self.iter();
        rows.find_map(|(key, row)| matches!(row, Row::Unread(_)).then_some(key))
    }

    /// The words of a table of which this version can read nothing.
    pub(crate) fn unread_whole(&self) -> Option<&Json> {
        self.unread.as_deref()
    }

    /// The table without some keys and with some rows; what is both removed and set is there. A table that
    /// could not be read is replaced only where it is set anew.
    #[must_use]
    pub fn edited(&self, set: &[(String, Row)], remove: &[String]) -> Self {
        let mut rows = BTreeMap::clone(&self.rows);
        for key in remove {
            rows.remove(key.as_str());
        }
        rows.extend(set.iter().map(|(key, row)| (key.as_str().into(), row.clone())));
        Self {
            rows: Arc::new(rows),
            unread: self.unread.clone().filter(|_| set.is_empty()),
        }
    }

    /// Both tables' rows; where both speak under one key, the same one wins whatever the order.
    #[must_use]
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut rows = BTreeMap::clone(&self.rows);
        for (key, row) in other.rows.iter() {
            let words = |row: &Row| row.to_json().to_string();
            let kept = rows.entry(key.clone()).or_insert_with(|| row.clone());
            if words(row) < words(kept) {
                *kept = row.clone();
            }
        }
        let unread = match (&self.unread, &other.unread) {
            (Some(one), Some(two)) => Some(if one.to_string() <= two.to_string() {
                one
            } else {
                two
            }),
            (one, two) => one.as_ref().or(two.as_ref()),
        };
        Self {
            rows: Arc::new(rows),
            unread: unread.cloned(),
        }
    }
}
