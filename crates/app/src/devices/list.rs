//! Reading devices.

use std::collections::BTreeMap;
use std::time::Duration;

use tessera_domain::alert::SILENT_DAYS;
use tessera_domain::device_state::{OVERDUE, SILENT};
use tessera_domain::{DeviceState, Error, Result, Right};
use tessera_ids::{AccountId, DeviceId, OrgId};
use tessera_store::{Device, DeviceLife, DeviceQuery, DeviceSort, Reader};
use tessera_wire::skill;

use crate::{Actor, App, access};

/// The most devices that one page holds.
const PAGE: u64 = 200;

/// A page of devices with where each stands.
#[derive(Clone, Debug)]
pub struct DevicePage {
    /// The devices.
    pub devices: Vec<(Device, DeviceState)>,
    /// Where the next page begins.
    pub next: Option<DeviceSort>,
}

/// Whether a device's agent refuses, since it is too old to read them, the settings that it is sent. It keeps what it
/// has, whatever its state says.
pub fn is_too_old(device: &Device) -> bool {
    let needed = if device.is_tightened {
        skill::READS_TIGHTENED
    } else {
        skill::FIRST
    };
    device.life == DeviceLife::Active && device.wire < needed.into()
}

/// How many devices are in each state, by the state's word.
pub type StateCounts = BTreeMap<String, u64>;

/// Lists an organization's devices.
pub async fn devices(app: &App, actor: &Actor, org: OrgId, query: DeviceQuery) -> Result<DevicePage> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let limit = query.limit.clamp(1, PAGE);
    let now = app.clock.now();
    let mut wanted = DeviceQuery {
        limit: limit + 1,
        ..query
    };
    if wanted.state.as_deref() == Some(OVERDUE) {
        wanted.state = Some(SILENT.to_owned());
        wanted.silent_after = days(silent_days(&mut tx, org).await?);
    }
    let mut rows = tx.devices(org, &wanted, now).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|last| match wanted.sort {
        DeviceSort::Host(_) => DeviceSort::Host(Some((last.host_key.clone(), last.id))),
        DeviceSort::Member(_) => DeviceSort::Member(Some((last.member_key.clone(), last.id))),
        DeviceSort::Contact(_) => DeviceSort::Contact(Some((last.last_contact, last.id))),
    });
    let devices = rows
        .into_iter()
        .map(|row| (DeviceState::of(&row.facts(), now), row));
    Ok(DevicePage {
        devices: devices.map(|(state, row)| (row, state)).collect(),
        next,
    })
}

/// One device: anybody's for who manages devices, else one's own.
pub async fn device(app: &App, actor: &Actor, org: OrgId, id: DeviceId) -> Result<(Device, DeviceState)> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::UseOwnDevices).await?;
    let row = tx
        .device(org, id)
        .await?
        .ok_or_else(|| Error::not_found("device"))?;
    if !Right::ManageDevices.granted_to(role) && !is_owner_of(actor, row.account) {
        return Err(Error::not_found("device"));
    }
    let state = DeviceState::of(&row.facts(), app.clock.now());
    Ok((row, state))
}

/// The actor's own devices in an organization, the newest first.
pub async fn own(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<(Device, DeviceState)>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::UseOwnDevices).await?;
    let now = app.clock.now();
    let rows = tx.devices_of(org, actor.account()?).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let state = DeviceState::of(&row.facts(), now);
            (row, state)
        })
        .collect())
}

/// How many devices are in each state.
pub async fn states(app: &App, actor: &Actor, org: OrgId) -> Result<StateCounts> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let rows = tx.device_states(org, app.clock.now()).await?;
    Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
}

/// The devices that were not heard of for as long as the organization calls silent: those that its alerts tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// After how many days.
    pub days: u64,
    /// How many.
    pub devices: u64,
}

/// Counts them.
pub async fn overdue(app: &App, actor: &Actor, org: OrgId) -> Result<Overdue> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let limit = silent_days(&mut tx, org).await?;
    let since = app.clock.now().minus(days(limit));
    Ok(Overdue {
        days: limit,
        devices: tx.count_silent(org, since).await?,
    })
}

async fn silent_days(tx: &mut Reader, org: OrgId) -> Result<u64> {
    Ok(tx.silent_days(org).await?.unwrap_or(SILENT_DAYS))
}

const fn days(number: u64) -> Duration {
    Duration::from_hours(number * 24)
}

/// How many members have no active device.
pub async fn unenrolled(app: &App, actor: &Actor, org: OrgId) -> Result<u64> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    Ok(tx.count_without_device(org).await?)
}

pub(super) fn is_owner_of(actor: &Actor, account: AccountId) -> bool {
    actor.account().is_ok_and(|own| own == account)
}
