//! Keys by which machines are enrolled: their limits, whether one still works, and whose a login is.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use tessera_ids::Timestamp;

use crate::{EmailAddress, email::EmailError};

/// The most machines that one key can enrol.
pub const MAX_USES: u64 = 10_000;
/// The longest that a key can work.
pub const MAX_LIFE: Duration = Duration::from_hours(365 * 24);

/// What decides whether a key still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// How many machines it enrolled.
    pub uses: u64,
    /// How many it may enrol.
    pub max_uses: u64,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentKeyState {
    /// It enrols machines.
    Usable,
    /// It enrolled as many as it may.
    Spent,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl EnrollmentKeyState {
    /// What a key is at `now`. Who ended it says more than what would have ended it anyway.
    pub fn of(facts: &KeyFacts, now: Timestamp) -> Self {
        if facts.revoked_at.is_some() {
            Self::Revoked
        } else if facts.uses >= facts.max_uses {
            Self::Spent
        } else if facts.expires_at <= now {
            Self::Expired
        } else {
            Self::Usable
        }
    }

    /// The word in JSON and on screens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::Spent => "spent",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for EnrollmentKeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What follows the `@` of an organization's addresses, in ASCII and lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailDomain(String);

impl MailDomain {
    /// The domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose a login on a machine is: `ada`, `CORP\ada` and `ada@corp.local` are `ada@` this domain.
    pub fn address_of(&self, login: &str) -> Result<EmailAddress, EmailError> {
        let after = login.rsplit_once('\\').map_or(login, |(_, name)| name);
        let name = after.split_once('@').map_or(after, |(name, _)| name);
        format!("{name}@{}", self.0).parse()
    }
}

impl FromStr for MailDomain {
    type Err = EmailError;

    /// Reads `example.com`, and forgives an `@` before it.
    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text);
        let address: EmailAddress = format!("name@{text}").parse()?;
        Ok(Self(address.domain().to_owned()))
    }
}

impl TryFrom<String> for MailDomain {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<MailDomain> for String {
    fn from(domain: MailDomain) -> Self {
        domain.0
    }
}

impl fmt::Display for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_somebody_at_the_domain() {
        let domain: MailDomain = " @Example.COM ".parse().expect("a domain");
        for login in ["ada", r"CORP\ada", "ada@corp.local", r"AzureAD\ada@else.example"] {
            let address = domain.address_of(login).expect("an address");
            assert_eq!(address.folded(), "ada@example.com", "{login}");
        }
        for login in ["", "ada byron", "@x", "a..b"] {
            assert!(domain.address_of(login).is_err(), "{login}");
        }
        assert!("a@example.com".parse::<MailDomain>().is_err());
        assert!("".parse::<MailDomain>().is_err());
    }

    #[test]
    fn a_key_ends_by_use_time_or_somebody() {
        let at = Timestamp::from_seconds;
        let facts = KeyFacts {
            uses: 4,
            max_uses: 5,
            expires_at: at(100),
            revoked_at: None,
        };
        let of = |facts: KeyFacts, now| EnrollmentKeyState::of(&facts, at(now));
        assert_eq!(of(facts, 99), EnrollmentKeyState::Usable);
        assert_eq!(of(facts, 100), EnrollmentKeyState::Expired);
        assert_eq!(of(KeyFacts { uses: 5, ..facts }, 99), EnrollmentKeyState::Spent);
        let revoked_at = Some(at(1));
        assert_eq!(
            of(KeyFacts { revoked_at, ..facts }, 99),
            EnrollmentKeyState::Revoked
        );
    }
}
