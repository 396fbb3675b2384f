//! Devices: enrolled installations of the agent, with the facts their states are derived from.

use serde::Serialize;
use tessera_domain::{
    AgentVersion, DeviceFacts, EnrollmentKeyName, HostName, OsName, PersonName,
    device_state::{Failure, Lifecycle, ReceiptFacts, Wanted},
};
use tessera_ids::{AccountId, DeviceId, EnrollmentKeyId, OrgId, Timestamp, TypedId};

use crate::{
    Account, Reader, Result, Tx,
    accounts::search_text,
    column::{records, words},
    dialect::{Sql, bulk},
    hex,
};

words! {
    /// How far a device's life has gone.
    pub enum DeviceLife {
        /// It receives settings.
        Active = "active",
        /// Two machines answer with its key.
        Cloned = "cloned",
        /// Signed out, by its member or from the portal.
        SignedOut = "signed_out",
        /// Told to wipe.
        Wiped = "wiped",
        /// Removed with its member.
        Removed = "removed",
    }

    /// Where a device was ended.
    pub enum EndedFrom {
        /// On the machine, by who sits in front of it.
        Machine = "machine",
        /// In the portal, or by its API.
        Portal = "portal",
    }
}

records! {
    /// A device, with the newest manifest of its audience and its last receipt.
    pub struct Device {
        /// Its id.
        pub id: DeviceId,
        /// The organization it is enrolled in.
        pub org: OrgId,
        /// Whose it is.
        pub account: AccountId,
        /// What its member is called.
        pub member_name: PersonName,
        /// The folded name: a key that a page goes on from.
        pub member_key: String,
        /// When it was enrolled.
        pub created_at: Timestamp,
        /// How far its life has gone.
        pub life: DeviceLife,
        /// When it stopped being active.
        pub ended_at: Option<Timestamp>,
        /// When its last receipt proved that it wiped what it had.
        pub wiped_at: Option<Timestamp>,
        /// Where it was ended; unknown for those that ended before that was kept.
        pub ended_from: Option<EndedFrom>,
        /// What whoever ended it in the portal was called.
        pub ended_by_name: Option<PersonName>,
        /// The key that enrolled it; none where a member typed its code.
        pub enrollment_key: Option<EnrollmentKeyId>,
        /// What that key is called.
        pub enrollment_key_name: Option<EnrollmentKeyName>,
        /// What its agent can read, as it said last.
        pub wire: u64,
        /// Whether its member is one for whom alone the settings were tightened, which its agent must be able to read.
        pub is_tightened: bool,
        /// What the machine calls itself.
        pub host: HostName,
        /// The folded host: a key that a page goes on from.
        pub host_key: String,
        /// Its system.
        pub os: OsName,
        /// Its agent.
        pub agent_version: AgentVersion,
        /// Where its keys live.
        pub key_storage: String,
        /// Where it was last seen.
        pub address: String,
        /// The key that it signs with.
        pub signing_key: Vec<u8>,
        /// The key that credentials are sealed to.
        pub sealing_key: Vec<u8>,
        /// The audience it is in.
        pub audience: String,
        /// When it was last heard of.
        pub last_contact: Timestamp,
        /// Of its last receipt; 0 before the first.
        pub counter: u64,
        /// Its tombstone, signed, exactly as it is sent.
        pub tombstone: Option<Vec<u8>>,
        /// The serial of its audience's newest manifest; 0 before the first.
        pub wanted_serial: u64,
        /// The revision of that manifest.
        pub wanted_revision: u64,
        /// When that manifest was issued.
        pub wanted_at: Option<Timestamp>,
        /// The serial that the last receipt speaks of.
        pub receipt_serial: Option<u64>,
        /// The revision that it speaks of.
        pub receipt_revision: Option<u64>,
        /// Whether its digests are those of the manifest.
        pub receipt_matches: Option<bool>,
        /// The first section that was not applied.
        pub receipt_section: Option<String>,
        /// Why it was not.
        pub receipt_reason: Option<String>,
        /// When the device made it.
        pub receipt_at: Option<Timestamp>,
    }
}

records! {
    /// Whose a device is and which audience it is in.
    pub struct DevicePlace {
        /// The device.
        pub id: DeviceId,
        /// Its member.
        pub account: AccountId,
        /// Its audience.
        pub audience: String,
    }
}

