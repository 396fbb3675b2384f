//! Settings → History: every revision, one of them, and the way back to it as a new revision.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::settings::{self, RevisionSummary};
use tessera_domain::{Result, Right};
use tessera_ids::{OrgId, Timestamp};

use super::answer::page;
use super::home::picture;
use super::pages::{History, Revision, RevisionRow};
use super::restore::restore_path;
use super::view::{Mosaic, Pager, Place, Size};
use super::visit::{Visit, path};
use super::{layers, words};
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route};

/// Revisions on one page.
const PAGE: u64 = 50;
/// How many of the newest show how far they reached, since each picture asks about every device.
const PICTURES: usize = 5;

pub(super) fn routes() -> Vec<Route> {
    let see = Access::Member(Right::SeeSettings);
    vec![
        Route::get(
            "/o/{org}/settings/history",
            see,
            "Shows every revision, the newest first.",
            list,
        ),
        Route::get(
            "/o/{org}/settings/history/{revision}",
            see,
            "Shows one revision.",
            one,
        ),
    ]
}

/// What of the history is shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    before: Option<u64>,
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let found = settings::history(visit.app(), visit.actor()?, org, listing.before, PAGE).await?;
    let (_, frame) = visit.org_frame(org, Place::History).await?;
    let now = visit.app().clock.now();
    let mut rows = Vec::with_capacity(found.revisions.len());
    for (index, revision) in found.revisions.iter().enumerate() {
        let pictured = index < PICTURES && listing.before.is_none();
        let mosaic = if pictured {
            Some(reach(&visit, org, revision.number, Size::Tiny).await?)
        } else {
            None
        };
        rows.push(revision_row(org, revision, mosaic, now));
    }
    Ok(page(History {
        frame,
        compare: format!("{}/settings/history/compare", path(org)),
        pager: Pager {
            shown: words::count(rows.len() as u64, "revision"),
            first: listing.before.map(|_| "?".to_owned()),
            next: found
                .next
                .map(|number| words::query(&[("before", &number.to_string())])),
        },
        rows,
    }))
}

fn revision_row(
    org: OrgId,
    revision: &RevisionSummary,
    mosaic: Option<Mosaic>,
    now: Timestamp,
) -> RevisionRow {
    RevisionRow {
        number: revision.number,
        href: format!("{}/settings/history/{}", path(org), revision.number),
        author: revision.author.to_string(),
        at: words::moment(revision.at, now),
        note: revision
            .note
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        summary: words::summary(&revision.changes),
        mosaic,
    }
}

async fn reach(visit: &Visit, org: OrgId, number: u64, size: Size) -> Result<Mosaic> {
    picture(visit, size, org, number).await
}

async fn one(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    let found = settings::revision(visit.app(), visit.actor()?, org, number)
        .await?
        .summary;
    let changed =
        settings::compare(visit.app(), visit.actor()?, org, number.saturating_sub(1), number).await?;
    let (view, frame) = visit.org_frame(org, Place::History).await?;
    let home = path(org);
    let at = |number: u64| format!("{home}/settings/history/{number}");
    Ok(page(Revision {
        frame,
        number,
        author: found.author.to_string(),
        at: words::moment(found.at, visit.app().clock.now()),
        note: found.note.map(|note| note.to_string()).unwrap_or_default(),
        layers: layers::diffs(&visit, org, &changed).await?,
        mosaic: Some(reach(&visit, org, number, Size::Small).await?),
        rollout: format!("{home}/rollouts/{number}"),
        previous: (number > 1).then(|| at(number - 1)),
        next: (number < view.revision).then(|| at(number + 1)),
        compare: (number < view.revision).then(|| {
            format!(
                "{home}/settings/history/compare?from={number}&to={}",
                view.revision
            )
        }),
        restore: (number < view.revision && Right::ChangeSettings.granted_to(view.role))
            .then(|| restore_path(org, number)),
    }))
}
