//! Credentials: the AI providers' keys that an org owns. What each provider is reached with, which part of it is
//! secret, who may use it and how, and the life of a key from its adding to its end.
//!
//! What is secret is never printed: its types have no `Display`, no `Serialize`, and a `Debug` that says nothing.

mod scope;
mod secret;
mod settings;
mod state;
mod typed;
mod words;

pub use self::{
    scope::Scope,
    secret::{Secret, SecretText, ServiceAccount},
    settings::Settings,
    state::{CredentialState, Drain},
    typed::{Entered, Typed},
    words::{ProviderUrl, ProviderWord, Region, WordError},
};
pub use tessera_policy::credential::{
    Delivery, Field, LONGEST_OVERLAP, ParseDeliveryError, ParseProviderError, ProviderKind, Shape,
    USUAL_OVERLAP,
};
