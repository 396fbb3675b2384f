//! Cutting a text into rows and cells.
//!
//! A broken row costs that row and nothing else: reading resumes on the next line, which is why
//! this is not left to a library that lets an open quote swallow the rest of the file.

use std::borrow::Cow;

use super::{Separator, line_of};

/// The most bytes that a quoted cell may run for before its quote counts as forgotten.
const MAX_QUOTED: usize = 16 * 1024;
/// Cells of one row that are read; what follows them on the line is skipped.
pub const MAX_CELLS: usize = 1_000;

/// One row, and where it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The line that it begins on, counted from 1.
    pub line: usize,
    /// That line as it stands.
    pub raw: &'a str,
    /// Its cells; `Err` when a quote was opened and not closed as it should be.
    pub cells: Result<Vec<Cow<'a, str>>, UnclosedQuote>,
}

/// A row with a quote that is opened and never closed, or followed by more text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A quote (\") is opened in this row and not closed.")]
pub struct UnclosedQuote;

/// Cuts a text into rows. Blank lines are left out.
pub fn rows(text: &str, separator: Separator) -> impl Iterator<Item = Row<'_>> {
    Rows {
        rest: text,
        line: 1,
        separator: separator.as_char(),
    }
}

struct Rows<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (line, (raw, raw_length)) = (self.line, plain_line(self.rest));
            let (cells, used) = match self.read_row() {
                Ok((cells, used)) => (Ok(cells), used),
                Err(unclosed) => (Err(unclosed), raw_length),
            };
            self.advance(used);
            let is_blank = |cells: &Vec<Cow<'_, str>>| cells.iter().all(|cell| cell.trim().is_empty());
            if !cells.as_ref().is_ok_and(is_blank) {
                return Some(Row { line, raw, cells });
            }
        }
    }
}

impl<'a> Rows<'a> {
    fn advance(&mut self, used: usize) {
        let (done, rest) = self.rest.split_at(used);
        self.line += line_of(done.as_bytes()) - 1;
        self.rest = rest;
    }

    /// The cells of the row at the front, and the bytes that it takes with its line end.
    fn read_row(&self) -> Result<(Vec<Cow<'a, str>>, usize), UnclosedQuote> {
        let (mut cells, mut at) = (Vec::new(), 0);
        loop {
            let rest = &self.rest[at..];
            let (cell, length) = self.read_cell(rest)?;
            cells.push(cell);
            at += length;
            let after = &self.rest[at..];
            if after.starts_with(self.separator) {
                at += self.separator.len_utf8();
                if cells.len() == MAX_CELLS {
                    return Ok((cells, at + plain_line(&self.rest[at..]).1));
                }
            } else {
                return Ok((cells, at + line_end(after)));
            }
        }
    }

    fn read_cell(&self, rest: &'a str) -> Result<(Cow<'a, str>, usize), UnclosedQuote> {
        let blank = rest.len() - rest.trim_start_matches(' ').len();
        if rest[blank..].starts_with('"') {
            let (cell, length) = quoted(&rest[blank..])?;
            let padding = self.until_end(&rest[blank + length..]);
            return if padding.trim().is_empty() {
                Ok((cell, blank + length + padding.len()))
            } else {
                Err(UnclosedQuote)
            };
        }
        let cell = self.until_end(rest);
        Ok((Cow::Borrowed(cell), cell.len()))
    }

    /// What stands before the next separator or line end.
    fn until_end(&self, text: &'a str) -> &'a str {
        let end = text.find([self.separator, '\n']).unwrap_or(text.len());
        let (found, after) = text.split_at(end);
        let ends_the_line = !after.starts_with(self.separator);
        found
            .strip_suffix('\r')
            .filter(|_| ends_the_line)
            .unwrap_or(found)
    }
}

/// The content of the quoted cell at the front, and the bytes that it takes with its quotes.
fn quoted(text: &str) -> Result<(Cow<'_, str>, usize), UnclosedQuote> {
    let mut at = 1;
    loop {
        let next = text[at..].find('"').ok_or(UnclosedQuote)?;
        at += next + 1;
        if at > MAX_QUOTED {
            return Err(UnclosedQuote);
        }
        if !text[at..].starts_with('"') {
            let inner = &text[1..at - 1];
            let cell = if inner.contains('"') {
                Cow::Owned(inner.replace("\"\"", "\""))
            } else {
                Cow::Borrowed(inner)
            };
            return Ok((cell, at));
        }
        at += 1;
    }
}

/// The bytes of the line end at the front, if there is one.
fn line_end(text: &str) -> usize {
    if text.starts_with("\r\n") {
        2
    } else {
        usize::from(text.starts_with('\n') || text.starts_with('\r'))
    }
}

/// The line at the front without its end, and the bytes that it takes with it.
fn plain_line(text: &str) -> (&str, usize) {
    let used = text.find('\n').map_or(text.len(), |end| end + 1);
    (text[..used].trim_end_matches(['\r', '\n']), used)
}
