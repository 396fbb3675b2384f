//! Teams, and who is in them.

use serde::Serialize;
use tessera_domain::{EmailAddress, PersonName, TeamName};
use tessera_ids::{AccountId, OrgId, TeamId, Timestamp, TypedId};
use uuid::Uuid;

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// A named group of members.
    pub struct Team {
        /// Its id.
        pub id: TeamId,
        /// When it was made.
        pub created_at: Timestamp,
        /// What it is called.
        pub name: TeamName,
        /// Whether it carries settings of its own, and so makes audiences.
        pub has_settings: bool,
        /// How many members it has.
        pub members: u64,
    }

    /// A member of a team.
    pub struct TeamMember {
        /// Who.
        pub account: AccountId,
        /// What they are called.
        pub name: PersonName,
        /// The folded name: the key that a page goes on from.
        pub name_key: String,
        /// Their address.
        pub email: EmailAddress,
        /// Whether they lead it.
        pub lead: bool,
    }

    /// A team that a member is in.
    pub struct TeamOfAccount {
        /// The member.
        pub account: AccountId,
        /// The team.
        pub team: TeamId,
        /// What it is called.
        pub name: TeamName,
        /// Whether it carries settings of its own.
        pub has_settings: bool,
        /// Whether the member leads it.
        pub lead: bool,
    }
}

#[derive(Serialize)]
struct AccountRow {
    account: String,
}

fn account_rows(accounts: &[AccountId]) -> Vec<AccountRow> {
    accounts
        .iter()
        .map(|account| AccountRow {
            account: hex(account.uuid().as_bytes()),
        })
        .collect()
}

impl Reader {
    /// One team.
    pub async fn team(&mut self, org: OrgId, id: TeamId) -> Result<Option<Team>> {
        const SQL: &str = "select t.id, t.created_at, t.name, t.has_settings,
                (select count(*) from team_members m where m.org = t.org and m.team = t.id) as members
            from teams t where t.org = $1 and t.id = $2";
        self.query(SQL).bind(org).bind(id).optional().await
    }

    /// Every team, by name.
    pub async fn teams(&mut self, org: OrgId) -> Result<Vec<Team>> {
        const SQL: &str = "select t.id, t.created_at, t.name, t.has_settings,
                (select count(*) from team_members m where m.org = t.org and m.team = t.id) as members
            from teams t where t.org = $1 order by t.name_key, t.id limit 2000";
        self.query(SQL).bind(org).all().await
    }

    /// A page of a team's members by name, after that member.
    pub async fn team_members(
        &mut self,
        org: OrgId,
        team: TeamId,
        after: Option<(String, AccountId)>,
        limit: u64,
    ) -> Result<Vec<TeamMember>> {
        const SQL: &str = "select t.account, a.name, m.name_key, a.email, t.lead
            from team_members t
                join memberships m on m.org = t.org and m.account = t.account
                join accounts a on a.id = t.account
            where t.org = $1 and t.team = $2 and (m.name_key, m.account) > ($3, $4)
            order by m.name_key, m.account limit $5";
        let (key, id) = after.map_or((String::new(), Uuid::nil()), |(key, id)| (key, id.uuid()));
        self.query(SQL)
            .bind(org)
            .bind(team)
            .bind(key)
            .bind(id)
            .bind(limit)
            .all()
            .await
    }

    /// The teams of each of these members, by name.
    pub async fn teams_of(&mut self, org: OrgId, accounts: &[AccountId]) -> Result<Vec<TeamOfAccount>> {
        const SQL: Sql = bulk!(
            "select m.account, t.id as team, t.name, t.has_settings, m.lead
             from team_members m join teams t on t.org = m.org and t.id = m.team
             where m.org = $1 and m.account in (select r.account from ",
            "$2" { account: uuid },
            ") order by m.account, t.name_key, t.id"
        );
        self.query(SQL)
            .bind(org)
            .rows(&account_rows(accounts))
            .all()
            .await
    }
}

impl Tx {
    /// Makes a team; [`Unique::TeamName`](crate::Unique::TeamName) when the name is taken.
    pub async fn insert_team(
        &mut self,
        org: OrgId,
        id: TeamId,
        name: &TeamName,
        at: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "insert into teams (id, org, created_at, name, name_key, has_settings)
            values ($1, $2, $3, $4, $5, 0)";
        self.query(SQL)
            .bind(id)
            .bind(org)
            .bind(at)
            .bind(name)
            .bind(name.folded())
            .run()
            .await
            .map(drop)
    }

    /// Renames a team.
    pub async fn rename_team(&mut self, org: OrgId, id: TeamId, name: &TeamName) -> Result<bool> {
        const SQL: &str = "update teams set name = $3, name_key = $4 where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(name)
            .bind(name.folded())
            .touched()
            .await
    }

    /// Says whether a team carries settings of its own.
    pub async fn set_team_has_settings(
        &mut self,
        org: OrgId,
        id: TeamId,
        has_settings: bool,
    ) -> Result<bool> {
        const SQL: &str = "update teams set has_settings = $3 where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(has_settings)
            .touched()
            .await
    }

    /// Deletes a team; its members stay in the organization.
    pub async fn delete_team(&mut self, org: OrgId, id: TeamId) -> Result<bool> {
        self.query("delete from teams where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .touched()
            .await
    }

    /// Puts members into a team; how many were not in it. Who is no member of the organization is passed over.
    pub async fn add_team_members(
        &mut self,
        org: OrgId,
        team: TeamId,
        accounts: &[AccountId],
        at: Timestamp,
    ) -> Result<u64> {
        const SQL: Sql = bulk!(
            "insert into team_members (org, team, account, lead, joined_at)
             select m.org, t.id, m.account, 0, $3
             from memberships m join teams t on t.org = m.org and t.id = $2
             where m.org = $1 and m.account in (select r.account from ",
            "$4" { account: uuid },
            ") on conflict (org, team, account) do nothing"
        );
        self.query(SQL)
            .bind(org)
            .bind(team)
            .bind(at)
            .rows(&account_rows(accounts))
            .run()
            .await
    }

    /// Takes members out of a team; how many were in it.
    pub async fn remove_team_members(
        &mut self,
        org: OrgId,
        team: TeamId,
        accounts: &[AccountId],
    ) -> Result<u64> {
        const SQL: Sql = bulk!(
            "delete from team_members where org = $1 and team = $2 and account in (select r.account from ",
            "$3" { account: uuid },
            ")"
        );
        self.query(SQL)
            .bind(org)
            .bind(team)
            .rows(&account_rows(accounts))
            .run()
            .await
    }

    /// Says whether a member leads a team.
    pub async fn set_team_lead(
        &mut self,
        org: OrgId,
        team: TeamId,
        account: AccountId,
        lead: bool,
    ) -> Result<bool> {
        const SQL: &str = "update team_members set lead = $4 where org = $1 and team = $2 and account = $3";
        self.query(SQL)
            .bind(org)
            .bind(team)
            .bind(account)
            .bind(lead)
            .touched()
            .await
    }
}
