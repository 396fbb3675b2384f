//! What an organization calls silent, and of what its owners and admins want mails.

use serde_json::json;
use tessera_domain::{AlertKind, Error, Result, Right, alert::MOST_SILENT_DAYS, alert::SILENT_DAYS};
use tessera_ids::OrgId;

use crate::{Actor, App, AuditEntry, Change, Topic};

/// Says after how many days without contact a device is called silent.
///
/// # Errors
/// *Invalid* for less than one day or more than 90.
pub async fn choose_silent_days(app: &App, actor: &Actor, org: OrgId, days: u64) -> Result<()> {
    if !(1..=MOST_SILENT_DAYS).contains(&days) {
        return Err(Error::field(
            "/silent_days",
            format!("Choose between 1 and {MOST_SILENT_DAYS} days."),
        ));
    }
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let before = change.tx().silent_days(org).await?.unwrap_or(SILENT_DAYS);
    if before == days {
        return Ok(());
    }
    change.tx().set_silent_days(org, days).await?;
    change.touch(Topic::Alerts);
    let name = change.org().name.clone();
    let entry = AuditEntry::new("alerts.silence_changed", &org).named(&name);
    change
        .commit(
            entry
                .before(&json!({ "days": before }))
                .after(&json!({ "days": days })),
        )
        .await
}

/// Says of which conditions the actor wants mails. Of kinds that are new in a later version they get them.
pub async fn choose_mail(app: &App, actor: &Actor, org: OrgId, wanted: &[AlertKind]) -> Result<()> {
    let account = actor.account()?;
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let muted: Vec<AlertKind> = AlertKind::of_orgs()
        .filter(|kind| !wanted.contains(kind))
        .collect();
    let mut before = change.tx().alert_mutes(org, account).await?;
    before.sort_unstable();
    if before == muted {
        return Ok(());
    }
    change.tx().set_alert_mutes(org, account, &muted).await?;
    let name = change.org().name.clone();
    let entry = AuditEntry::new("alerts.mail_chosen", &account).named(&name);
    change
        .commit(
            entry
                .before(&json!({ "without": before }))
                .after(&json!({ "without": muted })),
        )
        .await
}
