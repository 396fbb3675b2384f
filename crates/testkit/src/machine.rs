//! A member's machine, as processes: `tessera login`, `tessera agent`, `tessera check`, each a command of the real
//! binary in a home of its own.

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;
use tessera_wire::UserCode;

use crate::program::{self, Finished, Program};

/// One machine.
#[derive(Debug)]
pub struct Machine {
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// A sign-in that waits for a member to type its code.
#[derive(Debug)]
pub struct SigningIn {
    program: Program,
    /// What to type.
    pub code: UserCode,
    /// What the page must show as well.
    pub key_words: Vec<String>,
}

impl Machine {
    /// A machine on which nothing was ever run.
    pub fn new() -> anyhow::Result<Self> {
        let home = tempfile::Builder::new().prefix("tessera-machine-").tempdir()?;
        Ok(Self {
            home,
            variables: Vec::new(),
        })
    }

    /// The same machine, whose programs see these variables.
    #[must_use]
    pub fn seeing(mut self, variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.variables.extend(variables.iter().map(owned));
        self
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        let pairs = self.variables.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// Runs `tessera login` until it shows its code.
    pub async fn log_in(&self, portal: &str) -> anyhow::Result<SigningIn> {
        self.log_in_with(portal, &[]).await
    }

    /// As [`Machine::log_in`], with further arguments.
    pub async fn log_in_with(&self, portal: &str, more: &[&str]) -> anyhow::Result<SigningIn> {
        let mut arguments = vec!["login", portal, "--no-browser", "--keyring", "off", "--json"];
        arguments.extend(more);
        let mut program = Program::start_with(self.home.path(), arguments, &self.variables())?;
        let shown = program.reads("a code", event("code")).await?;
        let words = shown["key_words"].as_array().context("key words are shown")?;
        Ok(SigningIn {
            code: serde_json::from_value(shown["user_code"].clone())?,
            key_words: words
                .iter()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect(),
            program,
        })
    }

    /// Enrols by a key that stands in a file, with nobody in front of the machine, and waits for the command's end.
    pub async fn enrol_by_key(&self, portal: &str, key: &str, more: &[&str]) -> anyhow::Result<Finished> {
        let file = self.home.path().join("enrolment.key");
        std::fs::write(&file, format!("{key}\n"))?;
        let file = file.to_str().context("the folder's name is text")?;
        let usual = [
            "login",
            portal,
            "--keyring",
            "off",
            "--json",
            "--enrolment-key-file",
            file,
        ];
        self.run(&[&usual[..], more].concat()).await
    }

    /// Starts `tessera agent`, and waits until it runs.
    pub async fn start_agent(&self) -> anyhow::Result<Program> {
        let arguments = [
            "agent",
            "--foreground",
            "--local-port",
            "0",
            "--keyring",
            "off",
            "--json",
        ];
        let mut program = Program::start_with(self.home.path(), arguments, &self.variables())?;
        program.reads("the agent to run", event("running")).await?;
        Ok(program)
    }

    /// Asks whether a page may be captured: `tessera check URL --json`.
    pub async fn check(&self, url: &str) -> anyhow::Result<(Value, Option<i32>)> {
        let Finished { code, output, .. } = self.run(&["check", url, "--json"]).await?;
        let said = serde_json::from_str(&output).with_context(|| format!("{code:?} {output}"))?;
        Ok((said, code))
    }

    /// Runs any command to its end.
    pub async fn run(&self, arguments: &[&str]) -> anyhow::Result<Finished> {
        program::run_with(self.home.path(), arguments, &self.variables()).await
    }
}

impl SigningIn {
    /// Waits until the machine is signed in.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        self.program
            .reads("the machine to be signed in", event("signed_in"))
            .await?;
        self.program.ended().await?;
        Ok(())
    }
}

/// Reads the line that tells of this event.
fn event(name: &'static str) -> impl FnMut(&str) -> Option<Value> {
    move |line| {
        let said: Value = serde_json::from_str(line).ok()?;
        (said["event"] == name).then_some(said)
    }
}
