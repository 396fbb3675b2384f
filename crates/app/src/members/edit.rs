//! Changing what members are, one or many at once: planned and shown first, then all of it or nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;
use tessera_domain::{
    EmailAddress, Error, FieldError, Kind, PersonName, Result, Right, Role, TeamName, role,
};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{MemberBrief, Reader, Team, TeamOfAccount};

use super::{AT_ONCE, acting_role, role_of};
use crate::{Actor, App, AuditEntry, Change, Topic, access, sync::reassign};

/// The most teams that one bulk edit names.
const TEAMS_AT_ONCE: usize = 50;

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
/// *Too large* for more than [`AT_ONCE`] edits. When some are refused, one error names each of them by its place:
/// *Forbidden* if any is, else *Conflict* (the last owner, or somebody else was faster), else *Invalid*.
pub async fn apply(app: &App, actor: &Actor, org: OrgId, edits: &[MemberEdit]) -> Result<Applied> {
    let mut change = Change::begin(app, actor, org, Right::ChangeRoles).await?;
    let acting = acting_role(&change);
    if edits
        .iter()
        .any(|edit| !edit.join.is_empty() || !edit.leave.is_empty())
    {
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
    if weighed.plan.moves_settings {
        reassign(&mut change).await?;
        change.touch(Topic::Devices);
    }
    change.touch(Topic::People);
    change.record_many(entries).await?;
    change.commit(last).await?;
    Ok(applied)
}

fn role_entry(who: AccountId, name: &str, before: Role, after: Role) -> AuditEntry {
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

/// Edits held against what is there.
struct Weighing {
    plan: EditPlan,
    org: OrgId,
    roles: Vec<(AccountId, Role)>,
    joins: BTreeMap<TeamId, Vec<AccountId>>,
    leaves: BTreeMap<TeamId, Vec<AccountId>>,
    teams: HashMap<TeamId, Team>,
}

struct Entries {
    list: Vec<AuditEntry>,
    applied: Applied,
}

/// What is there.
struct Present {
    members: HashMap<AccountId, MemberBrief>,
    places: HashMap<AccountId, Vec<TeamOfAccount>>,
    teams: HashMap<TeamId, Team>,
}

impl Present {
    async fn load(tx: &mut Reader, org: OrgId, edits: &[MemberEdit]) -> Result<Self> {
        let named: HashSet<TeamId> = edits
            .iter()
            .flat_map(|edit| edit.join.iter().chain(&edit.leave))
            .copied()
            .collect();
        if named.len() > TEAMS_AT_ONCE {
            return Err(Error::too_large(format!(
                "At most {TEAMS_AT_ONCE} teams at once."
            )));
        }
        let mut teams = HashMap::new();
        for team in named {
            if let Some(found) = tx.team(org, team).await? {
                teams.insert(team, found);
            }
        }
        let accounts: Vec<AccountId> = edits.iter().map(|edit| edit.member).collect();
        let members = tx.members_among(org, &accounts).await?;
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for place in tx.teams_of(org, &accounts).await? {
            places.entry(place.account).or_default().push(place);
        }
        Ok(Self {
            members: members
                .into_iter()
                .map(|member| (member.account, member))
                .collect(),
            places,
            teams,
        })
    }
}

impl Weighing {
    async fn of(tx: &mut Reader, org: OrgId, acting: Role, edits: &[MemberEdit]) -> Result<Self> {
        if edits.len() > AT_ONCE {
            return Err(Error::too_large(format!("At most {AT_ONCE} members at once.")));
        }
        let present = Present::load(tx, org, edits).await?;
        let mut weighing = Self {
            plan: EditPlan::default(),
            org,
            roles: Vec::new(),
            joins: BTreeMap::new(),
            leaves: BTreeMap::new(),
            teams: HashMap::new(),
        };
        let mut seen = HashSet::new();
        for edit in edits {
            let planned = weighing.weigh(&present, acting, edit, seen.insert(edit.member));
            weighing.plan.edits.push(planned);
        }
        weighing.teams = present.teams;
        weighing.keep_an_owner(tx.count_owners(org).await?);
        Ok(weighing)
    }

    fn weigh(&mut self, present: &Present, acting: Role, edit: &MemberEdit, first: bool) -> PlannedEdit {
        let mut planned = PlannedEdit {
            member: edit.member,
            name: String::new(),
            email: String::new(),
            role: None,
            joins: Vec::new(),
            leaves: Vec::new(),
            leads_lost: Vec::new(),
            overtaken: None,
            refused: None,
        };
        let Some(member) = present.members.get(&edit.member) else {
            planned.refuse(Kind::NotFound, "There is no such member.");
            return planned;
        };
        planned.name = member.name.to_string();
        planned.email = EmailAddress::to_string(&member.email);
        let after = edit.role.unwrap_or(member.role);
        planned.role = Some(Moved {
            before: member.role,
            after,
        });
        if !first {
            planned.refuse(Kind::Invalid, "They are named twice.");
            return planned;
        }
        if after != member.role {
            planned.overtaken = edit.was.filter(|was| *was != member.role);
            if let Err(refusal) = role::may_change_role(acting, member.role, after) {
                planned.refuse(Kind::Forbidden, &refusal.to_string());
            }
            self.roles.push((edit.member, after));
        }
        self.weigh_teams(present, edit, &mut planned);
        planned
    }

    fn weigh_teams(&mut self, present: &Present, edit: &MemberEdit, planned: &mut PlannedEdit) {
        let places = present.places.get(&edit.member).map_or(&[][..], Vec::as_slice);
        let is_in = |team: TeamId| places.iter().any(|place| place.team == team);
        let wanted = edit
            .join
            .iter()
            .map(|team| (team, true))
            .chain(edit.leave.iter().map(|team| (team, false)));
        for (team, join) in wanted {
            let Some(found) = present.teams.get(team) else {
                planned.refuse(Kind::NotFound, "There is no such team.");
                continue;
            };
            if edit.join.contains(team) && edit.leave.contains(team) {
                planned.refuse(
                    Kind::Invalid,
                    &format!("They cannot both join and leave {}.", found.name),
                );
                continue;
            }
            if join == is_in(*team) {
                continue;
            }
            let (names, places) = if join {
                (&mut planned.joins, &mut self.joins)
            } else {
                (&mut planned.leaves, &mut self.leaves)
            };
            if names.contains(&found.name) {
                continue;
            }
            names.push(found.name.clone());
            places.entry(*team).or_default().push(edit.member);
            self.plan.moves_settings |= found.has_settings;
        }
        let leads_on = planned
            .role
            .is_some_and(|role| Right::LeadTeam.granted_to(role.after));
        let lost = places
            .iter()
            .filter(|place| place.lead && (!leads_on || edit.leave.contains(&place.team)));
        planned.leads_lost = lost.map(|place| place.name.clone()).collect();
    }

    /// The whole set must leave an owner, whatever each edit alone would leave.
    fn keep_an_owner(&mut self, owners: u64) {
        let goes = |edit: &PlannedEdit, from: bool| {
            edit.changes_role()
                && edit
                    .role
                    .is_some_and(|role| if from { role.before } else { role.after } == Role::Owner)
        };
        let count = |from| self.plan.edits.iter().filter(|edit| goes(edit, from)).count() as u64;
        if owners + count(false) > count(true) {
            return;
        }
        for edit in &mut self.plan.edits {
            if goes(edit, true) && edit.refused.is_none() {
                edit.refuse(Kind::Conflict, &role::Refusal::LastOwner.to_string());
            }
        }
    }

    async fn carry_out(&self, change: &mut Change<'_>) -> Result<Entries> {
        let now = change.now();
        let mut list = Vec::new();
        let mut places = 0;
        if !self.roles.is_empty() {
            change.tx().set_roles(self.org, &self.roles).await?;
            let cannot_lead = self
                .roles
                .iter()
                .filter(|(_, role)| !Right::LeadTeam.granted_to(*role));
            let cannot_lead: Vec<AccountId> = cannot_lead.map(|(who, _)| *who).collect();
            change.tx().clear_leads(self.org, &cannot_lead).await?;
        }
        for edit in self.plan.edits.iter().filter(|edit| edit.changes_role()) {
            if let Some(role) = edit.role {
                list.push(role_entry(edit.member, &edit.name, role.before, role.after));
            }
        }
        for (team, who) in &self.joins {
            places += change.tx().add_team_members(self.org, *team, who, now).await?;
            list.push(self.team_entry("team.members_added", *team, who));
        }
        for (team, who) in &self.leaves {
            places += change.tx().remove_team_members(self.org, *team, who).await?;
            list.push(self.team_entry("team.members_removed", *team, who));
        }
        let applied = Applied {
            roles: self.roles.len() as u64,
            places,
        };
        Ok(Entries { list, applied })
    }

    fn team_entry(&self, action: &'static str, team: TeamId, who: &[AccountId]) -> AuditEntry {
        let name = self
            .teams
            .get(&team)
            .map(|team| team.name.to_string())
            .unwrap_or_default();
        let sample: Vec<_> = who.iter().take(100).collect();
        AuditEntry::new(action, &team)
            .named(&name)
            .after(&json!({ "count": who.len(), "members": sample }))
    }
}

impl PlannedEdit {
    fn refuse(&mut self, kind: Kind, why: &str) {
        self.refused = Some(Refused {
            kind,
            why: why.to_owned(),
        });
    }
}
