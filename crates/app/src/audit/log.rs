//! Reading the audit log: page by page, filtered, and taken out whole.

use std::{fmt, str::FromStr};

use serde_json::json;
use tessera_domain::{Error, Result, Right};
use tessera_ids::{AccountId, DeviceId, OrgId, Timestamp, TypedId};
use tessera_store::{AuditEntry as Line, AuditPlace, AuditQuery};

use super::{AuditEntry, actions::meant};
use crate::{Actor, App, Change, access};

/// The most entries on one page.
pub const PAGE: u64 = 200;
/// Entries that are read at a time when the log is taken out.
const EXPORTED: u64 = 1_000;

/// Which entries are wanted. What is empty wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Somewhere in a name, an address or an id.
    pub search: String,
    /// A family, an action, or how actions begin.
    pub action: String,
    /// Who did it: an account's or device's id, or part of a name or address.
    pub actor: String,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries, the newest first.
    pub entries: Vec<Line>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// Where a page of the log ended, as it travels in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(AuditPlace);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AuditPlace { number, at, id } = self.0;
        write!(f, "{number}.{}.{id}", at.as_micros())
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::invalid("This page of the log is not understood. Begin at the first one.");
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or_else(unknown);
        let number: i64 = part()?.parse().map_err(|_| unknown())?;
        let at = Timestamp::from_micros(part()?.parse().map_err(|_| unknown())?);
        let id = part()?.parse().map_err(|_| unknown())?;
        let number = u64::try_from(number).map_err(|_| unknown())?;
        Ok(Self(AuditPlace { number, at, id }))
    }
}

impl Filter {
    /// Whether everything is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn query(&self, before: Option<Cursor>) -> AuditQuery {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let actor = given(&self.actor);
        let id = actor.as_deref().and_then(|text| {
            let account = text.parse().map(AccountId::uuid).ok();
            account.or_else(|| text.parse().map(DeviceId::uuid).ok())
        });
        AuditQuery {
            search: given(&self.search),
            actions: given(&self.action).map(|action| meant(&action)),
            actor: actor.filter(|_| id.is_none()),
            actor_id: id,
            since: self.since,
            until: self.until,
            before: before.map(|cursor| cursor.0),
        }
    }
}

/// A page of an organization's log, the newest first; at most [`PAGE`] entries.
pub async fn list(
    app: &App,
    actor: &Actor,
    org: OrgId,
    filter: &Filter,
    before: Option<Cursor>,
    limit: u64,
) -> Result<Page> {
    read(app, actor, org, filter, before, limit.clamp(1, PAGE)).await
}

/// The next page of a log that is taken out, see [`export`]. Whether the actor still may see it is asked each time.
pub async fn exported(
    app: &App,
    actor: &Actor,
    org: OrgId,
    filter: &Filter,
    before: Option<Cursor>,
) -> Result<Page> {
    read(app, actor, org, filter, before, EXPORTED).await
}

async fn read(
    app: &App,
    actor: &Actor,
    org: OrgId,
    filter: &Filter,
    before: Option<Cursor>,
    limit: u64,
) -> Result<Page> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeAudit).await?;
    let mut entries = tx.audit(org, &filter.query(before), limit + 1).await?;
    let more = entries.len() as u64 > limit;
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let last = entries.last().filter(|_| more);
    Ok(Page {
        next: last.map(|last| Cursor(last.place())),
        entries,
    })
}

/// Notes that the log is about to be taken out as a file of that format. The entry itself is then part of it,
/// where the filter lets it be.
pub async fn export(app: &App, actor: &Actor, org: OrgId, filter: &Filter, format: &str) -> Result<()> {
    let change = Change::begin(app, actor, org, Right::SeeAudit).await?;
    let named = change.org().name.clone();
    let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_seconds);
    let entry = AuditEntry::new("audit.exported", &org)
        .named(&named)
        .after(&json!({
            "format": format, "search": filter.search, "action": filter.action, "actor": filter.actor,
            "since": seconds(filter.since), "until": seconds(filter.until),
        }));
    change.commit(entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let text = "12.1800000000000000.aud_00000000000000000000000000";
        assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        for text in [
            "",
            "1",
            "1.2",
            "-1.2.aud_00000000000000000000000000",
            "1.2.acct_00000000000000000000000000",
        ] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
