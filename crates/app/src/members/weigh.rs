//! Holding edits of members against what is there: what each would do, why it may not, and carrying all of them out.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;
use tessera_domain::{EmailAddress, Error, Kind, Result, Right, Role, role};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{MemberBrief, Reader, Team, TeamOfAccount};

use super::AT_ONCE;
use super::edit::{Applied, EditPlan, MemberEdit, Moved, PlannedEdit, Refused, role_entry};
use crate::{AuditEntry, Change};

/// The most teams that one bulk edit names.
const TEAMS_AT_ONCE: usize = 50;

/// Edits held against what is there.
pub(super) struct Weighing {
    pub(super) plan: EditPlan,
    org: OrgId,
    roles: Vec<(AccountId, Role)>,
    joins: BTreeMap<TeamId, Vec<AccountId>>,
    leaves: BTreeMap<TeamId, Vec<AccountId>>,
    teams: HashMap<TeamId, Team>,
}

/// What the log says of them.
pub(super) struct Entries {
    pub(super) list: Vec<AuditEntry>,
    pub(super) applied: Applied,
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
    pub(super) async fn of(tx: &mut Reader, org: OrgId, acting: Role, edits: &[MemberEdit]) -> Result<Self> {
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
            self.plan.moves_settings |= found.makes_audiences();
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

    pub(super) async fn carry_out(&self, change: &mut Change<'_>) -> Result<Entries> {
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
