//! What must hold whatever happens.

use serde_json::json;
use tessera_policy::Decision;
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::Database;
use tessera_testkit::serve::{self, Serve};

/// Everything that was promised to an owner.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// The newest revision whose save was answered.
    pub(crate) revision: u64,
    /// Websites whose save was answered.
    pub(crate) blocked: Vec<String>,
    /// How many of them the device was seen to obey.
    pub(crate) obeyed: usize,
}

impl Promises {
    /// Blocks a website, and holds the server to it once it has said yes.
    pub(crate) async fn block(&mut self, owner: &Person, host: String) -> anyhow::Result<()> {
        let revision = owner.block(&host).await?;
        self.revision = self.revision.max(revision);
        self.blocked.push(host);
        Ok(())
    }

    /// Every promise is kept: the revisions are there without gaps, the device obeys the newest, and the portal says so.
    pub(crate) async fn are_kept(&mut self, owner: &Person, agent: &TestAgent) -> anyhow::Result<()> {
        let newest = owner.settings().await?["revision"].as_u64().unwrap_or_default();
        assert!(
            newest >= self.revision,
            "revision {} was promised, {newest} is there",
            self.revision
        );
        agent.applies(newest).await?;
        self.obeyed = self.blocked.len();
        self.nothing_is_loosened(agent);
        owner.sees_applied(newest, 1).await?;
        Ok(())
    }

    /// The device lets nothing through that it once refused.
    pub(crate) fn nothing_is_loosened(&self, agent: &TestAgent) {
        for host in &self.blocked[..self.obeyed] {
            let verdict = agent.decide(&format!("https://{host}/"));
            assert_eq!(verdict.decision, Decision::Deny, "{host}: {verdict:?}");
        }
    }
}

/// A server process with an organization that manages its websites.
pub(crate) async fn founded(
    database: &Database,
    options: serve::Options,
    port: u16,
) -> anyhow::Result<(Serve, Person)> {
    let mut server = Serve::start_on(port, database, options).await?;
    let link = server.setup_link().await?;
    let owner = Person::set_up(&link, "Meridian", "Ada", "ada@meridian.example").await?;
    owner
        .save(json!({ "memory": { "managed_websites": true } }))
        .await?;
    Ok((server, owner))
}

/// A device of the owner's at this address.
pub(crate) async fn device(owner: &Person, base: &str) -> anyhow::Result<TestAgent> {
    let (agent, code) = TestAgent::start(base, "ada-macbook").await?;
    owner.approve(&code).await?;
    Ok(agent)
}
