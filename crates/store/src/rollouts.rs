//! How far settings have come: pages of devices by state, counts, and the marks of a mosaic.
//!
//! The state is [`tessera_domain::DeviceState`]'s word, said again in SQL so that lists can be
//! filtered and counted where the rows are; the conformance suite holds the two against each other.

use std::time::Duration;

use tessera_domain::{
    HostName, PersonName,
    device_state::{SILENT_AFTER, STALE_AFTER, UNREACHABLE_AFTER},
};
use tessera_ids::{AccountId, DeviceId, EnrollmentKeyId, OrgId, Timestamp};
use uuid::Uuid;

use crate::{Device, Reader, Result, column::records, containing, devices::select, query::Query};

records! {
    /// How many devices are in a state.
    pub struct StateCount {
        /// The state's word.
        pub state: String,
        /// How many.
        pub count: u64,
    }

    /// How far one revision has come among the devices that receive settings.
    pub struct Rollout {
        /// The devices it is for.
        pub audience: u64,
        /// A receipt that matches says they have it, or a newer one.
        pub applied: u64,
        /// They could not apply it, or a newer one.
        pub failed: u64,
        /// They have not acknowledged it.
        pub pending: u64,
        /// They run an older one and cannot be reached.
        pub behind: u64,
        /// They wait for their stage of the rollout that is under way.
        pub waiting: u64,
        /// When the last of the receipts was made.
        pub last_receipt_at: Option<Timestamp>,
    }

    /// How far a revision has come in one wave of a rollout.
    pub struct WaveCount {
        /// The stage in which these devices get it; 0 for none.
        pub wave: u64,
        /// The devices.
        pub devices: u64,
        /// Those that have it, or a newer one.
        pub applied: u64,
        /// Those that could not apply it.
        pub failed: u64,
    }

    /// A device as one mark among many.
    pub struct DeviceMark {
        /// The device.
        pub id: DeviceId,
        /// What the machine calls itself.
        pub host: HostName,
        /// What its member is called.
        pub member_name: PersonName,
        /// The state's word.
        pub state: String,
        /// The revision its last receipt speaks of.
        pub revision: Option<u64>,
        /// When the device made that receipt.
        pub receipt_at: Option<Timestamp>,
        /// Why it failed, if it did.
        pub reason: Option<String>,
    }
}

/// Which devices of a revision are wanted as marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkFilter {
    /// All of them.
    All,
    /// Those that have it, the latest receipt first.
    Applied,
    /// Those that do not, the failed first.
    Missing,
}

/// The order of a page of devices, and the device that the page before it ended with.
#[derive(Clone, Debug)]
pub enum DeviceSort {
    /// By folded host.
    Host(Option<(String, DeviceId)>),
    /// By the member's folded name.
    Member(Option<(String, DeviceId)>),
    /// Who was heard of last comes first.
    Contact(Option<(Timestamp, DeviceId)>),
}

/// Which devices a page shows.
#[derive(Clone, Debug)]
pub struct DeviceQuery {
    /// Somewhere in the host, or in the member's name or address.
    pub search: Option<String>,
    /// Only this member's.
    pub account: Option<AccountId>,
    /// Only those in this state, by its word, or [`tessera_domain::device_state::SILENT`].
    pub state: Option<String>,
    /// After how long without contact a device is silent.
    pub silent_after: Duration,
    /// Only those that this key enrolled.
    pub enrollment_key: Option<EnrollmentKeyId>,
    /// In which order, from where.
    pub sort: DeviceSort,
    /// How many at most.
    pub limit: u64,
}

impl Default for DeviceQuery {
    fn default() -> Self {
        Self {
            search: None,
            account: None,
            state: None,
            silent_after: SILENT_AFTER,
            enrollment_key: None,
            sort: DeviceSort::Host(None),
            limit: 50,
        }
    }
}

/// The word of `DeviceState::of`, where `$2` is the end of staleness and `$3` of being unreachable.
macro_rules! state {
    () => {
        "case when d.state in ('cloned', 'signed_out') then d.state
              when d.state <> 'active' then 'wiped'
              when d.last_contact <= $2 then 'stale'
              when a.issued_at is null then 'pending'
              when d.receipt_serial >= a.serial then
                  case when d.receipt_section is null and d.receipt_matches = 1 then 'applied' else 'failed' end
              when d.receipt_serial is not null and d.last_contact <= $3 then 'behind'
              else 'pending' end"
    };
}
pub(crate) use state;

