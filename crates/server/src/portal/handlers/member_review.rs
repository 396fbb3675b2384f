//! The review of edits of members: who changes and what they lose, and the edits as a text that the page carries.

use std::collections::BTreeMap;

use tessera_app::members::{self, EditPlan, MemberEdit, PlannedEdit};
use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::OrgId;

use super::member_edits::Draft;
use super::pages::{MemberReview, ReviewedMember};
use super::view::Place;
use super::visit::Visit;
use super::words;

/// Members that a review names one by one; of more it says how many.
const NAMED: usize = 200;

/// The page of what is about to be saved.
pub(super) async fn review_page(visit: &Visit, org: OrgId, draft: Draft) -> Result<MemberReview> {
    let (_, frame) = visit.org_frame(org, Place::Members).await?;
    let plan = members::plan(visit.app(), visit.actor()?, org, &draft.edits).await?;
    // Who saves after having been shown the other's change means it.
    let seen = draft
        .edits
        .iter()
        .zip(&plan.edits)
        .map(|(edit, planned)| MemberEdit {
            was: planned.role.map(|role| role.before),
            ..edit.clone()
        });
    let pending = write(&seen.collect::<Vec<_>>());
    let mut rows: Vec<&PlannedEdit> = plan.edits.iter().collect();
    rows.sort_by_key(|edit| (edit.refused.is_none(), edit.overtaken.is_none()));
    let refused = rows.iter().filter(|edit| edit.refused.is_some()).count();
    let overtaken = rows.iter().filter(|edit| edit.overtaken.is_some()).count();
    Ok(MemberReview {
        frame,
        summary: summary(&plan),
        more: rows.len().saturating_sub(NAMED) as u64,
        losses: losses(&plan),
        moves_settings: plan.moves_settings,
        rows: rows.into_iter().take(NAMED).map(reviewed_member).collect(),
        refused: refused as u64,
        overtaken: overtaken as u64,
        all_refused: refused == plan.edits.len(),
        pending,
        kept: draft.kept,
        action: draft.action,
    })
}

fn reviewed_member(edit: &PlannedEdit) -> ReviewedMember {
    let names = |teams: &[tessera_domain::TeamName]| teams.iter().map(ToString::to_string).collect();
    ReviewedMember {
        name: if edit.name.is_empty() {
            edit.member.to_string()
        } else {
            edit.name.clone()
        },
        email: edit.email.clone(),
        before: edit
            .role
            .map(|role| role.before.title())
            .unwrap_or_default()
            .to_owned(),
        after: edit
            .role
            .filter(|_| edit.changes_role())
            .map(|role| role.after.title().to_owned()),
        joins: names(&edit.joins),
        leaves: names(&edit.leaves),
        leads_lost: names(&edit.leads_lost),
        overtaken: edit.overtaken.map(|was| was.title().to_owned()),
        refused: edit.refused.as_ref().map(|refused| refused.why.clone()),
    }
}

fn summary(plan: &EditPlan) -> String {
    let members = plan.edits.len() as u64;
    let roles = plan.edits.iter().filter(|edit| edit.changes_role()).count() as u64;
    let places: usize = plan
        .edits
        .iter()
        .map(|edit| edit.joins.len() + edit.leaves.len())
        .sum();
    let parts = [
        (roles > 0).then(|| words::count(roles, "role")),
        (places > 0).then(|| format!("{} in teams", words::count(places as u64, "place"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{}: {}", words::count(members, "member"), parts.join(", "))
}

/// What members can do no longer, a sentence for each way down.
fn losses(plan: &EditPlan) -> Vec<String> {
    let mut ways: BTreeMap<(Role, Role), u64> = BTreeMap::new();
    for role in plan.edits.iter().filter_map(|edit| edit.role) {
        if role.after < role.before {
            *ways.entry((role.before, role.after)).or_default() += 1;
        }
    }
    let lost = |before: Role, after: Role| {
        let rights = Right::ALL
            .iter()
            .filter(|right| right.granted_to(before) && !right.granted_to(after));
        rights.map(|right| right.text()).collect::<Vec<_>>().join("; ")
    };
    ways.into_iter()
        .rev()
        .map(|((before, after), members)| {
            format!(
                "{} → {} ({}) may no longer: {}.",
                before.title(),
                after.title(),
                words::count(members, "member"),
                lost(before, after)
            )
        })
        .collect()
}

/// Edits as one text, a line each: who, the role that was seen, the role to be, `+` teams and `-` teams.
fn write(edits: &[MemberEdit]) -> String {
    let word = |role: Option<Role>| role.map_or("*", Role::as_str);
    let line = |edit: &MemberEdit| {
        let mut words = vec![
            edit.member.to_string(),
            word(edit.was).to_owned(),
            word(edit.role).to_owned(),
        ];
        words.extend(edit.join.iter().map(|team| format!("+{team}")));
        words.extend(edit.leave.iter().map(|team| format!("-{team}")));
        words.join(" ")
    };
    edits.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The edits that a review carried.
pub(super) fn read(text: &str) -> Result<Vec<MemberEdit>> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        let role = |word: &str| match word {
            "*" => Some(None),
            word => word.parse().ok().map(Some),
        };
        let mut edit = MemberEdit {
            member: words.next()?.parse().ok()?,
            was: role(words.next()?)?,
            role: role(words.next()?)?,
            join: Vec::new(),
            leave: Vec::new(),
        };
        for word in words {
            let team = word.get(1..)?.parse().ok()?;
            match word.chars().next()? {
                '+' => edit.join.push(team),
                '-' => edit.leave.push(team),
                _ => return None,
            }
        }
        Some(edit)
    };
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let edits: Option<Vec<MemberEdit>> = lines.map(line).collect();
    edits.ok_or_else(|| Error::invalid("This form is not understood. Nothing was changed."))
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};
    use tessera_ids::{AccountId, TeamId};

    use super::*;

    #[test]
    fn edits_come_back_from_a_page_as_they_went() {
        let team = || TeamId::generate(&SystemClock, &SystemEntropy);
        let edits = vec![
            MemberEdit {
                member: AccountId::generate(&SystemClock, &SystemEntropy),
                was: Some(Role::Read),
                role: Some(Role::Owner),
                join: vec![team(), team()],
                leave: vec![team()],
            },
            MemberEdit {
                member: AccountId::generate(&SystemClock, &SystemEntropy),
                was: None,
                role: None,
                join: Vec::new(),
                leave: Vec::new(),
            },
        ];
        // Browsers end the lines of a field with CR LF.
        assert_eq!(read(&write(&edits).replace('\n', "\r\n")).unwrap(), edits);
        let id = edits[0].member;
        for forged in [
            "x * *",
            &format!("{id}"),
            &format!("{id} * emperor"),
            &format!("{id} * * ~x"),
            &format!("{id} * * +{id}"),
            &format!("{id} * * é"),
        ] {
            assert!(read(forged).is_err(), "{forged:?}");
        }
    }
}
