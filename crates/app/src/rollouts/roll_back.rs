//! Undoing a rollout: a new revision that says what its baseline said, for everybody at once.

use tessera_domain::{Error, Result, RevisionNote, Right, rollout::RolloutState};
use tessera_ids::OrgId;
use tessera_store::StagedRollout;

use super::{end::end, load, steer::entry};
use crate::{
    Actor, App, Change,
    settings::{self, Reason, Restorable, Snapshot, going_back, write},
};

/// How often it is begun again when others save at the same time.
const ATTEMPTS: usize = 8;

/// What rolling back would undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undoing {
    /// The rollout.
    pub rollout: StagedRollout,
    /// What would change, and for whom.
    pub back: Restorable,
}

/// Whether a rollout can be undone as a whole: it is under way, or nothing was saved since it finished.
pub(super) fn is_undoable(rollout: &StagedRollout, newest: u64) -> bool {
    match rollout.state {
        RolloutState::Finished { .. } => rollout.last_revision == newest,
        RolloutState::RolledBack { .. } => false,
        RolloutState::Running { .. } | RolloutState::Paused { .. } | RolloutState::Halted { .. } => true,
    }
}

/// Says what rolling back would undo. Changes nothing.
///
/// # Errors
/// As [`roll_back`].
pub async fn undoing(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<Undoing> {
    let staged = super::staged(app, actor, org, revision).await?;
    let staged = staged.ok_or_else(|| Error::not_found("rollout in stages"))?;
    let rollout = staged.rollout;
    let back = settings::restorable(app, actor, org, rollout.baseline, &[]).await?;
    refuse_late(&rollout, back.newest)?;
    Ok(Undoing { rollout, back })
}

/// Writes a revision that says what everybody had before the rollout, and ends it. The newest revision.
///
/// What was deleted meanwhile does not come back.
///
/// # Errors
/// *Not found* when the revision went to everybody at once; *Conflict* when the rollout was rolled back, or
/// finished and another revision was saved since.
pub async fn roll_back(
    app: &App,
    actor: &Actor,
    org: OrgId,
    revision: u64,
    note: Option<RevisionNote>,
) -> Result<u64> {
    for _ in 0..ATTEMPTS {
        let rollout = undoing(app, actor, org, revision).await?.rollout;
        let mut tx = app.store.read().await?;
        let base = Snapshot::load(&mut tx, &app.lists, org, None).await?;
        let then = Snapshot::load(&mut tx, &app.lists, org, Some(rollout.baseline)).await?;
        drop(tx);
        let note = note
            .clone()
            .or_else(|| format!("Rolled back revision {}", rollout.revision).parse().ok());
        let next = going_back(app, org, &base, &then, &[], note).await?;
        if next.changes().is_empty() {
            return end_as_it_is(app, actor, org, revision).await;
        }
        let reason = Reason::RolledBack { rollout: &rollout };
        let written = write(app, actor, org, &base, next, &settings::Reach::AtOnce, reason).await?;
        if let Some(number) = written {
            return Ok(number);
        }
    }
    Err(Error::conflict(
        "Others saved at the same time. Nothing was rolled back; try again.",
    ))
}

/// Later revisions have undone by themselves what the rollout brought: it only ends.
async fn end_as_it_is(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<u64> {
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    let (mut rollout, now) = (load(&mut change, revision).await?, change.now());
    let newest = change.org().revision;
    refuse_late(&rollout, newest)?;
    let told = entry("rollout.rolled_back", &rollout);
    rollout.state = rollout.state.roll_back(newest, now)?;
    end(&mut change, &rollout).await?;
    change.commit(told).await?;
    Ok(newest)
}

fn refuse_late(rollout: &StagedRollout, newest: u64) -> Result<()> {
    if is_undoable(rollout, newest) {
        return Ok(());
    }
    // A rollout that was undone before says so itself.
    rollout.state.clone().roll_back(newest, rollout.created_at)?;
    Err(Error::conflict(format!(
        "Revision {newest} was saved since this rollout finished. Go back to revision {} from History instead.",
        rollout.baseline
    )))
}
