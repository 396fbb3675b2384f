//! What every handler can reach: the app, and what this server knows of itself.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use tessera_app::App;
use tessera_domain::Result;

use crate::config::Config;
use crate::downloads::Shelf;
use crate::http::cookie::Cookies;
use crate::http::pace::Paces;
use crate::jobs::Postman;
use crate::lifecycle::Lifecycle;
use crate::outbound::Outbound;
use crate::portal::Imports;
use crate::set_up_mark;
use crate::telemetry::Metrics;

/// One running server, shared by all requests.
#[derive(Clone)]
pub struct Site(Arc<Parts>);

/// What a [`Site`] holds.
pub struct Parts {
    /// Every use case.
    pub app: Arc<App>,
    /// What the operator decided.
    pub config: Config,
    /// `https://host[:port]`, as browsers write an origin.
    pub origin: String,
    /// How cookies are named here.
    pub cookies: Cookies,
    /// How often one may ask.
    pub paces: Paces,
    /// The figures of this process.
    pub metrics: Metrics,
    /// How this process ends.
    pub lifecycle: Lifecycle,
    /// What there is to download.
    pub shelf: Shelf,
    /// The one way out by HTTP.
    pub outbound: Outbound,
    /// The one way out by mail.
    pub postman: Postman,
    /// Files of websites that somebody is looking at.
    pub imports: Imports,
}

impl Site {
    /// Leaves a mark beside an embedded database that it is in use from now on.
    pub fn mark_set_up(&self) {
        let location = self.config.database_url().parse();
        let left = location
            .map_err(anyhow::Error::new)
            .and_then(|location| set_up_mark::leave(&location));
        if let Err(error) = left {
            tracing::warn!(error = %format!("{error:#}"), "no mark was left that Tessera was set up here");
        }
    }

    /// A site around an app whose `public_url` is known, that offers this program for its own platform.
    pub fn new(
        app: Arc<App>,
        config: Config,
        own_program: Option<PathBuf>,
        lifecycle: Lifecycle,
        outbound: Outbound,
        postman: Postman,
    ) -> Self {
        // Nothing but an origin passes the configuration's check.
        let origin = app.config.public_url.trim_end_matches('/').to_owned();
        let secure = origin.starts_with("https://");
        Self(Arc::new(Parts {
            origin,
            cookies: Cookies::new(secure),
            shelf: Shelf::new(config.downloads(), own_program),
            app,
            config,
            paces: Paces::default(),
            metrics: Metrics::install(),
            lifecycle,
            outbound,
            postman,
            imports: Imports::default(),
        }))
    }

    /// Runs a writing use case to its end even when whoever asked hangs up.
    pub async fn run<T, F>(&self, work: impl FnOnce(Arc<App>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.app.tracked(work(Arc::clone(&self.app))).await
    }

    /// Whether people reach this server over https.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// An absolute link to a path of this server. Never made of what a request says.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl Deref for Site {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
