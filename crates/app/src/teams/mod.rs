//! Teams: create, rename, delete them, and say who is in them and who leads.
//!
//! Where a team carries settings, who is in it decides what their devices get.

mod assign;
mod manage;
mod read;

use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{Reader, Team};

pub use self::{
    assign::{AT_ONCE, Placed, add, add_addresses, add_matching, remove, set_lead},
    manage::{MOST, create, delete, rename},
    read::{
        CandidatePage, Deletion, ListedTeam, PAGE, TeamMemberPage, TeamPage, TeamView, candidates, deletion,
        labels, list, members, page, team, view,
    },
};
use crate::{Actor, Change, sync::reassign};

/// Whether who has this role, and leads the team or not, may say who is in it.
fn may_assign(role: Role, leads: bool) -> bool {
    Right::ManageTeams.granted_to(role) || (leads && Right::LeadTeam.granted_to(role))
}

fn not_assigned() -> Error {
    Error::forbidden("Only a lead of this team, an admin or an owner may say who is in it.")
}

/// Whether an account was made the team's lead.
async fn leads(tx: &mut Reader, org: OrgId, team: TeamId, who: AccountId) -> Result<bool> {
    let own = tx.teams_of(org, &[who]).await?;
    Ok(own.iter().any(|own| own.team == team && own.lead))
}

/// The same for whoever acts: Tessera itself leads nothing.
async fn actor_leads(tx: &mut Reader, actor: &Actor, org: OrgId, team: TeamId) -> Result<bool> {
    match actor {
        Actor::System(_) => Ok(false),
        Actor::Account(person) => leads(tx, org, team, person.account).await,
    }
}

/// Devices of who joined or left a team with settings or keys, or one that a rollout names, get other settings at the
/// same revision.
async fn move_audiences(change: &mut Change<'_>, team: &Team) -> Result<()> {
    let org = change.org().id;
    let rollout = change.tx().rollout_under_way(org).await?;
    let named = rollout.is_some_and(|rollout| rollout.plan.teams().contains(&team.id));
    if team.makes_audiences() || named {
        reassign(change).await?;
        change.touch(crate::Topic::Devices);
    }
    Ok(())
}

async fn load(change: &mut Change<'_>, team: TeamId) -> Result<Team> {
    let org = change.org().id;
    change.tx().team(org, team).await?.ok_or_else(missing)
}

fn missing() -> Error {
    Error::not_found("team")
}
