//! What would become of each row, beside the others and beside who belongs or is invited already.

use std::{collections::HashMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Candidate, Checked};

/// What an address already is in the org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A member's.
    Member,
    /// Invited, by an invitation that still works.
    Invited,
}

/// What would become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// They would be invited.
    Ready,
    /// A column is wrong.
    Malformed,
    /// The address stands further up in the list.
    Duplicate,
    /// The address has an invitation that still works.
    Invited,
    /// The address belongs to a member.
    Member,
    /// The rows before it take the last seats.
    NoSeat,
    /// They are invited by this very list: what became of a ready row, never foretold of one.
    Sent,
}

impl RowState {
    /// Every state, in the order of a preview's filter.
    pub const ALL: [Self; 7] = [
        Self::Ready,
        Self::Malformed,
        Self::Duplicate,
        Self::Invited,
        Self::Member,
        Self::NoSeat,
        Self::Sent,
    ];

    /// The word in JSON, CSV and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Malformed => "malformed",
            Self::Duplicate => "duplicate",
            Self::Invited => "invited",
            Self::Member => "member",
            Self::NoSeat => "no_seat",
            Self::Sent => "sent",
        }
    }
}

impl fmt::Display for RowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is no such state of a row.")]
pub struct ParseRowStateError;

impl FromStr for RowState {
    type Err = ParseRowStateError;

    fn from_str(text: &str) -> Result<Self, ParseRowStateError> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == text).ok_or(ParseRowStateError)
    }
}

/// One row with what would become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its line, counted from 1.
    pub line: usize,
    /// What stands there, as much of it as is shown.
    pub input: String,
    /// What would become of it.
    pub state: RowState,
    /// Which column is wrong and why, or what stands against it.
    pub reason: Option<String>,
    /// Whom it names, unless it is malformed.
    #[serde(skip)]
    pub candidate: Option<Candidate>,
}

/// How many rows there are of each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows that would be invited.
    pub ready: u64,
    /// Rows with a wrong column.
    pub malformed: u64,
    /// Rows whose address stands further up.
    pub duplicate: u64,
    /// Rows whose address is invited already.
    pub invited: u64,
    /// Rows whose address is a member's.
    pub member: u64,
    /// Rows without a seat.
    pub no_seat: u64,
    /// Rows whose people were invited by this list; left out where nobody was.
    #[serde(skip_serializing_if = "is_zero")]
    pub sent: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Counts {
    /// How many rows of that state there are.
    pub const fn of(&self, state: RowState) -> u64 {
        match state {
            RowState::Ready => self.ready,
            RowState::Malformed => self.malformed,
            RowState::Duplicate => self.duplicate,
            RowState::Invited => self.invited,
            RowState::Member => self.member,
            RowState::NoSeat => self.no_seat,
            RowState::Sent => self.sent,
        }
    }

    /// Counts that many more rows of that state.
    pub const fn add(&mut self, state: RowState, count: u64) {
        let of_state = match state {
            RowState::Ready => &mut self.ready,
            RowState::Malformed => &mut self.malformed,
            RowState::Duplicate => &mut self.duplicate,
            RowState::Invited => &mut self.invited,
            RowState::Member => &mut self.member,
            RowState::NoSeat => &mut self.no_seat,
            RowState::Sent => &mut self.sent,
        };
        *of_state += count;
    }

    /// All rows.
    pub const fn all(&self) -> u64 {
        self.ready + self.malformed + self.duplicate + self.invited + self.member + self.no_seat + self.sent
    }
}

/// What every row of a list would come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Every row, in the order of the list.
    pub rows: Vec<Row>,
    /// How many there are of each state.
    pub counts: Counts,
}

/// Sorts the rows of a list. `known` tells by the folded address what is known of it; the first rows that
/// need a seat get the `free` ones (`None`: there are as many as wanted).
pub fn sort(rows: Vec<Checked>, known: impl Fn(&str) -> Option<Standing>, free: Option<u32>) -> Preview {
    let mut preview = Preview::default();
    let mut first_lines = HashMap::new();
    let mut free = free;
    for row in rows {
        let (state, reason) = match &row.candidate {
            Err(why) => (RowState::Malformed, Some(why.clone())),
            Ok(candidate) => place(candidate, row.line, &mut first_lines, &known, &mut free),
        };
        preview.counts.add(state, 1);
        preview.rows.push(Row {
            line: row.line,
            input: row.input,
            state,
            reason,
            candidate: row.candidate.ok(),
        });
    }
    preview
}

fn place(
    candidate: &Candidate,
    line: usize,
    first_lines: &mut HashMap<String, usize>,
    known: &impl Fn(&str) -> Option<Standing>,
    free: &mut Option<u32>,
) -> (RowState, Option<String>) {
    let key = candidate.email.folded();
    if let Some(first) = first_lines.get(key) {
        return (
            RowState::Duplicate,
            Some(format!("This address stands on line {first} already.")),
        );
    }
    first_lines.insert(key.to_owned(), line);
    let told = |text: &str| Some(text.to_owned());
    match (known(key), *free) {
        (Some(Standing::Member), _) => (RowState::Member, told("This person is a member already.")),
        (Some(Standing::Invited), _) => (
            RowState::Invited,
            told("This address has an invitation already. Resend that one instead."),
        ),
        (None, Some(0)) => (
            RowState::NoSeat,
            told("No seats available: the rows before take the last ones."),
        ),
        (None, _) => {
            *free = free.map(|free| free - 1);
            (RowState::Ready, None)
        }
    }
}
