//! What a file of websites would add to a list, row by row, before anything is saved.
//!
//! One website per line, with an optional header. A file with several columns needs a header that
//! names the one to read. Bad rows cost nothing: they are named with the reason, the rest is offered.

use std::{borrow::Cow, collections::HashMap};

use serde::Serialize;
use tessera_policy::websites::{ParsedRule, WebsiteList};

use crate::{
    csv_text::{self, CsvError, MAX_ROWS, Separator, UnclosedQuote},
    text,
};

/// The words that make a first line a header.
const HEADERS: [&str; 9] = [
    "website", "websites", "url", "urls", "host", "hosts", "hostname", "domain", "domains",
];
/// How much of a refused row is shown again.
const SHOWN: usize = 200;

/// What every row of a file would come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Every row that is not blank, in the order of the file.
    pub rows: Vec<PreviewRow>,
    /// How many there are of each state.
    pub counts: Counts,
}

/// What one row would come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewRow {
    /// Its line in the file, counted from 1.
    pub line: usize,
    /// What stands there, as much of it as can be shown.
    pub input: String,
    /// What would become of it.
    pub state: RowState,
    /// The rule that it reads as.
    pub rule: Option<String>,
    /// Why it is a duplicate or refused, or how the rule differs from what was written.
    pub reason: Option<String>,
}

/// What would become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RowState {
    /// It would be added.
    Ready,
    /// It is on the list already, or stands further up in the file.
    Duplicate,
    /// It is no website.
    Refused,
}

/// How many rows there are of each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows that would be added.
    pub ready: usize,
    /// Rows that are there already.
    pub duplicate: usize,
    /// Rows that are no website.
    pub refused: usize,
}

impl RowState {
    /// The word in JSON and CSV.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
        }
    }
}

impl Preview {
    /// The rules that would be added, in the order of the file.
    pub fn ready_rules(&self) -> impl Iterator<Item = &str> {
        let ready = self.rows.iter().filter(|row| row.state == RowState::Ready);
        ready.filter_map(|row| row.rule.as_deref())
    }
}

/// Reads a file and says of every row what it would come to, beside the rules already listed.
pub fn preview(bytes: &[u8], existing: &WebsiteList) -> Result<Preview, CsvError> {
    let text = csv_text::decode(bytes)?;
    let mut sorter = Sorter {
        existing,
        first_lines: HashMap::new(),
    };
    let mut preview = Preview {
        rows: Vec::new(),
        counts: Counts::default(),
    };
    for (line, cell) in cells(&text) {
        if preview.rows.len() == MAX_ROWS {
            return Err(CsvError::TooManyRows { limit: MAX_ROWS });
        }
        let row = sorter.sort(line, cell);
        preview.counts.add(row.state);
        preview.rows.push(row);
    }
    Ok(preview)
}

impl Counts {
    fn add(&mut self, state: RowState) {
        match state {
            RowState::Ready => self.ready += 1,
            RowState::Duplicate => self.duplicate += 1,
            RowState::Refused => self.refused += 1,
        }
    }
}

/// The text that should be a website, or the whole row where its quotes are broken.
type Cell<'a> = Result<Cow<'a, str>, &'a str>;

/// The cell of each row that should hold a website, with its line.
fn cells(text: &str) -> Vec<(usize, Cell<'_>)> {
    let separator = Separator::detect(text);
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !is_blank(line))
        .peekable();
    let header = lines.peek().and_then(|(_, first)| Header::read(first, separator));
    match header {
        Some(Header { column, columns }) if columns > 1 => csv_text::rows(text, separator)
            .skip(1)
            .take(MAX_ROWS + 1)
            .map(|row| (row.line, cell_of(row, column)))
            .collect(),
        other => lines
            .skip(usize::from(other.is_some()))
            .take(MAX_ROWS + 1)
            .map(|(index, line)| (index + 1, only_cell(line)))
            .collect(),
    }
}

/// A first line that names its columns, one of them as websites.
struct Header {
    column: usize,
    columns: usize,
}

impl Header {
    fn read(line: &str, separator: Separator) -> Option<Self> {
        let cells = csv_text::rows(line, separator).next()?.cells.ok()?;
        let names_websites = |cell: &Cow<'_, str>| HEADERS.contains(&text::fold(cell.trim()).as_str());
        let column = cells.iter().position(names_websites)?;
        let columns = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        Some(Self { column, columns })
    }
}

fn cell_of(row: csv_text::Row<'_>, column: usize) -> Cell<'_> {
    let cells = row.cells.map_err(|UnclosedQuote| row.raw)?;
    Ok(cells.into_iter().nth(column).unwrap_or_default())
}

/// The website of a line that should hold nothing else. Commas and semicolons may belong to a path,
/// so they end the cell only before one.
fn only_cell(line: &str) -> Cell<'_> {
    let line = line.trim();
    if line.starts_with('"') {
        let row = csv_text::rows(line, Separator::detect(line)).next();
        return row.map_or(Err(line), |row| cell_of(row, 0));
    }
    let line = line
        .split('\t')
        .next()
        .unwrap_or(line)
        .trim_end_matches([',', ';', ' ']);
    let host_from = line.find("://").map_or(0, |scheme| scheme + 3);
    let path_from = line[host_from..]
        .find('/')
        .map_or(line.len(), |path| host_from + path);
    let end = line[..path_from].find([',', ';']).unwrap_or(line.len());
    Ok(Cow::Borrowed(&line[..end]))
}

fn is_blank(line: &str) -> bool {
    line.chars()
        .all(|character| character.is_whitespace() || matches!(character, ',' | ';' | '"'))
}

/// Tells duplicates from news, over the rows of one file.
struct Sorter<'a> {
    existing: &'a WebsiteList,
    first_lines: HashMap<String, usize>,
}

impl Sorter<'_> {
    fn sort(&mut self, line: usize, cell: Cell<'_>) -> PreviewRow {
        let refused = |input: &str, reason: String| PreviewRow {
            line,
            input: text::clip(input.trim(), SHOWN),
            state: RowState::Refused,
            rule: None,
            reason: Some(reason),
        };
        let cell = match cell {
            Ok(cell) => cell,
            Err(raw) => return refused(raw, UnclosedQuote.to_string()),
        };
        match ParsedRule::parse(&cell) {
            Err(reason) => refused(&cell, reason.to_string()),
            Ok(parsed) => {
                let rule = parsed.rule.to_string();
                let (state, reason) = self.news(line, &rule, parsed.www_stripped);
                PreviewRow {
                    line,
                    input: text::clip(cell.trim(), SHOWN),
                    state,
                    rule: Some(rule),
                    reason,
                }
            }
        }
    }

    fn news(&mut self, line: usize, rule: &str, www_stripped: bool) -> (RowState, Option<String>) {
        if self.existing.contains_row(rule) {
            return (
                RowState::Duplicate,
                Some("This is on the list already.".to_owned()),
            );
        }
        if let Some(first) = self.first_lines.get(rule) {
            return (
                RowState::Duplicate,
                Some(format!("This stands on line {first} already.")),
            );
        }
        self.first_lines.insert(rule.to_owned(), line);
        (
            RowState::Ready,
            www_stripped.then(|| "\"www.\" is left out: the rule covers it.".to_owned()),
        )
    }
}
