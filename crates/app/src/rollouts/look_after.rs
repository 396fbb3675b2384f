//! The worker's part: a running rollout goes on by itself, and halts by itself.
//!
//! Every replica may look at any time. What was seen without the lock is seen again under it, so that a step is
//! made once.

use std::sync::Arc;

use serde_json::json;
use tessera_domain::{AlertKind, Kind, Result, Right, rollout::RolloutState, rollout::Step};
use tessera_ids::{OrgId, Timestamp, TypedId as _};
use tessera_store::{Reader, StagedRollout};

use super::{end::end, steer::entry, touch};
use crate::{Actor, App, Change, alerts};

const WORKER: Actor = Actor::System("rollouts");

/// Looks at every running rollout once; how many made a step.
pub async fn tick(app: &App) -> Result<usize> {
    let running = app.store.read().await?.running_rollouts().await?;
    let mut steps = 0;
    for org in running {
        match look_after(app, org).await {
            Ok(step) => steps += usize::from(step),
            Err(error) => {
                tracing::warn!(%org, internal = error.internal.as_deref(), "a rollout was not looked after");
            }
        }
    }
    Ok(steps)
}

/// Looks at an organization's rollout, and goes on or halts where it is time; whether it did.
pub async fn look_after(app: &App, org: OrgId) -> Result<bool> {
    let mut tx = app.store.read().await?;
    let newest = tx.org(org).await?.map_or(0, |row| row.revision);
    let seen = next(&mut tx, org, newest, app.clock.now()).await?;
    drop(tx);
    if seen.is_none() {
        return Ok(false);
    }
    let mut change = match Change::begin(app, &WORKER, org, Right::ChangeSettings).await {
        // It was deleted meanwhile.
        Err(error) if error.kind == Kind::NotFound => return Ok(false),
        begun => begun?,
    };
    let (newest, now) = (change.org().revision, change.now());
    match next(change.tx(), org, newest, now).await? {
        None => Ok(false),
        Some((rollout, step)) => make(change, rollout, step).await.map(|()| true),
    }
}

/// The same beside what is going on, as when receipts say that devices failed; those take no lock.
pub(crate) fn spawn_look_after(app: &Arc<App>, org: OrgId) {
    let app = Arc::clone(app);
    tokio::spawn(async move {
        if let Err(error) = look_after(&app, org).await {
            tracing::warn!(%org, internal = error.internal.as_deref(),
                "a rollout was not looked after; the worker will do it");
        }
    });
}

/// What a running rollout should do now, if anything.
async fn next(
    tx: &mut Reader,
    org: OrgId,
    newest: u64,
    now: Timestamp,
) -> Result<Option<(StagedRollout, Step)>> {
    let Some(rollout) = tx.rollout_under_way(org).await? else {
        return Ok(None);
    };
    if !matches!(rollout.state, RolloutState::Running { .. }) {
        return Ok(None);
    }
    let answers = tx.rollout_answers(&rollout, newest).await?;
    Ok(match rollout.state.next(&rollout.plan, answers, now) {
        Step::Wait => None,
        step => Some((rollout, step)),
    })
}

async fn make(mut change: Change<'_>, mut rollout: StagedRollout, step: Step) -> Result<()> {
    let (now, newest) = (change.now(), change.org().revision);
    let told = match step {
        Step::Wait => return Ok(()),
        Step::Halt(why) => {
            rollout.state = rollout.state.halt(why.clone(), now)?;
            change.tx().set_rollout(&rollout).await?;
            let revision = rollout.last_revision;
            let link = format!("/o/{}/rollouts/{revision}", rollout.org);
            let name = format!("Revision {revision}");
            alerts::open_now(
                &mut change,
                AlertKind::RolloutHalted,
                rollout.id.uuid(),
                name,
                &why,
                link,
            )
            .await?;
            entry("rollout.halted", &rollout).after(&json!({ "revision": rollout.last_revision, "why": why }))
        }
        Step::Advance => {
            rollout.state = rollout.state.advance(&rollout.plan, now)?;
            if rollout.state.released().is_some() {
                change.tx().set_rollout(&rollout).await?;
                change.take_serial(newest).await?;
                entry("rollout.advanced", &rollout)
            } else {
                end(&mut change, &rollout).await?;
                entry("rollout.finished", &rollout)
            }
        }
    };
    touch(&mut change);
    change.commit(told).await
}
