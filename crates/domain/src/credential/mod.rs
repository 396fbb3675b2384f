//! Credentials: the AI providers' keys that an org owns. What each provider is reached with, which part of it is
//! secret, who may use it and how, and the life of a key from its adding to its end.
//!
//! What is secret is never printed: its types have no `Display`, no `Serialize`, and a `Debug` that says nothing.

mod field;
mod policy;
mod provider;
mod secret;
mod settings;
mod state;
mod typed;
mod words;

pub use self::{
    field::{Field, Shape},
    policy::{Delivery, Scope},
    provider::{ParseProviderError, ProviderKind},
    secret::{Secret, SecretText, ServiceAccount},
    settings::Settings,
    state::{CredentialState, Drain, LONGEST_OVERLAP},
    typed::{Entered, Typed},
    words::{ProviderUrl, ProviderWord, Region, WordError},
};
