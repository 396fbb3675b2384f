//! The life of a key: active, draining beside its successor, suspended with its org, retired.

use std::time::Duration;

use tessera_ids::{CredentialId, Timestamp};
use tessera_policy::credential::LONGEST_OVERLAP;

use crate::{Error, Result};

/// A key that was replaced and still works for what uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain {
    /// When it retires.
    pub until: Timestamp,
    /// The key that takes over.
    pub successor: CredentialId,
}

/// How far a key's life has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// It is used.
    Active,
    /// It was replaced, and retires by itself.
    Draining(Drain),
    /// Its org is deleted and may come back. Nobody gets it meanwhile.
    Suspended {
        /// Since when.
        at: Timestamp,
        /// What it was doing before.
        drain: Option<Drain>,
    },
    /// Its secret is erased.
    Retired {
        /// Since when.
        at: Timestamp,
    },
}

impl CredentialState {
    /// The word in JSON and the database.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draining(_) => "draining",
            Self::Suspended { .. } => "suspended",
            Self::Retired { .. } => "retired",
        }
    }

    /// Whether the provider may be called with it, and members may have it.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        match self {
            Self::Active => true,
            Self::Draining(drain) => now < drain.until,
            Self::Suspended { .. } | Self::Retired { .. } => false,
        }
    }

    /// Begins to drain in favour of another, or retires at once where nothing shall overlap.
    ///
    /// # Errors
    /// *Conflict* unless it is active, *Invalid* for a longer overlap than [`LONGEST_OVERLAP`].
    pub fn replaced(self, now: Timestamp, overlap: Duration, successor: CredentialId) -> Result<Self> {
        if overlap > LONGEST_OVERLAP {
            return Err(Error::field("/overlap", "A key drains for 30 days at most."));
        }
        match self {
            Self::Active if overlap.is_zero() => Ok(Self::Retired { at: now }),
            Self::Active => Ok(Self::Draining(Drain {
                until: now.plus(overlap),
                successor,
            })),
            other => Err(other.not_active()),
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// *Conflict* when it has ended.
    pub fn retired(self, now: Timestamp) -> Result<Self> {
        match self {
            Self::Active | Self::Draining(_) | Self::Suspended { .. } => Ok(Self::Retired { at: now }),
            Self::Retired { .. } => Err(self.not_active()),
        }
    }

    /// Why only an active key may be changed, tested or replaced.
    pub fn not_active(self) -> Error {
        Error::conflict(match self {
            Self::Active => "This key is active.",
            Self::Draining(_) => "This key was replaced and retires by itself. Change its successor.",
            Self::Suspended { .. } => "This key is suspended, because its organization is deleted.",
            Self::Retired { .. } => "This key is retired, and its secret is erased. Add a new one.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn successor() -> CredentialId {
        "cred_00000000000000000000000001".parse().expect("an id")
    }

    #[test]
    fn a_replaced_key_drains_until_its_instant() {
        let now = Timestamp::from_seconds(1_000);
        let hour = Duration::from_hours(1);
        let draining = CredentialState::Active.replaced(now, hour, successor()).unwrap();
        assert!(draining.is_usable(now) && !draining.is_usable(now.plus(hour)));
        assert!(
            draining.replaced(now, hour, successor()).is_err(),
            "once is enough"
        );
        assert_eq!(
            draining.retired(now).unwrap(),
            CredentialState::Retired { at: now }
        );
    }

    #[test]
    fn without_an_overlap_it_ends_at_once_and_a_month_is_the_most() {
        let now = Timestamp::from_seconds(1_000);
        let ended = CredentialState::Active
            .replaced(now, Duration::ZERO, successor())
            .unwrap();
        assert_eq!(ended, CredentialState::Retired { at: now });
        assert!(ended.retired(now).is_err());
        let long = LONGEST_OVERLAP + Duration::from_secs(1);
        assert!(CredentialState::Active.replaced(now, long, successor()).is_err());
    }

    #[test]
    fn what_is_suspended_is_nobodys() {
        let now = Timestamp::from_seconds(1_000);
        let suspended = CredentialState::Suspended { at: now, drain: None };
        assert!(!suspended.is_usable(now));
    }
}
