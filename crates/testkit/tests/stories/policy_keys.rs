//! Providers' keys kept beside code: named in a file, looked up by a real process, and found nowhere else.

use serde_json::Value;
use tessera_testkit::actors::Person;
use tessera_testkit::database::{Database, engines};
use tessera_testkit::serve::{self, Serve};

use crate::policy::Shell;

const FIRST: &str = "sk-planted-0123456789-abcd";
const SECOND: &str = "sk-planted-9876543210-wxyz";

const FILE: &str = r#"# Ours.
[org]
name = "Meridian"

[features]
telemetry = false

[credentials."Production OpenAI"]
provider = "openai"
organization = "org-1"
key = { env = "OPENAI_API_KEY" } # from the vault

[credentials.Claude]
provider = "anthropic"
key = { file = "secrets/claude" }
"#;

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_pipeline_brings_keys_that_stand_in_no_file() -> anyhow::Result<()> {
    for engine in engines() {
        let database = Database::create(engine).await?;
        let options = serve::Options {
            log: Some("trace".to_owned()),
            ..serve::Options::default()
        };
        let mut server = Serve::start(&database, options).await?;
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
        let mut printed = Vec::new();

        // What is missing is said with its line, and nothing was sent.
        shell.write(FILE)?;
        let missing = shell.ends(&["plan", "-f", "policy.toml"], 1).await?;
        for says in [
            "policy.toml: line 11, column 7: env:OPENAI_API_KEY is not set",
            "policy.toml: line 15, column 7: file:secrets/claude cannot be read",
        ] {
            assert!(missing.errors.contains(says), "{says}\n{}", missing.errors);
        }
        let unseen = shell
            .ends(&["plan", "-f", "policy.toml", "--no-secrets"], 2)
            .await?;
        assert!(
            unseen.output.contains("Its value was not given here."),
            "{}",
            unseen.output
        );

        std::fs::create_dir(folder.path().join("secrets"))?;
        std::fs::write(folder.path().join("secrets/claude"), format!("{FIRST}\n"))?;
        shell.secrets = vec![("OPENAI_API_KEY", FIRST.to_owned())];
        let planned = shell.ends(&["plan", "-f", "policy.toml"], 2).await?;
        for line in [
            "API keys",
            "  + Claude",
            "  + Production OpenAI",
            "3 to add, 0 to change, 0 to delete, on top of revision 0. Reaches 0 devices of 1 member.",
        ] {
            assert!(
                planned.output.lines().any(|known| known == line),
                "{line}\n{}",
                planned.output
            );
        }
        let applied = shell.ends(&["apply", "-f", "policy.toml", "--yes"], 0).await?;
        assert!(
            applied
                .output
                .contains("Applied as revision 1. API keys: 2 added."),
            "{}",
            applied.output
        );
        printed.extend([missing, unseen, planned, applied]);
        printed.push(shell.ends(&["plan", "-f", "policy.toml"], 0).await?);

        // Another value is another key; the same one is left alone.
        shell.secrets = vec![("OPENAI_API_KEY", SECOND.to_owned())];
        let planned = shell.ends(&["plan", "-f", "policy.toml", "--json"], 2).await?;
        let plan: Value = serde_json::from_str(&planned.output)?;
        let keys = plan["credentials"]["keys"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let words: Vec<_> = keys
            .iter()
            .map(|key| (key["change"].as_str(), key["key"].as_str()))
            .collect();
        assert_eq!(
            words,
            [(Some("replace"), Some("differs")), (Some("none"), Some("same"))],
            "{plan}"
        );
        let replaced = shell.ends(&["apply", "-f", "policy.toml", "--yes"], 0).await?;
        assert!(
            replaced
                .output
                .contains("no setting changed, so revision 1 stays. API keys: 1 replaced."),
            "{}",
            replaced.output
        );
        let exported = shell.ends(&["export", "Meridian"], 0).await?;
        for kept in [
            "# Ours.",
            "key = { env = \"OPENAI_API_KEY\" } # from the vault",
            "{ file = \"secrets/claude\" }",
        ] {
            assert!(exported.output.contains(kept), "{kept}\n{}", exported.output);
        }
        printed.extend([planned, replaced, exported]);

        // A key in the file is refused at its line before it leaves the machine.
        shell.write(&FILE.replace("{ env = \"OPENAI_API_KEY\" }", &format!("\"{FIRST}\"")))?;
        for act in [
            &["plan", "-f", "policy.toml"][..],
            &["apply", "-f", "policy.toml", "--yes"],
        ] {
            let refused = shell.ends(act, 1).await?;
            assert!(
                refused.errors.contains("line 11, column 7: `key` is secret"),
                "{}",
                refused.errors
            );
            printed.push(refused);
        }

        // What the file leaves out goes, and is marked.
        let shorter = FILE.split("\n[credentials.Claude]").next().unwrap_or_default();
        shell.write(shorter)?;
        let planned = shell.ends(&["plan", "-f", "policy.toml"], 2).await?;
        for line in [
            "  - Claude",
            "0 to add, 0 to change, 1 to delete (marked -), on top of revision 1.",
        ] {
            assert!(
                planned.output.lines().any(|known| known == line),
                "{line}\n{}",
                planned.output
            );
        }
        printed.push(planned);
        shell.ends(&["apply", "-f", "policy.toml", "--yes"], 0).await?;
        shell.ends(&["plan", "-f", "policy.toml"], 0).await?;

        let mut seen: Vec<String> = printed
            .into_iter()
            .flat_map(|finished| [finished.output, finished.errors])
            .collect();
        for path in ["/policy", "/audit", "/credentials", "/settings"] {
            seen.push(owner.http.get(&owner.api(path)).await?.expect(200)?.body);
        }
        for path in ["/settings/policy", "/models/keys", "/settings/history"] {
            seen.push(owner.http.get(&owner.page(path)).await?.expect(200)?.body);
        }
        seen.extend(server.printed());
        for text in seen {
            assert!(!text.contains("planted"), "{engine:?}: {text}");
        }
    }
    Ok(())
}
