//! Lists of members: searched, filtered and sorted, each page an index range or a bounded scan.

use tessera_domain::{
    EmailAddress, PersonName, Role,
    device_state::{STALE_AFTER, UNREACHABLE_AFTER},
};
use tessera_ids::{AccountId, OrgId, Timestamp, TypedId};
use uuid::Uuid;

use crate::{
    MemberBrief, Reader, Result,
    column::{records, words},
    containing,
    query::Query,
    rollouts::state,
};

records! {
    /// A member, with what a list shows of them.
    pub struct Member {
        /// Who.
        pub account: AccountId,
        /// What they are called.
        pub name: PersonName,
        /// The folded name: the key that a page by name goes on from.
        pub name_key: String,
        /// Their address.
        pub email: EmailAddress,
        /// As what.
        pub role: Role,
        /// Since when.
        pub joined_at: Timestamp,
        /// Their devices that have not ended.
        pub devices: u64,
        /// Those of them that acknowledged their newest settings.
        pub devices_current: u64,
        /// Those of them that could not apply them, or whose key two machines answer with.
        pub devices_failing: u64,
    }
}

words! {
    /// How a member's devices stand, which is as the worst of them does.
    pub enum DeviceStanding {
        /// Every device acknowledged its newest settings.
        Current = "current",
        /// Some device has not acknowledged them, and none fails.
        Behind = "behind",
        /// Some device could not apply them, or two machines answer with its key.
        Failing = "failing",
        /// There is no device.
        None = "none",
    }
}

impl DeviceStanding {
    /// Every standing, as filters list them.
    pub const ALL: [Self; 4] = [Self::Current, Self::Behind, Self::Failing, Self::None];

    /// The standing of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }
}

impl Member {
    /// How their devices stand.
    pub const fn standing(&self) -> DeviceStanding {
        match (self.devices, self.devices_failing) {
            (0, _) => DeviceStanding::None,
            (_, 1..) => DeviceStanding::Failing,
            (devices, 0) if devices == self.devices_current => DeviceStanding::Current,
            (_, 0) => DeviceStanding::Behind,
        }
    }
}

/// The order of a page of members, and the member that the page before it ended with.
#[derive(Clone, Debug)]
pub enum MemberSort {
    /// By folded name.
    Name(Option<(String, AccountId)>),
    /// Who joined last comes first.
    Newest(Option<(Timestamp, AccountId)>),
    /// Owners first, then as [`Role::ALL`] goes on; by name within a role.
    Role(Option<(Role, String, AccountId)>),
}

impl MemberSort {
    /// Whether the page is the first one.
    pub const fn begins(&self) -> bool {
        matches!(self, Self::Name(None) | Self::Newest(None) | Self::Role(None))
    }
}

/// Which members a page shows.
#[derive(Clone, Debug)]
pub struct MemberQuery {
    /// Somewhere in the name or address.
    pub search: Option<String>,
    /// Only this role.
    pub role: Option<Role>,
    /// Only this team.
    pub team: Option<tessera_ids::TeamId>,
    /// Only those whose devices stand so.
    pub device: Option<DeviceStanding>,
    /// In which order, from where.
    pub sort: MemberSort,
    /// How many at most.
    pub limit: u64,
}

impl Default for MemberQuery {
    fn default() -> Self {
        Self {
            search: None,
            role: None,
            team: None,
            device: None,
            sort: MemberSort::Name(None),
            limit: 50,
        }
    }
}

