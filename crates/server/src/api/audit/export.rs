//! The audit log as a file, read page by page while it is sent, so that a log of any length takes the memory of one page.

use std::io;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Deserialize;
use tessera_app::Actor;
use tessera_app::audit::log::{self, Cursor, Filter, Page};
use tessera_domain::{Result, csv_export};
use tessera_ids::OrgId;

use super::entry::Entry;
use crate::site::Site;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A table that spreadsheets open safely.
    Csv,
    /// One JSON object per line.
    Jsonl,
}

impl Format {
    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Jsonl => "JSON Lines",
        }
    }

    fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => csv_export::write(&Entry::HEADER, Vec::<Vec<String>>::new()),
            Self::Jsonl => Vec::new(),
        }
    }

    fn piece(self, page: &Page) -> Vec<u8> {
        let entries = page.entries.iter().map(Entry::from);
        match self {
            Self::Csv => csv_export::rows(entries.map(Entry::cells)),
            Self::Jsonl => entries
                .flat_map(|entry| {
                    let mut line = serde_json::to_vec(&entry).unwrap_or_default();
                    line.push(b'\n');
                    line
                })
                .collect(),
        }
    }
}

/// Notes the export in the log, then answers with the file.
pub async fn answer(
    site: &Site,
    actor: Actor,
    org: OrgId,
    filter: Filter,
    format: Format,
) -> Result<Response> {
    let (asking, noted) = (actor.clone(), filter.clone());
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        log::export(&app, &asking, org, &noted, format.title()).await
    };
    site.run(work).await?;
    let reading = Reading {
        site: site.clone(),
        actor,
        org,
        filter,
        format,
        place: Place::Head,
    };
    let (kind, name) = match format {
        Format::Csv => (
            "text/csv; charset=utf-8",
            "attachment; filename=\"audit-log.csv\"",
        ),
        Format::Jsonl => ("application/jsonl", "attachment; filename=\"audit-log.jsonl\""),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(pieces(reading))).into_response())
}

struct Reading {
    site: Site,
    actor: Actor,
    org: OrgId,
    filter: Filter,
    format: Format,
    place: Place,
}

enum Place {
    Head,
    Page(Option<Cursor>),
    End,
}

/// A failure on the way ends the transfer before its end, which clients notice.
fn pieces(reading: Reading) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(reading, |mut reading| async move {
        let piece = match reading.place {
            Place::End => return Ok(None),
            Place::Head => {
                reading.place = Place::Page(None);
                reading.format.head()
            }
            Place::Page(before) => reading.page(before).await.map_err(|error| {
                tracing::warn!(org = %reading.org, kind = ?error.kind, "an export of the audit log was broken off");
                io::Error::other("the export was broken off")
            })?,
        };
        Ok(Some((Bytes::from(piece), reading)))
    })
}

impl Reading {
    async fn page(&mut self, before: Option<Cursor>) -> Result<Vec<u8>> {
        let page = log::exported(&self.site.app, &self.actor, self.org, &self.filter, before).await?;
        self.place = page.next.map_or(Place::End, |next| Place::Page(Some(next)));
        Ok(self.format.piece(&page))
    }
}
