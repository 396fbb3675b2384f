//! What Tessera's tests are made of: servers, actors who speak only public HTTP, agents, browsers, and the
//! outside parties they meet. It sees every crate; nothing but tests and developer tasks sees it.

pub mod actors;
pub mod admin;
pub mod agents;
pub mod bench;
pub mod browser;
#[cfg(target_os = "linux")]
pub mod cores;
#[cfg(target_os = "linux")]
pub mod crowd;
pub mod database;
pub mod demo;
pub mod device;
pub mod faults;
pub mod figures;
pub mod harmless;
pub mod http;
pub mod machine;
pub mod mail;
pub mod meddler;
pub mod outside;
pub mod program;
pub mod provider;
pub mod serve;
pub mod server;
pub mod swarm;
pub mod tunnel;
pub mod wait;

/// Makes ring the process's TLS provider; every client needs one. Harmless when repeated.
pub fn use_ring() {
    rustls::crypto::ring::default_provider().install_default().ok();
}
