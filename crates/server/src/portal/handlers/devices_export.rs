//! The CSV of every device, read page by page.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use tessera_app::devices;
use tessera_domain::{DeviceState, csv_export};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Device, DeviceQuery, DeviceSort};

use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::Path;

/// Devices that are read at a time.
const PAGE: u64 = 200;

/// Every device, by member. Cells that a spreadsheet would run are guarded.
pub(super) async fn export(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    const HEADER: [&str; 14] = [
        "device",
        "member",
        "host",
        "system",
        "agent",
        "keys",
        "state",
        "revision",
        "last contact",
        "silent since",
        "ended at",
        "ended from",
        "ended by",
        "enrolment key",
    ];
    let now = visit.app().clock.now();
    let mut rows = Vec::new();
    let mut query = DeviceQuery {
        limit: PAGE,
        sort: DeviceSort::Member(None),
        ..DeviceQuery::default()
    };
    loop {
        let found = devices::devices(visit.app(), visit.actor()?, org, query.clone()).await?;
        rows.extend(
            found
                .devices
                .iter()
                .map(|(device, state)| exported(device, state, now)),
        );
        let Some(next) = found.next else { break };
        query.sort = next;
    }
    let name = "attachment; filename=\"devices.csv\"";
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, csv_export::write(&HEADER, rows)).into_response())
}

fn exported(device: &Device, state: &DeviceState, now: Timestamp) -> [String; 14] {
    let instant = |at: Option<Timestamp>| {
        at.map(|at| crate::api::Instant(at).to_string())
            .unwrap_or_default()
    };
    [
        device.id.to_string(),
        device.member_name.to_string(),
        device.host.to_string(),
        device.os.to_string(),
        device.agent_version.to_string(),
        device.key_storage.clone(),
        state.as_str().to_owned(),
        device
            .receipt_revision
            .map(|revision| revision.to_string())
            .unwrap_or_default(),
        instant(Some(device.last_contact)),
        instant(device.facts().silent_since(now)),
        instant(device.ended_at),
        device.ended_from.map(|from| from.to_string()).unwrap_or_default(),
        device
            .ended_by_name
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        device
            .enrollment_key_name
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    ]
}
