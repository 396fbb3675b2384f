//! Changing what members are, one or many at once: planned and shown first, then all of it or nothing.

use tessera_domain::{Error, FieldError, Kind, PersonName, Result, Right, Role, TeamName, role};
use tessera_ids::{AccountId, OrgId, TeamId};

use super::weigh::Weighing;
use super::{acting_role, role_of};
use crate::{Actor, App, AuditEntry, Change, Topic, access, sync::reassign};

/// What should become of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEdit {
    /// Who.
    pub member: AccountId,
    /// The role that the author saw. When it is another by now, the edit is not made but shown to them.
    pub was: Option<Role>,
    /// Another role.
    pub role: Option<Role>,
    /// Teams to be in.
    pub join: Vec<TeamId>,
    /// Teams to be in no longer.
    pub leave: Vec<TeamId>,
}

/// Edits, as they would turn out now.
#[derive(Clone, Debug, Default)]
pub struct EditPlan {
    /// They, in the order given.
    pub edits: Vec<PlannedEdit>,
    /// Some team that somebody joins or leaves carries settings: their devices get others.
    pub moves_settings: bool,
}

/// One edit, as it would turn out.
#[derive(Clone, Debug)]
pub struct PlannedEdit {
    /// Who.
    pub member: AccountId,
    /// What they are called; empty for who is no member.
    pub name: String,
    /// Their address; empty for who is no member.
    pub email: String,
    /// Their role now, and then.
    pub role: Option<Moved>,
    /// The teams that they are not in and join.
    pub joins: Vec<TeamName>,
    /// The teams that they are in and leave.
    pub leaves: Vec<TeamName>,
    /// The teams that they lead and can lead no longer.
    pub leads_lost: Vec<TeamName>,
    /// The role that the author saw, where it is another by now: somebody else was faster.
    pub overtaken: Option<Role>,
    /// Why it is refused.
    pub refused: Option<Refused>,
}

/// A role, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What they are.
    pub before: Role,
    /// What they become; the same when only teams change.
    pub after: Role,
}

/// A refusal of one edit among many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its kind.
    pub kind: Kind,
    /// In words for the author.
    pub why: String,
}

/// What was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Members who have another role.
    pub roles: u64,
    /// Places in teams that were taken or left.
    pub places: u64,
}

impl PlannedEdit {
    /// Whether it changes anything.
    pub fn changes(&self) -> bool {
        self.changes_role() || !self.joins.is_empty() || !self.leaves.is_empty()
    }

    /// Whether it changes the role.
    pub fn changes_role(&self) -> bool {
        self.role.is_some_and(|role| role.before != role.after)
    }

    /// What the member may no longer do.
    pub fn rights_lost(&self) -> impl Iterator<Item = Right> {
        let role = self.role;
        let lost = move |right: &Right| {
            role.is_some_and(|role| right.granted_to(role.before) && !right.granted_to(role.after))
        };
        Right::ALL.iter().copied().filter(lost)
    }
}

/// Gives a member another role.
///
/// # Errors
/// *Forbidden* above the actor's own role, *Conflict* for the last owner, *Not found* for who is no member.
pub async fn change_role(app: &App, actor: &Actor, org: OrgId, who: AccountId, new: Role) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ChangeRoles).await?;
    let current = role_of(&mut change, who).await?;
    role::may_change_role(acting_role(&change), current, new)?;
    if current == new {
        return Ok(());
    }
    role::keeps_an_owner(change.tx().count_owners(org).await?, current, Some(new))?;
    change.tx().set_role(org, who, new).await?;
    if !Right::LeadTeam.granted_to(new) {
        change.tx().clear_leads(org, &[who]).await?;
    }
    let name = change.tx().account(who).await?.map(|account| account.name);
    change.touch(Topic::People);
    let name = name.as_ref().map(PersonName::as_str).unwrap_or_default();
    change.commit(role_entry(who, name, current, new)).await
}

