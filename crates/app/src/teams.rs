//! Teams: create, rename, delete them, and say who is in them and who leads.
//!
//! Where a team carries settings, who is in it decides what their devices get.

use serde_json::json;
use tessera_domain::{Error, Result, Right, TeamName};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{Team, TeamMember};

use crate::{Actor, App, AuditEntry, Change, Topic, access, sync::reassign};

/// The most people who are put into a team, or taken out, at once.
pub const AT_ONCE: usize = 10_000;

/// Every team, by name.
pub async fn list(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<Team>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    Ok(tx.teams(org).await?)
}

/// One team.
pub async fn team(app: &App, actor: &Actor, org: OrgId, team: TeamId) -> Result<Team> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    tx.team(org, team).await?.ok_or_else(missing)
}

/// A page of a team's members by name, after that one.
pub async fn members(
    app: &App,
    actor: &Actor,
    org: OrgId,
    team: TeamId,
    after: Option<(String, AccountId)>,
    limit: u64,
) -> Result<Vec<TeamMember>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    tx.team(org, team).await?.ok_or_else(missing)?;
    Ok(tx.team_members(org, team, after, limit.clamp(1, 200)).await?)
}

/// Creates a team.
///
/// # Errors
/// *Conflict* when the name is taken.
pub async fn create(app: &App, actor: &Actor, org: OrgId, name: &TeamName) -> Result<TeamId> {
    let mut change = Change::begin(app, actor, org, Right::ManageTeams).await?;
    let (id, now) = (TeamId::generate(&*app.clock, &*app.entropy), change.now());
    change.tx().insert_team(org, id, name, now).await?;
    change.touch(Topic::People);
    change
        .commit(AuditEntry::new("team.created", &id).named(name).after(name))
        .await?;
    Ok(id)
}

/// Renames a team.
///
/// # Errors
/// *Conflict* when the name is taken.
pub async fn rename(app: &App, actor: &Actor, org: OrgId, team: TeamId, name: &TeamName) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageTeams).await?;
    let before = load(&mut change, team).await?;
    change.tx().rename_team(org, team, name).await?;
    change.touch(Topic::People);
    change
        .commit(
            AuditEntry::new("team.renamed", &team)
                .named(name)
                .before(&before.name)
                .after(name),
        )
        .await
}

/// Deletes a team; its members stay in the organization, without what the team's settings said.
pub async fn delete(app: &App, actor: &Actor, org: OrgId, team: TeamId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageTeams).await?;
    let before = load(&mut change, team).await?;
    change.tx().delete_team(org, team).await?;
    move_audiences(&mut change, &before).await?;
    change.touch(Topic::People);
    let named = before.name.clone();
    let before = json!({ "name": before.name, "members": before.members });
    change
        .commit(
            AuditEntry::new("team.deleted", &team)
                .named(&named)
                .before(&before),
        )
        .await
}

/// Puts members into a team; how many were not in it. A team's lead may do this for their own team.
///
/// # Errors
/// *Too large* for more than [`AT_ONCE`] people.
pub async fn add(app: &App, actor: &Actor, org: OrgId, team: TeamId, who: &[AccountId]) -> Result<u64> {
    let (mut change, row) = begin_as_lead(app, actor, org, team, who).await?;
    let now = change.now();
    let added = change.tx().add_team_members(org, team, who, now).await?;
    settle(change, &row, added, "team.members_added", who).await
}

/// Takes members out of a team; how many were in it. A team's lead may do this for their own team.
///
/// # Errors
/// *Too large* for more than [`AT_ONCE`] people.
pub async fn remove(app: &App, actor: &Actor, org: OrgId, team: TeamId, who: &[AccountId]) -> Result<u64> {
    let (mut change, row) = begin_as_lead(app, actor, org, team, who).await?;
    let removed = change.tx().remove_team_members(org, team, who).await?;
    settle(change, &row, removed, "team.members_removed", who).await
}

/// Says whether a member leads a team.
///
/// # Errors
/// *Conflict* for who is not in the team, or may only read.
pub async fn set_lead(
    app: &App,
    actor: &Actor,
    org: OrgId,
    team: TeamId,
    who: AccountId,
    lead: bool,
) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageTeams).await?;
    let row = load(&mut change, team).await?;
    let membership = change
        .tx()
        .membership(org, who)
        .await?
        .ok_or_else(|| Error::not_found("member"))?;
    if lead && !Right::LeadTeam.granted_to(membership.role) {
        return Err(Error::conflict(
            "A lead needs the role Write or more. Change the role first.",
        ));
    }
    if !change.tx().set_team_lead(org, team, who, lead).await? {
        return Err(Error::conflict("Only a member of the team can lead it."));
    }
    change.touch(Topic::People);
    let name = change.tx().account(who).await?.map(|account| account.name);
    let entry = AuditEntry::new("team.lead_set", &team)
        .named(&row.name)
        .after(&json!({ "member": who, "name": name, "lead": lead }));
    change.commit(entry).await
}

/// Opens a change of a team's members for who manages teams, or leads this one.
async fn begin_as_lead<'a>(
    app: &'a App,
    actor: &'a Actor,
    org: OrgId,
    team: TeamId,
    who: &[AccountId],
) -> Result<(Change<'a>, Team)> {
    if who.len() > AT_ONCE {
        return Err(Error::too_large(format!("At most {AT_ONCE} people at once.")));
    }
    let mut change = Change::begin(app, actor, org, Right::LeadTeam).await?;
    let row = load(&mut change, team).await?;
    if let Some(role) = change.role().filter(|role| !Right::ManageTeams.granted_to(*role)) {
        let own = change.tx().teams_of(org, &[actor.account()?]).await?;
        if !own.iter().any(|own| own.team == team && own.lead) {
            return Err(Right::ManageTeams
                .require(role)
                .expect_err("roles that manage teams were let through"));
        }
    }
    Ok((change, row))
}

async fn settle(
    mut change: Change<'_>,
    team: &Team,
    count: u64,
    action: &'static str,
    who: &[AccountId],
) -> Result<u64> {
    if count == 0 {
        return Ok(0);
    }
    move_audiences(&mut change, team).await?;
    change.touch(Topic::People);
    let sample: Vec<_> = who.iter().take(100).collect();
    let entry = AuditEntry::new(action, &team.id)
        .named(&team.name)
        .after(&json!({ "count": count, "members": sample }));
    change.commit(entry).await?;
    Ok(count)
}

/// Devices of who joined or left a team with settings get other settings at the same revision.
async fn move_audiences(change: &mut Change<'_>, team: &Team) -> Result<()> {
    if team.has_settings {
        reassign(change).await?;
        change.touch(Topic::Devices);
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
