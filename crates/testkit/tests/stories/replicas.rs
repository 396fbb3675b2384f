//! Two servers on one database are one Tessera.

use serde_json::json;
use tessera_agent::Phase;
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::http::Client;
use tessera_testkit::meddler::Meddler;
use tessera_testkit::outside::{Party, all_present};
use tessera_testkit::serve::free_port;
use tessera_testkit::server::{Options, TestServer};

/// Two servers behind one address. Devices and browsers reach the second; scripts reach the first as well.
struct Pair {
    owner: Person,
    script: Client,
    first: TestServer,
    second: TestServer,
    line: Meddler,
    _database: Database,
}

impl Pair {
    async fn start(engine: Engine) -> anyhow::Result<Self> {
        let ports = [free_port()?, free_port()?];
        let line = Meddler::start(format!("http://127.0.0.1:{}", ports[1])).await?;
        let database = Database::create(engine).await?;
        let options = |port: u16| Options {
            listen: Some(([127, 0, 0, 1], port).into()),
            public_url: Some(line.base()),
            ..Options::default()
        };
        let first = TestServer::start(&database, options(ports[0])).await?;
        let second = TestServer::start(&database, options(ports[1])).await?;
        let owner = second.founded().await?;
        let script =
            Client::new(format!("http://127.0.0.1:{}", ports[0]))?.with_token(owner.make_token().await?);
        Ok(Self {
            owner,
            script,
            first,
            second,
            line,
            _database: database,
        })
    }

    async fn agent(&self) -> anyhow::Result<TestAgent> {
        let (agent, code) = TestAgent::start(&self.line.base(), "ada-macbook").await?;
        self.owner.approve(&code).await?;
        Ok(agent)
    }

    /// Saves on the first server.
    async fn save(&self, website: &str) -> anyhow::Result<u64> {
        let body = json!({ "settings": { "memory": { "managed_websites": true, "websites": { "add": [website] } } } });
        let saved = self
            .script
            .json(reqwest::Method::PATCH, &self.owner.api("/settings"), &body)
            .await?;
        Ok(saved.expect(200)?.json()?["revision"]
            .as_u64()
            .unwrap_or_default())
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.first.stop().await?;
        self.second.stop().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_on_one_reaches_the_devices_of_the_other() -> anyhow::Result<()> {
    if !all_present(&[Party::Postgres]) {
        return Ok(());
    }
    let pair = Pair::start(Engine::Postgres).await?;
    let agent = pair.agent().await?;
    for website in ["bank.example", "clinic.example"] {
        let revision = pair.save(website).await?;
        agent.applies(revision).await?;
        pair.owner.sees_applied(revision, 1).await?;
    }
    pair.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_on_one_ends_the_stream_on_the_other() -> anyhow::Result<()> {
    if !all_present(&[Party::Postgres]) {
        return Ok(());
    }
    let pair = Pair::start(Engine::Postgres).await?;
    let agent = pair.agent().await?;
    let revision = pair.save("bank.example").await?;
    agent.applies(revision).await?;
    let device = pair.owner.devices().await?[0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let request = pair.script.request(
        reqwest::Method::POST,
        &pair.owner.api(&format!("/devices/{device}/wipe")),
    );
    pair.script.send(request).await?.expect_done()?;
    agent
        .until("the device to be wiped", |status| status.phase == Phase::Removed)
        .await?;
    pair.stop().await
}

/// On SQLite nobody notifies the other server: what it committed is like what a crashed one had committed and
/// not announced. The repair poll finds it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_and_never_announced_is_found() -> anyhow::Result<()> {
    let pair = Pair::start(Engine::Sqlite).await?;
    let agent = pair.agent().await?;
    let revision = pair.save("bank.example").await?;
    agent.applies(revision).await?;
    pair.owner.sees_applied(revision, 1).await?;
    pair.stop().await
}
