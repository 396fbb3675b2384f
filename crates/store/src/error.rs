//! What can go wrong between a use case and its rows.

/// A rule of uniqueness that callers answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// Another account has this email address.
    AccountEmail,
    /// The account already belongs to the organization.
    Membership,
    /// Another team of the organization has this name.
    TeamName,
    /// Another active key of the organization has this name.
    CredentialName,
    /// The address has a pending invitation to the organization.
    PendingInvitation,
    /// Another enrolment shows this user code.
    UserCode,
    /// Another transaction took this revision number.
    Revision,
    /// Any other key: an id, or the hash of a token.
    Other,
}

/// A failed statement, named by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row like it exists.
    #[error("not unique: {0:?}")]
    NotUnique(Unique),
    /// It refers to a row that is not there (any more), or something still refers to it.
    #[error("a row it needs is gone, or a row still needs it")]
    Reference,
    /// A text with a NUL character, which no engine may see.
    #[error("text contains a NUL character")]
    Nul,
    /// A number above what a 64-bit signed integer holds.
    #[error("number is too large to be kept")]
    OutOfRange,
    /// Another transaction was in the way; the same work may succeed when tried again.
    #[error("another transaction was in the way")]
    Busy,
    /// The database cannot write: its disk is full, read-only or broken.
    #[error("the database cannot write: {0}")]
    Unwritable(String),
    /// A server or another command has the database open.
    #[error("the database is in use: stop every Tessera server and command that has it open")]
    InUse,
    /// The database does not answer.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A defect: a statement, a migration or a stored value that should not be.
    #[error("database error: {0}")]
    Internal(String),
}

/// The result of every function here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A stored value that this version cannot read.
    pub(crate) fn unreadable(column: &str, error: impl std::fmt::Display) -> Self {
        Self::Internal(format!("column {column} is unreadable: {error}"))
    }
}

impl From<Error> for tessera_domain::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotUnique(unique) => Self::conflict(match unique {
                Unique::AccountEmail => "This email address already has an account.",
                Unique::Membership => "This person is already a member.",
                Unique::TeamName => "A team with this name exists.",
                Unique::CredentialName => "A key with this name exists.",
                Unique::PendingInvitation => "This address already has an invitation.",
                Unique::Revision => {
                    "Somebody else saved settings at the same moment. Look at their change and save again."
                }
                Unique::UserCode | Unique::Other => "This exists already.",
            })
            .with_internal(error),
            Error::Reference => {
                Self::conflict("Something that this needs was removed in the meantime.").with_internal(error)
            }
            Error::Nul => Self::invalid("Text cannot contain a NUL character."),
            Error::OutOfRange => Self::invalid("A number is too large."),
            Error::Unwritable(_) => Self::unavailable_because(
                "Tessera cannot write to its disk: it is full or read-only. Nothing was changed. Whoever runs this server must make room.",
                error,
            ),
            Error::Busy | Error::InUse | Error::Unavailable(_) => Self::unavailable(error),
            Error::Internal(_) => Self::internal(error),
        }
    }
}
