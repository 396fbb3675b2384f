//! The CSV of members: what the list's filters show, read page by page.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use tessera_app::members::{self, EXPORT_PAGE, ListedMember};
use tessera_domain::{Right, csv_export};
use tessera_ids::OrgId;
use tessera_store::MemberQuery;

use super::members::Listing;
use super::visit::Visit;
use crate::api::MemberList;
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route};

const HEADER: [&str; 9] = [
    "name",
    "email",
    "role",
    "teams",
    "joined",
    "devices",
    "devices up to date",
    "device state",
    "account",
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/members.csv",
            Access::Member(Right::ChangeRoles),
            "Gives the members that the list's filters show as CSV.",
            export,
        )
        .answers_raw("text/csv"),
    ]
}

/// Every member that matches, in the list's order. Cells that a spreadsheet would run are guarded.
async fn export(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let mut rows = Vec::new();
    let mut after = String::new();
    loop {
        let list = MemberList {
            after: std::mem::take(&mut after),
            ..listing.list.clone()
        };
        let query: MemberQuery = list.query(EXPORT_PAGE)?;
        let (page, more) = members::export(visit.app(), visit.actor()?, org, &query).await?;
        rows.extend(page.iter().map(exported));
        let Some(last) = page.last().filter(|_| more) else {
            break;
        };
        after = list.next(&last.member);
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"members.csv\"",
        ),
    ];
    Ok((headers, csv_export::write(&HEADER, rows)).into_response())
}

fn exported(listed: &ListedMember) -> [String; 9] {
    let member = &listed.member;
    let teams: Vec<&str> = listed.teams.iter().map(|team| team.name.as_str()).collect();
    [
        member.name.to_string(),
        member.email.to_string(),
        member.role.as_str().to_owned(),
        teams.join("; "),
        crate::api::Instant(member.joined_at).to_string(),
        member.devices.to_string(),
        member.devices_current.to_string(),
        member.standing().as_str().to_owned(),
        member.account.to_string(),
    ]
}