/// What edits would do, without doing it.
pub async fn plan(app: &App, actor: &Actor, org: OrgId, edits: &[MemberEdit]) -> Result<EditPlan> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::ChangeRoles).await?;
    Ok(Weighing::of(&mut tx, org, role, edits).await?.plan)
}

/// Makes every edit, or none: each is audited, and all are one transaction.
///
/// # Errors
/// *Too large* for more than [`AT_ONCE`](super::AT_ONCE) edits. When some are refused, one error names each of them by its place:
/// *Forbidden* if any is, else *Conflict* (the last owner, or somebody else was faster), else *Invalid*.
pub async fn apply(app: &App, actor: &Actor, org: OrgId, edits: &[MemberEdit]) -> Result<Applied> {
    let mut change = Change::begin(app, actor, org, Right::ChangeRoles).await?;
    let acting = acting_role(&change);
    let teams_change = edits
        .iter()
        .any(|edit| !edit.join.is_empty() || !edit.leave.is_empty());
    if teams_change {
        Right::ManageTeams.require(acting)?;
    }
    let weighed = Weighing::of(change.tx(), org, acting, edits).await?;
    refuse(&weighed.plan)?;
    let entries = weighed.carry_out(&mut change).await?;
    let applied = entries.applied;
    let mut entries = entries.list;
    let Some(last) = entries.pop() else {
        return Ok(applied);
    };
    let by_teams = teams_change && a_rollout_names_teams(&mut change).await?;
    if weighed.plan.moves_settings || by_teams {
        reassign(&mut change).await?;
        change.touch(Topic::Devices);
    }
    change.touch(Topic::People);
    change.record_many(entries).await?;
    change.commit(last).await?;
    Ok(applied)
}

/// Whether who is in a team decides when devices get what is being rolled out.
async fn a_rollout_names_teams(change: &mut Change<'_>) -> Result<bool> {
    let org = change.org().id;
    let rollout = change.tx().rollout_under_way(org).await?;
    Ok(rollout.is_some_and(|rollout| !rollout.plan.teams().is_empty()))
}

/// What the log says of another role.
pub(super) fn role_entry(who: AccountId, name: &str, before: Role, after: Role) -> AuditEntry {
    AuditEntry::new("member.role_changed", &who)
        .named(&name)
        .before(&before)
        .after(&after)
}

/// One error for all that is refused.
fn refuse(plan: &EditPlan) -> Result<()> {
    let mut fields = Vec::new();
    let mut kind = Kind::Invalid;
    for (place, edit) in plan.edits.iter().enumerate() {
        let (refused, why) = match (&edit.refused, edit.overtaken, edit.role) {
            (Some(refused), ..) => (refused.kind, refused.why.clone()),
            (None, Some(was), Some(role)) => (
                Kind::Conflict,
                format!(
                    "Somebody else made them {} meanwhile; they were {} before.",
                    role.before.title(),
                    was.title()
                ),
            ),
            _ => continue,
        };
        kind = match (kind, refused) {
            (Kind::Forbidden, _) | (_, Kind::Forbidden) => Kind::Forbidden,
            (Kind::Conflict, _) | (_, Kind::Conflict) => Kind::Conflict,
            _ => Kind::Invalid,
        };
        let whose = if edit.name.is_empty() {
            edit.member.to_string()
        } else {
            edit.name.clone()
        };
        fields.push(FieldError {
            pointer: format!("/members/{place}"),
            message: format!("{whose}: {why}"),
        });
    }
    let public = match fields.as_slice() {
        [] => return Ok(()),
        [only] => format!("{} Nothing was changed.", only.message),
        several => format!(
            "{} of {} changes are refused, so nothing was changed.",
            several.len(),
            plan.edits.len()
        ),
    };
    let mut error = Error::new(kind, public);
    error.fields = fields;
    Err(error)
}
