//! What people do to a rollout that is under way: hold it, let it go on, release it to everybody.

use serde_json::json;
use tessera_domain::{Result, Right, rollout::RolloutState};
use tessera_ids::OrgId;
use tessera_store::StagedRollout;

use super::{end::end, load, touch};
use crate::{Actor, App, AuditEntry, Change};

/// Holds a rollout: nobody else gets it until it goes on.
///
/// # Errors
/// *Not found* when the revision went to everybody at once, *Conflict* unless its rollout is running.
pub async fn pause(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    let (mut rollout, now) = (load(&mut change, revision).await?, change.now());
    rollout.state = rollout.state.pause(now)?;
    change.tx().set_rollout(&rollout).await?;
    touch(&mut change);
    change.commit(entry("rollout.paused", &rollout)).await
}

/// Lets a rollout go on; its stage is watched from the beginning. After it halted the released devices are sent
/// the settings again, and only what they answer from now on counts.
///
/// # Errors
/// *Not found* when the revision went to everybody at once, *Conflict* unless its rollout is paused or halted.
pub async fn resume(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    let (mut rollout, now) = (load(&mut change, revision).await?, change.now());
    let halted = matches!(rollout.state, RolloutState::Halted { .. });
    rollout.state = rollout.state.resume(now)?;
    if halted {
        let newest = change.org().revision;
        rollout.counted_from = change.take_serial(newest).await?.get();
    }
    change.tx().set_rollout(&rollout).await?;
    touch(&mut change);
    change.commit(entry("rollout.resumed", &rollout)).await
}

/// Releases a rollout to everybody now, which ends it.
///
/// # Errors
/// *Not found* when the revision went to everybody at once, *Conflict* when its rollout has ended.
pub async fn release(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    let (mut rollout, now) = (load(&mut change, revision).await?, change.now());
    let told = entry("rollout.released", &rollout);
    rollout.state = rollout.state.finish(now)?;
    end(&mut change, &rollout).await?;
    change.commit(told).await
}

/// What the log says of a rollout's step.
pub(super) fn entry(action: &'static str, rollout: &StagedRollout) -> AuditEntry {
    AuditEntry::new(action, &rollout.id)
        .named(&format!("Revision {}", rollout.revision))
        .after(&json!({
            "revision": rollout.last_revision,
            "stage": rollout.state.released(),
            "stages": rollout.plan.count(),
        }))
}
