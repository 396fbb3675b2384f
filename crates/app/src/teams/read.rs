//! Seeing teams.

use std::collections::HashMap;

use tessera_domain::{Result, Right, Role};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{
    Reader, Team, TeamCandidate, TeamLabel, TeamLead, TeamMember, TeamMemberQuery, TeamQuery,
};

use super::{actor_leads, may_assign, missing, not_assigned};
use crate::{Actor, App, access};

/// The most teams or people on one page.
pub const PAGE: u64 = 200;

/// A page of teams.
#[derive(Clone, Debug)]
pub struct TeamPage {
    /// They, by name.
    pub teams: Vec<ListedTeam>,
    /// Whether more follow after the last.
    pub more: bool,
    /// How many match on all pages.
    pub total: u64,
    /// What the actor is.
    pub role: Role,
}

/// A team with its leads.
#[derive(Clone, Debug)]
pub struct ListedTeam {
    /// It.
    pub team: Team,
    /// Who leads it, by name.
    pub leads: Vec<TeamLead>,
}

/// One team, and what the actor may do with it.
#[derive(Clone, Debug)]
pub struct TeamView {
    /// It.
    pub team: Team,
    /// Who leads it, by name.
    pub leads: Vec<TeamLead>,
    /// What the actor is in the organization.
    pub role: Role,
    /// Whether the actor may rename it, delete it, and say who leads.
    pub may_manage: bool,
    /// Whether the actor may say who is in it.
    pub may_assign: bool,
}

impl TeamView {
    /// The team as lists have it.
    pub fn listed(self) -> ListedTeam {
        ListedTeam {
            team: self.team,
            leads: self.leads,
        }
    }
}

/// A page of a team's members.
#[derive(Clone, Debug)]
pub struct TeamMemberPage {
    /// The team.
    pub view: TeamView,
    /// Its members, by name.
    pub members: Vec<TeamMember>,
    /// Whether more follow after the last.
    pub more: bool,
    /// How many match on all pages.
    pub total: u64,
}

/// A page of the people who could be put into a team.
#[derive(Clone, Debug)]
pub struct CandidatePage {
    /// The team.
    pub view: TeamView,
    /// Who is not in it, by name.
    pub people: Vec<TeamCandidate>,
    /// Whether more follow after the last.
    pub more: bool,
    /// How many match on all pages.
    pub total: u64,
    /// Those picked before, without who is in the team by now.
    pub picked: Vec<TeamCandidate>,
}

/// What deleting a team takes with it.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// The team.
    pub team: Team,
    /// Pending invitations that name it.
    pub invitations: u64,
}

/// Every team, by name; at most [`MOST`](super::MOST).
pub async fn list(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<Team>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    Ok(tx.teams(org).await?)
}

/// The names of the first teams, for a list beside every page.
pub async fn labels(app: &App, actor: &Actor, org: OrgId, limit: u64) -> Result<Vec<TeamLabel>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    Ok(tx.team_labels(org, limit.min(PAGE)).await?)
}

/// A page of teams with their leads; at most [`PAGE`] of them.
pub async fn page(app: &App, actor: &Actor, org: OrgId, query: &TeamQuery) -> Result<TeamPage> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    let limit = query.limit.clamp(1, PAGE);
    let wanted = TeamQuery {
        limit: limit + 1,
        ..query.clone()
    };
    let mut teams = tx.teams_page(org, &wanted).await?;
    let more = cut(&mut teams, limit);
    let total = tx.count_teams(org, query.search.as_deref()).await?;
    let ids: Vec<_> = teams.iter().map(|team| team.id).collect();
    let mut leads: HashMap<_, Vec<_>> = HashMap::new();
    for lead in tx.team_leads(org, &ids).await? {
        leads.entry(lead.team).or_default().push(lead);
    }
    let listed = |team: Team| ListedTeam {
        leads: leads.remove(&team.id).unwrap_or_default(),
        team,
    };
    Ok(TeamPage {
        teams: teams.into_iter().map(listed).collect(),
        more,
        total,
        role,
    })
}

/// One team.
pub async fn team(app: &App, actor: &Actor, org: OrgId, team: TeamId) -> Result<Team> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    tx.team(org, team).await?.ok_or_else(missing)
}

/// One team with its leads, and what the actor may do with it.
pub async fn view(app: &App, actor: &Actor, org: OrgId, team: TeamId) -> Result<TeamView> {
    let mut tx = app.store.read().await?;
    see(&mut tx, actor, org, team).await
}

/// A page of a team's members; at most [`PAGE`] of them.
pub async fn members(
    app: &App,
    actor: &Actor,
    org: OrgId,
    team: TeamId,
    query: &TeamMemberQuery,
) -> Result<TeamMemberPage> {
    let mut tx = app.store.read().await?;
    let view = see(&mut tx, actor, org, team).await?;
    let limit = query.limit.clamp(1, PAGE);
    let wanted = TeamMemberQuery {
        limit: limit + 1,
        ..query.clone()
    };
    let mut members = tx.team_members(org, team, &wanted).await?;
    let more = cut(&mut members, limit);
    let total = match query.search {
        None => view.team.members,
        Some(_) => tx.count_team_members(org, team, query).await?,
    };
    Ok(TeamMemberPage {
        view,
        members,
        more,
        total,
    })
}

/// A page of who is not in a team; at most [`PAGE`] of them.
///
/// # Errors
/// *Forbidden* for who may not say who is in it.
pub async fn candidates(
    app: &App,
    actor: &Actor,
    org: OrgId,
    team: TeamId,
    query: &TeamMemberQuery,
    picked: &[AccountId],
) -> Result<CandidatePage> {
    let mut tx = app.store.read().await?;
    let view = see(&mut tx, actor, org, team).await?;
    if !view.may_assign {
        return Err(not_assigned());
    }
    let limit = query.limit.clamp(1, PAGE);
    let wanted = TeamMemberQuery {
        limit: limit + 1,
        ..query.clone()
    };
    let mut people = tx.team_candidates(org, team, &wanted).await?;
    let more = cut(&mut people, limit);
    let total = tx.count_team_candidates(org, team, query).await?;
    let mut picked = tx.team_candidates_of(org, team, picked).await?;
    picked.retain(|person| !person.inside);
    Ok(CandidatePage {
        view,
        people,
        more,
        total,
        picked,
    })
}

/// What deleting a team would take with it.
///
/// # Errors
/// *Forbidden* for who may not delete it.
pub async fn deletion(app: &App, actor: &Actor, org: OrgId, team: TeamId) -> Result<Deletion> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageTeams).await?;
    Ok(Deletion {
        team: tx.team(org, team).await?.ok_or_else(missing)?,
        invitations: tx.count_invitations_naming(org, team).await?,
    })
}

async fn see(tx: &mut Reader, actor: &Actor, org: OrgId, team: TeamId) -> Result<TeamView> {
    let role = access::require(tx, actor, org, Right::SeeOrg).await?;
    let row = tx.team(org, team).await?.ok_or_else(missing)?;
    let leads = tx.team_leads(org, &[team]).await?;
    Ok(TeamView {
        may_manage: Right::ManageTeams.granted_to(role),
        may_assign: may_assign(role, actor_leads(tx, actor, org, team).await?),
        team: row,
        leads,
        role,
    })
}

/// Cuts a page that was read with one row too many; whether there was one.
fn cut<T>(rows: &mut Vec<T>, limit: u64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}
