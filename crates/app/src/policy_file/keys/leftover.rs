//! The keys that a file leaves out, and what goes with them.

use std::collections::{BTreeMap, BTreeSet};

use tessera_domain::{
    Result,
    credential::{CredentialState, Scope},
};
use tessera_ids::{CredentialId, OrgId, TeamId};
use tessera_store::Reader;

use super::{
    Act, KeyDeed,
    content::{audience, span, teams},
};
use crate::{App, credentials::CredentialView};

/// The keys that are in use and shall not be: those that are not named, and what drains in favour of them.
pub(super) fn leftover<'v>(
    views: &'v [CredentialView],
    named: &BTreeSet<String>,
    acts: &[Act],
) -> Vec<&'v CredentialView> {
    let by_id: BTreeMap<CredentialId, &CredentialView> = views.iter().map(|view| (view.id, view)).collect();
    // A key of another provider under the same name is another key.
    let begun_anew: BTreeSet<String> = acts
        .iter()
        .filter(|act| act.plan.deed == KeyDeed::Add)
        .map(|act| act.plan.name.folded())
        .collect();
    let stays = move |view: &CredentialView| {
        let mut last = view;
        // Each drains in favour of a younger one, so this ends; the bound is for rows that nobody wrote.
        for _ in 0..by_id.len() {
            let CredentialState::Draining(drain) = last.state else {
                break;
            };
            let Some(next) = by_id.get(&drain.successor) else {
                break;
            };
            last = next;
        }
        let name = last.name.folded();
        let is_other = view.state == CredentialState::Active && begun_anew.contains(&name);
        named.contains(&name) && !is_other
    };
    let in_use =
        |view: &&CredentialView| matches!(view.state, CredentialState::Active | CredentialState::Draining(_));
    views.iter().filter(in_use).filter(|view| !stays(view)).collect()
}

/// What goes with a key: who may use it, and when it was used last.
pub(super) async fn farewell(
    tx: &mut Reader,
    app: &App,
    org: OrgId,
    view: &CredentialView,
) -> Result<Vec<String>> {
    let reach = match &view.scope {
        Scope::Organization => tx.reach(org, None).await?,
        Scope::Teams(teams) => {
            let teams: Vec<TeamId> = teams.iter().copied().collect();
            tx.reach_of(org, &teams, &[]).await?
        }
    };
    let used = view.used_at.map_or_else(
        || "It was never used.".to_owned(),
        |at| format!("It was last used {} ago.", span(app.clock.now().since(at))),
    );
    let counted = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let end = match view.last_four.as_str() {
        "" => String::new(),
        end => format!(" (…{end})"),
    };
    Ok(vec![
        format!(
            "It is deleted with its secret{end}. Revoke it at {}, too.",
            view.kind().title()
        ),
        format!(
            "{} may use it: {} with {}. {used}",
            capital(&audience(teams(view).as_deref())),
            counted(reach.members, "member"),
            counted(reach.devices, "device"),
        ),
    ])
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
