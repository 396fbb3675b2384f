//! `tessera status`: who decides here, what is in force, and when the portal was last heard.

use std::fmt::Write as _;

use clap::Args;
use tessera_ids::{Clock, Timestamp, ambient::SystemClock};

use super::{Common, ExitCode, ask::Asked, console::complain, login::open_in_browser};
use crate::{
    Error,
    moment::{ago, exact},
    report_card::ReportCard,
    status::{Connection, Phase},
    whose::whose,
};

/// Show how this machine stands.
#[derive(Debug, Args)]
pub struct Show {
    /// Open the agent's local page in the browser.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) async fn run(show: Show) -> Result<ExitCode, Error> {
    let console = show.common.console();
    let asked = Asked::new(show.common.home()?);
    if show.open {
        let Some(url) = asked.page_link().await else {
            complain("the local page is the running agent's, and none runs here; start it: tessera agent");
            return Ok(ExitCode::FAILURE);
        };
        let opened = open_in_browser(&url);
        let text = if opened {
            format!("Opened {url}")
        } else {
            format!("Open within a minute: {url}")
        };
        console.say(text, &serde_json::json!({ "url": url, "opened": opened }));
        return Ok(ExitCode::SUCCESS);
    }
    let card = asked.report_card().await;
    console.say(prose(&card, SystemClock.now()).trim_end(), &card);
    Ok(if card.status.in_force.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn prose(card: &ReportCard, now: Timestamp) -> String {
    let status = &card.status;
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<14} {value}");
    };
    match &status.identity {
        Some(who) => {
            line("Organization", &format!("{} ({})", who.org_name, who.org));
            line("Member", &who.account);
            line("Portal", &who.server);
            line(
                "Device",
                &format!(
                    "{} ({}), keys in {}",
                    who.host,
                    who.device,
                    key_place(&who.key_storage)
                ),
            );
        }
        None => match &status.phase {
            Phase::Enrolling(invitation) => line(
                "Signing in",
                &format!("type {} at {}", invitation.user_code, invitation.verification_uri),
            ),
            Phase::Refused { why } => line("Not signed in", why),
            Phase::NotSignedIn | Phase::Enrolled | Phase::Removed => {
                line("Not signed in", "sign in with: tessera login <url>");
            }
        },
    }
    match status.in_force {
        Some(it) => line(
            "In force",
            &format!("revision {} (serial {})", it.revision, it.serial),
        ),
        None => line(
            "In force",
            "nothing is allowed: there are no settings that could be believed",
        ),
    }
    for key in &status.keys {
        let end = if key.last_four.is_empty() {
            String::new()
        } else {
            format!(", ends in {}", key.last_four)
        };
        line("Key", &format!("{} ({}{end})", key.name, key.provider));
    }
    if let Some(alarm) = &status.alarm {
        line("Attention", alarm);
    }
    line("Agent", &agent(card));
    if let Some(at) = status.last_contact {
        let name = if card.running { "Last contact" } else { "Last seen" };
        line(name, &format!("{} ({})", ago(now, at), exact(at)));
    }
    if let Some(sentence) = card.to_forget() {
        line("To forget", &sentence);
    }
    if !card.settings.is_empty() {
        text.push('\n');
        for row in &card.settings {
            let lock = if row.locked { ", locked" } else { "" };
            let _ = writeln!(
                text,
                "  {:<34} {:<12} {}{lock}",
                row.leaf.path(),
                row.value.to_string(),
                whose(row.source, row.source_name.as_deref())
            );
        }
    }
    for path in &card.not_understood {
        let _ = writeln!(text, "  {path:<34} not understood by this version, and kept");
    }
    text
}

fn agent(card: &ReportCard) -> String {
    if !card.running {
        return "not running: what is in force stays, and changes do not arrive; start it: tessera agent"
            .to_owned();
    }
    match &card.status.connection {
        Connection::None => "running, not connected yet".to_owned(),
        Connection::Streaming => "running, connected: changes arrive at once".to_owned(),
        Connection::Polling => {
            "running, connected by polling: changes arrive within half a minute".to_owned()
        }
        Connection::Lost { why } => format!("running, not connected: {why}"),
    }
}

fn key_place(storage: &str) -> &str {
    match storage {
        "keyring" => "the system's keyring",
        _ => "the agent's folder",
    }
}
