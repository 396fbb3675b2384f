//! No word but the organization's newest changes what a device enforces: not a forged one, not an old one, not
//! silence, not nonsense.

use serde_json::json;
use tessera_ids::ambient::SystemEntropy;
use tessera_policy::Decision;
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::device::Applicant;
use tessera_testkit::meddler::Meddler;
use tessera_testkit::serve::free_port;
use tessera_testkit::server::{Options, TestServer};
use tessera_testkit::wait;
use tessera_wire::stream::ManifestEvent;
use tessera_wire::{OrgSigningKey, Serial, paths, sign};

const DENIED: &str = "https://www.bank.example/";

/// A server that agents reach only through a meddler.
struct Scene {
    owner: Person,
    server: TestServer,
    meddler: Meddler,
    _database: Database,
}

impl Scene {
    async fn set() -> anyhow::Result<Self> {
        let port = free_port()?;
        let meddler = Meddler::start(format!("http://127.0.0.1:{port}")).await?;
        let database = Database::create(Engine::Sqlite).await?;
        let options = Options {
            listen: Some(([127, 0, 0, 1], port).into()),
            public_url: Some(meddler.base()),
            ..Options::default()
        };
        let server = TestServer::start(&database, options).await?;
        let owner = server.founded().await?;
        owner
            .save(json!({ "memory": { "managed_websites": true } }))
            .await?;
        Ok(Self {
            owner,
            server,
            meddler,
            _database: database,
        })
    }

    async fn agent(&self) -> anyhow::Result<TestAgent> {
        let (agent, code) = TestAgent::start(&self.meddler.base(), "ada-macbook").await?;
        self.owner.approve(&code).await?;
        Ok(agent)
    }
}

fn denies(agent: &TestAgent) -> bool {
    agent.decide(DENIED).decision == Decision::Deny
        && agent.decide("https://news.example/").decision == Decision::Allow
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_old_manifests_change_nothing() -> anyhow::Result<()> {
    let scene = Scene::set().await?;

    // A device of our own keeps the words of revision 1, in which nothing is blocked yet.
    let applicant = Applicant::begin(&scene.meddler.base(), "recorder").await?;
    scene.owner.approve(applicant.code()).await?;
    let recorder = applicant.finish().await?;
    let token = recorder.token().await?;
    let old = recorder.manifest(&token).await?;

    let revision = scene.owner.block("bank.example").await?;
    let agent = scene.agent().await?;
    agent.applies(revision).await?;
    let newest = recorder.manifest(&token).await?;
    let genuine = &newest.event;
    wait::until_true("the agent's stream to be open", async || {
        Ok(scene.meddler.has_streams())
    })
    .await?;

    let mut later = newest.manifest.payload().clone();
    later.serial = Serial::new(later.serial.get() + 1_000);
    later.layers.clear();
    let foreign = sign(&later, &OrgSigningKey::generate(&SystemEntropy))?.envelope;
    let mut unsigned = genuine.envelope.clone();
    unsigned.signatures.clear();
    let mut tampered = genuine.envelope.clone();
    let last = tampered.payload.0.len() - 2;
    tampered.payload.0[last] ^= 1;
    let mut retyped = genuine.envelope.clone();
    retyped.payload_type = "application/vnd.tessera.receipt+json".to_owned();

    let before = agent.handle().status().in_force;
    for envelope in [foreign, unsigned, tampered, retyped, old.event.envelope.clone()] {
        let event = ManifestEvent {
            envelope,
            blobs: Vec::new(),
        };
        scene.meddler.slip("manifest", "99", &event)?;
        assert!(denies(&agent));
    }
    scene.meddler.slip("manifest", "100", &json!("nonsense"))?;
    scene
        .meddler
        .slip("tombstone", "101", &json!({ "envelope": genuine.envelope }))?;

    // Whatever came before is handled by the time that a genuine change arrives.
    let revision = scene.owner.block("clinic.example").await?;
    agent.applies(revision).await?;
    assert!(denies(&agent));
    assert!(before.is_some_and(|before| before.revision < revision));
    scene.server.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_nonsense_clear_nothing() -> anyhow::Result<()> {
    let scene = Scene::set().await?;
    let revision = scene.owner.block("bank.example").await?;
    let mut agent = scene.agent().await?;
    agent.applies(revision).await?;

    for (status, body) in [
        (200, ""),
        (200, "{}"),
        (200, "<html>Sign in to the airport's network</html>"),
        (204, ""),
        (304, ""),
        (401, "{}"),
        (403, "{}"),
        (404, "{}"),
        (410, "{}"),
        (500, "oh"),
    ] {
        scene.meddler.answer("/sync/", status, body);
        agent = agent.restart().await?;
        wait::until_true(format!("the agent to meet {status} {body:?}"), async || {
            Ok(scene.meddler.count("/sync/", status) > 0)
        })
        .await?;
        assert!(denies(&agent), "{status} {body:?}");
    }
    scene.meddler.cut();
    agent = agent.restart().await?;
    assert!(denies(&agent), "a dead line");

    // And when the line is back, what was decided meanwhile arrives.
    scene.meddler.behave();
    let revision = scene.owner.block("clinic.example").await?;
    agent = agent.restart().await?;
    agent.applies(revision).await?;
    assert!(denies(&agent));
    assert!(scene.meddler.count(paths::STREAM, 200) > 0);
    scene.server.stop().await
}
