//! The way out to AI providers, as use cases see it. What answers behind it speaks HTTP and is the server's.

use std::{fmt, pin::Pin};

use tessera_domain::{
    Error,
    credential::{Secret, Settings},
};

/// Models under way.
pub type ListModels<'a> = Pin<Box<dyn Future<Output = Result<Vec<String>, ProviderError>> + Send + 'a>>;

/// Calls providers. Never within a transaction.
pub trait Providers: fmt::Debug + Send + Sync {
    /// The ids of the models that the provider lists for this key, as it names them. The cheapest real call.
    fn list_models<'a>(&'a self, settings: &'a Settings, secret: &'a Secret) -> ListModels<'a>;
}

/// Why a provider was of no help, in words that may be shown: no part of the key is in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It refused the call.
    #[error("The provider refused ({status}){}", told(.said.as_deref()))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said, unless that repeated the key.
        said: Option<String>,
    },
    /// No connection, or it broke.
    #[error("The provider cannot be reached: {0}.")]
    Unreachable(String),
    /// The address is one that this server does not call.
    #[error("This address is not called from here: {0}.")]
    NotAllowed(String),
    /// No answer in time.
    #[error("The provider did not answer within {0} seconds.")]
    Slow(u64),
    /// An answer that is none of this provider's.
    #[error("What answered is not what was expected: {0}.")]
    Unexpected(String),
    /// The secret cannot be used at all.
    #[error("{0}")]
    Secret(String),
}

fn told(said: Option<&str>) -> String {
    said.map_or_else(|| ".".to_owned(), |said| format!(": {said}"))
}

impl From<ProviderError> for Error {
    fn from(error: ProviderError) -> Self {
        Self::invalid(error.to_string())
    }
}
