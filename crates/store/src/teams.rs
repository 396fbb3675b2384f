//! Teams: named groups of members.

use serde::Serialize;
use tessera_domain::TeamName;
use tessera_ids::{InvitationId, OrgId, TeamId, Timestamp, TypedId};
use uuid::Uuid;

use crate::{
    Reader, Result, Tx,
    column::records,
    containing,
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
        /// The folded name: the key that a page goes on from.
        pub name_key: String,
        /// Whether it carries settings of its own, and so makes audiences.
        pub has_settings: bool,
        /// Whether it has keys of its own on devices, and so makes audiences.
        pub has_credentials: bool,
        /// How many members it has.
        pub members: u64,
    }

    /// A team's name alone, as the sidebar of every page shows it.
    pub struct TeamLabel {
        /// Its id.
        pub id: TeamId,
        /// What it is called.
        pub name: TeamName,
    }

    struct Naming {
        id: InvitationId,
        teams: Vec<TeamId>,
    }
}

impl Team {
    /// Whether who is in it decides what devices get.
    pub const fn makes_audiences(&self) -> bool {
        self.has_settings || self.has_credentials
    }
}

/// Which teams a page shows.
#[derive(Clone, Debug)]
pub struct TeamQuery {
    /// Somewhere in the name.
    pub search: Option<String>,
    /// The team that the page before ended with.
    pub after: Option<(String, TeamId)>,
    /// How many at most.
    pub limit: u64,
}

impl Default for TeamQuery {
    fn default() -> Self {
        Self {
            search: None,
            after: None,
            limit: 50,
        }
    }
}

#[derive(Serialize)]
struct NamingRow {
    id: String,
    teams: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select t.id, t.created_at, t.name, t.name_key, t.has_settings, t.has_credentials,
                (select count(*) from team_members m where m.org = t.org and m.team = t.id) as members
            from teams t where t.org = $1 ",
            $rest
        )
    };
}

/// One row of the array that a statement about several teams reads.
#[derive(Serialize)]
pub(crate) struct TeamRow {
    team: String,
}

pub(crate) fn team_rows(teams: impl IntoIterator<Item = TeamId>) -> Vec<TeamRow> {
    let row = |team: TeamId| TeamRow {
        team: hex(team.uuid().as_bytes()),
    };
    teams.into_iter().map(row).collect()
}

impl Reader {
    /// One team.
    pub async fn team(&mut self, org: OrgId, id: TeamId) -> Result<Option<Team>> {
        self.query(select!("and t.id = $2"))
            .bind(org)
            .bind(id)
            .optional()
            .await
    }

    /// Every team, by name; at most 2,000.
    pub async fn teams(&mut self, org: OrgId) -> Result<Vec<Team>> {
        self.query(select!("order by t.name_key, t.id limit 2000"))
            .bind(org)
            .all()
            .await
    }

    /// A page of teams by name.
    pub async fn teams_page(&mut self, org: OrgId, wanted: &TeamQuery) -> Result<Vec<Team>> {
        const SQL: &str = select!(
            "and ($2 is null or t.name_key like $2 escape '\\') and (t.name_key, t.id) > ($3, $4)
             order by t.name_key, t.id limit $5"
        );
        let (key, id) = wanted
            .after
            .as_ref()
            .map_or(("", Uuid::nil()), |(key, id)| (key.as_str(), id.uuid()));
        self.query(SQL)
            .bind(org)
            .bind(wanted.search.as_deref().map(containing))
            .bind(key)
            .bind(id)
            .bind(wanted.limit)
            .all()
            .await
    }

    /// How many teams a search finds on all pages; all of them without one.
    pub async fn count_teams(&mut self, org: OrgId, search: Option<&str>) -> Result<u64> {
        const SQL: &str = "select count(*) as count from teams t
            where t.org = $1 and ($2 is null or t.name_key like $2 escape '\\')";
        self.query(SQL)
            .bind(org)
            .bind(search.map(containing))
            .count()
            .await
    }

    /// The names of the first teams, without counting anybody.
    pub async fn team_labels(&mut self, org: OrgId, limit: u64) -> Result<Vec<TeamLabel>> {
        const SQL: &str = "select id, name from teams where org = $1 order by name_key, id limit $2";
        self.query(SQL).bind(org).bind(limit).all().await
    }

    /// What these teams are called, by name; a team that is gone is left out.
    pub async fn team_names(&mut self, org: OrgId, teams: &[TeamId]) -> Result<Vec<TeamLabel>> {
        const SQL: Sql = bulk!(
            "select id, name from teams where org = $1 and id in (select r.team from ",
            "$2" { team: uuid },
            ") order by name_key, id"
        );
        self.query(SQL)
            .bind(org)
            .rows(&team_rows(teams.iter().copied()))
            .all()
            .await
    }

    /// How many pending invitations name a team.
    pub async fn count_invitations_naming(&mut self, org: OrgId, team: TeamId) -> Result<u64> {
        const SQL: &str = "select count(*) as count from invitations
            where org = $1 and state = 'pending' and teams like $2 escape '\\'";
        self.query(SQL)
            .bind(org)
            .bind(containing(&team.to_string()))
            .count()
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

    /// Says which teams carry settings, of all that there are; those not named do not.
    pub async fn set_teams_with_settings(&mut self, org: OrgId, teams: &[TeamId]) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update teams set has_settings = case when id in (select r.team from ",
            "$2" { team: uuid },
            ") then 1 else 0 end where org = $1"
        );
        self.query(SQL)
            .bind(org)
            .rows(&team_rows(teams.iter().copied()))
            .run()
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

    /// Takes a team out of the pending invitations that name it; how many did. Their other teams stay.
    pub async fn forget_team_in_invitations(&mut self, org: OrgId, team: TeamId) -> Result<u64> {
        const NAMING: &str = "select id, teams from invitations
            where org = $1 and state = 'pending' and teams like $2 escape '\\' order by id";
        const FORGET: Sql = bulk!(
            "update invitations set teams = r.teams from ",
            "$2" { id: uuid, teams: text },
            " where invitations.org = $1 and invitations.id = r.id"
        );
        let naming: Vec<Naming> = self
            .query(NAMING)
            .bind(org)
            .bind(containing(&team.to_string()))
            .all()
            .await?;
        let without = |row: Naming| NamingRow {
            id: hex(row.id.uuid().as_bytes()),
            teams: serde_json::json!(
                row.teams
                    .into_iter()
                    .filter(|other| *other != team)
                    .collect::<Vec<_>>()
            )
            .to_string(),
        };
        let rows: Vec<_> = naming.into_iter().map(without).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        self.query(FORGET).bind(org).rows(&rows).run().await
    }
}
