//! The one way out of this server: https to where the operator lets it, no redirects, addresses checked as they are
//! connected to, and answers that are read with a limit and never repeat a key.
//!
//! What `app` asks of providers is answered in [`dialects`]; nothing else here knows a provider.

mod ask;
mod dialects;
mod google;
mod guard;
mod scan;
mod sigv4;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use tessera_app::{ListModels, Providers};
use tessera_domain::credential::{Secret, Settings};
use tessera_ids::Clock;

use crate::config::{Endpoints, OutboundConfig};
use guard::Guard;

/// Time to connect.
const CONNECT_TIME: Duration = Duration::from_secs(8);

/// The client for everything that leaves this server by HTTP.
#[derive(Clone, Debug)]
pub struct Outbound {
    http: reqwest::Client,
    guard: Guard,
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
}

impl Outbound {
    /// A client that calls what the operator allows.
    pub fn new(config: &OutboundConfig, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        // Whoever installed one before chose the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::new(config.allow.clone());
        let http = reqwest::Client::builder()
            .user_agent(concat!("tessera/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would connect in our place, where addresses are not checked.
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .dns_resolver(Arc::new(guard.clone()))
            .build()?;
        Ok(Self {
            http,
            guard,
            endpoints: config.endpoints.clone(),
            clock,
        })
    }
}

impl Providers for Outbound {
    fn list_models<'a>(&'a self, settings: &'a Settings, secret: &'a Secret) -> ListModels<'a> {
        Box::pin(dialects::list_models(self, settings, secret))
    }
}
