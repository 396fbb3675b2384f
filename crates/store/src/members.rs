//! Memberships: an account in an organization, with one role.

use tessera_domain::{EmailAddress, OrgName, PersonName, Role};
use tessera_ids::{AccountId, OrgId, Timestamp};
use uuid::Uuid;

use crate::{Account, Reader, Result, Tx, accounts::search_text, column::records, containing};

records! {
    /// An account's place in an organization.
    pub struct Membership {
        /// The organization.
        pub org: OrgId,
        /// Who.
        pub account: AccountId,
        /// As what.
        pub role: Role,
        /// Since when.
        pub joined_at: Timestamp,
    }

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
        /// Their active devices.
        pub devices: u64,
        /// Those of them that acknowledged their newest manifest.
        pub devices_current: u64,
    }

    /// An organization that an account belongs to.
    pub struct OrgOfAccount {
        /// The organization.
        pub org: OrgId,
        /// What it is called.
        pub name: OrgName,
        /// As what the account belongs to it.
        pub role: Role,
        /// Since when.
        pub joined_at: Timestamp,
        /// When it was deleted, if it can still be restored.
        pub deleted_at: Option<Timestamp>,
    }
}

/// The order of a page of members, and the member that the page before it ended with.
#[derive(Clone, Debug)]
pub enum MemberSort {
    /// By folded name.
    Name(Option<(String, AccountId)>),
    /// Who joined last comes first.
    Newest(Option<(Timestamp, AccountId)>),
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
            sort: MemberSort::Name(None),
            limit: 50,
        }
    }
}

macro_rules! matching {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " from memberships m join accounts a on a.id = m.account
            where m.org = $1 and ($2 is null or m.search like $2 escape '\\') and ($3 is null or m.role = $3)
                and ($4 is null or exists (select 1 from team_members t
                    where t.org = m.org and t.team = $4 and t.account = m.account)) ",
            $after
        )
    };
}

macro_rules! page {
    ($after:literal) => {
        matching!(
            "select m.account, a.name, m.name_key, a.email, m.role, m.joined_at,
                (select count(*) from devices d where d.account = m.account and d.org = m.org and d.state = 'active')
                    as devices,
                (select count(*) from devices d join audiences u on u.org = d.org and u.id = d.audience
                    where d.account = m.account and d.org = m.org and d.state = 'active'
                        and d.receipt_serial >= u.serial and d.receipt_matches = 1 and d.receipt_section is null)
                    as devices_current",
            $after
        )
    };
}

impl Reader {
    /// An account's place in an organization.
    pub async fn membership(&mut self, org: OrgId, account: AccountId) -> Result<Option<Membership>> {
        const SQL: &str =
            "select org, account, role, joined_at from memberships where org = $1 and account = $2";
        self.query(SQL).bind(org).bind(account).optional().await
    }

    /// A page of members.
    pub async fn members(&mut self, org: OrgId, wanted: &MemberQuery) -> Result<Vec<Member>> {
        const BY_NAME: &str =
            page!("and (m.name_key, m.account) > ($5, $6) order by m.name_key, m.account limit $7");
        const NEWEST: &str = page!(
            "and (m.joined_at, m.account) < ($5, $6) order by m.joined_at desc, m.account desc limit $7"
        );
        let sql = if matches!(wanted.sort, MemberSort::Name(_)) {
            BY_NAME
        } else {
            NEWEST
        };
        let query = self
            .query(sql)
            .bind(org)
            .bind(wanted.search.as_deref().map(containing))
            .bind(wanted.role)
            .bind(wanted.team);
        let query = match &wanted.sort {
            MemberSort::Name(Some((key, id))) => query.bind(key).bind(id),
            MemberSort::Name(None) => query.bind("").bind(Uuid::nil()),
            MemberSort::Newest(Some((at, id))) => query.bind(at).bind(id),
            MemberSort::Newest(None) => query.bind(i64::MAX).bind(Uuid::max()),
        };
        query.bind(wanted.limit).all().await
    }

    /// How many members a query matches on all its pages.
    pub async fn count_members(&mut self, org: OrgId, wanted: &MemberQuery) -> Result<u64> {
        const SQL: &str = matching!("select count(*) as count", "");
        self.query(SQL)
            .bind(org)
            .bind(wanted.search.as_deref().map(containing))
            .bind(wanted.role)
            .bind(wanted.team)
            .count()
            .await
    }

    /// How many owners there are. Decide on it only under the lock.
    pub async fn count_owners(&mut self, org: OrgId) -> Result<u64> {
        const SQL: &str = "select count(*) as count from memberships where org = $1 and role = 'owner'";
        self.query(SQL).bind(org).count().await
    }

    /// The organizations that an account belongs to, by name.
    pub async fn orgs_of(&mut self, account: AccountId) -> Result<Vec<OrgOfAccount>> {
        const SQL: &str = "select o.id as org, o.name, m.role, m.joined_at, o.deleted_at
            from memberships m join orgs o on o.id = m.org where m.account = $1 order by o.name_key, o.id";
        self.query(SQL).bind(account).all().await
    }
}

impl Tx {
    /// Makes an account a member; [`Unique::Membership`](crate::Unique::Membership) when it is one.
    pub async fn insert_membership(
        &mut self,
        org: OrgId,
        account: &Account,
        role: Role,
        at: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "insert into memberships (org, account, role, joined_at, name_key, search)
            values ($1, $2, $3, $4, $5, $6)";
        self.query(SQL)
            .bind(org)
            .bind(account.id)
            .bind(role)
            .bind(at)
            .bind(account.name.folded())
            .bind(search_text(&account.name, &account.email))
            .run()
            .await
            .map(drop)
    }

    /// Changes a member's role.
    pub async fn set_role(&mut self, org: OrgId, account: AccountId, role: Role) -> Result<bool> {
        const SQL: &str = "update memberships set role = $3 where org = $1 and account = $2";
        self.query(SQL).bind(org).bind(account).bind(role).touched().await
    }

    /// Ends a membership, in its teams too. Devices are ended one by one, since each gets a tombstone.
    pub async fn delete_membership(&mut self, org: OrgId, account: AccountId) -> Result<bool> {
        const SQL: &str = "delete from memberships where org = $1 and account = $2";
        self.query(SQL).bind(org).bind(account).touched().await
    }
}
