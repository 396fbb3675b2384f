//! What can be done: one function per use case, each of the same shape: authorize → load → decide → save →
//! audit → enqueue.
//!
//! No HTTP and no HTML live here, and no SQL: the store keeps, `policy` and `domain` decide, and this crate
//! brings them together. Whatever changes something goes through [`Change`].

mod access;
mod actor;
mod app;
mod audit;
mod change;
pub mod devices;
mod hub;
pub mod mail;
pub mod settings;
pub mod sync;
pub mod token;
mod vault;

pub use self::{
    actor::{AccountActor, Actor, Credential},
    app::{App, AppConfig},
    audit::AuditEntry,
    change::Change,
    hub::{Hub, Pulse, Topic},
    vault::{SecretKey, Vault},
};
