//! What the providers' keys of an organization look like: whose they can be, which fields each has and which of those
//! are secret, and how members use them. Never a key itself.

mod delivery;
mod field;
mod provider;
mod trial;

pub use self::{
    delivery::{Delivery, LONGEST_OVERLAP, ParseDeliveryError, USUAL_OVERLAP},
    field::{Field, Shape},
    provider::{ParseProviderError, ProviderKind},
    trial::Trial,
};
