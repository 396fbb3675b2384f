//! What is different between two states of one layer.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{LayerDocument, Leaf, Setting, WebsiteList};

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
    let paths = before.document.differs_unread(after.document);
    changes.extend(paths.into_iter().map(|path| Change::NotUnderstood { path }));
    changes
}

fn websites(before: &WebsiteList, after: &WebsiteList) -> Option<Change> {
    let (mut added, mut removed) = (0, 0);
    let (mut added_sample, mut removed_sample) = (Vec::new(), Vec::new());
    let note = |count: &mut u64, sample: &mut Vec<String>, row: &str| {
        *count += 1;
        if sample.len() < SAMPLES {
            sample.push(row.to_owned());
        }
    };
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
            (Some(row), None) => note(&mut removed, &mut removed_sample, row),
            (None, Some(row)) => note(&mut added, &mut added_sample, row),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    let leaf = Leaf::Websites;
    (added + removed > 0).then_some(Change::Websites {
        leaf,
        added,
        added_sample,
        removed,
        removed_sample,
    })
}
