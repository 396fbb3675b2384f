//! Memberships: an account in an organization, with one role.

use serde::Serialize;
use tessera_domain::{EmailAddress, OrgName, PersonName, Role};
use tessera_ids::{AccountId, OrgId, Timestamp, TypedId};

use crate::{
    Account, Reader, Result, Tx,
    accounts::search_text,
    column::records,
    dialect::{Sql, bulk},
    hex,
    team_members::account_rows,
};

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

    /// What an account is in an organization, and whether that was deleted.
    pub struct Standing {
        /// Its role.
        pub role: Role,
        /// When the organization was deleted.
        pub deleted_at: Option<Timestamp>,
    }

    /// A member, with as much as it takes to change them.
    pub struct MemberBrief {
        /// Who.
        pub account: AccountId,
        /// What they are called.
        pub name: PersonName,
        /// Their address.
        pub email: EmailAddress,
        /// As what.
        pub role: Role,
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

impl Reader {
    /// An account's place in an organization.
    pub async fn membership(&mut self, org: OrgId, account: AccountId) -> Result<Option<Membership>> {
        const SQL: &str =
            "select org, account, role, joined_at from memberships where org = $1 and account = $2";
        self.query(SQL).bind(org).bind(account).optional().await
    }

    /// What an account is in an organization, deleted or not: for deciding what it may.
    pub async fn standing(&mut self, org: OrgId, account: AccountId) -> Result<Option<Standing>> {
        const SQL: &str = "select m.role, o.deleted_at from memberships m join orgs o on o.id = m.org
            where m.org = $1 and m.account = $2";
        self.query(SQL).bind(org).bind(account).optional().await
    }

    /// Those of these accounts that are members, by id.
    pub async fn members_among(&mut self, org: OrgId, accounts: &[AccountId]) -> Result<Vec<MemberBrief>> {
        const SQL: Sql = bulk!(
            "select m.account, c.name, c.email, m.role from memberships m join accounts c on c.id = m.account
             where m.org = $1 and m.account in (select r.account from ",
            "$2" { account: uuid },
            ") order by m.account"
        );
        self.query(SQL)
            .bind(org)
            .rows(&account_rows(accounts))
            .all()
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

#[derive(Serialize)]
struct JoinRow {
    account: String,
    role: &'static str,
    name_key: String,
    search: String,
}

#[derive(Serialize)]
struct RoleRow {
    account: String,
    role: &'static str,
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

    /// Makes accounts members, all at the same moment; [`Unique::Membership`](crate::Unique::Membership) when
    /// one of them is one.
    pub async fn insert_memberships(
        &mut self,
        org: OrgId,
        people: &[(&Account, Role)],
        at: Timestamp,
    ) -> Result<()> {
        const SQL: Sql = bulk!(
            "insert into memberships (org, account, role, joined_at, name_key, search)
             select $1, r.account, r.role, $2, r.name_key, r.search from ",
            "$3" { account: uuid, role: text, name_key: text, search: text },
            " where true"
        );
        let row = |(account, role): &(&Account, Role)| JoinRow {
            account: hex(account.id.uuid().as_bytes()),
            role: role.as_str(),
            name_key: account.name.folded(),
            search: search_text(&account.name, &account.email),
        };
        let rows: Vec<_> = people.iter().map(row).collect();
        self.query(SQL)
            .bind(org)
            .bind(at)
            .rows(&rows)
            .run()
            .await
            .map(drop)
    }

    /// Gives each of these members a role; how many there are.
    pub async fn set_roles(&mut self, org: OrgId, roles: &[(AccountId, Role)]) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update memberships set role = r.role from ",
            "$2" { account: uuid, role: text },
            " where memberships.org = $1 and memberships.account = r.account"
        );
        let row = |(account, role): &(AccountId, Role)| RoleRow {
            account: hex(account.uuid().as_bytes()),
            role: role.as_str(),
        };
        let rows: Vec<_> = roles.iter().map(row).collect();
        self.query(SQL).bind(org).rows(&rows).run().await
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
