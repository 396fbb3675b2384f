//! What can be seen without the database: configuration, folder, files, disk.

use std::path::Path;

use super::Findings;
use crate::admin::place::wrong_account;
use crate::admin::terminal::bytes;
use crate::config::Config;
use crate::keys::{self, Source};

/// Below this much room, the disk is as good as full.
const FULL: u64 = 200_000_000;
/// Below this much, somebody should know.
const NEARLY_FULL: u64 = 2_000_000_000;

pub(super) fn look(config: &Config, findings: &mut Findings) {
    addresses(config, findings);
    mail(config, findings);
    folder(&config.data, findings);
    disk(&config.data, findings);
    if let Source::File(path) = Source::of(config) {
        key_files(&path, findings);
    }
    if let Err(error) = config.catalogue() {
        findings.mend(
            "models",
            error.to_string(),
            "Correct the file, or take `models.catalogue` away.",
        );
    }
}

fn addresses(config: &Config, findings: &mut Findings) {
    const CHECK: &str = "addresses";
    let Some(url) = &config.public_url else {
        return findings.look(
            CHECK,
            format!(
                "`public_url` is not set: links and devices reach this machine only (http://{})",
                config.listen
            ),
            "Set `public_url` to the https address of your proxy, and its network in `trusted_proxies`.",
        );
    };
    let strangers = ["8.8.8.8", "2001:4860:4860::8888"];
    let trusts_anybody = strangers.iter().any(|address| {
        let address = address.parse();
        address.is_ok_and(|address| {
            config
                .trusted_proxies
                .iter()
                .any(|network| network.contains(address))
        })
    });
    if trusts_anybody {
        return findings.mend(
            CHECK,
            "`trusted_proxies` names the whole internet: anybody can pretend to come from any address",
            "Name only the networks that your own proxies are in, such as 127.0.0.1 or 10.0.0.0/8.",
        );
    }
    if url.scheme() == "https" && config.trusted_proxies.is_empty() {
        return findings.look(
            CHECK,
            format!("`public_url` is {url}, and no proxy is trusted: everybody seems to come from the proxy's address"),
            "Name the proxy's network in `trusted_proxies` (127.0.0.1 for one on this machine), so that limits and the \
             audit log tell people apart.",
        );
    }
    findings.fine(CHECK, format!("reached at {url}, listening on {}", config.listen));
}

fn mail(config: &Config, findings: &mut Findings) {
    let serves_others = config
        .public_url
        .as_ref()
        .is_some_and(|url| url.scheme() == "https");
    match &config.mail.smtp_url {
        Some(_) => findings.fine(
            "mail",
            format!("sent by a mail server, from {}", config.mail.from),
        ),
        None if serves_others => findings.look(
            "mail",
            "no mail server is named: invitations and password links are only written to files",
            "Set `mail.smtp_url` and `mail.from`.",
        ),
        None => findings.fine(
            "mail",
            "written to files in the data folder, since no mail server is named",
        ),
    }
}

fn folder(data: &Path, findings: &mut Findings) {
    const CHECK: &str = "data folder";
    let Ok(found) = std::fs::metadata(data) else {
        return findings.mend(
            CHECK,
            format!("{} is not there, or cannot be read", data.display()),
            "Run this as the account that runs the server, in the same folder, with the same configuration \
             (`--config`, `--data`).",
        );
    };
    if let Some(why) = wrong_account(data) {
        return findings.mend(CHECK, why, "Run it so; what follows may be wrong.");
    }
    if let Some(open) = open_to_others(&found) {
        return findings.mend(
            CHECK,
            format!("{} can be read by others (mode {open:o})", data.display()),
            format!("chmod 700 {}", data.display()),
        );
    }
    if found.permissions().readonly() {
        return findings.mend(
            CHECK,
            format!("{} cannot be written to", data.display()),
            "Give it to the account that runs the server.",
        );
    }
    findings.fine(CHECK, format!("{} is private", data.display()));
}

fn key_files(path: &Path, findings: &mut Findings) {
    const CHECK: &str = "master key";
    let pending = keys::pending(path);
    if pending.exists() {
        findings.look(
            CHECK,
            format!(
                "a rotation of the master key was cut short: {} is still there",
                pending.display()
            ),
            "With the server stopped, run `tessera admin rotate-master-key` again: it goes on where it was.",
        );
    }
    let old = keys::old_keys(path);
    if !old.is_empty() {
        let names: Vec<_> = old.iter().map(|path| path.display().to_string()).collect();
        findings.look(
            CHECK,
            format!("keys from before a rotation lie beside it: {}", names.join(", ")),
            "Move them to where you keep the backups that need them, off this machine.",
        );
    }
}

#[cfg(unix)]
fn open_to_others(found: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = found.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn disk(data: &Path, findings: &mut Findings) {
    const CHECK: &str = "disk";
    let Ok(disk) = rustix::fs::statvfs(data) else {
        return;
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let found = format!("{} free where {} is", bytes(free), data.display());
    if free < FULL {
        findings.mend(
            CHECK,
            found,
            "Make room at once: without it nothing can be saved.",
        );
    } else if free < NEARLY_FULL {
        findings.look(CHECK, found, "Make room, or give the data folder a larger disk.");
    } else {
        findings.fine(CHECK, found);
    }
}

#[cfg(not(unix))]
fn disk(_: &Path, _: &mut Findings) {}
