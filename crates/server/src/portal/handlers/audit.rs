//! Settings → Audit log: search it, check its chain, take it out.

use std::time::Duration;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::audit::actions::Family;
use tessera_app::audit::log::{self, Filter, Page};
use tessera_app::audit::verify::{self, Break, Standing, Verification};
use tessera_domain::{Error, Result, Right};
use tessera_ids::{OrgId, Timestamp};
use time::{Date, macros::format_description};

use super::answer::{go_refused, go_saying, page};
use super::audit_row::{hex, row};
use super::pages::{AuditLog, Chain};
use super::view::{Opt, Pager, Place, Select, Tone};
use super::visit::{Visit, path};
use super::words;
use crate::api::audit::export::{self, Format};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Entries on one page.
const PAGE: u64 = 50;
/// Microseconds of a day.
const DAY: Duration = Duration::from_hours(24);

pub(super) fn routes() -> Vec<Route> {
    let see = Access::Member(Right::SeeAudit);
    vec![
        Route::get(
            "/o/{org}/settings/audit",
            see,
            "Shows the audit log, the newest first.",
            list,
        ),
        Route::post(
            "/o/{org}/settings/audit/check",
            see,
            "Checks the chain over the audit log.",
            check,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/settings/audit/export",
            see,
            "Gives the audit log as a file.",
            take_out,
        )
        .takes_form(),
    ]
}

/// What of the log is shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    actor: String,
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    after: String,
}

impl Listing {
    fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).to_owned();
        Self {
            q: text("q"),
            action: text("action"),
            actor: text("actor"),
            since: text("since"),
            until: text("until"),
            after: String::new(),
        }
    }

    /// Days are whole days in UTC, the last one included.
    fn filter(&self) -> Result<Filter> {
        Ok(Filter {
            search: self.q.trim().to_owned(),
            action: self.action.clone(),
            actor: self.actor.trim().to_owned(),
            since: day(&self.since)?,
            until: day(&self.until)?.map(|begin| begin.plus(DAY)),
        })
    }

    fn to(&self, actor: &str, after: &str) -> String {
        words::query(&[
            ("q", &self.q),
            ("action", &self.action),
            ("actor", actor),
            ("since", &self.since),
            ("until", &self.until),
            ("after", after),
        ])
    }

    fn pager(&self, found: &Page) -> Pager {
        Pager {
            shown: words::entries(found.entries.len() as u64),
            first: (!self.after.is_empty()).then(|| self.to(&self.actor, "")),
            next: found.next.map(|next| self.to(&self.actor, &next.to_string())),
        }
    }
}

/// When a day begins; nothing for no day.
fn day(text: &str) -> Result<Option<Timestamp>> {
    if text.is_empty() {
        return Ok(None);
    }
    let format = format_description!("[year]-[month]-[day]");
    let date = Date::parse(text, format).ok();
    let begins = date.map(|date| Timestamp::from_seconds(date.midnight().assume_utc().unix_timestamp()));
    begins
        .map(Some)
        .ok_or_else(|| Error::invalid("A day is written like 2026-11-22. All days are shown."))
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let (filter, problem) = match listing.filter() {
        Ok(filter) => (filter, None),
        Err(error) => (Filter::default(), Some(error.public.into_owned())),
    };
    let after = Some(&listing.after).filter(|after| !after.is_empty());
    let before = after.map(|after| after.parse()).transpose()?;
    let (app, actor) = (visit.app(), visit.actor()?);
    let found = log::list(app, actor, org, &filter, before, PAGE).await?;
    let standing = verify::standing(app, actor, org).await?;
    let (_, frame) = visit.org_frame(org, Place::AuditLog).await?;
    let now = app.clock.now();
    Ok(page(AuditLog {
        frame,
        home: home(org),
        families: families(&listing.action),
        chain: chain(&standing, now),
        rows: found
            .entries
            .iter()
            .map(|entry| row(entry, now, |actor| listing.to(actor, "")))
            .collect(),
        pager: listing.pager(&found),
        newest: listing.after.is_empty(),
        query: listing.q,
        actor: listing.actor,
        since: listing.since,
        until: listing.until,
        problem,
    }))
}

fn home(org: OrgId) -> String {
    path(org) + "/settings/audit"
}

