//! From a file, a pasted text or typed fields to rows of plain text.

use std::borrow::Cow;

use super::ListError;
use crate::{
    Role,
    csv_text::{self, Separator, UnclosedQuote},
    text,
};

/// The most people in one list.
pub const MAX_PEOPLE: usize = 10_000;
/// The most bytes of one list, whatever its encoding.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// What stands between two teams in their field: none of the characters that part cells.
pub const TEAM_SEPARATOR: char = '|';
/// How much of a row is shown again, in characters.
const SHOWN: usize = 200;
/// The words that name each column in a header.
const EMAIL: [&str; 7] = [
    "email",
    "e-mail",
    "emails",
    "mail",
    "email address",
    "e-mail address",
    "address",
];
const ROLE: [&str; 3] = ["role", "roles", "access"];
const TEAMS: [&str; 4] = ["team", "teams", "group", "groups"];

/// One row as somebody wrote it, not yet checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Its line, counted from 1.
    pub line: usize,
    /// What stands there, as much of it as is shown again.
    pub input: String,
    /// What stands for the address.
    pub email: String,
    /// What stands for the role.
    pub role: String,
    /// What stands for each team: a name or an id.
    pub teams: Vec<String>,
    /// Why the row itself cannot be read, whatever its cells say.
    pub broken: Option<String>,
}

impl Written {
    /// A row that was typed field by field.
    pub fn typed(line: usize, email: &str, role: &str, teams: Vec<String>) -> Self {
        let mut input = email.trim().to_owned();
        for part in std::iter::once(role).chain(teams.iter().map(String::as_str)) {
            if !part.trim().is_empty() {
                input.push_str(", ");
                input.push_str(part.trim());
            }
        }
        Self {
            line,
            input: text::clip(&input, SHOWN),
            email: email.to_owned(),
            role: role.to_owned(),
            teams,
            broken: None,
        }
    }
}

/// The rows of a CSV file: `email,role[,teams]`, with a header or without. A header may name the columns
/// in any order, and others beside them, which are left out.
///
/// # Errors
/// [`ListError`] for what is no text, too large, has too many rows, or none.
pub fn read_csv(bytes: &[u8]) -> Result<Vec<Written>, ListError> {
    if bytes.len() > MAX_BYTES {
        return Err(ListError::TooLarge { limit: MAX_BYTES });
    }
    let text = csv_text::decode(bytes)?;
    let separator = Separator::detect(&text);
    let mut rows = csv_text::rows(&text, separator).peekable();
    let header = rows
        .peek()
        .and_then(|row| Columns::named(row.cells.as_deref().ok()?));
    let has_header = header.is_some();
    let columns = header.unwrap_or(Columns::USUAL);
    let rows = rows.skip(usize::from(has_header));
    let written: Vec<_> = rows.take(MAX_PEOPLE + 1).map(|row| columns.read(row)).collect();
    match written.len() {
        0 if has_header => Err(ListError::OnlyHeader),
        _ => within(written),
    }
}

/// The addresses of a pasted text, each with that role: parted by space, comma, semicolon or line end, also as
/// `Ada <ada@example.com>`. A role that follows an address on its line is that address's own.
///
/// # Errors
/// [`ListError`] for too many, or none.
pub fn read_pasted(pasted: &str, role: &str, teams: &[String]) -> Result<Vec<Written>, ListError> {
    if pasted.len() > MAX_BYTES {
        return Err(ListError::TooLarge { limit: MAX_BYTES });
    }
    let mut written: Vec<Written> = Vec::new();
    for (index, line) in pasted.lines().enumerate() {
        let mut follows = false;
        for word in addresses(line) {
            match written.last_mut() {
                Some(last) if follows && word.parse::<Role>().is_ok() => {
                    *last = Written::typed(index + 1, &last.email, word, teams.to_vec());
                    follows = false;
                }
                _ => {
                    written.push(Written::typed(index + 1, word, role, teams.to_vec()));
                    follows = true;
                }
            }
            if written.len() > MAX_PEOPLE {
                return Err(ListError::TooMany { limit: MAX_PEOPLE });
            }
        }
    }
    within(written)
}

fn within(written: Vec<Written>) -> Result<Vec<Written>, ListError> {
    match written.len() {
        0 => Err(ListError::Empty),
        count if count > MAX_PEOPLE => Err(ListError::TooMany { limit: MAX_PEOPLE }),
        _ => Ok(written),
    }
}

/// The words of a line that should be addresses: of `"Lovelace, Ada" <ada@example.com>` only what is in brackets.
fn addresses(line: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = line.split(move |character| {
        quoted ^= character == '"';
        !quoted && matches!(character, ',' | ';' | '\t')
    });
    let words = parts.flat_map(|part| match bracketed(part) {
        Some(address) => vec![address],
        None => part.split_whitespace().collect(),
    });
    words.filter(|word| !word.is_empty()).collect()
}

fn bracketed(part: &str) -> Option<&str> {
    let (_, rest) = part.split_once('<')?;
    rest.split_once('>').map(|(address, _)| address.trim())
}

/// Which cell holds what.
#[derive(Clone, Copy, Debug)]
struct Columns {
    email: usize,
    role: Option<usize>,
    teams: Option<usize>,
    /// Whether a header said so; then other columns may stand there too.
    named: bool,
}

impl Columns {
    /// Of a file without a header.
    const USUAL: Self = Self {
        email: 0,
        role: Some(1),
        teams: Some(2),
        named: false,
    };

    /// Of a file whose first row names them.
    fn named(cells: &[Cow<'_, str>]) -> Option<Self> {
        let place = |words: &[&str]| {
            let names =
                |cell: &Cow<'_, str>| cell.len() < 64 && words.contains(&text::fold(cell.trim()).as_str());
            cells.iter().position(names)
        };
        Some(Self {
            email: place(&EMAIL)?,
            role: place(&ROLE),
            teams: place(&TEAMS),
            named: true,
        })
    }

    fn read(self, row: csv_text::Row<'_>) -> Written {
        let written = Written {
            line: row.line,
            input: text::clip(row.raw.trim(), SHOWN),
            ..Written::default()
        };
        let cells = match row.cells {
            Ok(cells) => cells,
            Err(unclosed @ UnclosedQuote) => {
                return Written {
                    broken: Some(unclosed.to_string()),
                    ..written
                };
            }
        };
        let cell = |place: Option<usize>| {
            place
                .and_then(|place| cells.get(place))
                .map_or("", |cell| cell.trim())
        };
        let surplus = cells.iter().skip(3).any(|cell| !cell.trim().is_empty());
        Written {
            email: cell(Some(self.email)).to_owned(),
            role: cell(self.role).to_owned(),
            teams: teams(cell(self.teams)),
            broken: (surplus && !self.named).then(|| {
                format!("columns: there is a fourth one. Part several teams with {TEAM_SEPARATOR} instead.")
            }),
            ..written
        }
    }
}

fn teams(cell: &str) -> Vec<String> {
    cell.split(TEAM_SEPARATOR)
        .map(str::trim)
        .filter(|team| !team.is_empty())
        .map(str::to_owned)
        .collect()
}
