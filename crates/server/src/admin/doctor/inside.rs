//! What stands in the database: whether it answers, is whole, opens with the key, and what waits in it.

use std::sync::Arc;
use std::time::Duration;

use tessera_app::{App, Vault, upkeep};
use tessera_ids::Timestamp;
use tessera_store::{JobKind, Location, Org, Store};

use super::Findings;
use crate::admin::place::{Place, shown};
use crate::admin::terminal::{bytes, counted, grouped};
use crate::api::Instant;
use crate::config::Config;
use crate::keys;
use crate::serve::Ambient;
use crate::set_up_mark;

/// A backup older than this is missed.
const BACKUP_AGE: Duration = Duration::from_hours(48);
/// A mail that waits longer than this is stuck.
const MAIL_WAITS: Duration = Duration::from_mins(30);
/// How far two clocks may differ: as far as devices' assertions may.
const CLOCK_DIFFERS: Duration = Duration::from_mins(5);
/// What mends a database that is gone.
const LOST: &str = "Look for the file: was a disk not mounted, or `data` changed? Otherwise restore the last backup with \
                    `tessera admin restore`.";
/// Organizations per statement.
const STEP: u64 = 100;

pub(super) async fn look(config: Config, ambient: &Ambient, quick: bool, findings: &mut Findings) {
    let location: Location = match config.database_url().parse() {
        Ok(location) => location,
        Err(_) => {
            return findings.mend(
                "database",
                "`database.url` is neither a postgres:// address nor a file",
                "Correct `database.url`, or take it away to use the embedded database in the data folder.",
            );
        }
    };
    let place = Place { config, location };
    if let Err(lost) = set_up_mark::check_file(&place.location) {
        return findings.mend("database", lost.to_string(), LOST);
    }
    let store = match Store::open_beside(&place.location, &ambient.database).await {
        Ok(store) => store,
        Err(error) => return unreachable(&place, &error, findings),
    };
    if let Err(error) = database(&place, &store, ambient, quick, findings).await {
        findings.mend(
            "database",
            format!("it stopped answering while it was read: {error:#}"),
            "Look at the disk and at PostgreSQL's log. If it stays so, restore the last backup.",
        );
    }
    store.close().await;
}

fn unreachable(place: &Place, error: &tessera_store::Error, findings: &mut Findings) {
    let mend = match place.location {
        Location::File(_) => {
            "If the server was never started, start it. Otherwise check that --data or `data` names the right folder, \
             and that this is the account that runs the server."
        }
        Location::Server(_) => {
            "Check that PostgreSQL runs, that this machine may connect to it, and user, password and name in \
             `database.url`: `psql` with the same address must work."
        }
    };
    findings.mend(
        "database",
        format!("{} does not open: {error}", shown(&place.location)),
        mend,
    );
}

async fn database(
    place: &Place,
    store: &Store,
    ambient: &Ambient,
    quick: bool,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    const CHECK: &str = "database";
    let mut reader = store.read().await?;
    let Some(version) = reader.schema_version().await? else {
        if let Err(lost) = set_up_mark::check(&place.location, false) {
            findings.mend(CHECK, lost.to_string(), LOST);
            return Ok(());
        }
        findings.look(
            CHECK,
            format!("{} is empty", shown(&place.location)),
            "Start `tessera serve`.",
        );
        return Ok(());
    };
    let newest = Store::newest_schema();
    let named = format!(
        "{} at {}, schema {version}",
        store.engine_name(),
        shown(&place.location)
    );
    if version > newest {
        findings.mend(
            CHECK,
            format!("{named}, which a newer Tessera made; this one knows {newest}"),
            "Install the newer version again, or restore a backup from before the upgrade into an empty database.",
        );
        return Ok(());
    }
    damage(&mut reader, &named, findings).await?;
    let check = reader.key_check().await?;
    drop(reader);
    let vault = key(place, check.as_deref(), findings);
    if version < newest {
        findings.look(
            CHECK,
            format!("its schema is {version}, and this program brings it to {newest} when it serves"),
            "Make a backup, then restart the server. What stands in the database was not looked at.",
        );
        return Ok(());
    }
    clock(store, ambient.clock.now(), findings).await?;
    backup(store, ambient.clock.now(), findings).await?;
    outbox(store, ambient.clock.now(), findings).await?;
    if let Some(vault) = vault {
        let app = place.app(ambient, store.clone(), vault)?;
        organizations(&app, quick, findings).await?;
    }
    Ok(())
}

