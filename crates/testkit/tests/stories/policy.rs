//! A policy kept beside code: exported, planned and applied by real processes, as a pipeline does it.

use std::path::Path;

use serde_json::{Value, json};
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, engines};
use tessera_testkit::program::{Finished, run_with};
use tessera_testkit::serve::{self, Serve};

/// A shell in a folder, with the portal's address, a token, and what else is in its environment.
pub(crate) struct Shell<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) secrets: Vec<(&'static str, String)>,
}

impl Shell<'_> {
    async fn org(&self, arguments: &[&str]) -> anyhow::Result<Finished> {
        let mut variables = vec![
            ("TESSERA_URL", self.url.as_str()),
            ("TESSERA_TOKEN", self.token.as_str()),
        ];
        variables.extend(self.secrets.iter().map(|(name, value)| (*name, value.as_str())));
        let arguments = std::iter::once("org").chain(arguments.iter().copied());
        run_with(self.folder, arguments, &variables).await
    }

    /// Runs a command that must end with this code.
    pub(crate) async fn ends(&self, arguments: &[&str], code: i32) -> anyhow::Result<Finished> {
        let finished = self.org(arguments).await?;
        anyhow::ensure!(
            finished.code == Some(code),
            "{arguments:?} ends with {finished:?}"
        );
        Ok(finished)
    }

    pub(crate) fn write(&self, text: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.folder.join("policy.toml"), text)?)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_exports_plans_and_applies() -> anyhow::Result<()> {
    for engine in engines() {
        let database = Database::create(engine).await?;
        let mut server = Serve::start(&database, serve::Options::default()).await?;
        let owner = Person::set_up(
            &server.setup_link().await?,
            "Meridian",
            "Ada",
            "ada@meridian.example",
        )
        .await?;
        let (agent, code) = TestAgent::start(&server.base(), "ada-macbook").await?;
        owner.approve(&code).await?;
        owner.save(json!({ "features": { "telemetry": false } })).await?;
        owner.block("bank.example").await?;
        let folder = tempfile::tempdir()?;
        let shell = Shell {
            folder: folder.path(),
            url: server.base(),
            token: owner.make_token().await?,
            secrets: Vec::new(),
        };

        shell
            .ends(&["export", "Meridian", "-o", "policy.toml"], 0)
            .await?;
        let exported = std::fs::read_to_string(folder.path().join("policy.toml"))?;
        let printed = shell.ends(&["export", &owner.org], 0).await?;
        assert_eq!(
            printed.output, exported,
            "{engine:?}: by name or id, to a file or not"
        );
        let settled = shell.ends(&["plan", "-f", "policy.toml"], 0).await?;
        assert!(
            settled.output.contains("Nothing to do: revision 2"),
            "{}",
            settled.output
        );

        let edited = exported
            .replace(
                "telemetry = false",
                "telemetry = \"default\"  # asked for by legal",
            )
            .replace("  \"bank.example\",\n", "  \"clinic.example\",\n");
        shell.write(&edited)?;
        let planned = shell.ends(&["plan", "-f", "policy.toml"], 2).await?;
        for line in [
            "  - Telemetry: off → on (default)  [features.telemetry]",
            "      - bank.example",
            "      + clinic.example",
            "1 to add, 0 to change, 2 to delete (marked -), on top of revision 2. Reaches 1 device of 1 member.",
        ] {
            assert!(
                planned.output.lines().any(|known| known == line),
                "{line}\n{}",
                planned.output
            );
        }
        let as_json = shell.ends(&["plan", "-f", "policy.toml", "--json"], 2).await?;
        let plan: Value = serde_json::from_str(&as_json.output)?;
        assert_eq!(
            (&plan["counts"]["deletes"], &plan["devices"]),
            (&json!(2), &json!(1)),
            "{plan}"
        );

        let unasked = shell.ends(&["apply", "-f", "policy.toml"], 64).await?;
        assert!(unasked.errors.contains("--yes"), "{}", unasked.errors);
        assert_eq!(
            owner.settings().await?["revision"],
            2,
            "{engine:?}: nothing was applied so far"
        );
        shell.ends(&["apply", "-f", "policy.toml", "--yes"], 0).await?;
        agent.applies(3).await?;
        shell.ends(&["plan", "-f", "policy.toml"], 0).await?;
        let again = shell.ends(&["export", "Meridian"], 0).await?;
        assert!(again.output.contains("# asked for by legal"), "{}", again.output);
        let page = owner
            .http
            .get(&owner.page("/settings/features"))
            .await?
            .expect(200)?;
        assert!(
            page.body.contains("owned by the policy file policy.toml"),
            "{}",
            page.gist()
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_is_said_and_ends_with_its_code() -> anyhow::Result<()> {
    let database = Database::create(engines()[0]).await?;
    let mut server = Serve::start(&database, serve::Options::default()).await?;
    let owner = Person::set_up(
        &server.setup_link().await?,
        "Meridian",
        "Ada",
        "ada@meridian.example",
    )
    .await?;
    let folder = tempfile::tempdir()?;
    let mut shell = Shell {
        folder: folder.path(),
        url: server.base(),
        token: owner.make_token().await?,
        secrets: Vec::new(),
    };
    let plan = ["plan", "-f", "policy.toml"];
    shell.ends(&plan, 1).await?;
    shell.ends(&["plan"], 64).await?;
    for (text, code, says) in [
        (
            "[features]\ntelemetry = false\n",
            64,
            "add `[org]` with its `id`, or say --org",
        ),
        (
            "[org]\nname = \"Meridian\"\n[features]\nteleport = 1\n",
            1,
            "policy.toml: line 4, column 1: there is no setting called `features.teleport`",
        ),
        (
            "[org]\nname = \"Meridian\"\n[features\n",
            1,
            "policy.toml: line 3, column 10: unclosed table",
        ),
        (
            "[org]\nname = \"Elsewhere\"\n",
            1,
            "no organization called “Elsewhere”",
        ),
        (
            "[org]\nid = \"org_01jd0000000000000000000000\"\n",
            1,
            "There is no such organization.",
        ),
    ] {
        shell.write(text)?;
        let finished = shell.ends(&plan, code).await?;
        assert!(finished.errors.contains(says), "{says}\n{}", finished.errors);
    }
    let good = "[org]\nname = \"Meridian\"\n[features]\n";
    shell.write(good)?;
    shell.ends(&plan, 0).await?;
    shell.url = "http://portal.example.com".to_owned();
    let plain = shell.ends(&plan, 64).await?;
    assert!(plain.errors.contains("use https"), "{}", plain.errors);
    shell.url = server.base();
    shell.token = "not-a-token".to_owned();
    let unknown = shell.ends(&plan, 1).await?;
    assert!(unknown.errors.contains("not known here"), "{}", unknown.errors);
    assert!(
        !unknown.errors.contains("not-a-token"),
        "a token is never printed"
    );
    shell.token = String::new();
    let missing = shell.ends(&["plan", "-f", "policy.toml", "--json"], 64).await?;
    assert!(
        missing.output.contains("TESSERA_TOKEN is not set"),
        "{}",
        missing.output
    );
    Ok(())
}
