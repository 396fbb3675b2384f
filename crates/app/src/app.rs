//! What every use case is given: the store, the ambient sources, the vault, the hub, and the settings of
//! this installation that use cases depend on.

use std::sync::Arc;

use tessera_domain::EmailAddress;
use tessera_ids::{Clock, Entropy, OrgId};
use tessera_policy::models::Catalogue;
use tessera_store::Store;
use tessera_wire::Serial;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::{
    Cost, Hub, Providers, Pulse, Vault,
    alerts::OperatorHook,
    gathering::gathering,
    passwords::Hasher,
    picture::Darkroom,
    settings::ListCache,
    sync::{self, Badges, Contacts, ManifestCache, ReceiptGathering, TokenGathering, Writer},
};

/// What the operator decided and use cases depend on.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// Where people and devices reach this installation, without a slash at its end.
    pub public_url: String,
    /// Whether anybody may sign up; otherwise an invitation is needed, unless an operator opened it.
    pub open_sign_up: bool,
    /// Whether every account may create organizations; otherwise operators and whom they named.
    pub open_org_creation: bool,
    /// Seats of a new organization; none for no limit.
    pub default_seats: Option<u64>,
    /// Addresses of people who run the installation, besides the accounts that are marked so.
    pub operators: Vec<EmailAddress>,
    /// Where operators are told of alerts besides mail.
    pub operator_hook: Option<OperatorHook>,
    /// What guessing a password costs whoever guesses.
    pub password_cost: Cost,
    /// Which providers and models there are.
    pub catalogue: Arc<Catalogue>,
}

/// The application: everything that a use case may reach.
#[derive(Debug)]
pub struct App {
    /// What is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// How secrets are sealed.
    pub vault: Vault,
    /// Who hears of changes.
    pub hub: Hub,
    /// How providers are called.
    pub providers: Arc<dyn Providers>,
    /// What the operator decided.
    pub config: AppConfig,
    pub(crate) lists: ListCache,
    pub(crate) badges: Badges,
    pub(crate) contacts: Contacts,
    pub(crate) manifests: ManifestCache,
    pub(crate) receipts: ReceiptGathering,
    pub(crate) tokens: TokenGathering,
    pub(crate) hasher: Hasher,
    pub(crate) darkroom: Darkroom,
    pub(crate) checks: crate::audit::verify::Checks,
    tasks: TaskTracker,
}

impl App {
    /// Puts the application together. The writer must be run as a task for devices to get tokens and to have receipts stored.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        vault: Vault,
        providers: Arc<dyn Providers>,
        config: AppConfig,
    ) -> (Arc<Self>, Writer) {
        let (receipts, gathered_receipts) = gathering();
        let (tokens, gathered_tokens) = gathering();
        let writer = Writer {
            receipts: gathered_receipts,
            tokens: gathered_tokens,
        };
        let hasher = Hasher::new(config.password_cost, &*entropy);
        let app = Self {
            store,
            clock,
            entropy,
            vault,
            hub: Hub::default(),
            providers,
            config,
            lists: ListCache::default(),
            badges: Badges::default(),
            contacts: Contacts::default(),
            manifests: ManifestCache::default(),
            receipts,
            tokens,
            hasher,
            darkroom: Darkroom::default(),
            checks: crate::audit::verify::Checks::default(),
            tasks: TaskTracker::new(),
        };
        (Arc::new(app), writer)
    }

    /// Runs a writing use case to its end even when whoever asked hangs up, so that nothing falls between a
    /// commit and its announcement.
    pub async fn tracked<T, F>(&self, work: F) -> tessera_domain::Result<T>
    where
        T: Send + 'static,
        F: Future<Output = tessera_domain::Result<T>> + Send + 'static,
    {
        match self.tasks.spawn(work.in_current_span()).await {
            Ok(answer) => answer,
            Err(error) => Err(tessera_domain::Error::internal(error)),
        }
    }

    /// Waits until the use cases under way have ended; none begin any more that would be waited for.
    pub async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        sync::write_contacts(self).await;
    }

    /// Tells device streams of a pulse, once what most of them will ask for is there.
    pub(crate) async fn announce(&self, org: OrgId, pulse: Pulse) {
        if self.hub.is_news(org, pulse) {
            // In a box, since everything that changes something ends here.
            Box::pin(sync::prepare(self, org, pulse)).await;
        }
        self.hub.announce(org, pulse);
    }

    /// Announces what was committed without being heard of: by another replica, or before a crash.
    pub async fn repair(&self) -> tessera_domain::Result<()> {
        let listened = self.hub.listened();
        if listened.is_empty() {
            return Ok(());
        }
        let begun = self.clock.now();
        for row in self.store.read().await?.org_serials().await? {
            if listened.contains(&row.org) {
                let pulse = Pulse {
                    serial: Serial::new(row.serial),
                    audience_epoch: row.audience_epoch,
                };
                self.announce(row.org, pulse).await;
            }
        }
        self.badges.note_compared(begun);
        Ok(())
    }
}
