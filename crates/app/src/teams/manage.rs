//! Making, renaming and deleting teams.

use serde_json::json;
use tessera_domain::{Error, Result, Right, TeamName};
use tessera_ids::{OrgId, TeamId};

use super::{load, move_audiences};
use crate::{Actor, App, AuditEntry, Change, Topic, settings};

/// The most teams that an organization may have.
pub const MOST: u64 = 2_000;

/// Creates a team.
///
/// # Errors
/// *Conflict* when the name is taken, or the organization has [`MOST`] teams.
pub async fn create(app: &App, actor: &Actor, org: OrgId, name: &TeamName) -> Result<TeamId> {
    let mut change = Change::begin(app, actor, org, Right::ManageTeams).await?;
    if change.tx().count_teams(org, None).await? >= MOST {
        return Err(Error::conflict(format!(
            "An organization has at most {MOST} teams. Delete one that nobody needs."
        )));
    }
    let (id, now) = (TeamId::generate(&*app.clock, &*app.entropy), change.now());
    change.tx().insert_team(org, id, name, now).await?;
    change.touch(Topic::People);
    change
        .commit(AuditEntry::new("team.created", &id).named(name).after(name))
        .await?;
    Ok(id)
}

/// Renames a team. The name that it has already changes nothing. Devices that obey the team are told its new name.
///
/// # Errors
/// *Conflict* when the name is taken.
pub async fn rename(app: &App, actor: &Actor, org: OrgId, team: TeamId, name: &TeamName) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageTeams).await?;
    let before = load(&mut change, team).await?;
    if before.name == *name {
        return Ok(());
    }
    change.tx().rename_team(org, team, name).await?;
    if before.makes_audiences() {
        let revision = change.org().revision;
        change.take_serial(revision).await?;
    }
    change.touch(Topic::People);
    let entry = AuditEntry::new("team.renamed", &team).named(name);
    change.commit(entry.before(&before.name).after(name)).await
}

/// Deletes a team; its members stay in the organization, without what the team's settings said. Pending
/// invitations that name it keep their other teams.
pub async fn delete(app: &App, actor: &Actor, org: OrgId, team: TeamId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageTeams).await?;
    let before = load(&mut change, team).await?;
    let revision = settings::forget_team(app, actor, &mut change, &before).await?;
    let invitations = change.tx().forget_team_in_invitations(org, team).await?;
    change.tx().delete_team(org, team).await?;
    move_audiences(&mut change, &before).await?;
    if let Some(revision) = revision {
        change.take_serial(revision).await?;
        change.touch(Topic::Settings);
    }
    change.touch(Topic::People);
    change.touch(Topic::Updates);
    let entry = AuditEntry::new("team.deleted", &team)
        .named(&before.name)
        .before(&json!({
            "name": before.name, "members": before.members, "invitations": invitations, "revision": revision,
        }));
    change.commit(entry).await
}
