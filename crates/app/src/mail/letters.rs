//! Every mail that Tessera sends, one function each.

use tessera_domain::{HostName, OrgName, OsName};
use tessera_store::Account;

use super::Letter;
use crate::AppConfig;

/// Tells a member that a machine was added to their account.
pub(crate) fn device_enrolled(
    config: &AppConfig,
    account: &Account,
    org_name: &OrgName,
    host: &HostName,
    os: &OsName,
) -> Letter {
    Letter {
        to: account.email.deliverable(),
        subject: format!("{host} was added to your devices"),
        paragraphs: vec![
            format!("The machine {host} ({os}) now receives the settings of {org_name} in your name."),
            "You can see all your devices, and sign this one out, on your account page.".to_owned(),
        ],
        action: Some((
            "See your devices".to_owned(),
            format!("{}/account", config.public_url),
        )),
        footer: "Was it not you? Sign the device out and change your password.".to_owned(),
    }
}
