//! What is different between two states of one layer.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{Kind, LayerDocument, Leaf, Row, Setting, Table, WebsiteList};

/// How many rows of a list a change shows.
pub(crate) const SAMPLES: usize = 100;

/// One state of one layer.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its settings.
    pub document: &'a LayerDocument,
    /// Its denied websites.
    pub websites: &'a WebsiteList,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A leaf got another value or lock, began to speak, or fell silent.
    Value {
        /// Which leaf.
        leaf: Leaf,
        /// What was said before, if anything.
        before: Option<Setting>,
        /// What is said now, if anything.
        after: Option<Setting>,
    },
    /// Rows of a website list came or went.
    Websites {
        /// Which list.
        leaf: Leaf,
        /// How many rows came.
        added: u64,
        /// The first of them, at most 100.
        added_sample: Vec<String>,
        /// How many rows went.
        removed: u64,
        /// The first of them, at most 100.
        removed_sample: Vec<String>,
    },
    /// Rows of a table came, went or say something else.
    Rows {
        /// Which table.
        leaf: Leaf,
        /// How many rows came.
        added: u64,
        /// The first of them in words, at most 100.
        added_sample: Vec<String>,
        /// How many rows say something else.
        changed: u64,
        /// The first of them in words, at most 100.
        changed_sample: Vec<String>,
        /// How many rows went.
        removed: u64,
        /// The first of them in words, at most 100.
        removed_sample: Vec<String>,
    },
    /// Something changed that this version does not understand.
    NotUnderstood {
        /// The path of the section or leaf.
        path: String,
    },
}

/// The differences, in the order of [`Leaf::ALL`]; none if both sides say the same.
pub fn diff(before: Side<'_>, after: Side<'_>) -> Vec<Change> {
    let values = Leaf::ALL.iter().filter_map(|leaf| {
        let (old, new) = (before.document.get(*leaf), after.document.get(*leaf));
        (old != new).then_some(Change::Value {
            leaf: *leaf,
            before: old,
            after: new,
        })
    });
    let mut changes: Vec<Change> = values.collect();
    changes.extend(websites(before.websites, after.websites));
    let tables = Leaf::ALL
        .iter()
        .filter(|leaf| matches!(leaf.kind(), Kind::Table(_)));
    changes.extend(
        tables.filter_map(|leaf| rows(*leaf, &before.document.table(*leaf), &after.document.table(*leaf))),
    );
    let paths = before.document.differs_unread(after.document);
    changes.extend(paths.into_iter().map(|path| Change::NotUnderstood { path }));
    changes
}

fn websites(before: &WebsiteList, after: &WebsiteList) -> Option<Change> {
    let (mut added, mut removed) = (Noted::default(), Noted::default());
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.cmp(new),
        };
        let gone = if order.is_le() { old.next() } else { None };
        let come = if order.is_ge() { new.next() } else { None };
        match (gone, come) {
            (Some(row), None) => removed.note(|| row.to_owned()),
            (None, Some(row)) => added.note(|| row.to_owned()),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    (added.count + removed.count > 0).then_some(Change::Websites {
        leaf: Leaf::Websites,
        added: added.count,
        added_sample: added.sample,
        removed: removed.count,
        removed_sample: removed.sample,
    })
}

fn rows(leaf: Leaf, before: &Table, after: &Table) -> Option<Change> {
    let said = |key: &str, row: &Row| format!("{}: {}", row.title(key), row.word());
    let (mut added, mut changed, mut removed) = (Noted::default(), Noted::default(), Noted::default());
    for (key, new) in after.iter() {
        match before.get(key) {
            None => added.note(|| said(key, new)),
            Some(old) if old == new => {}
            Some(old) if old.word() == new.word() => changed.note(|| said(key, new)),
            Some(old) => changed.note(|| format!("{} → {}", said(key, old), new.word())),
        }
    }
    for (key, old) in before.iter().filter(|(key, _)| after.get(key).is_none()) {
        removed.note(|| said(key, old));
    }
    (added.count + changed.count + removed.count > 0).then_some(Change::Rows {
        leaf,
        added: added.count,
        added_sample: added.sample,
        changed: changed.count,
        changed_sample: changed.sample,
        removed: removed.count,
        removed_sample: removed.sample,
    })
}

/// How many there are, and the first of them.
#[derive(Default)]
struct Noted {
    count: u64,
    sample: Vec<String>,
}

impl Noted {
    fn note(&mut self, words: impl FnOnce() -> String) {
        self.count += 1;
        if self.sample.len() < SAMPLES {
            self.sample.push(words());
        }
    }
}