/// A device to be enrolled.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its id.
    pub id: DeviceId,
    /// When.
    pub created_at: Timestamp,
    /// What the machine calls itself.
    pub host: HostName,
    /// Its system.
    pub os: OsName,
    /// Its agent.
    pub agent_version: AgentVersion,
    /// Where its keys live.
    pub key_storage: String,
    /// Where it is.
    pub address: String,
    /// The key that it signs with.
    pub signing_key: Vec<u8>,
    /// The key that credentials are sealed to.
    pub sealing_key: Vec<u8>,
    /// The audience it is in, described before.
    pub audience: String,
    /// The key that enrols it; none where a member typed its code.
    pub enrollment_key: Option<EnrollmentKeyId>,
    /// What its agent can read.
    pub wire: u64,
}

/// How a device ends.
#[derive(Clone, Debug)]
pub struct DeviceEnd<'a> {
    /// What becomes of it.
    pub life: DeviceLife,
    /// When.
    pub at: Timestamp,
    /// What it is told, signed.
    pub tombstone: &'a [u8],
    /// Where it was ended.
    pub from: EndedFrom,
    /// By whom, where somebody did it in the portal.
    pub by: Option<PersonName>,
}

/// What a device's rows say, joined with its audience; `$rest` filters and orders.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select d.id, d.org, d.account, d.member_name, d.member_key, d.created_at, d.state as life, d.ended_at,
                d.wiped_at, d.ended_from, d.ended_by_name, d.enrollment_key, k.name as enrollment_key_name, d.wire,
                coalesce(m.tightened, 0) as is_tightened, d.host, d.host_key, d.os, d.agent_version, d.key_storage, d.address, d.signing_key,
                d.sealing_key, d.audience, d.last_contact, d.counter, d.tombstone,
                coalesce(a.serial, 0) as wanted_serial, coalesce(a.revision, 0) as wanted_revision,
                a.issued_at as wanted_at, d.receipt_serial, d.receipt_revision, d.receipt_matches, d.receipt_section,
                d.receipt_reason, d.receipt_at
             from devices d left join audiences a on a.org = d.org and a.id = d.audience
             left join enrollment_keys k on k.org = d.org and k.id = d.enrollment_key
             left join memberships m on m.org = d.org and m.account = d.account ",
            $rest
        )
    };
}
pub(crate) use select;

impl Device {
    /// What its state is derived from.
    pub fn facts(&self) -> DeviceFacts {
        let at = self.ended_at.unwrap_or(self.created_at);
        let wiped_at = self.wiped_at;
        DeviceFacts {
            lifecycle: match self.life {
                DeviceLife::Active => Lifecycle::Active,
                DeviceLife::Cloned => Lifecycle::Cloned { at },
                DeviceLife::SignedOut => Lifecycle::SignedOut { at, wiped_at },
                DeviceLife::Wiped | DeviceLife::Removed => Lifecycle::Wiped { at, wiped_at },
            },
            enrolled_at: self.created_at,
            last_contact: Some(self.last_contact),
            wanted: self.wanted_at.map(|issued_at| Wanted {
                serial: self.wanted_serial,
                revision: self.wanted_revision,
                issued_at,
            }),
            receipt: self.receipt_facts(),
        }
    }

    fn receipt_facts(&self) -> Option<ReceiptFacts> {
        Some(ReceiptFacts {
            serial: self.receipt_serial?,
            revision: self.receipt_revision?,
            at: self.receipt_at?,
            matches: self.receipt_matches?,
            failure: self.receipt_section.clone().map(|section| Failure {
                section,
                reason: self.receipt_reason.clone().unwrap_or_default(),
            }),
        })
    }
}

#[derive(Serialize)]
struct Contact {
    device: String,
    at: i64,
}

impl Reader {
    /// One device of an organization.
    pub async fn device(&mut self, org: OrgId, id: DeviceId) -> Result<Option<Device>> {
        self.query(select!("where d.org = $1 and d.id = $2"))
            .bind(org)
            .bind(id)
            .optional()
            .await
    }

    /// The device that an assertion speaks of, before it is known whose it is. The row stays when
    /// the device goes, so that its assertion can be checked.
    pub async fn device_of_assertion(&mut self, id: DeviceId) -> Result<Option<Device>> {
        self.query(select!("where d.id = $1")).bind(id).optional().await
    }

    /// Every active device with whose it is and which audience it is in.
    pub async fn device_places(&mut self, org: OrgId) -> Result<Vec<DevicePlace>> {
        const SQL: &str =
            "select id, account, audience from devices where org = $1 and state = 'active' order by id";
        self.query(SQL).bind(org).all().await
    }

