//! `tessera admin doctor`: everything that can be looked at without changing anything. Each finding says what is wrong
//! and how to mend it, for somebody who was woken up.

mod inside;
mod outside;

use clap::Args;
use serde::Serialize;

use super::terminal::{counted, say};
use crate::config::{Config, ServeFlags};
use crate::serve::Ambient;

/// Look for what is wrong.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Do not read every blob and every audit entry, which takes a while where there are many
    #[arg(long)]
    quick: bool,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "The server's configuration")]
    flags: ServeFlags,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// As it should be.
    Fine,
    /// It works, and somebody should look at it.
    Look,
    /// It does not work, or will not for long.
    Mend,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok  ",
            Self::Look => "LOOK",
            Self::Mend => "MEND",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    /// What was looked at.
    check: &'static str,
    level: Level,
    /// How it is.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

/// All that was found.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn fine(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Level::Fine, found.into(), None);
    }

    fn look(&mut self, check: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.add(check, Level::Look, found.into(), Some(mend.into()));
    }

    fn mend(&mut self, check: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.add(check, Level::Mend, found.into(), Some(mend.into()));
    }

    fn add(&mut self, check: &'static str, level: Level, found: String, mend: Option<String>) {
        self.0.push(Finding {
            check,
            level,
            found,
            mend,
        });
    }

    fn worst(&self) -> Level {
        self.0
            .iter()
            .map(|finding| finding.level)
            .max()
            .unwrap_or(Level::Fine)
    }

    fn count(&self, level: Level) -> u64 {
        let those = self.0.iter().filter(|finding| finding.level == level);
        u64::try_from(those.count()).unwrap_or(u64::MAX)
    }
}

pub(super) async fn run(wanted: Doctor, ambient: &Ambient) -> anyhow::Result<u8> {
    let mut findings = Findings::default();
    match Config::load(wanted.flags) {
        Ok(config) => {
            // What the parts themselves log would stand between the findings.
            outside::look(&config, &mut findings);
            inside::look(config, ambient, wanted.quick, &mut findings).await;
        }
        Err(error) => findings.mend(
            "configuration",
            error.to_string(),
            "Correct it; docs/generated/configuration.md lists every setting. Nothing else was looked at.",
        ),
    }
    if wanted.json {
        print_json(&findings)?;
    } else {
        print(&findings)?;
    }
    Ok(match findings.worst() {
        Level::Fine => 0,
        Level::Look => 2,
        Level::Mend => 1,
    })
}

fn print_json(findings: &Findings) -> anyhow::Result<()> {
    let answer = serde_json::json!({ "worst": findings.worst(), "findings": findings.0 });
    say(serde_json::to_string_pretty(&answer)?)
}

fn print(findings: &Findings) -> anyhow::Result<()> {
    for finding in &findings.0 {
        say(format_args!(
            "{}  {}: {}",
            finding.level.word(),
            finding.check,
            finding.found
        ))?;
        if let Some(mend) = &finding.mend {
            say(format_args!("      → {mend}"))?;
        }
    }
    let (mend, look) = (findings.count(Level::Mend), findings.count(Level::Look));
    say(match (mend, look) {
        (0, 0) => "\nNothing is wrong.".to_owned(),
        (0, look) => format!("\n{} to look at, nothing to mend.", counted(look, "thing")),
        (mend, 0) => format!("\n{} to mend.", counted(mend, "thing")),
        (mend, look) => format!(
            "\n{} to mend, {} to look at.",
            counted(mend, "thing"),
            counted(look, "thing")
        ),
    })
}
