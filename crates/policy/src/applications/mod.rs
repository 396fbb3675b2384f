//! Blocked and available applications: how a rule names one, what a window says about itself, and which
//! rule speaks.

mod catalogue;
mod identity;
mod judge;
mod rule;
mod rules;

pub use catalogue::{ApplicationCatalogue, ApplicationCategory, KnownApplication, Stance};
pub use identity::ApplicationIdentity;
pub use judge::{ApplicationEntry, ApplicationRules, Effect};
pub use rule::{ApplicationKind, ApplicationRule, ApplicationRuleError};
