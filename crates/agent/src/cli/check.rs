//! `tessera check <url>`: the guard's verdict, as scripts rely on it.

use clap::Args;
use tessera_policy::{Decision, Subject, applications::ApplicationIdentity, websites::typed_address};

use super::{Common, ExitCode, ask::Asked, console::complain};
use crate::{Error, enforcement::Answer, whose::whose};

/// Ask whether something may be captured.
#[derive(Debug, Args)]
pub struct Check {
    /// The page's address.
    #[arg(value_name = "URL", required_unless_present = "application")]
    url: Option<String>,
    /// An application's id, such as com.example.Editor, alone or as the one that shows the page.
    #[arg(long, value_name = "ID")]
    application: Option<String>,
    /// The window is private (incognito).
    #[arg(long)]
    private: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) async fn run(check: Check) -> Result<ExitCode, Error> {
    let console = check.common.console();
    let empty = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    if empty(&check.url) || empty(&check.application) {
        complain("name an address, such as https://example.com/page");
        return Ok(ExitCode::USAGE);
    }
    let answer = Asked::new(check.common.home()?).decide(&check.subject()).await;
    console.say(sentence(&answer), &answer);
    Ok(match (answer.decision, answer.revision) {
        (_, None) => ExitCode::CANNOT_SAY,
        (Decision::Allow, Some(_)) => ExitCode::SUCCESS,
        (Decision::Deny, Some(_)) => ExitCode::FAILURE,
    })
}

impl Check {
    fn subject(&self) -> Subject {
        let application = self.application.as_deref().map(ApplicationIdentity::called);
        Subject {
            url: self.url.as_deref().map(typed_address),
            application,
            browser: self.url.is_some(),
            private_window: self.private,
            ..Subject::default()
        }
    }
}

fn sentence(answer: &Answer) -> String {
    let decision = match answer.decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
    };
    let whose = whose(answer.layer, answer.layer_name.as_deref());
    let rule = answer
        .rule
        .as_ref()
        .map_or_else(String::new, |rule| format!(" ({rule}, {whose})"));
    let revision = match answer.revision {
        Some(revision) => format!(" Revision {revision}."),
        None => " Nothing may be captured until this machine has its organization's settings.".to_owned(),
    };
    format!("{decision}: {}{rule}{revision}", answer.reason)
}
