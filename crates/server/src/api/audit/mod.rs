//! The audit log for scripts: page by page, taken out whole, and its chain checked.

mod entry;
pub mod export;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tessera_app::audit::{log, verify};
use tessera_domain::{Error, Right};
use tessera_ids::{OrgId, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use self::entry::Entry;
use self::export::Format;
use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

const FILTER: &[Say] = &[
    say(
        "q",
        "Only entries that name this: a person, an address, a thing, an id.",
    ),
    say(
        "action",
        "Only a family (`people`, `invitations`, `teams`, `updates`, `settings`, `devices`, `organization`, `tokens`), an action, or actions that begin so.",
    ),
    say(
        "actor",
        "Only what this account or device did, by id or by part of a name or address.",
    ),
    say("since", "Not before this instant, in RFC 3339."),
    say("until", "Before this instant, in RFC 3339."),
    say("after", "The `next` of the page before."),
    say("limit", "How many, at most 200."),
    say("format", "Of an export: `jsonl` (the default) or `csv`."),
];

const fn say(name: &'static str, text: &'static str) -> Say {
    Say {
        place: "query",
        name,
        text,
    }
}

pub(super) fn routes() -> Vec<Route> {
    let see = Access::Member(Right::SeeAudit);
    let (paging, exporting) = (&FILTER[..7], FILTER);
    vec![
        Route::get(
            "/api/v1/orgs/{org}/audit",
            see,
            "Lists the audit log, the newest first.",
            list,
        )
        .says(paging)
        .answers::<Entries>(),
        Route::get(
            "/api/v1/orgs/{org}/audit/export",
            see,
            "Gives the whole audit log as a file. The export is itself an entry.",
            take_out,
        )
        .says(exporting)
        .answers_raw("application/jsonl"),
        Route::get(
            "/api/v1/orgs/{org}/audit/verify",
            see,
            "Checks the chain over the audit log.",
            check,
        )
        .answers::<Verified>(),
    ]
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
struct Entries {
    /// The entries.
    entries: Vec<Entry>,
    /// Ask with `after` at this text for the next page.
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    actor: String,
    since: Option<String>,
    until: Option<String>,
    after: Option<String>,
    limit: Option<u64>,
    format: Option<Format>,
}

impl Wanted {
    fn filter(&self) -> Result<log::Filter, Error> {
        Ok(log::Filter {
            search: self.q.clone(),
            action: self.action.clone(),
            actor: self.actor.clone(),
            since: instant("since", self.since.as_deref())?,
            until: instant("until", self.until.as_deref())?,
        })
    }
}

/// A parameter that names an instant.
fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read = OffsetDateTime::parse(text, &Rfc3339).ok();
    let micros = read.and_then(|at| i64::try_from(at.unix_timestamp_nanos() / 1_000).ok());
    let at = micros.map(Timestamp::from_micros);
    at.map(Some)
        .ok_or_else(|| Error::invalid(format!("`{name}` is no instant such as 2026-11-22T01:15:50Z.")))
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(wanted): Query<Wanted>,
) -> Answer<Json<Entries>> {
    let after = wanted.after.as_deref().filter(|after| !after.is_empty());
    let after = after.map(str::parse).transpose()?;
    let limit = wanted.limit.unwrap_or(100);
    let found = log::list(&site.app, &actor, org, &wanted.filter()?, after, limit).await?;
    Ok(Json(Entries {
        entries: found.entries.iter().map(Entry::from).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

async fn take_out(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(wanted): Query<Wanted>,
) -> Answer<Response> {
    let format = wanted.format.unwrap_or(Format::Jsonl);
    Ok(export::answer(&site, actor, org, wanted.filter()?, format).await?)
}

/// What a check of the chain found.
#[derive(Debug, Serialize, ToSchema)]
struct Verified {
    /// Whether every entry of the chain is as it was written.
    unbroken: bool,
    /// The number of the chain's first entry; 0 when it holds none yet.
    first: u64,
    /// The number of its last.
    last: u64,
    /// The digest over all of them, in hexadecimal. Kept elsewhere, it also proves that the whole was not made anew.
    digest: Option<String>,
    /// Entries that are older than the chain.
    older: u64,
    /// When it was checked.
    checked_at: Instant,
    /// The number of the first entry that is not as it was written, is missing, or was put in.
    broken_at: Option<u64>,
    /// How it is broken there: `changed`, `missing` or `added`.
    #[schema(value_type = Option<String>)]
    how: Option<&'static str>,
}

async fn check(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Verified>> {
    let found = verify::verify(&site.app, &actor, org).await?;
    Ok(Json(Verified {
        unbroken: found.broken.is_none(),
        first: found.entries.min(1),
        last: found.entries,
        digest: found.digest.as_ref().map(entry::hex),
        older: found.older,
        checked_at: found.checked_at.into(),
        broken_at: found.broken.map(verify::Break::number),
        how: found.broken.map(|broken| match broken {
            verify::Break::Changed { .. } => "changed",
            verify::Break::Missing { .. } => "missing",
            verify::Break::Added { .. } => "added",
        }),
    }))
}
