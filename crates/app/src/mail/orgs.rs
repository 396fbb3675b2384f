//! Mails about organizations, to those who own them.

use tessera_domain::{EmailAddress, OrgName, PersonName};
use tessera_ids::{OrgId, Timestamp};
use time::{OffsetDateTime, macros::format_description};

use super::Letter;
use crate::AppConfig;

/// Confirms that an organization was created.
pub(crate) fn org_created(config: &AppConfig, to: &EmailAddress, org: OrgId, name: &OrgName) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: format!("{name} is ready"),
        paragraphs: vec![
            format!("You created {name}, and own it."),
            "Invite people next, and decide what AI may do on their machines.".to_owned(),
        ],
        action: Some((format!("Go to {name}"), format!("{}/o/{org}", config.public_url))),
        footer: "Was it not you? Change your password, and delete the organization in its settings."
            .to_owned(),
    }
}

/// Tells an owner that their organization was deleted.
pub(crate) fn org_deleted(
    config: &AppConfig,
    to: &EmailAddress,
    name: &OrgName,
    by: &PersonName,
    until: Timestamp,
) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: format!("{name} was deleted"),
        paragraphs: vec![
            format!(
                "{by} deleted {name}. Nobody reaches it any more; its restrictions stay in force on every device."
            ),
            format!(
                "Every owner can restore it until {}. Then devices wipe and its data goes for good.",
                day(until)
            ),
        ],
        action: Some((
            "Restore it on your account page".to_owned(),
            format!("{}/account", config.public_url),
        )),
        footer: "You get this mail because you own the organization.".to_owned(),
    }
}

/// Tells an owner that their organization is back.
pub(crate) fn org_restored(
    config: &AppConfig,
    to: &EmailAddress,
    org: OrgId,
    name: &OrgName,
    by: &PersonName,
) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: format!("{name} was restored"),
        paragraphs: vec![format!(
            "{by} restored {name}. Its members, teams, settings and devices are as they were."
        )],
        action: Some((format!("Go to {name}"), format!("{}/o/{org}", config.public_url))),
        footer: "You get this mail because you own the organization.".to_owned(),
    }
}

fn day(at: Timestamp) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
    let date = OffsetDateTime::from_unix_timestamp(at.as_seconds()).ok();
    date.and_then(|date| date.format(&format).ok())
        .unwrap_or_default()
}
