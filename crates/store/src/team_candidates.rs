//! Members of an organization, seen from a team that they could be put into.

use serde::Serialize;
use tessera_domain::{EmailAddress, PersonName, Role};
use tessera_ids::{AccountId, OrgId, TeamId};

use crate::{
    Reader, Result, TeamMemberQuery,
    column::records,
    dialect::{Sql, bulk},
    team_members::account_rows,
};

records! {
    /// A member of the organization, seen from a team that they may be put into.
    pub struct TeamCandidate {
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
        /// Whether they are in the team already.
        pub inside: bool,
    }
}

#[derive(Serialize)]
struct EmailRow<'a> {
    email: &'a str,
}

/// The members of the organization that match `$3` and are not in the team `$2`.
macro_rules! outside {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " from memberships m
            where m.org = $1 and ($3 is null or m.search like $3 escape '\\')
                and not exists (select 1 from team_members t
                    where t.org = m.org and t.team = $2 and t.account = m.account) ",
            $after
        )
    };
}

impl Reader {
    /// A page of the members who are not in a team, by name.
    pub async fn team_candidates(
        &mut self,
        org: OrgId,
        team: TeamId,
        wanted: &TeamMemberQuery,
    ) -> Result<Vec<TeamCandidate>> {
        const SQL: &str = concat!(
            "select p.account, a.name, p.name_key, a.email, p.role, cast(0 as bigint) as inside from (",
            outside!(
                "select m.account, m.name_key, m.role",
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

    /// How many members who are not in a team a search finds, on all pages.
    pub async fn count_team_candidates(
        &mut self,
        org: OrgId,
        team: TeamId,
        wanted: &TeamMemberQuery,
    ) -> Result<u64> {
        const SQL: &str = outside!("select count(*) as count", "");
        self.query(SQL)
            .bind(org)
            .bind(team)
            .bind(wanted.pattern())
            .count()
            .await
    }

    /// The members among these accounts, seen from a team. Who is no member is left out.
    pub async fn team_candidates_of(
        &mut self,
        org: OrgId,
        team: TeamId,
        accounts: &[AccountId],
    ) -> Result<Vec<TeamCandidate>> {
        const SQL: Sql = bulk!(
            "select m.account, a.name, m.name_key, a.email, m.role,
                cast(case when t.account is null then 0 else 1 end as bigint) as inside
             from memberships m join accounts a on a.id = m.account
                left join team_members t on t.org = m.org and t.team = $2 and t.account = m.account
             where m.org = $1 and m.account in (select r.account from ",
            "$3" { account: uuid },
            ") order by m.name_key, m.account"
        );
        self.query(SQL)
            .bind(org)
            .bind(team)
            .rows(&account_rows(accounts))
            .all()
            .await
    }

    /// The members with these addresses, however they are typed, seen from a team. An address of no member is left out.
    pub async fn team_candidates_by_email(
        &mut self,
        org: OrgId,
        team: TeamId,
        emails: &[&EmailAddress],
    ) -> Result<Vec<TeamCandidate>> {
        const SQL: Sql = bulk!(
            "select m.account, a.name, m.name_key, a.email, m.role,
                cast(case when t.account is null then 0 else 1 end as bigint) as inside
             from accounts a join memberships m on m.account = a.id and m.org = $1
                left join team_members t on t.org = m.org and t.team = $2 and t.account = m.account
             where a.email_key in (select r.email from ",
            "$3" { email: text },
            ") order by m.name_key, m.account"
        );
        let rows: Vec<_> = emails
            .iter()
            .map(|email| EmailRow {
                email: email.folded(),
            })
            .collect();
        self.query(SQL).bind(org).bind(team).rows(&rows).all().await
    }
}