/// How far the revision `$2` has come on a device, where `$3` is the end of being unreachable.
/// A newer revision carries it too. Of [`reached_from!`].
macro_rules! reached {
    () => {
        "case when d.receipt_revision >= $2 then
                  case when d.receipt_section is null and d.receipt_matches = 1 then 'applied' else 'failed' end
              when r.stage < a.wave and r.baseline < $2 then 'waiting'
              when d.receipt_serial is not null and d.last_contact <= $3 then 'behind'
              else 'pending' end"
    };
}

/// The devices that receive settings, each with its wave and the rollout that is under way.
macro_rules! reached_from {
    () => {
        " from devices d left join audiences a on a.org = d.org and a.id = d.audience
             left join rollouts r on r.org = d.org and r.state in ('running', 'paused', 'halted')
             where d.org = $1 and d.state = 'active'"
    };
}

macro_rules! marks {
    ($rest:literal) => {
        concat!(
            "select s.id, s.host, s.member_name, s.state, s.revision, s.receipt_at, s.reason
             from (select d.id, d.host, d.host_key, d.member_name, ",
            reached!(),
            " as state, d.receipt_revision as revision, d.receipt_at, d.receipt_reason as reason",
            reached_from!(),
            ") s ",
            $rest
        )
    };
}

macro_rules! page {
    ($after:literal) => {
        concat!(
            select!("where d.org = $1 and ($4 is null or d.search like $4 escape '\\') and ($5 is null or d.account = $5)"),
            " and ($6 is null or $6 = ", state!(), " or ($6 = 'silent' and d.state = 'active' and d.last_contact <= $7))
              and ($8 is null or d.enrollment_key = $8) ", $after
        )
    };
}

impl Reader {
    /// A page of devices as they stand at `now`.
    pub async fn devices(&mut self, org: OrgId, wanted: &DeviceQuery, now: Timestamp) -> Result<Vec<Device>> {
        const HOST: &str = page!("and (d.host_key, d.id) > ($9, $10) order by d.host_key, d.id limit $11");
        const MEMBER: &str =
            page!("and (d.member_key, d.id) > ($9, $10) order by d.member_key, d.id limit $11");
        const CONTACT: &str =
            page!("and (d.last_contact, d.id) < ($9, $10) order by d.last_contact desc, d.id desc limit $11");
        let sql = match wanted.sort {
            DeviceSort::Host(_) => HOST,
            DeviceSort::Member(_) => MEMBER,
            DeviceSort::Contact(_) => CONTACT,
        };
        let query = self
            .at(sql, org, now)
            .bind(wanted.search.as_deref().map(containing))
            .bind(wanted.account)
            .bind(&wanted.state)
            .bind(now.minus(wanted.silent_after))
            .bind(wanted.enrollment_key);
        let query = match &wanted.sort {
            DeviceSort::Host(Some((key, id))) | DeviceSort::Member(Some((key, id))) => {
                query.bind(key).bind(id)
            }
            DeviceSort::Host(None) | DeviceSort::Member(None) => query.bind("").bind(Uuid::nil()),
            DeviceSort::Contact(Some((at, id))) => query.bind(at).bind(id),
            DeviceSort::Contact(None) => query.bind(i64::MAX).bind(Uuid::max()),
        };
        query.bind(wanted.limit).all().await
    }

    /// How many devices are in each state at `now`; states without a device are left out.
    pub async fn device_states(&mut self, org: OrgId, now: Timestamp) -> Result<Vec<StateCount>> {
        const SQL: &str = concat!(
            "select s.state, count(*) as count from (select ", state!(), " as state
                from devices d left join audiences a on a.org = d.org and a.id = d.audience where d.org = $1) s
             group by s.state order by s.state"
        );
        self.at(SQL, org, now).all().await
    }

    /// How many active devices were not heard of since then.
    pub async fn count_silent(&mut self, org: OrgId, since: Timestamp) -> Result<u64> {
        const SQL: &str = "select count(*) as count from devices
            where org = $1 and state = 'active' and last_contact <= $2";
        self.query(SQL).bind(org).bind(since).count().await
    }

    /// How many members have no active device.
    pub async fn count_without_device(&mut self, org: OrgId) -> Result<u64> {
        const SQL: &str = "select count(*) as count from memberships m
            where m.org = $1 and not exists (select 1 from devices d
                where d.account = m.account and d.org = m.org and d.state = 'active')";
        self.query(SQL).bind(org).count().await
    }

    /// Every device as a mark, by host; those that went are left out.
    pub async fn device_marks(&mut self, org: OrgId, now: Timestamp, limit: u64) -> Result<Vec<DeviceMark>> {
        const SQL: &str = concat!(
            "select d.id, d.host, d.member_name, ",
            state!(),
            " as state, d.receipt_revision as revision,
                d.receipt_at, d.receipt_reason as reason
             from devices d left join audiences a on a.org = d.org and a.id = d.audience
             where d.org = $1 and d.state in ('active', 'cloned') order by d.host_key, d.id limit $4"
        );
        self.at(SQL, org, now).bind(limit).all().await
    }

    /// How far a revision has come at `now`.
    pub async fn rollout(&mut self, org: OrgId, revision: u64, now: Timestamp) -> Result<Rollout> {
        const SQL: &str = concat!(
            "select count(*) as audience, count(*) filter (where s.state = 'applied') as applied,
                count(*) filter (where s.state = 'failed') as failed,
                count(*) filter (where s.state = 'pending') as pending,
                count(*) filter (where s.state = 'behind') as behind,
                count(*) filter (where s.state = 'waiting') as waiting,
                max(case when s.state in ('applied', 'failed') then s.receipt_at end) as last_receipt_at
             from (select ",
            reached!(),
            " as state, d.receipt_at",
            reached_from!(),
            ") s"
        );
        self.query(SQL)
            .bind(org)
            .bind(revision)
            .bind(now.minus(UNREACHABLE_AFTER))
            .one()
            .await
    }

    /// How far a revision has come in each wave of the rollout that is under way.
    pub async fn rollout_waves(
        &mut self,
        org: OrgId,
        revision: u64,
        now: Timestamp,
    ) -> Result<Vec<WaveCount>> {
        const SQL: &str = concat!(
            "select s.wave, count(*) as devices, count(*) filter (where s.state = 'applied') as applied,
                count(*) filter (where s.state = 'failed') as failed
             from (select coalesce(a.wave, 0) as wave, ",
            reached!(),
            " as state",
            reached_from!(),
            ") s group by s.wave order by s.wave"
        );
        self.query(SQL)
            .bind(org)
            .bind(revision)
            .bind(now.minus(UNREACHABLE_AFTER))
            .all()
            .await
    }

    /// Devices that a revision is for as marks, with how far it has come there: all of them by host, or those
    /// that have it or do not in the order in which one wants to know of them.
    pub async fn rollout_marks(
        &mut self,
        org: OrgId,
        revision: u64,
        now: Timestamp,
        wanted: MarkFilter,
        limit: u64,
    ) -> Result<Vec<DeviceMark>> {
        const ALL: &str = marks!("order by s.host_key, s.id limit $4");
        const APPLIED: &str = marks!("where s.state = 'applied' order by s.receipt_at desc, s.id limit $4");
        const MISSING: &str = marks!(
            "where s.state <> 'applied' order by case s.state when 'failed' then 0 when 'waiting' then 2 else 1 end,
                s.host_key, s.id limit $4"
        );
        let sql = match wanted {
            MarkFilter::All => ALL,
            MarkFilter::Applied => APPLIED,
            MarkFilter::Missing => MISSING,
        };
        self.query(sql)
            .bind(org)
            .bind(revision)
            .bind(now.minus(UNREACHABLE_AFTER))
            .bind(limit)
            .all()
            .await
    }

    fn at(&mut self, sql: &'static str, org: OrgId, now: Timestamp) -> Query<'_> {
        self.query(sql)
            .bind(org)
            .bind(now.minus(STALE_AFTER))
            .bind(now.minus(UNREACHABLE_AFTER))
    }
}
