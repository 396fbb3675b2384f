//! Writing CSV that spreadsheets open safely.
//!
//! A cell that a spreadsheet would run as a formula gets an apostrophe in front; the file begins
//! with a byte order mark, without which Excel misreads everything beyond ASCII.

use std::borrow::Cow;

/// A table as CSV: commas, CRLF, UTF-8 with a byte order mark.
pub fn write<Row, Cell>(header: &[&str], rows: impl IntoIterator<Item = Row>) -> Vec<u8>
where
    Row: IntoIterator<Item = Cell>,
    Cell: AsRef<str>,
{
    let mut out = "\u{FEFF}".as_bytes().to_vec();
    write_row(&mut out, header);
    for row in rows {
        write_row(&mut out, row);
    }
    out
}

/// Further rows of a table that is written in pieces.
pub fn rows<Row, Cell>(rows: impl IntoIterator<Item = Row>) -> Vec<u8>
where
    Row: IntoIterator<Item = Cell>,
    Cell: AsRef<str>,
{
    let mut out = Vec::new();
    for row in rows {
        write_row(&mut out, row);
    }
    out
}

/// The cell as it may be written: an apostrophe before whatever would begin a formula.
pub fn guard(cell: &str) -> Cow<'_, str> {
    let first = cell
        .trim_start_matches([' ', '\u{A0}', '\u{3000}'])
        .chars()
        .next();
    let formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%' | '＝' | '＋' | '－' | '＠')
    );
    if formula {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

fn write_row<Cell: AsRef<str>>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = Cell>) {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(out);
    let guarded = cells.into_iter().map(|cell| guard(cell.as_ref()).into_owned());
    writer
        .write_record(guarded)
        .expect("writing to memory cannot fail");
}
