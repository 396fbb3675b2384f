//! Audiences: the devices that must have the same settings.

use serde::Serialize;
use tessera_ids::{DeviceId, OrgId, Timestamp, TypedId};

use crate::{
    Hash, Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// Who shares a manifest, and the newest one issued to them.
    pub struct Audience {
        /// The digest of its description, as text.
        pub id: String,
        /// Teams, member and wave.
        pub description: serde_json::Value,
        /// Of its newest manifest; 0 before the first.
        pub serial: u64,
        /// The revision that manifest carries.
        pub revision: u64,
        /// Of that manifest's payload.
        pub digest: Option<Hash>,
        /// When that manifest was issued.
        pub issued_at: Option<Timestamp>,
    }

    /// An audience that a device is in.
    pub struct AudienceInUse {
        /// The digest of its description, as text.
        pub id: String,
        /// Teams, member and wave.
        pub description: serde_json::Value,
        /// Of its newest manifest; 0 before the first.
        pub serial: u64,
        /// The active devices in it.
        pub devices: u64,
    }
}

#[derive(Serialize)]
struct Move<'a> {
    device: String,
    audience: &'a str,
}

impl Reader {
    /// One audience.
    pub async fn audience(&mut self, org: OrgId, id: &str) -> Result<Option<Audience>> {
        const SQL: &str = "select id, description, serial, revision, digest, issued_at from audiences
            where org = $1 and id = $2";
        self.query(SQL).bind(org).bind(id).optional().await
    }

    /// The audiences that have an active device.
    pub async fn audiences_in_use(&mut self, org: OrgId) -> Result<Vec<AudienceInUse>> {
        const SQL: &str = "select a.id, a.description, a.serial, count(*) as devices
            from audiences a join devices d on d.org = a.org and d.audience = a.id and d.state = 'active'
            where a.org = $1 group by a.id, a.description, a.serial order by a.id";
        self.query(SQL).bind(org).all().await
    }
}

impl Tx {
    /// Describes an audience, unless it is described already. Its wave is part of the description.
    pub async fn insert_audience(
        &mut self,
        org: OrgId,
        id: &str,
        description: &serde_json::Value,
        at: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "insert into audiences (org, id, description, created_at, serial, revision, wave)
            values ($1, $2, $3, $4, 0, 0, $5) on conflict (org, id) do nothing";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(description)
            .bind(at)
            .bind(description["wave"].as_u64().unwrap_or_default())
            .touched()
            .await
    }

    /// Notes what every audience of the organization shall have from now on; its manifest is issued when first
    /// asked for. While a rollout is under way, `revision` is for the waves that were released, and the others
    /// keep its baseline.
    pub async fn want_serial(
        &mut self,
        org: OrgId,
        serial: u64,
        revision: u64,
        at: Timestamp,
    ) -> Result<u64> {
        const SQL: &str = "update audiences set serial = $2, digest = null, issued_at = $4,
                revision = coalesce((select r.baseline from rollouts r where r.org = audiences.org
                    and r.state in ('running', 'paused', 'halted') and r.stage < audiences.wave), $3)
            where org = $1 and serial < $2";
        self.query(SQL)
            .bind(org)
            .bind(serial)
            .bind(revision)
            .bind(at)
            .run()
            .await
    }

    /// Moves devices into other audiences, as when their members' teams change; how many moved.
    pub async fn move_devices(&mut self, org: OrgId, moves: &[(DeviceId, String)]) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update devices set audience = r.audience from ",
            "$2" { device: uuid, audience: text },
            " where devices.org = $1 and devices.id = r.device and devices.audience <> r.audience"
        );
        let rows: Vec<_> = moves
            .iter()
            .map(|(device, audience)| Move {
                device: hex(device.uuid().as_bytes()),
                audience,
            })
            .collect();
        self.query(SQL).bind(org).rows(&rows).run().await
    }
}
