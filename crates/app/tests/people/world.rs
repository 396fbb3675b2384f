//! An installation for one story, with a clock of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tessera_app::{
    Actor, App, AppConfig, Cost, ListModels, ProviderError, Providers, SecretKey, Vault,
    accounts::Visitor,
    installation::{self, SetUp},
    invitations::{self, InvitedSignUp, Offer},
    mail::Mail,
    sessions::SignedIn,
};
use tessera_domain::{
    EmailAddress, Error, Kind, Role,
    credential::{Secret, Settings},
};
use tessera_ids::{AccountId, Clock, DeviceId, InvitationId, OrgId, Timestamp, ambient::SystemEntropy};
use tessera_policy::models::Catalogue;
use tessera_store::{
    InvitationQuery, JobKind, NewDevice,
    testing::{self, Engine, TestStore},
};

/// A password that keeps the rules.
pub(crate) const PASSWORD: &str = "seven green umbrellas";

/// An installation with an owner and an organization.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<TickingClock>,
    pub(crate) owner: Actor,
    pub(crate) org: OrgId,
}

/// A provider that takes keys which do not end in `-bad`, and repeats none of them.
#[derive(Debug, Default)]
pub(crate) struct Listing;

impl Providers for Listing {
    fn list_models<'a>(&'a self, settings: &'a Settings, secret: &'a Secret) -> ListModels<'a> {
        let is_bad = secret.unspeakable().iter().any(|secret| secret.ends_with("-bad"));
        let models = vec![
            format!("{}-large", settings.kind()),
            format!("{}-large", settings.kind()),
        ];
        Box::pin(async move {
            if is_bad {
                let said = Some("no such key".to_owned());
                return Err(ProviderError::Refused { status: 401, said });
            }
            Ok(models)
        })
    }
}

/// A clock that moves when told, and a millisecond each time it is read, so that things have an order.
#[derive(Debug)]
pub(crate) struct TickingClock(AtomicI64);

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1_000, Ordering::SeqCst))
    }
}

impl TickingClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0
            .fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

/// Runs a story in a fresh installation on an engine, if it is there.
pub(crate) async fn run(engine: Engine, story: impl AsyncFnOnce(&World)) {
    run_with(engine, |_| {}, story).await;
}

/// As [`run`], with another configuration.
pub(crate) async fn run_with(
    engine: Engine,
    configure: impl FnOnce(&mut AppConfig),
    story: impl AsyncFnOnce(&World),
) {
    let Some(test) = testing::open(engine).await else {
        return;
    };
    story(&World::set_up(&test, configure).await).await;
    test.remove().await;
}

impl World {
    pub(crate) async fn set_up(test: &TestStore, configure: impl FnOnce(&mut AppConfig)) -> Self {
        let (app, clock) = bare_app(test, configure);
        let link = installation::open(&app).await.unwrap().unwrap();
        let wanted = SetUp {
            name: "Olga Owner".parse().unwrap(),
            email: email("olga"),
            password: PASSWORD.into(),
            org: Some("Acme".parse().unwrap()),
        };
        let (signed_in, org) = installation::set_up(&app, &visitor(), last_part(&link), wanted)
            .await
            .unwrap();
        Self {
            app,
            clock,
            owner: signed_in.actor(&visitor()),
            org: org.unwrap(),
        }
    }

    /// Makes somebody a member, by invitation.
    pub(crate) async fn member(&self, name: &str, role: Role) -> Actor {
        let link = self.invite(name, role).await;
        self.join(name, &link).await.actor(&visitor())
    }

    /// Invites somebody; the token of their link.
    pub(crate) async fn invite(&self, name: &str, role: Role) -> String {
        invitations::invite_one(&self.app, &self.owner, self.org, offer(name, role))
            .await
            .unwrap();
        self.link_to(name).await
    }

    /// Signs somebody up by the link of their invitation.
    pub(crate) async fn join(&self, name: &str, link: &str) -> SignedIn {
        let wanted = InvitedSignUp {
            name: name.parse().unwrap(),
            password: PASSWORD.into(),
        };
        invitations::sign_up(&self.app, &visitor(), link, wanted)
            .await
            .unwrap()
            .0
    }

    /// Every mail that is queued, the oldest first.
    pub(crate) async fn mails(&self) -> Vec<Mail> {
        let mut tx = self.app.store.begin().await.unwrap();
        let now = self.clock.now();
        let end = now.plus(Duration::from_mins(1));
        let jobs = tx.lease_jobs(now, end, JobKind::Mail, 1_000).await.unwrap();
        // The mails stay, to be read again.
        tx.roll_back().await.unwrap();
        jobs.into_iter()
            .map(|job| serde_json::from_value(job.payload).unwrap())
            .collect()
    }

