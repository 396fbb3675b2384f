//! A layer's denied websites: rows in the order of their bytes, none twice.

use std::{cmp::Ordering, sync::Arc};

use super::WebsiteRule;

/// A list of denied websites as it is stored and sent. Cheap to clone.
///
/// Rows are canonical texts of rules. A row from a newer server that this version cannot read is kept, and
/// denies (see [`super::WebsiteIndex`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebsiteList {
    rows: Arc<[Box<str>]>,
}

impl WebsiteList {
    /// How many rows a list may have.
    pub const MAX_ROWS: usize = 1_000_000;

    /// A list of these rows, as they stand.
    pub fn from_rows<R: Into<Box<str>>>(rows: impl IntoIterator<Item = R>) -> Self {
        sorted(rows.into_iter().map(Into::into).collect())
    }

    /// A list of these rules.
    pub fn from_rules<'a>(rules: impl IntoIterator<Item = &'a WebsiteRule>) -> Self {
        Self::from_rows(rules.into_iter().map(text))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.rows.iter().map(AsRef::as_ref)
    }

    /// The rows in order, for slicing.
    pub fn rows(&self) -> &[Box<str>] {
        &self.rows
    }

    /// Whether this very rule is a row.
    pub fn contains(&self, rule: &WebsiteRule) -> bool {
        self.contains_row(&rule.to_string())
    }

    /// Whether this very text is a row.
    pub fn contains_row(&self, row: &str) -> bool {
        self.rows.binary_search_by(|other| (**other).cmp(row)).is_ok()
    }

    /// Both lists' rows.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (_, true) => self.clone(),
            (true, false) => other.clone(),
            (false, false) => Self {
                rows: united(&self.rows, &other.rows).into(),
            },
        }
    }

    /// The list without some rows and with some rules; what is both removed and added is there.
    #[must_use]
    pub fn edited(&self, add: &[WebsiteRule], remove: &[String]) -> Self {
        let mut list = self.clone();
        if !remove.is_empty() {
            // A person may remove a rule in other words than the row's; a row is also removed verbatim.
            let gone = remove.iter().flat_map(|row| {
                let canonical = row.parse::<WebsiteRule>().ok().map(|rule| text(&rule));
                [Some(row.trim().into()), canonical].into_iter().flatten()
            });
            let gone = Self::from_rows(gone);
            let kept = list.rows.iter().filter(|row| !gone.contains_row(row)).cloned();
            list = Self { rows: kept.collect() };
        }
        if add.is_empty() {
            list
        } else {
            list.union(&Self::from_rules(add))
        }
    }
}

fn text(rule: &WebsiteRule) -> Box<str> {
    rule.to_string().into_boxed_str()
}

fn sorted(mut rows: Vec<Box<str>>) -> WebsiteList {
    if !rows.is_sorted() {
        rows.sort_unstable();
    }
    rows.dedup();
    WebsiteList { rows: rows.into() }
}

fn united(left: &[Box<str>], right: &[Box<str>]) -> Vec<Box<str>> {
    let mut rows = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let order = one.cmp(other);
        let next = if order.is_le() { left.next() } else { right.next() };
        if order == Ordering::Equal {
            right.next();
        }
        rows.extend(next.cloned());
    }
    rows.extend(left.chain(right).cloned());
    rows
}
