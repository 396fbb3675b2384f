//! The server over HTTP, as people, scripts, devices and attackers meet it.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot go on fails where it stands"
)]

mod account;
mod alerts;
mod api;
mod applications;
mod asking;
mod audit;
mod cast;
mod downloads;
mod farewells;
mod home;
mod hostile;
mod inviting;
mod layers;
mod matrix;
mod members;
mod memory;
mod model_defaults;
mod models;
mod orgs;
mod planted;
mod policy;
mod policy_keys;
mod portal;
mod portal_settings;
mod process;
mod rollouts;
mod shortcut;
mod sync;
mod teams;
mod tls;
mod touch;
mod updates;
