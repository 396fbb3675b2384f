//! Where something stands in a file, and what is wrong there.

use std::ops::Range;

use serde::Serialize;

/// How many problems are listed before the rest is only counted.
const MAX_PROBLEMS: usize = 100;

/// A line and a column, both counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {}, column {}: {message}", place.line, place.column)]
pub struct FileProblem {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What, in one sentence.
    pub message: String,
}

impl FileProblem {
    /// A problem of the file as a whole.
    pub(super) fn whole(message: impl Into<String>) -> Vec<Self> {
        let place = Place { line: 1, column: 1 };
        vec![Self {
            place,
            message: message.into(),
        }]
    }
}

/// Finds places of byte offsets.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(after.map(|(at, _)| at + 1));
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// Where a span begins; the beginning of the file for none.
    pub(super) fn place(&self, span: Option<Range<usize>>) -> Place {
        let at = span.map_or(0, |span| span.start).min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line - 1];
        // A span may point into the middle of what is broken.
        let before = String::from_utf8_lossy(&self.text.as_bytes()[start..at]);
        Place {
            line,
            column: before.chars().count() + 1,
        }
    }
}

/// Problems, of which only the first hundred are listed.
#[derive(Default)]
pub(super) struct Problems {
    listed: Vec<FileProblem>,
    unlisted: usize,
}

impl Problems {
    pub(super) fn push(&mut self, place: Place, message: impl Into<String>) {
        if self.listed.len() < MAX_PROBLEMS {
            let message = message.into();
            self.listed.push(FileProblem { place, message });
        } else {
            self.unlisted += 1;
        }
    }

    /// The value, if nothing is wrong.
    pub(super) fn or<T>(mut self, value: T) -> Result<T, Vec<FileProblem>> {
        let Some(last) = self.listed.last() else {
            return Ok(value);
        };
        if self.unlisted > 0 {
            let (place, message) = (last.place, format!("and {} more", self.unlisted));
            self.listed.push(FileProblem { place, message });
        }
        Err(self.listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters() {
        let lines = Lines::of("é = 1\nb = 2\n");
        let at = |offset| {
            let place = lines.place(Some(offset..offset));
            (place.line, place.column)
        };
        assert_eq!([at(0), at(2), at(7), at(11)], [(1, 1), (1, 2), (2, 1), (2, 5)]);
        assert_eq!(at(999), (3, 1), "past the end is the end");
    }

    #[test]
    fn many_problems_are_counted() {
        let mut problems = Problems::default();
        for line in 1..=150 {
            problems.push(Place { line, column: 1 }, "wrong");
        }
        let listed = problems.or(()).unwrap_err();
        assert_eq!(listed.len(), 101);
        assert_eq!(listed[100].message, "and 50 more");
    }
}
