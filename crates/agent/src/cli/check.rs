//! `tessera check <url>`: the guard's verdict, as scripts rely on it.

use clap::Args;
use tessera_policy::{Decision, Subject, applications::ApplicationIdentity};

use super::{Common, ExitCode, ask::Asked, console::complain};
use crate::{Error, enforcement::Answer};

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
        let application = self.application.as_ref().map(|id| ApplicationIdentity {
            bundle_id: Some(id.clone()),
            aumid: Some(id.clone()),
            app_id: Some(id.clone()),
            ..ApplicationIdentity::default()
        });
        Subject {
            url: self.url.as_deref().map(with_scheme),
            application,
            browser: self.url.is_some(),
            private_window: self.private,
            ..Subject::default()
        }
    }
}

/// `example.com/page` is what people type; the guard judges what browsers say.
fn with_scheme(typed: &str) -> String {
    let typed = typed.trim();
    let scheme = typed.split_once(':').filter(|(scheme, rest)| {
        let word = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'));
        // In `localhost:8080/x` a port follows.
        word && !rest.starts_with(|c: char| c.is_ascii_digit())
    });
    if scheme.is_some() {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    }
}

fn sentence(answer: &Answer) -> String {
    let decision = match answer.decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
    };
    let rule = answer
        .rule
        .as_ref()
        .map_or_else(String::new, |rule| format!(" ({rule}, {})", answer.layer));
    let revision = match answer.revision {
        Some(revision) => format!(" Revision {revision}."),
        None => " Nothing may be captured until this machine has its organization's settings.".to_owned(),
    };
    format!("{decision}: {}{rule}{revision}", answer.reason)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("example.com", "https://example.com")]
    #[case("localhost:8080/x", "https://localhost:8080/x")]
    #[case("bank.com:443/x", "https://bank.com:443/x")]
    #[case("HTTP://example.com", "HTTP://example.com")]
    #[case("view-source:https://example.com", "view-source:https://example.com")]
    #[case("about:blank", "about:blank")]
    #[case("file:///etc/passwd", "file:///etc/passwd")]
    fn what_people_type_becomes_what_browsers_say(#[case] typed: &str, #[case] said: &str) {
        assert_eq!(with_scheme(typed), said);
    }
}
