//! Every mail that Tessera sends, one function each.

use tessera_domain::{HostName, OrgName, OsName};
use tessera_store::Account;

use super::Letter;
use crate::AppConfig;

/// Tells a member that a machine was added to their account, by a code or by an enrolment key of that name.
pub(crate) fn device_enrolled(
    config: &AppConfig,
    account: &Account,
    org_name: &OrgName,
    (host, os): (&HostName, &OsName),
    by_key: Option<&str>,
) -> Letter {
    let how = by_key.map(|key| {
        format!("It was enrolled without a code, by the enrolment key “{key}” that administrators of {org_name} made.")
    });
    let footer = match by_key {
        None => "Was it not you? Sign the device out and change your password.",
        Some(_) => "Is it no machine of yours? Sign it out and tell an administrator.",
    };
    Letter {
        to: account.email.deliverable(),
        subject: format!("{host} was added to your devices"),
        paragraphs: [format!(
            "The machine {host} ({os}) now receives the settings of {org_name} in your name."
        )]
        .into_iter()
        .chain(how)
        .chain(["You can see all your devices, and sign this one out, on your account page.".to_owned()])
        .collect(),
        action: Some((
            "See your devices".to_owned(),
            format!("{}/account", config.public_url),
        )),
        footer: footer.to_owned(),
    }
}
