//! A list of people to invite: looked at row by row, sent by one press, and what became of it.

use std::collections::HashMap;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tessera_app::invitations::batch::{self, BatchView, Choice};
use tessera_app::teams;
use tessera_domain::people_import::{Candidate, Counts, RowState};
use tessera_domain::{Result, Right, TeamName, csv_export};
use tessera_ids::{InvitationBatchId, OrgId, TeamId};
use tessera_store::{BatchRow, BatchRowQuery, BatchState};

use super::answer::{Refusal, again, go, go_saying, page};
use super::invite::free_seats;
use super::link::mail_folder;
use super::pages::{InvitePreview, InviteProgress, ListRow};
use super::view::{Pager, Place, Tab};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Rows of a list on one page.
const PAGE: u64 = 100;
/// Rows of a list that are read at a time for its file.
const READ: u64 = 1_000;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::Invite);
    let list = "/o/{org}/members/invite/{batch}";
    vec![
        Route::get(
            list,
            may,
            "Shows a list of people to invite, or what became of it.",
            show,
        ),
        Route::post(
            list,
            may,
            "Chooses rows of a list, sends it, or drops it.",
            decide,
        )
        .takes_form(),
        Route::get(
            "/o/{org}/members/invite/{batch}/refused.csv",
            may,
            "Gives the rows of a list that nobody is invited by.",
            refused,
        )
        .answers_raw("text/csv"),
    ]
}

/// Which rows of the list are shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    state: String,
    after: Option<u64>,
}

async fn show(
    visit: Visit,
    Path((org, id)): Path<(OrgId, InvitationBatchId)>,
    Query(listing): Query<Listing>,
) -> Answer<Response> {
    let found = batch::view(visit.app(), visit.actor()?, org, id).await?;
    if found.batch.state == BatchState::Preview {
        Ok(page(preview_page(&visit, &found, &listing).await?))
    } else {
        Ok(page(progress_page(&visit, &found).await?))
    }
}

async fn preview_page(visit: &Visit, found: &BatchView, listing: &Listing) -> Result<InvitePreview> {
    let (org, id) = (found.batch.org, found.batch.id);
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let wanted = BatchRowQuery {
        state: listing.state.parse().ok(),
        refused: false,
        after: listing.after,
    };
    let mut rows = batch::rows(visit.app(), visit.actor()?, org, id, wanted, PAGE + 1).await?;
    let more = rows.len() as u64 > PAGE;
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let counts = found.counts;
    let matching = wanted.state.map_or(counts.all(), |state| counts.of(state));
    let to = |after: &str| words::query(&[("state", &listing.state), ("after", after)]);
    let action = format!("{}/members/invite/{id}", path(org));
    Ok(InvitePreview {
        frame,
        name: found.batch.name.clone(),
        problem: None,
        tabs: tabs(&action, &counts, wanted.state),
        pager: Pager {
            shown: format!(
                "{} of {}",
                words::grouped(rows.len() as u64),
                words::count(matching, "row")
            ),
            first: listing.after.is_some().then(|| to("")),
            next: rows
                .last()
                .filter(|_| more)
                .map(|last| to(&last.number.to_string())),
        },
        rows: list_rows(visit, org, &rows).await?,
        action,
        chosen: found.chosen,
        seats: free_seats(&view.seats),
        no_seat: counts.no_seat,
        refused: counts.all() - counts.ready - counts.no_seat,
        until: words::moment(found.batch.expires_at, visit.app().clock.now()),
    })
}

fn tabs(action: &str, counts: &Counts, current: Option<RowState>) -> Vec<Tab> {
    let tab = |label: &str, state: Option<RowState>, count: u64| Tab {
        label: label.to_owned(),
        href: state.map_or_else(
            || action.to_owned(),
            |state| words::query(&[("state", state.as_str())]),
        ),
        count: Some(count),
        current: current == state,
    };
    let mut tabs = vec![tab("All rows", None, counts.all())];
    let states = RowState::ALL.into_iter().filter(|state| *state != RowState::Sent);
    let there = states.filter(|state| counts.of(*state) > 0 || *state == RowState::Ready);
    tabs.extend(there.map(|state| tab(&words::capital(word(state)), Some(state), counts.of(state))));
    tabs
}

async fn progress_page(visit: &Visit, found: &BatchView) -> Result<InviteProgress> {
    let batch = &found.batch;
    let (_, frame) = visit.org_frame(batch.org, Place::Members).await?;
    let wanted = BatchRowQuery {
        refused: true,
        ..BatchRowQuery::default()
    };
    let rows = batch::rows(visit.app(), visit.actor()?, batch.org, batch.id, wanted, PAGE).await?;
    let counts = found.counts;
    Ok(InviteProgress {
        frame,
        name: batch.name.clone(),
        action: format!("{}/members/invite/{}", path(batch.org), batch.id),
        sending: batch.state == BatchState::Sending,
        stopped: batch.reason.clone(),
        settled: found.settled,
        total: found.chosen,
        invited: counts.sent,
        refused: counts.all() - counts.ready - counts.sent,
        rows: list_rows(visit, batch.org, &rows).await?,
        mail_folder: mail_folder(visit),
    })
}

