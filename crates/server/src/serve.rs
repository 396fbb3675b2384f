//! Starting and ending the server: what `tessera serve`, the demo and the tests all call.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tessera_app::{App, AppConfig, Cost, installation};
use tessera_ids::ambient::{SystemClock, SystemEntropy};
use tessera_ids::{Clock, Entropy};
use tessera_store::{Durability, Location, OpenOptions, Store};
use tokio::net::TcpListener;

use crate::config::{Config, ConfigError};
use crate::http::{self, tls::Tls};
use crate::jobs::{self, Postman};
use crate::keys;
use crate::lifecycle::{Lifecycle, TaskDied};
use crate::outbound::Outbound;
use crate::routes;
use crate::set_up_mark;
use crate::site::Site;
use crate::sync;

/// What a server takes from around it. Tests bring their own time and randomness.
#[derive(Clone, Debug)]
pub struct Ambient {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives unpredictable bytes.
    pub entropy: Arc<dyn Entropy>,
    /// How the database is opened.
    pub database: OpenOptions,
    /// What guessing a password costs; tests make it cheap.
    pub password_cost: Cost,
    /// The program of this process, where it holds the agent and may be offered for download.
    pub own_program: Option<PathBuf>,
    /// Routes beside the table's, such as the demo's sign-in link.
    pub doors: Router<Site>,
}

impl Ambient {
    /// For data that nobody will miss after a power cut: nothing waits for the disk.
    pub fn throwaway() -> Self {
        Self {
            database: OpenOptions {
                durability: Durability::Nothing,
                ..OpenOptions::default()
            },
            ..Self::default()
        }
    }
}

impl Default for Ambient {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            database: OpenOptions::default(),
            password_cost: Cost::default(),
            own_program: None,
            doors: Router::new(),
        }
    }
}

/// A server that serves.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it serves.
    pub site: Site,
    /// The one-time link that makes the first owner, while nobody has used it.
    pub setup_link: Option<String>,
}

impl Running {
    /// Ends softly and waits for everything to finish.
    pub async fn stop(self) -> Result<(), TaskDied> {
        self.site.lifecycle.shut_down();
        self.wait().await
    }

    /// Waits until the server ends: by a signal, an order, or the death of one of its parts.
    pub async fn wait(self) -> Result<(), TaskDied> {
        let ended = self.site.lifecycle.clone().finish().await;
        self.site.app.finish().await;
        self.site.app.store.close().await;
        ended
    }
}

/// Opens the data, migrates it, and serves. Returns once requests are answered.
pub async fn start(config: Config, ambient: Ambient) -> anyhow::Result<Running> {
    make_private(&config.data).with_context(|| format!("making {}", config.data.display()))?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listening on {}", config.listen))?;
    let address = listener.local_addr()?;
    let tls = open_tls(&config, &ambient)?;
    let location: Location = config
        .database_url()
        .parse()
        .context("reading the database URL")?;
    set_up_mark::check_file(&location)?;
    let store = Store::open(&location, &ambient.database)
        .await
        .context("opening the database")?;
    let mut reader = store.read().await?;
    let (check, people) = (reader.key_check().await?, reader.count_accounts().await?);
    drop(reader);
    set_up_mark::check(&location, people > 0)?;
    if people > 0 {
        set_up_mark::leave(&location)?;
    }
    let vault = keys::open_vault(&config, &*ambient.entropy, check.as_deref())?;
    let postman = Postman::new(&config)?;
    let app_config = app_config(&config, address, ambient.password_cost)?;
    let outbound =
        Outbound::new(&config.outbound, Arc::clone(&ambient.clock)).context("preparing to call providers")?;
    let providers = Arc::new(outbound.clone());
    let (app, receipts) = App::new(
        store,
        ambient.clock,
        ambient.entropy,
        vault,
        providers,
        app_config,
    );
    let setup_link = installation::open(&app).await.map_err(|error| explain(&error))?;

    let lifecycle = Lifecycle::default();
    let own_program = ambient.own_program;
    let site = Site::new(app, config, own_program, lifecycle.clone(), outbound, postman);
    lifecycle.keep("receipts", receipts.run(Arc::clone(&site.app)));
    jobs::start(&site);
    let router = http::layers(routes::router(&site).merge(ambient.doors), &site);
    if let Some(tls) = &tls {
        lifecycle.keep("certificate", Arc::clone(tls).keep_current());
    }
    let answers = http::serve::Answers {
        shortcut: sync::shortcut(&site),
        router,
    };
    let served = http::serve::serve(listener, answers, tls, lifecycle.clone());
    lifecycle.finish_softly("http", served);
    tracing::info!(%address, public_url = site.origin, engine = site.app.store.engine_name(), "serving");
    Ok(Running {
        address,
        site,
        setup_link,
    })
}

fn open_tls(config: &Config, ambient: &Ambient) -> anyhow::Result<Option<Arc<Tls>>> {
    let Some((certificate, key)) = config.tls() else {
        return Ok(None);
    };
    let tls = Tls::open(certificate, key, Arc::clone(&ambient.clock))?;
    Ok(Some(Arc::new(tls)))
}

pub(crate) fn app_config(
    config: &Config,
    address: SocketAddr,
    password_cost: Cost,
) -> Result<AppConfig, ConfigError> {
    Ok(AppConfig {
        public_url: config.public_url(address),
        open_sign_up: config.sign_up.open,
        open_org_creation: config.organizations.anyone_may_create,
        default_seats: config.organizations.seats.map(u64::from),
        operators: config.operator.accounts.clone(),
        operator_hook: config.operator_hook()?,
        password_cost,
        catalogue: Arc::new(config.catalogue()?),
    })
}

/// The operator at the terminal may see what the log sees.
pub(crate) fn explain(error: &tessera_domain::Error) -> anyhow::Error {
    let internal = error.internal.as_deref().unwrap_or_default();
    anyhow::anyhow!("{error} {internal}")
}

pub(crate) fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
