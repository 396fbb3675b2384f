//! Reading CSV as people really have it: any Unicode encoding, any usual separator, any line end.

mod rows;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

pub use self::rows::{MAX_CELLS, Row, UnclosedQuote, rows};
use crate::{Error, Kind};

/// The most bytes that a file may have.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most rows that are read from a file.
pub const MAX_ROWS: usize = 100_000;

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