    /// A member's devices that have not ended, every one of them: what must end with the membership.
    pub async fn living_devices_of(&mut self, org: OrgId, account: AccountId) -> Result<Vec<Device>> {
        const SQL: &str =
            select!("where d.org = $1 and d.account = $2 and d.state in ('active', 'cloned') order by d.id");
        self.query(SQL).bind(org).bind(account).all().await
    }

    /// The device that answers with this key, if there is one: a machine that asks again is not enrolled twice.
    pub async fn device_by_signing_key(&mut self, org: OrgId, key: &[u8]) -> Result<Option<Device>> {
        const SQL: &str =
            select!("where d.org = $1 and d.signing_key = $2 order by d.created_at desc, d.id desc limit 1");
        self.query(SQL).bind(org).bind(key).optional().await
    }

    /// A member's devices in an organization, the newest first.
    pub async fn devices_of(&mut self, org: OrgId, account: AccountId) -> Result<Vec<Device>> {
        const SQL: &str =
            select!("where d.org = $1 and d.account = $2 order by d.created_at desc, d.id desc limit 200");
        self.query(SQL).bind(org).bind(account).all().await
    }
}

impl Tx {
    /// Enrols a device for a member.
    pub async fn insert_device(&mut self, org: OrgId, account: &Account, new: &NewDevice) -> Result<()> {
        const SQL: &str =
            "insert into devices (id, org, account, member_name, member_key, created_at, state, host,
                host_key, search, os, agent_version, key_storage, address, signing_key, sealing_key, audience,
                enrollment_key, wire, last_contact, counter)
            values ($1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $6, 0)";
        let host_key = new.host.folded();
        let search = format!("{host_key}\n{}", search_text(&account.name, &account.email));
        self.query(SQL)
            .bind(new.id)
            .bind(org)
            .bind(account.id)
            .bind(&account.name)
            .bind(account.name.folded())
            .bind(new.created_at)
            .bind(&new.host)
            .bind(host_key)
            .bind(search)
            .bind(&new.os)
            .bind(&new.agent_version)
            .bind(&new.key_storage)
            .bind(&new.address)
            .bind(&new.signing_key)
            .bind(&new.sealing_key)
            .bind(&new.audience)
            .bind(new.enrollment_key)
            .bind(new.wire)
            .run()
            .await
            .map(drop)
    }

    /// Ends an active or cloned device: from now on it gets its tombstone and nothing else.
    /// False when it has ended already.
    pub async fn end_device(&mut self, org: OrgId, id: DeviceId, end: &DeviceEnd<'_>) -> Result<bool> {
        const SQL: &str =
            "update devices set state = $3, ended_at = $4, tombstone = $5, ended_from = $6, ended_by_name = $7
            where org = $1 and id = $2 and state in ('active', 'cloned')";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(end.life)
            .bind(end.at)
            .bind(end.tombstone)
            .bind(end.from)
            .bind(&end.by)
            .touched()
            .await
    }

    /// Notes that two machines answer with an active device's key.
    pub async fn mark_cloned(&mut self, org: OrgId, id: DeviceId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update devices set state = 'cloned', ended_at = $3
            where org = $1 and id = $2 and state = 'active'";
        self.query(SQL).bind(org).bind(id).bind(at).touched().await
    }

    /// Notes that an ended device proved that it wiped what it had.
    pub async fn set_device_wiped(&mut self, org: OrgId, id: DeviceId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update devices set wiped_at = $3
            where org = $1 and id = $2 and state <> 'active' and wiped_at is null";
        self.query(SQL).bind(org).bind(id).bind(at).touched().await
    }

    /// Notes when devices were heard of, never earlier than known; many in one statement. A time that lies five minutes ahead
    /// of this one was noted by a clock that was wrong, and would make a silent device look alive.
    pub async fn touch_devices(&mut self, contacts: &[(DeviceId, Timestamp)]) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update devices set last_contact = r.at from ",
            "$1" { device: uuid, at: int },
            " where devices.id = r.device
                and (devices.last_contact < r.at or devices.last_contact > r.at + 300000000)"
        );
        let rows: Vec<_> = contacts
            .iter()
            .map(|(device, at)| Contact {
                device: hex(device.uuid().as_bytes()),
                at: at.as_micros(),
            })
            .collect();
        self.query(SQL).rows(&rows).run().await
    }
}
