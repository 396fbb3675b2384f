//! What the operator's screen tells of the installation, mail, and the configuration: names and values.

use tessera_app::operator::OperatorView;
use tessera_ids::Timestamp;

use super::super::visit::Visit;
use super::super::words;
use crate::disk;

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", words::grouped(bytes >> 20))
}

pub(super) fn facts(visit: &Visit, view: &OperatorView, now: Timestamp) -> Vec<(String, String)> {
    let (open, idle) = visit.app().store.connections();
    let disk = disk::of(&visit.site.config.data).map_or_else(
        || "not known on this system".to_owned(),
        |disk| format!("{} free of {}", mebibytes(disk.free), mebibytes(disk.total)),
    );
    let backup = view.backup.map_or_else(
        || "not known yet".to_owned(),
        |at| words::moment(at, now).relative,
    );
    vec![
        fact("Version", env!("CARGO_PKG_VERSION")),
        fact(
            "Database",
            format!(
                "{}, {}, schema {}; it answers, with {idle} of {} idle",
                visit.app().store.engine_name(),
                mebibytes(view.database.size),
                view.database.schema,
                words::count(u64::from(open), "connection"),
            ),
        ),
        fact("Disk", disk),
        fact("Last backup", backup),
    ]
}

pub(super) fn mail(visit: &Visit, view: &OperatorView, now: Timestamp) -> Vec<(String, String)> {
    let config = &visit.site.config.mail;
    let way = match &config.smtp_url {
        Some(url) => format!("SMTP to {} (mail.smtp_url)", host(url.reveal())),
        None => "files in the folder mail of the data folder: mail.smtp_url is not set".to_owned(),
    };
    let sent = view
        .mail
        .sent_at
        .map_or_else(|| "none yet".to_owned(), |at| words::moment(at, now).relative);
    let health = &view.mail.health;
    let queue = format!(
        "{} waiting, {} of them tried before, {} given up",
        words::count(health.waiting, "mail"),
        words::grouped(health.retrying),
        words::grouped(health.failed)
    );
    vec![
        fact("Goes by", way),
        fact("From", config.from.clone()),
        fact("Last sent", sent),
        fact("Queue", queue),
    ]
}

/// The host of a mail server; the address has a password in it.
fn host(url: &str) -> String {
    let url = url::Url::parse(url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

pub(super) fn configured(visit: &Visit) -> Vec<(String, String)> {
    let config = &visit.site.config;
    let yes = |is: bool| if is { "yes" } else { "no" };
    let set = |is: bool| if is { "set" } else { "not set" };
    vec![
        fact("public_url", visit.site.origin.clone()),
        fact("data", config.data.display().to_string()),
        fact("database.url", set(config.database.url.is_some())),
        fact("mail.smtp_url", set(config.mail.smtp_url.is_some())),
        fact("sign_up.open", yes(config.sign_up.open)),
        fact(
            "organizations.anyone_may_create",
            yes(config.organizations.anyone_may_create),
        ),
        fact(
            "organizations.seats",
            config
                .organizations
                .seats
                .map_or_else(|| "as many as it needs".to_owned(), |seats| seats.to_string()),
        ),
        fact("operator.token", set(config.operator.token.is_some())),
        fact("operator.webhook_url", set(config.operator.webhook_url.is_some())),
        fact(
            "trusted_proxies",
            words::count(config.trusted_proxies.len() as u64, "network"),
        ),
        fact(
            "outbound.allow",
            words::count(config.outbound.allow.len() as u64, "network"),
        ),
    ]
}
