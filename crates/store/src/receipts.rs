//! Receipts: a device's signed word on what it did. They come in bursts and never take the lock.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tessera_domain::{AgentVersion, OsName};
use tessera_ids::{DeviceId, OrgId, Timestamp, TypedId};

use crate::{
    Error, Hash, Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// A receipt as it was kept.
    pub struct Receipt {
        /// Which device's.
        pub device: DeviceId,
        /// The device's own count.
        pub counter: u64,
        /// The serial it speaks of.
        pub serial: u64,
        /// Of the payload.
        pub digest: Hash,
        /// The signed envelope, exactly as it came.
        pub envelope: Vec<u8>,
        /// When it was received.
        pub at: Timestamp,
    }

    struct Key {
        device: DeviceId,
        counter: u64,
    }

    struct Kept {
        device: DeviceId,
        counter: u64,
        digest: Hash,
    }
}

/// A verified receipt to be kept.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    /// The organization of the device.
    pub org: OrgId,
    /// Which device's.
    pub device: DeviceId,
    /// The device's own count, from 1.
    pub counter: u64,
    /// The serial it speaks of.
    pub serial: u64,
    /// The revision it speaks of.
    pub revision: u64,
    /// Of the payload.
    pub digest: Hash,
    /// The signed envelope, exactly as it came.
    pub envelope: Vec<u8>,
    /// Whether its digests are those of the manifest.
    pub matches: bool,
    /// The first section that was not applied, and why.
    pub failure: Option<(String, String)>,
    /// The machine's system, where what it says can be shown.
    pub os: Option<OsName>,
    /// Its agent, likewise.
    pub agent_version: Option<AgentVersion>,
    /// Where its keys live.
    pub key_storage: &'static str,
    /// What its agent can read.
    pub wire: u64,
    /// When it was received: by this clock, since the device's own may be wrong.
    pub received_at: Timestamp,
}

/// What became of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is new and was kept.
    New,
    /// It was kept before, byte for byte.
    Known,
    /// Another receipt has its counter: two machines answer with one key. An active device is
    /// marked as cloned.
    Cloned,
    /// The organization has no such device.
    NoDevice,
}

#[derive(Serialize)]
struct Row<'a> {
    org: String,
    device: String,
    counter: u64,
    serial: u64,
    revision: u64,
    digest: String,
    envelope: String,
    matches: u8,
    section: Option<&'a str>,
    reason: Option<&'a str>,
    os: Option<&'a str>,
    agent_version: Option<&'a str>,
    key_storage: &'a str,
    wire: u64,
    received_at: i64,
}

impl NewReceipt {
    fn row(&self) -> Row<'_> {
        Row {
            org: hex(self.org.uuid().as_bytes()),
            device: hex(self.device.uuid().as_bytes()),
            counter: self.counter,
            serial: self.serial,
            revision: self.revision,
            digest: hex(&self.digest),
            envelope: hex(&self.envelope),
            matches: self.matches.into(),
            section: self.failure.as_ref().map(|(section, _)| section.as_str()),
            reason: self.failure.as_ref().map(|(_, reason)| reason.as_str()),
            os: self.os.as_ref().map(OsName::as_str),
            agent_version: self.agent_version.as_ref().map(AgentVersion::as_str),
            key_storage: self.key_storage,
            wire: self.wire,
            received_at: self.received_at.as_micros(),
        }
    }

    fn storable(&self) -> bool {
        [self.counter, self.serial, self.revision, self.wire]
            .iter()
            .all(|number| i64::try_from(*number).is_ok())
    }
}

impl Reader {
    /// A device's receipts, the newest first.
    pub async fn receipts_of(&mut self, org: OrgId, device: DeviceId, limit: u64) -> Result<Vec<Receipt>> {
        const SQL: &str = "select device, counter, serial, digest, envelope, at from receipts
            where org = $1 and device = $2 order by counter desc limit $3";
        self.query(SQL).bind(org).bind(device).bind(limit).all().await
    }
}

