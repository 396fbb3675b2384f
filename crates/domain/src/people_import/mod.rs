//! Whom a list would invite, row by row, before anybody is: read, checked, and sorted by what stands against each.
//!
//! A list comes as a CSV file (`email,role[,teams]`), as pasted addresses, or as typed rows. Bad rows cost
//! nothing: each is named with its column and the reason, and the rest is offered.

mod check;
mod read;
mod sort;

pub use self::{
    check::{Candidate, Checked, Inviter, check},
    read::{MAX_BYTES, MAX_PEOPLE, TEAM_SEPARATOR, Written, read_csv, read_pasted},
    sort::{Counts, ParseRowStateError, Preview, Row, RowState, Standing, sort},
};

use crate::{Error, Kind, csv_text::CsvError};

/// Why a list could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The file is no text, or too large.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// More bytes than allowed.
    #[error("This list has more than {} MiB. Split it.", .limit / 1024 / 1024)]
    TooLarge {
        /// How many bytes may be read.
        limit: usize,
    },
    /// More rows than allowed.
    #[error("This list has more than {limit} people. Split it.")]
    TooMany {
        /// How many may be read.
        limit: usize,
    },
    /// No row at all.
    #[error("There is nobody in this list.")]
    Empty,
    /// A header and nothing below it.
    #[error("This file has a header and no row below it.")]
    OnlyHeader,
}

impl From<ListError> for Error {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Csv(error) => error.into(),
            ListError::TooLarge { .. } | ListError::TooMany { .. } => {
                Self::new(Kind::TooLarge, error.to_string())
            }
            ListError::Empty | ListError::OnlyHeader => Self::invalid(error.to_string()),
        }
    }
}