/// The families; an action that is filtered by alone is kept as a choice of its own.
fn families(chosen: &str) -> Select {
    let known = Family::ALL.map(|family| Opt::new(family.as_str(), words::capital(family.as_str())));
    let mut options = known.to_vec();
    if !chosen.is_empty() && options.iter().all(|option| option.value != chosen) {
        options.push(Opt::new(chosen, chosen));
    }
    Select {
        options,
        value: chosen.to_owned(),
        error: None,
    }
}

fn chain(standing: &Standing, now: Timestamp) -> Chain {
    let shown = standing.checked.as_ref().unwrap_or(&standing.now);
    let older = standing.now.older;
    let note = if older == 0 {
        String::new()
    } else {
        format!(
            "{} before them are older than the chain and stand outside it.",
            words::entries(older)
        )
    };
    let text = match (&shown.broken, &standing.checked) {
        (Some(broken), _) => said(*broken),
        (None, Some(checked)) => unbroken(checked),
        (None, None) if shown.entries == 0 => "No entry is chained yet".to_owned(),
        (None, None) => format!(
            "Entries 1 to {} are chained and not checked yet",
            words::grouped(shown.entries)
        ),
    };
    Chain {
        text,
        checked: standing
            .checked
            .as_ref()
            .map(|checked| words::moment(checked.checked_at, now)),
        tone: match (&shown.broken, &standing.checked) {
            (Some(_), _) => Tone::Bad,
            (None, Some(_)) => Tone::Good,
            (None, None) => Tone::Neutral,
        },
        note,
        digest: standing.now.digest.as_ref().map(hex).unwrap_or_default(),
    }
}

fn unbroken(checked: &Verification) -> String {
    match checked.entries {
        0 => "No entry is chained yet".to_owned(),
        1 => "Entry 1 is unbroken".to_owned(),
        last => format!("Entries 1 to {} are unbroken", words::grouped(last)),
    }
}

fn said(broken: Break) -> String {
    let number = words::grouped(broken.number());
    match broken {
        Break::Changed { .. } => format!("The chain is broken: entry {number} is not as it was written"),
        Break::Missing { .. } => format!("The chain is broken: entry {number} is missing"),
        Break::Added { .. } => format!("The chain is broken: entry {number} was put in by another way"),
    }
}

async fn check(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let found = verify::verify(visit.app(), visit.actor()?, org).await?;
    match found.broken {
        None => Ok(go_saying(
            &visit.site,
            &home(org),
            unbroken(&found) + ", checked just now.",
        )),
        Some(broken) => {
            let what_to_do = "Compare with an earlier export, and ask who can reach the database";
            let error = Error::conflict(format!("{}. {what_to_do}.", said(broken)));
            go_refused(&visit.site, &home(org), error)
        }
    }
}

async fn take_out(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    let format = Format::named(fields.get("format")).unwrap_or(Format::Csv);
    let filter = Listing::of(&fields).filter()?;
    Ok(export::answer(&visit.site, visit.owned()?, org, filter, format).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(entries: u64, broken: Option<Break>) -> Verification {
        Verification {
            entries,
            digest: None,
            older: 0,
            checked_at: Timestamp::EPOCH,
            broken,
        }
    }

    #[test]
    fn the_chain_is_told_in_one_sentence() {
        let standing = |checked| Standing {
            now: found(1_210, None),
            checked,
        };
        let told = |checked| chain(&standing(checked), Timestamp::EPOCH);
        assert_eq!(
            told(Some(found(1_204, None))).text,
            "Entries 1 to 1,204 are unbroken"
        );
        assert_eq!(
            told(None).text,
            "Entries 1 to 1,210 are chained and not checked yet"
        );
        let broken = told(Some(found(9, Some(Break::Missing { number: 7 }))));
        assert_eq!(
            (broken.text.as_str(), broken.tone),
            ("The chain is broken: entry 7 is missing", Tone::Bad)
        );
    }

    #[test]
    fn a_day_range_takes_its_last_day_in() {
        let listing = Listing {
            since: "2026-11-20".to_owned(),
            until: "2026-11-20".to_owned(),
            ..Listing::default()
        };
        let filter = listing.filter().unwrap();
        assert_eq!(filter.until.unwrap().since(filter.since.unwrap()), DAY);
        for wrong in ["yesterday", "2026-13-01", "0", "2026-11-20T00:00"] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
