//! Reading CSV as people really have it: any Unicode encoding, any usual separator, any line end.
//!
//! A broken row costs that row and nothing else: reading resumes on the next line, which is why
//! the rows are cut here and not by a library that lets an open quote swallow the rest.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::{Error, Kind};

/// The most bytes that a file may have.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most rows that are read from a file.
pub const MAX_ROWS: usize = 100_000;
/// The most bytes that a quoted cell may run for before its quote counts as forgotten.
const MAX_QUOTED: usize = 16 * 1024;

/// Why a file could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// More bytes than allowed.
    #[error("This file has {} KiB; at most {} KiB can be read.", .bytes / 1024, .limit / 1024)]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many may be read.
        limit: usize,
    },
    /// More rows than allowed.
    #[error("This file has more than {limit} rows. Split it.")]
    TooManyRows {
        /// How many may be read.
        limit: usize,
    },
    /// Bytes that no Unicode encoding writes; an older encoding would be guesswork.
    #[error(
        "Line {line} holds a byte (0x{byte:02X}) that is not UTF-8. Save the file as \"CSV UTF-8\" and choose it again."
    )]
    NotUtf8 {
        /// The line, counted from 1.
        line: usize,
        /// The first byte that does not fit.
        byte: u8,
    },
    /// UTF-16 that ends in half a character, or has halves that do not belong together.
    #[error("This file is UTF-16 but damaged. Save it as \"CSV UTF-8\" and choose it again.")]
    DamagedUtf16,
    /// A NUL: a spreadsheet or an archive instead of text.
    #[error("Line {line} holds a NUL, so this is no text file. Export it as CSV first.")]
    Nul {
        /// The line, counted from 1.
        line: usize,
    },
}

impl From<CsvError> for Error {
    fn from(error: CsvError) -> Self {
        let kind = match error {
            CsvError::TooLarge { .. } | CsvError::TooManyRows { .. } => Kind::TooLarge,
            _ => Kind::Invalid,
        };
        Self::new(kind, error.to_string())
    }
}

/// The text of a file: a byte order mark decides, then the pattern of zeros, else it is UTF-8.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, CsvError> {
    if bytes.len() > MAX_BYTES {
        return Err(CsvError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        });
    }
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) if encoding == UTF_16LE || encoding == UTF_16BE => {
            decode_utf16(encoding, &bytes[mark..])?
        }
        Some((_, mark)) => decode_utf8(&bytes[mark..])?,
        None => match guess_utf16(bytes) {
            Some(encoding) => decode_utf16(encoding, bytes)?,
            None => decode_utf8(bytes)?,
        },
    };
    match text.find('\0') {
        Some(place) => Err(CsvError::Nul {
            line: line_of(&text.as_bytes()[..place]),
        }),
        // The line end of old Macs, which some spreadsheets still offer to write.
        None if text.contains('\r') && !text.contains('\n') => Ok(text.replace('\r', "\n").into()),
        None => Ok(text),
    }
}

fn decode_utf8(bytes: &[u8]) -> Result<Cow<'_, str>, CsvError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let good = error.valid_up_to();
        CsvError::NotUtf8 {
            line: line_of(&bytes[..good]),
            byte: bytes.get(good).copied().unwrap_or_default(),
        }
    })
}

fn decode_utf16<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Result<Cow<'a, str>, CsvError> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or(CsvError::DamagedUtf16)
}

/// UTF-16 without a mark shows by its zeros: mostly Latin text has one in every other byte.
fn guess_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(1024) & !1];
    let (mut even, mut odd) = (0, 0);
    for pair in sample.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let most = sample.len() / 4;
    match (even, odd) {
        (0, odd) if odd > most => Some(UTF_16LE),
        (even, 0) if even > most => Some(UTF_16BE),
        _ => None,
    }
}

fn line_of(before: &[u8]) -> usize {
    before.split(|&byte| byte == b'\n').count()
}

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`, as spreadsheets write where the comma is the decimal sign.
    Semicolon,
    /// A tab.
    Tab,
}

impl Separator {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The character itself.
    pub const fn as_char(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
            Self::Tab => '\t',
        }
    }

    /// The separator that the first line with any text uses most, outside of quotes; a comma if none.
    pub fn detect(text: &str) -> Self {
        let line = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let unquoted: String = line.split('"').step_by(2).collect();
        let count = |separator: &Self| unquoted.matches(separator.as_char()).count();
        // Of equals, `max_by_key` would take the last; the comma comes first.
        Self::ALL
            .into_iter()
            .rev()
            .max_by_key(count)
            .unwrap_or(Self::Comma)
    }
}

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
