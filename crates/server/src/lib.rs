//! How Tessera is reached: the portal, the API, the sync protocol, and the server around them.
//!
//! Handlers extract, call one use case and answer. What may be done is decided in `tessera-app`,
//! what is true in `tessera-domain` and `tessera-policy`; nothing here knows SQL.

pub mod admin;
pub mod api;
pub mod cli;
pub mod config;
mod disk;
pub mod downloads;
pub mod figures;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod lifecycle;
pub mod outbound;
pub mod portal;
pub mod probes;
pub mod routes;
pub mod serve;
pub mod set_up_mark;
pub mod site;
pub mod sync;
pub mod telemetry;

pub use admin::Admin;
pub use config::{Config, ServeFlags};
pub use serve::{Ambient, Running, start};
pub use site::Site;