/// Members with how many devices they have, and how many of those are current and failing. `$1` is the
/// organization, `$2` and `$3` the ends of staleness and of being unreachable.
macro_rules! standings {
    ($whose:literal) => {
        concat!(
            "select s.account, count(*) as devices, count(*) filter (where s.state = 'applied') as good,
                count(*) filter (where s.state in ('failed', 'cloned')) as bad
             from (select d.account, ",
            state!(),
            " as state from devices d left join audiences a on a.org = d.org and a.id = d.audience
                where d.org = $1 and d.state in ('active', 'cloned') ",
            $whose,
            ") s group by s.account"
        )
    };
}

/// The members that a query is about. A role has a spelling of its own, so that it is a range of an index.
macro_rules! matching {
    (any role) => {
        matching!("($5 is null or m.role = $5)")
    };
    (one role) => {
        matching!("m.role = $5")
    };
    ($role:literal) => {
        concat!(
            " from memberships m where m.org = $1 and ",
            $role,
            " and ($4 is null or m.search like $4 escape '\\')
              and ($6 is null or exists (select 1 from team_members t
                  where t.org = m.org and t.team = $6 and t.account = m.account))
              and ($7 is null or case when $7 = 'none' then not exists (select 1 from devices d
                      where d.account = m.account and d.org = m.org and d.state in ('active', 'cloned'))
                  else m.account in (select x.account from (",
            standings!(""),
            ") x where $7 = case when x.bad > 0 then 'failing' when x.good = x.devices then 'current'
                      else 'behind' end) end) "
        )
    };
}

/// One page: the members first, by an index and no further than its end, then what is shown of those few.
macro_rules! page {
    ($($roles:ident)+, $after:literal, $order:literal) => {
        concat!(
            "with page as (select m.account, m.name_key, m.role, m.joined_at", matching!($($roles)+),
            "and ", $after, " order by ", $order, " limit $10),
             standing as (", standings!("and d.account in (select p.account from page p)"), ")
             select m.account, c.name, m.name_key, c.email, m.role, m.joined_at,
                coalesce(s.devices, 0) as devices, coalesce(s.good, 0) as devices_current,
                coalesce(s.bad, 0) as devices_failing
             from page m join accounts c on c.id = m.account left join standing s on s.account = m.account
             order by ", $order
        )
    };
    (name $($roles:ident)+) => {
        page!($($roles)+, "(m.name_key, m.account) > ($8, $9)", "m.name_key, m.account")
    };
    (newest $($roles:ident)+) => {
        page!($($roles)+, "(m.joined_at, m.account) < ($8, $9)", "m.joined_at desc, m.account desc")
    };
}

impl Reader {
    /// A page of members, with their devices as they stand at `now`.
    pub async fn members(&mut self, org: OrgId, wanted: &MemberQuery, now: Timestamp) -> Result<Vec<Member>> {
        const NEWEST: &str = page!(newest any role);
        const NEWEST_OF_ROLE: &str = page!(newest one role);
        match &wanted.sort {
            MemberSort::Name(after) => self.by_name(org, wanted, after.clone(), now).await,
            MemberSort::Role(after) => self.by_role(org, wanted, after.clone(), now).await,
            MemberSort::Newest(after) => {
                let sql = if wanted.role.is_some() {
                    NEWEST_OF_ROLE
                } else {
                    NEWEST
                };
                let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_micros(), id.uuid()));
                let query = self.about(sql, org, wanted, now);
                query.bind(at).bind(id).bind(wanted.limit).all().await
            }
        }
    }

    async fn by_name(
        &mut self,
        org: OrgId,
        wanted: &MemberQuery,
        after: Option<(String, AccountId)>,
        now: Timestamp,
    ) -> Result<Vec<Member>> {
        const NAME: &str = page!(name any role);
        const NAME_OF_ROLE: &str = page!(name one role);
        let sql = if wanted.role.is_some() { NAME_OF_ROLE } else { NAME };
        let (key, id) = after.map_or((String::new(), Uuid::nil()), |(key, id)| (key, id.uuid()));
        let query = self.about(sql, org, wanted, now);
        query.bind(key).bind(id).bind(wanted.limit).all().await
    }

    /// Role by role, each a range of the index, until the page is full.
    async fn by_role(
        &mut self,
        org: OrgId,
        wanted: &MemberQuery,
        after: Option<(Role, String, AccountId)>,
        now: Timestamp,
    ) -> Result<Vec<Member>> {
        let begins = after.as_ref().map_or(Role::Owner, |(role, ..)| *role);
        let roles = Role::ALL.into_iter().filter(|role| *role <= begins);
        let mut page = Vec::new();
        for role in roles.filter(|role| wanted.role.is_none_or(|only| only == *role)) {
            let left = MemberQuery {
                role: Some(role),
                limit: wanted.limit.saturating_sub(page.len() as u64),
                ..wanted.clone()
            };
            if left.limit == 0 {
                break;
            }
            let after = after.clone().filter(|(ended, ..)| *ended == role);
            let after = after.map(|(_, key, id)| (key, id));
            page.extend(self.by_name(org, &left, after, now).await?);
        }
        Ok(page)
    }

    /// How many members a query matches on all its pages.
    pub async fn count_members(&mut self, org: OrgId, wanted: &MemberQuery, now: Timestamp) -> Result<u64> {
        const ANY: &str = concat!("select count(*) as count", matching!(any role));
        const OF_ROLE: &str = concat!("select count(*) as count", matching!(one role));
        let sql = if wanted.role.is_some() { OF_ROLE } else { ANY };
        self.about(sql, org, wanted, now).count().await
    }

    /// Every member that a query matches, by name, whatever its order and page: for changing them all at once.
    pub async fn matching_members(
        &mut self,
        org: OrgId,
        wanted: &MemberQuery,
        now: Timestamp,
        limit: u64,
    ) -> Result<Vec<MemberBrief>> {
        const SQL: &str = concat!(
            "select b.account, c.name, c.email, b.role from (select m.account, m.role, m.name_key",
            matching!(any role),
            "order by m.name_key, m.account limit $8) b join accounts c on c.id = b.account
             order by b.name_key, b.account"
        );
        self.about(SQL, org, wanted, now).bind(limit).all().await
    }

    fn about(&mut self, sql: &'static str, org: OrgId, wanted: &MemberQuery, now: Timestamp) -> Query<'_> {
        self.query(sql)
            .bind(org)
            .bind(now.minus(STALE_AFTER))
            .bind(now.minus(UNREACHABLE_AFTER))
            .bind(wanted.search.as_deref().map(containing))
            .bind(wanted.role)
            .bind(wanted.team)
            .bind(wanted.device)
    }
}
