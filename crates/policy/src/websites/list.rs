//! A layer's denied websites: rows in the order of their bytes, none twice.

use std::{cmp::Ordering, sync::Arc};

use super::WebsiteRule;

/// A list of denied websites as it is stored and sent. Cheap to clone.
///
/// Rows are canonical texts of rules. A row from a newer server that this version cannot read is kept, and
/// denies (see [`super::WebsiteIndex`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebsiteList {
    rows: Arc<Rows>,
}

/// One text and where each row ends in it: a million rows of their own would lie all over the memory.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rows {
    text: String,
    ends: Vec<u32>,
}

impl WebsiteList {
    /// How many rows a list may have.
    pub const MAX_ROWS: usize = 1_000_000;

    /// A list of these rows, as they stand.
    pub fn from_rows<R: AsRef<str>>(rows: impl IntoIterator<Item = R>) -> Self {
        let rows = rows.into_iter();
        let mut all = Rows::default();
        all.ends.reserve(rows.size_hint().0);
        for row in rows {
            all.push(row.as_ref());
        }
        all.sorted().into()
    }

    /// A list of these rules.
    pub fn from_rules<'a>(rules: impl IntoIterator<Item = &'a WebsiteRule>) -> Self {
        Self::from_rows(rules.into_iter().map(WebsiteRule::to_string))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.ends.is_empty()
    }

    /// The rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.rows.iter()
    }

    /// Whether this very rule is a row.
    pub fn contains(&self, rule: &WebsiteRule) -> bool {
        self.contains_row(&rule.to_string())
    }

    /// Whether this very text is a row.
    pub fn contains_row(&self, row: &str) -> bool {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.rows.get(middle).cmp(row) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return true,
                Ordering::Greater => high = middle,
            }
        }
        false
    }

    /// Both lists' rows.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (_, true) => self.clone(),
            (true, false) => other.clone(),
            (false, false) => united(&self.rows, &other.rows).into(),
        }
    }

    /// The list without some rows and with some rules; what is both removed and added is there.
    #[must_use]
    pub fn edited(&self, add: &[WebsiteRule], remove: &[String]) -> Self {
        let mut list = self.clone();
        if !remove.is_empty() {
            // A person may remove a rule in other words than the row's; a row is also removed verbatim.
            let gone = remove.iter().flat_map(|row| {
                let canonical = row.parse::<WebsiteRule>().ok().map(|rule| rule.to_string());
                [Some(row.trim().to_owned()), canonical].into_iter().flatten()
            });
            let gone = Self::from_rows(gone);
            list = Self::from_rows(list.iter().filter(|row| !gone.contains_row(row)));
        }
        if add.is_empty() {
            list
        } else {
            list.union(&Self::from_rules(add))
        }
    }
}

impl From<Rows> for WebsiteList {
    fn from(mut rows: Rows) -> Self {
        rows.text.shrink_to_fit();
        rows.ends.shrink_to_fit();
        Self { rows: Arc::new(rows) }
    }
}

impl Rows {
    fn push(&mut self, row: &str) {
        self.text.push_str(row);
        let end = u32::try_from(self.text.len()).expect("a list is smaller than 4 GiB");
        self.ends.push(end);
    }

    fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[number] as usize]
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.ends.len()).map(|number| self.get(number))
    }

    fn sorted(self) -> Self {
        if self.iter().is_sorted_by(|one, next| one < next) {
            return self;
        }
        let mut order: Vec<&str> = self.iter().collect();
        order.sort_unstable();
        order.dedup();
        let mut sorted = Self::default();
        for row in order {
            sorted.push(row);
        }
        sorted
    }
}

fn united(left: &Rows, right: &Rows) -> Rows {
    let mut all = Rows::default();
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return all,
        };
        let one = if order.is_le() { left.next() } else { None };
        let other = if order.is_ge() { right.next() } else { None };
        if let Some(row) = one.or(other) {
            all.push(row);
        }
    }
}
