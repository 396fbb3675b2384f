//! People as they appear in lists: initials on a tile pattern, and the roles they may have.

use askama::Template;

/// A person's picture, or else initials on four tiles whose pattern follows from the name.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/avatar.html")]
pub struct Avatar {
    initials: String,
    pattern: u8,
    picture: Option<String>,
}

impl Avatar {
    /// The avatar of a name (or of an address, where there is no name yet).
    pub fn of(name: &str) -> Self {
        let mut words = name
            .split_whitespace()
            .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
        let first = words.next();
        let initials = first
            .into_iter()
            .chain(words.next_back())
            .flat_map(char::to_uppercase)
            .collect();
        let pattern = name
            .bytes()
            .fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte))
            % 6;
        Self {
            initials,
            pattern,
            picture: None,
        }
    }

    /// The same with a picture, if there is one at this path.
    pub fn pictured(name: &str, picture: &Option<String>) -> Self {
        Self {
            picture: picture.clone(),
            ..Self::of(name)
        }
    }
}

/// A role with the one line that says what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleOption {
    /// What the form sends: `read`, `write`, `admin`, `owner`.
    pub value: String,
    /// *Read*, *Write*, *Admin*, *Owner*.
    pub label: String,
    /// What it may do, in one line.
    pub may: String,
}