async fn list_rows(visit: &Visit, org: OrgId, rows: &[BatchRow]) -> Result<Vec<ListRow>> {
    let teams = teams::list(visit.app(), visit.actor()?, org).await?;
    let teams: HashMap<TeamId, TeamName> = teams.into_iter().map(|team| (team.id, team.name)).collect();
    Ok(rows.iter().map(|row| list_row(row, &teams)).collect())
}

fn list_row(row: &BatchRow, teams: &HashMap<TeamId, TeamName>) -> ListRow {
    let candidate = row
        .candidate
        .clone()
        .and_then(|json| serde_json::from_value::<Candidate>(json).ok());
    let gives = candidate.map(|candidate| {
        let names = candidate.teams.iter().filter_map(|team| teams.get(team));
        let all = std::iter::once(candidate.role.title()).chain(names.map(TeamName::as_str));
        all.collect::<Vec<_>>().join(", ")
    });
    let (tone, sign) = match row.state {
        RowState::Ready | RowState::Sent => ("good", "✓"),
        RowState::Malformed => ("bad", "✕"),
        RowState::NoSeat => ("warn", "!"),
        RowState::Duplicate | RowState::Invited | RowState::Member => ("neutral", "="),
    };
    ListRow {
        number: row.number,
        line: row.line,
        input: row.input.clone(),
        gives: gives.unwrap_or_default(),
        state: word(row.state).to_owned(),
        tone,
        sign,
        reason: row.reason.clone().unwrap_or_default(),
        open: matches!(row.state, RowState::Ready | RowState::NoSeat),
        chosen: row.chosen,
    }
}

/// The state as people read it.
const fn word(state: RowState) -> &'static str {
    match state {
        RowState::Ready => "ready",
        RowState::Malformed => "malformed",
        RowState::Duplicate => "duplicate",
        RowState::Invited => "already invited",
        RowState::Member => "already a member",
        RowState::NoSeat => "no seat left",
        RowState::Sent => "invited",
    }
}

async fn decide(
    visit: Visit,
    Path((org, id)): Path<(OrgId, InvitationBatchId)>,
    Query(listing): Query<Listing>,
    fields: Fields,
) -> Answer<Response> {
    let here = format!("{}/members/invite/{id}", path(org));
    let done = act(&visit, org, id, &fields).await;
    match (done, fields.get("intent")) {
        (Ok(()), "discard") => {
            let told = "The list was dropped. Nobody was invited.";
            Ok(go_saying(&visit.site, &(path(org) + "/members/invite"), told))
        }
        (Ok(()), "send") => Ok(go(&here)),
        (Ok(()), _) => {
            let after = listing.after.map(|after| after.to_string()).unwrap_or_default();
            Ok(go(&(here
                + &words::query(&[
                    ("state", &listing.state),
                    ("after", &after),
                ]))))
        }
        (Err(error), _) => {
            let refusal = Refusal::of(error)?;
            let found = batch::view(visit.app(), visit.actor()?, org, id).await?;
            let form = preview_page(&visit, &found, &listing).await?;
            let problem = refusal.problem(&[]);
            Ok(again(&refusal, InvitePreview { problem, ..form }))
        }
    }
}

/// Keeps what is ticked on the page, then does what the button says.
async fn act(visit: &Visit, org: OrgId, id: InvitationBatchId, fields: &Fields) -> Result<()> {
    let numbers = |name: &str| {
        fields
            .all(name)
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    let page = Choice::Page {
        shown: numbers("shown"),
        chosen: numbers("row"),
    };
    let (actor, intent) = (visit.owned()?, fields.get("intent").to_owned());
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        match intent.as_str() {
            "discard" => batch::discard(&app, &actor, org, id).await,
            "all" => batch::choose(&app, &actor, org, id, Choice::All).await,
            "nobody" => batch::choose(&app, &actor, org, id, Choice::Nobody).await,
            "send" => {
                let found = batch::view(&app, &actor, org, id).await?;
                if found.batch.state == BatchState::Preview {
                    batch::choose(&app, &actor, org, id, page).await?;
                }
                batch::send(&app, &actor, org, id).await
            }
            _ => batch::choose(&app, &actor, org, id, page).await,
        }
    };
    visit.site.run(work).await
}

/// Every row that nobody is invited by. Cells that a spreadsheet would run are guarded.
async fn refused(visit: Visit, Path((org, id)): Path<(OrgId, InvitationBatchId)>) -> Answer<Response> {
    const HEADER: [&str; 4] = ["line", "input", "state", "reason"];
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut wanted = BatchRowQuery {
        refused: true,
        ..BatchRowQuery::default()
    };
    loop {
        let found = batch::rows(visit.app(), visit.actor()?, org, id, wanted, READ).await?;
        rows.extend(found.iter().map(|row| {
            let reason = row.reason.clone().unwrap_or_default();
            [
                row.line.to_string(),
                row.input.clone(),
                row.state.to_string(),
                reason,
            ]
        }));
        match found.last() {
            Some(last) if found.len() as u64 == READ => wanted.after = Some(last.number),
            _ => break,
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"not-invited.csv\"",
        ),
    ];
    Ok((headers, csv_export::write(&HEADER, rows)).into_response())
}
