//! The number that orders everything an org ever told its devices.

use std::fmt;

use serde::{Deserialize, Serialize};
use tessera_ids::Timestamp;

/// A place in an org's one sequence of manifests. Close to the microsecond it was taken at, so that a server
/// restored from a backup does not fall far behind its devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Serial(u64);

impl Serial {
    /// Before the first.
    pub const ZERO: Self = Self(0);

    /// Gives a stored number its type back.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number to store.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The serial to take after `self`: max(last + 1, now in microseconds).
    #[must_use]
    pub fn next(self, now: Timestamp) -> Self {
        let now = u64::try_from(now.as_micros()).unwrap_or(0);
        Self(self.0.saturating_add(1).max(now))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Serial {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
