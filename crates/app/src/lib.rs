//! What can be done: one function per use case, each of the same shape: authorize → load → decide → save →
//! audit → enqueue.
//!
//! No HTTP and no HTML live here, and no SQL: the store keeps, `policy` and `domain` decide, and this crate
//! brings them together. Whatever changes something goes through [`Change`].

mod access;
pub mod accounts;
mod actor;
pub mod alerts;
mod app;
pub mod audit;
mod change;
pub mod credentials;
pub mod devices;
pub mod enrollment_keys;
mod gathering;
mod hub;
pub mod installation;
pub mod invitations;
mod limits;
pub mod mail;
pub mod members;
pub mod models;
pub mod operator;
pub mod orgs;
mod passwords;
pub mod picture;
pub mod policy_file;
mod providers;
pub mod rollouts;
pub mod seats;
pub mod seeding;
pub mod sessions;
pub mod settings;
pub mod sync;
pub mod teams;
pub mod token;
pub mod tokens;
pub mod trace;
pub mod updates;
pub mod upkeep;
mod vault;

pub use self::{
    actor::{AccountActor, Actor, Credential},
    app::{App, AppConfig},
    audit::AuditEntry,
    change::Change,
    hub::{Hub, Pulse, Topic},
    passwords::Cost,
    providers::{ListModels, ProviderError, Providers},
    vault::{SecretKey, Vault},
};
