//! Saying who is in a team, and who leads it.

use std::collections::HashMap;

use serde_json::json;
use tessera_domain::{Error, Result, Right, address_list::Pasted};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{Team, TeamCandidate, TeamMemberQuery};

use super::{actor_leads, leads, load, may_assign, move_audiences, not_assigned};
use crate::{Actor, App, AuditEntry, Change, Topic};

/// The most people who are put into a team, or taken out, at once.
pub const AT_ONCE: usize = 10_000;

/// People that an audit entry names one by one.
const NAMED: usize = 50;

/// What became of one pasted address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// They are in the team now.
    Added,
    /// They were in it.
    Inside,
    /// No member of the organization has this address.
    NoMember,
    /// It stands further up.
    Again,
    /// It is no address, and why.
    Malformed(String),
}

/// Puts members into a team; how many were not in it. A team's lead may do this for their own team. Who is no
/// member of the organization is passed over.
///
/// # Errors
/// *Too large* for more than [`AT_ONCE`] people; *Forbidden* for who neither manages teams nor leads this one.
pub async fn add(app: &App, actor: &Actor, org: OrgId, team: TeamId, who: &[AccountId]) -> Result<u64> {
    few_enough(who.len())?;
    let (mut change, row) = begin(app, actor, org, team).await?;
    let people = change.tx().team_candidates_of(org, team, who).await?;
    put(change, &row, people).await
}

/// Puts everybody into a team whom a search finds and who is not in it yet, as [`add`] does.
///
/// # Errors
/// As [`add`].
pub async fn add_matching(
    app: &App,
    actor: &Actor,
    org: OrgId,
    team: TeamId,
    search: Option<String>,
) -> Result<u64> {
    let (mut change, row) = begin(app, actor, org, team).await?;
    let wanted = TeamMemberQuery {
        search,
        after: None,
        limit: AT_ONCE as u64 + 1,
    };
    let people = change.tx().team_candidates(org, team, &wanted).await?;
    few_enough(people.len())?;
    put(change, &row, people).await
}

/// Puts the members with these addresses into a team, and says of each entry what became of it.
///
/// # Errors
/// As [`add`].
pub async fn add_addresses(
    app: &App,
    actor: &Actor,
    org: OrgId,
    team: TeamId,
    pasted: &[Pasted],
) -> Result<Vec<Placed>> {
    few_enough(pasted.len())?;
    let (mut change, row) = begin(app, actor, org, team).await?;
    let emails: Vec<_> = pasted
        .iter()
        .filter_map(|entry| entry.address.as_ref().ok())
        .collect();
    let people = change.tx().team_candidates_by_email(org, team, &emails).await?;
    let inside: HashMap<_, _> = people
        .iter()
        .map(|person| (person.email.folded(), person.inside))
        .collect();
    let became = |entry: &Pasted| match &entry.address {
        Err(error) => Placed::Malformed(error.to_string()),
        Ok(_) if entry.again => Placed::Again,
        Ok(address) => match inside.get(address.folded()) {
            None => Placed::NoMember,
            Some(true) => Placed::Inside,
            Some(false) => Placed::Added,
        },
    };
    let placed = pasted.iter().map(became).collect();
    put(change, &row, people).await?;
    Ok(placed)
}

/// Takes members out of a team; how many were in it. A team's lead may do this for their own team.
///
/// # Errors
/// As [`add`].
pub async fn remove(app: &App, actor: &Actor, org: OrgId, team: TeamId, who: &[AccountId]) -> Result<u64> {
    few_enough(who.len())?;
    let (mut change, row) = begin(app, actor, org, team).await?;
    let mut people = change.tx().team_candidates_of(org, team, who).await?;
    people.retain(|person| person.inside);
    if people.is_empty() {
        return Ok(0);
    }
    let ids: Vec<_> = people.iter().map(|person| person.account).collect();
    change.tx().remove_team_members(org, team, &ids).await?;
    settle(change, &row, "team.members_removed", &people).await
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
    let people = change.tx().team_candidates_of(org, team, &[who]).await?;
    let person = people.first().ok_or_else(|| Error::not_found("member"))?;
    if lead && !Right::LeadTeam.granted_to(person.role) {
        return Err(Error::conflict(
            "A lead needs the role Write or more. Change the role first.",
        ));
    }
    if !person.inside {
        return Err(Error::conflict("Only a member of the team can lead it."));
    }
    if leads(change.tx(), org, team, who).await? == lead {
        return Ok(());
    }
    change.tx().set_team_lead(org, team, who, lead).await?;
    change.touch(Topic::People);
    let entry = AuditEntry::new("team.lead_set", &team)
        .named(&row.name)
        .after(&json!({ "member": who, "name": person.name, "email": person.email, "lead": lead }));
    change.commit(entry).await
}

fn few_enough(people: usize) -> Result<()> {
    if people > AT_ONCE {
        return Err(Error::too_large(format!("At most {AT_ONCE} people at once.")));
    }
    Ok(())
}

/// Opens a change of a team's members for who manages teams, or leads this one.
async fn begin<'a>(app: &'a App, actor: &'a Actor, org: OrgId, team: TeamId) -> Result<(Change<'a>, Team)> {
    let mut change = Change::begin(app, actor, org, Right::LeadTeam).await?;
    let row = load(&mut change, team).await?;
    if let Some(role) = change.role() {
        let leads = actor_leads(change.tx(), actor, org, team).await?;
        if !may_assign(role, leads) {
            return Err(not_assigned());
        }
    }
    Ok((change, row))
}

/// Puts those in who are not inside yet.
async fn put(mut change: Change<'_>, team: &Team, mut people: Vec<TeamCandidate>) -> Result<u64> {
    people.retain(|person| !person.inside);
    if people.is_empty() {
        return Ok(0);
    }
    let (org, now) = (change.org().id, change.now());
    let ids: Vec<_> = people.iter().map(|person| person.account).collect();
    change.tx().add_team_members(org, team.id, &ids, now).await?;
    settle(change, team, "team.members_added", &people).await
}

async fn settle(
    mut change: Change<'_>,
    team: &Team,
    action: &'static str,
    people: &[TeamCandidate],
) -> Result<u64> {
    move_audiences(&mut change, team).await?;
    change.touch(Topic::People);
    let named: Vec<_> = people
        .iter()
        .take(NAMED)
        .map(|person| json!({ "id": person.account, "email": person.email }))
        .collect();
    let entry = AuditEntry::new(action, &team.id)
        .named(&team.name)
        .after(&json!({ "count": people.len(), "members": named }));
    change.commit(entry).await?;
    Ok(people.len() as u64)
}