    /// The token of the last link that somebody was mailed.
    pub(crate) async fn link_to(&self, name: &str) -> String {
        let to = email(name);
        let mails = self.mails().await;
        let mail = mails.iter().rev().find(|mail| mail.to == to.as_str()).unwrap();
        let line = mail
            .text
            .lines()
            .find(|line| line.starts_with("https://"))
            .unwrap();
        last_part(line).to_owned()
    }

    /// What the audit log says was done, the oldest first.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let mut tx = self.app.store.read().await.unwrap();
        let mut lines = tx
            .audit(self.org, &tessera_store::AuditQuery::default(), 1_000)
            .await
            .unwrap();
        lines.reverse();
        lines.into_iter().map(|line| line.action).collect()
    }

    /// Enrols a device of somebody, in an audience that nobody belongs in.
    pub(crate) async fn device(&self, who: &Actor) -> DeviceId {
        let mut tx = self.app.store.begin().await.unwrap();
        let (account, now) = (tx.account(id(who)).await.unwrap().unwrap(), self.clock.now());
        let device = NewDevice {
            id: DeviceId::generate(&*self.clock, &SystemEntropy),
            created_at: now,
            host: "laptop".parse().unwrap(),
            os: "Linux".parse().unwrap(),
            agent_version: "1.0.0".parse().unwrap(),
            key_storage: "file".to_owned(),
            address: "192.0.2.7".to_owned(),
            signing_key: vec![1; 32],
            sealing_key: vec![2; 32],
            audience: "none".to_owned(),
            enrollment_key: None,
            wire: 1,
        };
        tx.insert_audience(self.org, "none", &serde_json::json!({}), now)
            .await
            .unwrap();
        tx.insert_device(self.org, &account, &device).await.unwrap();
        tx.commit().await.unwrap();
        device.id
    }

    /// What somebody is in the organization.
    pub(crate) async fn role(&self, who: &Actor) -> Option<Role> {
        let mut tx = self.app.store.read().await.unwrap();
        let membership = tx.membership(self.org, id(who)).await.unwrap();
        membership.map(|membership| membership.role)
    }
}

/// An application without anybody.
pub(crate) fn bare_app(
    test: &TestStore,
    configure: impl FnOnce(&mut AppConfig),
) -> (Arc<App>, Arc<TickingClock>) {
    let clock = Arc::new(TickingClock(AtomicI64::new(
        Timestamp::from_seconds(1_800_000_000).as_micros(),
    )));
    let entropy = Arc::new(SystemEntropy);
    let vault = Vault::new(SecretKey::generate(&*entropy));
    let mut config = AppConfig {
        public_url: "https://tessera.example".to_owned(),
        open_sign_up: false,
        open_org_creation: false,
        default_seats: None,
        operators: Vec::new(),
        operator_hook: None,
        password_cost: Cost::Toy,
        catalogue: Arc::new(Catalogue::built_in().clone()),
    };
    configure(&mut config);
    let (app, receipts) = App::new(
        test.store.clone(),
        clock.clone(),
        entropy,
        vault,
        Arc::new(Listing),
        config,
    );
    tokio::spawn(receipts.run(Arc::clone(&app)));
    (app, clock)
}

pub(crate) fn visitor() -> Visitor {
    Visitor {
        address: Some([192, 0, 2, 7].into()),
        user_agent: Some("Test/1.0".to_owned()),
    }
}

pub(crate) fn email(name: &str) -> EmailAddress {
    format!("{name}@example.com").parse().unwrap()
}

pub(crate) fn offer(name: &str, role: Role) -> Offer {
    Offer {
        email: email(name),
        role,
        teams: Vec::new(),
    }
}

pub(crate) fn id(actor: &Actor) -> AccountId {
    actor.account().unwrap()
}

/// The kind of a refusal, for comparing.
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Kind {
    answer.unwrap_err().kind
}

/// The one invitation that is pending.
pub(crate) async fn only_invitation(world: &World) -> InvitationId {
    let page = invitations::list(
        &world.app,
        &world.owner,
        world.org,
        &InvitationQuery::default(),
        10,
    )
    .await
    .unwrap();
    assert_eq!(page.invitations.len(), 1);
    page.invitations[0].invitation.id
}

fn last_part(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}