impl Tx {
    /// Keeps receipts, moves the devices' last receipts and contacts forward, and marks clones.
    /// The answers stand in the order of the receipts. Told the same again, it changes nothing.
    pub async fn record_receipts(&mut self, receipts: &[NewReceipt]) -> Result<Vec<Recorded>> {
        if !receipts.iter().all(NewReceipt::storable) {
            return Err(Error::OutOfRange);
        }
        // One order for everybody, so that two replicas with the same devices wait, not deadlock.
        let mut sorted: Vec<_> = receipts.iter().collect();
        sorted.sort_by_key(|receipt| (receipt.device, receipt.counter));
        let rows: Vec<_> = sorted.iter().map(|receipt| receipt.row()).collect();
        let mut first = self.insert_receipts(&rows).await?;
        let kept = self.kept_receipts(&rows).await?;
        let recorded: Vec<_> = receipts
            .iter()
            .map(|receipt| match kept.get(&(receipt.device, receipt.counter)) {
                None => Recorded::NoDevice,
                Some(digest) if *digest != receipt.digest => Recorded::Cloned,
                Some(_) if first.remove(&(receipt.device, receipt.counter)) => Recorded::New,
                Some(_) => Recorded::Known,
            })
            .collect();
        let of = |wanted: Recorded| {
            let mut newest = BTreeMap::new();
            for (receipt, recorded) in receipts.iter().zip(&recorded) {
                if *recorded == wanted {
                    let last = newest.entry(receipt.device).or_insert(receipt);
                    if last.counter < receipt.counter {
                        *last = receipt;
                    }
                }
            }
            newest.into_values().map(NewReceipt::row).collect::<Vec<_>>()
        };
        self.move_last_receipts(&of(Recorded::New)).await?;
        self.mark_clones(&of(Recorded::Cloned)).await?;
        Ok(recorded)
    }

    async fn insert_receipts(&mut self, rows: &[Row<'_>]) -> Result<BTreeSet<(DeviceId, u64)>> {
        const SQL: Sql = bulk!(
            "insert into receipts (org, device, counter, serial, digest, envelope, at)
             select d.org, d.id, r.counter, r.serial, r.digest, r.envelope, r.received_at
             from devices d join ",
            "$1" { org: uuid, device: uuid, counter: int, serial: int, digest: bytes, envelope: bytes, received_at: int },
            " on d.org = r.org and d.id = r.device where true
             on conflict (org, device, counter) do nothing returning device, counter"
        );
        let new: Vec<Key> = self.query(SQL).rows(rows).all().await?;
        Ok(new.into_iter().map(|key| (key.device, key.counter)).collect())
    }

    async fn kept_receipts(&mut self, rows: &[Row<'_>]) -> Result<BTreeMap<(DeviceId, u64), Hash>> {
        const SQL: Sql = bulk!(
            "select k.device, k.counter, k.digest from receipts k join ",
            "$1" { org: uuid, device: uuid, counter: int },
            " on k.org = r.org and k.device = r.device and k.counter = r.counter"
        );
        let kept: Vec<Kept> = self.query(SQL).rows(rows).all().await?;
        Ok(kept
            .into_iter()
            .map(|row| ((row.device, row.counter), row.digest))
            .collect())
    }

    async fn move_last_receipts(&mut self, rows: &[Row<'_>]) -> Result<()> {
        const SQL: Sql = bulk!(
            "update devices set counter = r.counter, receipt_serial = r.serial, receipt_revision = r.revision,
                receipt_matches = r.matches, receipt_section = r.section, receipt_reason = r.reason,
                receipt_at = r.received_at, os = coalesce(r.os, devices.os),
                agent_version = coalesce(r.agent_version, devices.agent_version), key_storage = r.key_storage, wire = r.wire,
                last_contact = case when last_contact between r.received_at and r.received_at + 300000000
                    then last_contact else r.received_at end
             from ",
            "$1" {
                org: uuid, device: uuid, counter: int, serial: int, revision: int, matches: int, section: text,
                reason: text, os: text, agent_version: text, key_storage: text, wire: int, received_at: int,
            },
            " where devices.org = r.org and devices.id = r.device and devices.counter < r.counter"
        );
        if rows.is_empty() {
            Ok(())
        } else {
            self.query(SQL).rows(rows).run().await.map(drop)
        }
    }

    async fn mark_clones(&mut self, rows: &[Row<'_>]) -> Result<()> {
        const SQL: Sql = bulk!(
            "update devices set state = 'cloned', ended_at = r.received_at from ",
            "$1" { org: uuid, device: uuid, received_at: int },
            " where devices.org = r.org and devices.id = r.device and devices.state = 'active'"
        );
        if rows.is_empty() {
            Ok(())
        } else {
            self.query(SQL).rows(rows).run().await.map(drop)
        }
    }
}