async fn damage(
    reader: &mut tessera_store::Reader,
    named: &str,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let damage = reader.damage().await?;
    if damage.is_empty() {
        findings.fine("database", format!("{named}, sound"));
    } else {
        findings.mend(
            "database",
            format!("{named} is damaged: {}", damage.join("; ")),
            "Stop the server, put the files aside, and restore the last backup. Check the disk before you go on.",
        );
    }
    Ok(())
}

fn key(place: &Place, check: Option<&[u8]>, findings: &mut Findings) -> Option<Vault> {
    const CHECK: &str = "master key";
    let where_ = place.key_place();
    match (keys::find_vault(&place.config, check), check) {
        (Ok(Some(vault)), Some(check)) if vault.matches(check) => {
            findings.fine(CHECK, format!("the right one ({where_})"));
            Some(vault)
        }
        (Ok(Some(vault)), None) => {
            findings.fine(CHECK, format!("there ({where_}); the database was never used"));
            Some(vault)
        }
        (Ok(Some(_)), Some(_)) => {
            findings.mend(
                CHECK,
                format!("not the one that this database was made with ({where_}): the server does not start"),
                "Put the right one there. Without it, keys and secrets in the database are lost.",
            );
            None
        }
        (Ok(None), _) => {
            findings.mend(
                CHECK,
                format!("missing ({where_})"),
                "Put it back there with mode 0600, or give it as TESSERA_MASTER_KEY.",
            );
            None
        }
        (Err(error), _) => {
            findings.mend(
                CHECK,
                format!("{error:#}"),
                "Let only the account that runs the server read it (chmod 600), 64 hexadecimal digits in one line.",
            );
            None
        }
    }
}

async fn clock(store: &Store, now: Timestamp, findings: &mut Findings) -> anyhow::Result<()> {
    const CHECK: &str = "clock";
    let there = store.read().await?.database_clock().await?;
    let apart = now.apart(there.now);
    let newest = there.newest.unwrap_or(Timestamp::EPOCH);
    if apart > CLOCK_DIFFERS {
        findings.mend(
            CHECK,
            format!("this machine and the database differ by {} seconds", grouped(apart.as_secs())),
            "Set both by NTP (`timedatectl set-ntp true`): devices' assertions are refused beyond five minutes.",
        );
    } else if newest.since(now) > CLOCK_DIFFERS {
        findings.mend(
            CHECK,
            format!(
                "the audit log speaks of {}, and it is only {} here",
                Instant(newest),
                Instant(now)
            ),
            "Set the clock by NTP (`timedatectl set-ntp true`).",
        );
    } else {
        findings.fine(
            CHECK,
            format!("{}", Instant(Timestamp::from_seconds(now.as_seconds()))),
        );
    }
    Ok(())
}

async fn backup(store: &Store, now: Timestamp, findings: &mut Findings) -> anyhow::Result<()> {
    const CHECK: &str = "backup";
    const MEND: &str = "Run `tessera admin backup FOLDER` by a timer, and copy the files to another machine (docs/OPERATIONS.md).";
    match store.read().await?.last_backup().await? {
        None => findings.look(CHECK, "there never was one", MEND),
        Some(last) => {
            let age = now.since(last.at);
            let hours = age.as_secs() / 3_600;
            let found = format!(
                "the last one was made {} ago, {}",
                counted(hours, "hour"),
                bytes(last.size)
            );
            if age > BACKUP_AGE {
                findings.look(CHECK, found, MEND);
            } else {
                findings.fine(CHECK, found);
            }
        }
    }
    Ok(())
}

