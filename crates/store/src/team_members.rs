//! Who is in which team, and who leads it.

use serde::Serialize;
use tessera_domain::{EmailAddress, PersonName, Role, TeamName};
use tessera_ids::{AccountId, OrgId, TeamId, Timestamp, TypedId};
use uuid::Uuid;

use crate::{
    Reader, Result, Tx,
    column::records,
    containing,
    dialect::{Sql, bulk},
    hex,
    teams::team_rows,
};

records! {
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
        /// What they are in the organization.
        pub role: Role,
        /// Whether they lead it: they were made its lead, and their role may lead.
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
        /// Whether it has keys of its own on devices.
        pub has_credentials: bool,
        /// Whether the member was made its lead.
        pub lead: bool,
    }

    /// Who leads which team.
    pub struct TeamLead {
        /// The team.
        pub team: TeamId,
        /// Its lead.
        pub account: AccountId,
        /// What they are called.
        pub name: PersonName,
    }
}

impl TeamOfAccount {
    /// Whether being in it decides what the member's devices get.
    pub const fn makes_audiences(&self) -> bool {
        self.has_settings || self.has_credentials
    }
}

/// Which people of a team, or for a team, a page shows.
#[derive(Clone, Debug)]
pub struct TeamMemberQuery {
    /// Somewhere in the name or address.
    pub search: Option<String>,
    /// The member that the page before ended with.
    pub after: Option<(String, AccountId)>,
    /// How many at most.
    pub limit: u64,
}

impl Default for TeamMemberQuery {
    fn default() -> Self {
        Self {
            search: None,
            after: None,
            limit: 50,
        }
    }
}

impl TeamMemberQuery {
    pub(crate) fn pattern(&self) -> Option<String> {
        self.search.as_deref().map(containing)
    }

    pub(crate) fn place(&self) -> (&str, Uuid) {
        self.after
            .as_ref()
            .map_or(("", Uuid::nil()), |(key, id)| (key.as_str(), id.uuid()))
    }
}

#[derive(Serialize)]
pub(crate) struct AccountRow {
    account: String,
}

pub(crate) fn account_rows(accounts: &[AccountId]) -> Vec<AccountRow> {
    accounts
        .iter()
        .map(|account| AccountRow {
            account: hex(account.uuid().as_bytes()),
        })
        .collect()
}

/// The members of the team `$2` that match `$3`.
macro_rules! inside {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " from team_members t join memberships m on m.org = t.org and m.account = t.account
            where t.org = $1 and t.team = $2 and ($3 is null or m.search like $3 escape '\\') ",
            $after
        )
    };
}

impl Reader {
    /// A page of a team's members by name.
    pub async fn team_members(
        &mut self,
        org: OrgId,
        team: TeamId,
        wanted: &TeamMemberQuery,
    ) -> Result<Vec<TeamMember>> {
        const SQL: &str = concat!(
            "select p.account, a.name, p.name_key, a.email, p.role, p.lead from (",
            inside!(
                "select m.account, m.name_key, m.role,
                    cast(case when t.lead = 1 and m.role <> 'read' then 1 else 0 end as bigint) as lead",
                "and (m.name_key, m.account) > ($4, $5) order by m.name_key, m.account limit $6"
            ),
            ") p join accounts a on a.id = p.account order by p.name_key, p.account"
        );
        let (key, id) = wanted.place();
        self.query(SQL)
            .bind(org)
            .bind(team)
            .bind(wanted.pattern())
            .bind(key)
            .bind(id)
            .bind(wanted.limit)
            .all()
            .await
    }

    /// How many members of a team a search finds, on all pages.
    pub async fn count_team_members(
        &mut self,
        org: OrgId,
        team: TeamId,
        wanted: &TeamMemberQuery,
    ) -> Result<u64> {
        const SQL: &str = inside!("select count(*) as count", "");
        self.query(SQL)
            .bind(org)
            .bind(team)
            .bind(wanted.pattern())
            .count()
            .await
    }

    /// Who leads these teams, by name.
    pub async fn team_leads(&mut self, org: OrgId, teams: &[TeamId]) -> Result<Vec<TeamLead>> {
        const SQL: Sql = bulk!(
            "select t.team, t.account, a.name
             from team_members t join memberships m on m.org = t.org and m.account = t.account
                join accounts a on a.id = t.account
             where t.org = $1 and t.lead = 1 and m.role <> 'read' and t.team in (select r.team from ",
            "$2" { team: uuid },
            ") order by t.team, m.name_key, t.account"
        );
        self.query(SQL)
            .bind(org)
            .rows(&team_rows(teams.iter().copied()))
            .all()
            .await
    }

    /// The teams of each of these members, by name.
    pub async fn teams_of(&mut self, org: OrgId, accounts: &[AccountId]) -> Result<Vec<TeamOfAccount>> {
        const SQL: Sql = bulk!(
            "select m.account, t.id as team, t.name, t.has_settings, t.has_credentials, m.lead
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

    /// Makes nobody of these members lead a team any more; how many places that were.
    pub async fn clear_leads(&mut self, org: OrgId, accounts: &[AccountId]) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update team_members set lead = 0 where org = $1 and lead = 1 and account in (select r.account from ",
            "$2" { account: uuid },
            ")"
        );
        self.query(SQL)
            .bind(org)
            .rows(&account_rows(accounts))
            .run()
            .await
    }
}
