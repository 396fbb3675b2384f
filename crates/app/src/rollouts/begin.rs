//! What a saved revision does to rollouts: it begins one, joins the one under way, or goes to everybody at once.

use serde_json::json;
use tessera_domain::{
    Error, Result,
    rollout::{Plan, RolloutState},
};
use tessera_ids::RolloutId;
use tessera_store::StagedRollout;

use super::place;
use crate::{AuditEntry, Change, settings};

/// Part of every change that writes the revision `number`; true when a rollout began, so that every device is
/// to be placed. The caller takes the serial afterwards.
///
/// # Errors
/// *Conflict* for a plan while another rollout is under way, *Invalid* when it names a team that is not there.
pub(crate) async fn follow(change: &mut Change<'_>, number: u64, plan: Option<&Plan>) -> Result<bool> {
    let org = change.org().id;
    match (change.tx().rollout_under_way(org).await?, plan) {
        (None, None) => Ok(false),
        (None, Some(plan)) => begin(change, number, plan).await.map(|()| true),
        (Some(under_way), None) => join(change, under_way, number).await.map(|()| false),
        (Some(under_way), Some(_)) => Err(Error::conflict(format!(
            "The rollout of revision {} is under way, and a save joins it. Save without stages, or end it first.",
            under_way.revision
        ))),
    }
}

async fn begin(change: &mut Change<'_>, number: u64, plan: &Plan) -> Result<()> {
    check_teams(change, plan).await?;
    let app = change.app();
    let (org, now) = (change.org().id, change.now());
    let id = RolloutId::generate(&*app.clock, &*app.entropy);
    let devices = change.tx().device_places(org).await?;
    let places = devices.iter().map(|device| place(id, device.id)).collect();
    let (author, author_name) = settings::author(change.actor(), change.tx()).await?;
    let rollout = StagedRollout {
        id,
        org,
        revision: number,
        last_revision: number,
        baseline: number - 1,
        plan: plan.clone().settled(places),
        state: RolloutState::Running { stage: 1, since: now },
        counted_from: change.org().last_serial,
        author,
        author_name,
        created_at: now,
    };
    change.tx().insert_rollout(&rollout).await?;
    let entry = AuditEntry::new("rollout.begun", &id)
        .named(&format!("Revision {number}"))
        .after(&json!({ "revision": number, "stages": plan.stages(), "limit": plan.limit() }));
    change.record(entry).await
}

/// Whoever was released gets the newest; the others wait on, and the stage is watched anew.
async fn join(change: &mut Change<'_>, mut rollout: StagedRollout, number: u64) -> Result<()> {
    let now = change.now();
    rollout.last_revision = number;
    rollout.state = rollout.state.joined(now);
    change.tx().set_rollout(&rollout).await?;
    Ok(())
}

async fn check_teams(change: &mut Change<'_>, plan: &Plan) -> Result<()> {
    let org = change.org().id;
    for team in plan.teams() {
        if change.tx().team(org, team).await?.is_none() {
            return Err(Error::field(
                "/rollout/stages",
                "One of these teams is not there any more.",
            ));
        }
    }
    Ok(())
}
