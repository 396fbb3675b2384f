//! The CSV of every device, read page by page.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use tessera_app::devices;
use tessera_domain::{DeviceState, csv_export};
use tessera_ids::OrgId;
use tessera_store::{Device, DeviceQuery, DeviceSort};

use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::Path;

/// Devices that are read at a time.
const PAGE: u64 = 200;

/// Every device, by member. Cells that a spreadsheet would run are guarded.
pub(super) async fn export(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    const HEADER: [&str; 9] = [
        "device",
        "member",
        "host",
        "system",
        "agent",
        "keys",
        "state",
        "revision",
        "last contact",
    ];
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
                .map(|(device, state)| exported(device, state)),
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

fn exported(device: &Device, state: &DeviceState) -> [String; 9] {
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
        crate::api::Instant(device.last_contact).to_string(),
    ]
}