async fn outbox(store: &Store, now: Timestamp, findings: &mut Findings) -> anyhow::Result<()> {
    let mut reader = store.read().await?;
    let mail = reader.outbox_health(None, Some(JobKind::Mail)).await?;
    let stuck = mail.oldest.is_some_and(|oldest| now.since(oldest) > MAIL_WAITS);
    if stuck {
        findings.look(
            "mail queue",
            format!(
                "{} waiting, {} of them failed at least once",
                counted(mail.waiting, "mail"),
                grouped(mail.retrying)
            ),
            "Is the server running? Otherwise check `mail.smtp_url`: its log says why a mail did not leave.",
        );
    } else {
        findings.fine("mail queue", format!("{} waiting", counted(mail.waiting, "mail")));
    }
    let failed = reader.failed_jobs(None, 3).await?;
    if failed.is_empty() {
        findings.fine("jobs", "none was given up");
        return Ok(());
    }
    let all = reader.outbox_health(None, None).await?.failed;
    let why: Vec<_> = failed.into_iter().filter_map(|job| job.last_error).collect();
    findings.look(
        "jobs",
        format!("{} given up; the newest because: {}", counted(all, "job"), why.join("; ")),
        "Mend the cause. Invitations can be sent again from Members → Pending; other mails are asked for anew.",
    );
    Ok(())
}

async fn organizations(app: &Arc<App>, quick: bool, findings: &mut Findings) -> anyhow::Result<()> {
    let (mut last, mut count, mut blobs, mut wrong) = (None, 0, 0, false);
    loop {
        let orgs = app.store.read().await?.orgs(last, STEP).await?;
        let Some(end) = orgs.last() else { break };
        last = Some(end.id);
        count += u64::try_from(orgs.len())?;
        if quick {
            continue;
        }
        for org in &orgs {
            let found = upkeep::inspect(app, org)
                .await
                .map_err(|error| crate::serve::explain(&error))?;
            blobs += found.blobs;
            wrong |= !tell(org, &found, findings);
        }
    }
    if quick {
        findings.fine("organizations", format!("{}, not looked into", grouped(count)));
    } else if !wrong {
        findings.fine(
            "organizations",
            format!(
                "{}: keys open, audit logs are as they were written, {} as named",
                grouped(count),
                counted(blobs, "blob")
            ),
        );
    }
    Ok(())
}

/// Whether all is well with an organization.
fn tell(org: &Org, found: &upkeep::OrgFindings, findings: &mut Findings) -> bool {
    let named = format!("{} ({})", org.name, org.id);
    if let Some(why) = &found.keys {
        findings.mend(
            "keys",
            format!("the keys of {named} do not open: {why}"),
            "Nothing can be signed for its devices, which keep what they have. Restore a backup from before.",
        );
    }
    if let Some(broken) = found.broken {
        findings.mend(
            "audit log",
            format!("the log of {named} was changed past Tessera at entry {}", broken.number()),
            "Find out who can write to the database. A backup from before shows what the entry was; a restore brings \
             it back.",
        );
    }
    if !found.wrong_blobs.is_empty() {
        let (wrong, all) = (
            u64::try_from(found.wrong_blobs.len()).unwrap_or(u64::MAX),
            found.blobs,
        );
        findings.mend(
            "blobs",
            format!(
                "{} of {} of {named} are not what their names say",
                grouped(wrong),
                counted(all, "blob")
            ),
            "Devices refuse them and keep what they have. Restore a backup from before, and check the disk.",
        );
    }
    found.keys.is_none() && found.broken.is_none() && found.wrong_blobs.is_empty()
}
