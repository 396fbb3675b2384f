//! Who acts, and by which credential. What they may do is decided by `domain`'s table of rights.

use std::net::IpAddr;

use tessera_domain::{Error, Result};
use tessera_ids::{AccountId, ApiTokenId, SessionId};

/// The person or process on whose behalf a use case runs.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A signed-in person.
    Account(AccountActor),
    /// Tessera itself, for clean-up and seeding; the text names the part.
    System(&'static str),
}

/// A person, as far as a use case must know them.
#[derive(Clone, Debug)]
pub struct AccountActor {
    /// Who.
    pub account: AccountId,
    /// How they proved it.
    pub credential: Credential,
    /// Where the request came from, as far as the trusted proxies tell.
    pub address: Option<IpAddr>,
}

/// How a request proved whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A browser's session; `recent` when the password was typed within the last ten minutes.
    Session {
        /// The session's row.
        id: SessionId,
        /// Whether sensitive acts may go on without asking again.
        recent: bool,
    },
    /// A personal access token.
    ApiToken(ApiTokenId),
}

impl Actor {
    /// The account behind the actor.
    ///
    /// # Errors
    /// *Forbidden* when Tessera itself acts, since what needs a person is then refused.
    pub fn account(&self) -> Result<AccountId> {
        match self {
            Self::Account(actor) => Ok(actor.account),
            Self::System(_) => Err(Error::forbidden("This needs a signed-in person.")),
        }
    }

    /// The session behind the actor.
    ///
    /// # Errors
    /// *Forbidden* when a token or Tessera itself acts.
    pub fn session(&self) -> Result<SessionId> {
        match self {
            Self::Account(AccountActor {
                credential: Credential::Session { id, .. },
                ..
            }) => Ok(*id),
            _ => Err(Error::forbidden("This can only be done in a browser.")),
        }
    }

    /// Refuses whoever did not type their password within the last minutes.
    ///
    /// # Errors
    /// *Unauthenticated* for a session whose sign-in is not recent, *Forbidden* for tokens.
    pub fn require_recent(&self) -> Result<()> {
        match self {
            Self::Account(AccountActor {
                credential: Credential::Session { recent: true, .. },
                ..
            }) => Ok(()),
            Self::Account(AccountActor {
                credential: Credential::Session { .. },
                ..
            }) => Err(Error::unauthenticated("Type your password again first.")),
            _ => Err(Error::forbidden("This can only be done in a browser.")),
        }
    }

    /// Where the request came from.
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Account(actor) => actor.address,
            Self::System(_) => None,
        }
    }
}
